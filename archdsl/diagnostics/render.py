"""Diagnostics as text for people: the place, the line, carets, notes and help."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.source import SourceFile

    Paint = Callable[[str, str], str]

MAX_SHOWN = 20
MAX_LINE = 200

RED, YELLOW, BLUE, GREEN, BOLD, PLAIN = (
    "\x1b[1;31m",
    "\x1b[1;33m",
    "\x1b[1;34m",
    "\x1b[1;32m",
    "\x1b[1m",
    "\x1b[0m",
)


def render_all(diagnostics: list[Diagnostic], color: bool = False) -> str:
    """All diagnostics, the first 20 in full, with a last line that counts them."""
    shown = [render(d, color) for d in diagnostics[:MAX_SHOWN]]
    count = len(diagnostics)
    tail = "1 error" if count == 1 else f"{count} errors"
    if count > MAX_SHOWN:
        tail += f", the first {MAX_SHOWN} shown"
    return "\n\n".join(shown) + f"\n\n{tail}\n"


def render(d: Diagnostic, color: bool = False) -> str:
    """One diagnostic."""
    paint = painter(color)
    span = d.primary.span
    line, col = span.file.line_col(span.start)
    name = escape(span.file.name)
    severe = RED if d.severity == "error" else YELLOW
    out = [
        f"{paint(BOLD, f'{name}:{line}:{col}:')} {paint(severe, f'{d.severity}[{d.id}]:')} "
        f"{paint(BOLD, escape(d.message))}"
    ]
    labels = [(d.primary, True), *((label, False) for label in d.secondary)]
    files: dict[int, SourceFile] = {}
    for label, _ in labels:
        files.setdefault(id(label.span.file), label.span.file)
    numbers = [label.span.file.line_col(label.span.start)[0] for label, _ in labels]
    width = len(str(max(numbers)))
    for file in files.values():
        mine = [(label, main) for label, main in labels if label.span.file is file]
        if file is not span.file:
            at = file.line_col(mine[0][0].span.start)
            out.append(f"{' ' * width} {paint(BLUE, '::')} {escape(file.name)}:{at[0]}:{at[1]}")
        out.extend(excerpt(file, mine, width, paint, severe))
    for note in d.notes:
        out.append(f"{' ' * width} {paint(BLUE, '=')} {escape(note)}")
    if d.help:
        out.append(f"{' ' * width} {paint(GREEN, '= help:')} {escape(d.help)}")
    return "\n".join(out)


def painter(color: bool) -> Paint:
    """A function that puts a colour around a text, or does not."""
    return (lambda code, text: f"{code}{text}{PLAIN}") if color else (lambda code, text: text)


def excerpt(
    file: SourceFile, labels: list[tuple[Label, bool]], width: int, paint: Paint, severe: str
) -> list[str]:
    """The lines that the labels stand on, each with its marks below it."""
    by_line: dict[int, list[tuple[Label, bool]]] = {}
    for label, main in labels:
        by_line.setdefault(file.line_col(label.span.start)[0], []).append((label, main))
    bar = paint(BLUE, "|")
    out = [f"{' ' * width} {bar}"]
    last = 0
    for line in sorted(by_line):
        if last and line > last + 1:
            out.append(paint(BLUE, "." * max(3, width)))
        last = line
        text = file.line_text(line)
        start, shown = window(text, [file.line_col(x.span.start)[1] - 1 for x, _ in by_line[line]])
        out.append(f"{paint(BLUE, f'{line:>{width}}')} {bar} {visible(shown)}".rstrip())
        for label, main in sorted(by_line[line], key=lambda p: (not p[1], p[0].span.start)):
            col = file.line_col(label.span.start)[1] - 1 - start
            if not 0 <= col <= len(shown):
                col = 0
            length = min(label.span.end - label.span.start, len(shown) - col)
            before = columns(visible(shown[:col]))
            size = max(1, columns(visible(shown[col : col + length])))
            mark = ("^" if main else "-") * size
            words = f" {escape(label.text)}" if label.text else ""
            out.append(
                f"{' ' * width} {bar} {' ' * before}{paint(severe if main else BLUE, mark + words)}"
            )
    if len(out) > 1:
        out.append(f"{' ' * width} {bar}")
    return out


def window(text: str, cols: list[int]) -> tuple[int, str]:
    """A piece of a long line around the marks: its offset and the text."""
    if len(text) <= MAX_LINE:
        return 0, text
    start = max(0, min(cols) - 40)
    return start, text[start : start + MAX_LINE]


def visible(text: str) -> str:
    """A source line as it can be printed: tabs as blanks, control characters by their code."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "    " if c == "\t" else c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text
    )


def columns(text: str) -> int:
    """Columns that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def escape(text: str) -> str:
    """A message without control characters."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def to_dict(d: Diagnostic) -> dict[str, object]:
    """A diagnostic for programs (`--json`)."""

    def place(label: Label) -> dict[str, object]:
        file = label.span.file
        line, col = file.line_col(label.span.start)
        end_line, end_col = file.line_col(max(label.span.end, label.span.start))
        return {
            "file": file.name,
            "line": line,
            "column": col,
            "end_line": end_line,
            "end_column": end_col,
            "label": label.text,
        }

    out: dict[str, object] = {
        "id": d.id,
        "severity": d.severity,
        "message": d.message,
        **place(d.primary),
        "secondary": [place(s) for s in d.secondary],
        "notes": list(d.notes),
        "help": d.help,
    }
    if d.fix is not None:
        out["fix"] = {**place(Label(d.fix.span, d.fix.title)), "text": d.fix.text}
    return out
