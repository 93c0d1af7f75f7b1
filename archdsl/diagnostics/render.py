"""Diagnostics as text for people: the place, the picture, notes, help and what to write."""

from __future__ import annotations

from archdsl.diagnostics.characters import escape, visible, wrap
from archdsl.diagnostics.color import BLUE, BOLD, GREEN, RED, YELLOW, painter
from archdsl.diagnostics.model import Diagnostic, Edit, Fix, Label
from archdsl.diagnostics.picture import MAX_LINE, Picture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.diagnostics.color import Paint
    from archdsl.source import SourceFile

__all__ = ["escape", "render", "render_all", "to_dict"]

MAX_SHOWN = 20
WIDTH = 100  # columns of notes and help
MAX_CHANGED = 6  # lines of a fix that are shown


def render_all(diagnostics: list[Diagnostic], color: bool = False) -> str:
    """All diagnostics, the first 20 in full, with a last line that counts them."""
    shown = [render(d, color) for d in diagnostics[:MAX_SHOWN]]
    return "\n\n".join(shown) + f"\n\n{tally(diagnostics)}\n"


def tally(diagnostics: list[Diagnostic]) -> str:
    """How many there are."""
    parts = []
    for word in ("error", "warning", "note"):
        count = sum(d.severity == word for d in diagnostics)
        if count:
            parts.append(f"{count} {word}" + ("s" if count > 1 else ""))
    out = ", ".join(parts)
    if len(diagnostics) > MAX_SHOWN:
        out += f", the first {MAX_SHOWN} shown"
    return out


def render(d: Diagnostic, color: bool = False) -> str:
    """One diagnostic."""
    paint = painter(color)
    span = d.primary.span
    line, col = span.file.line_col(span.start)
    severe = RED if d.severity == "error" else YELLOW
    out = [
        f"{paint(BOLD, f'{escape(span.file.name)}:{line}:{col}:')} "
        f"{paint(severe, f'{d.severity}[{d.id}]:')} {paint(BOLD, escape(d.message))}"
    ]
    labels = [(d.primary, True), *((label, False) for label in d.secondary)]
    width = number_width(labels)
    for file in files_of(labels):
        mine = [(label, main) for label, main in labels if label.span.file is file]
        if file is not span.file:
            at = file.line_col(mine[0][0].span.start)
            out.append(f"{' ' * width} {paint(BLUE, '::')} {escape(file.name)}:{at[0]}:{at[1]}")
        out.extend(Picture(file, mine, width, paint, severe).draw())
    out.extend(remarks("note", d.notes, width, BLUE, paint))
    out.extend(remarks("help", (d.help,) if d.help else (), width, GREEN, paint))
    if d.fix is not None and d.fix.safety != "claim":
        out.extend(changes(d.fix, width, paint))
    return "\n".join(out)


def number_width(labels: list[tuple[Label, bool]]) -> int:
    """Columns of the largest line number."""
    return max(
        len(str(s.file.line_col(at)[0]))
        for s in (x.span for x, _ in labels)
        for at in (s.start, s.end)
    )


def files_of(labels: list[tuple[Label, bool]]) -> list[SourceFile]:
    """The files of the labels, that of the mistake first."""
    files: dict[int, SourceFile] = {}
    for label, _ in labels:
        files.setdefault(id(label.span.file), label.span.file)
    return list(files.values())


def remarks(word: str, texts: tuple[str, ...], width: int, tint: str, paint: Paint) -> list[str]:
    """`= note: …`, further ones below the first; long ones go on below themselves."""
    lead = f"{' ' * width} {paint(tint, f'= {word}:')} "
    out = []
    for text in texts:
        for line in wrap(escape(text), WIDTH - width - len(word) - 5):
            out.append(lead + line)
            lead = " " * (width + len(word) + 5)
    return out


def changes(fix: Fix, width: int, paint: Paint) -> list[str]:
    """The lines that a fix changes, as they are and as they would be."""
    file = fix.span.file
    if any(e.span.file is not file for e in fix.edits):
        return []
    hunks: list[tuple[int, int, list[Edit]]] = []  # first and last line, what changes there
    for e in sorted(fix.edits, key=lambda e: e.span.start):
        first, last = (file.line_col(at)[0] for at in (e.span.start, e.span.end))
        if hunks and first <= hunks[-1][1]:
            hunks[-1][2].append(e)
            hunks[-1] = (hunks[-1][0], max(last, hunks[-1][1]), hunks[-1][2])
        else:
            hunks.append((first, last, [e]))
    if sum(last - first + 1 for first, last, _ in hunks) > MAX_CHANGED:
        return []
    if max(len(file.line_text(n)) for h in hunks for n in h[:2]) > MAX_LINE:
        return []
    out = [f"{' ' * width} {paint(BLUE, '|')}"]
    before = 0
    for first, last, edits in hunks:
        if before and first > before + 1:
            out.append(paint(BLUE, "..."))
        before = last
        out.extend(hunk(file, first, last, edits, width, paint))
    return out


def hunk(
    file: SourceFile, first: int, last: int, edits: list[Edit], width: int, paint: Paint
) -> list[str]:
    """Lines that hang together, without and with the edits in them."""
    at = file.starts[first - 1]
    end = file.starts[last - 1] + len(file.line_text(last))
    old = new = ""
    for e in edits:
        same = visible_lines(file.text[at : e.span.start])
        old += same + tinted(e.span.text, RED, paint)
        new += same + tinted(e.text, GREEN, paint)
        at = e.span.end
    same = visible_lines(file.text[at:end])
    before, after = (old + same).split("\n"), (new + same).split("\n")
    while before and after and before[-1] == after[-1]:
        before.pop()
        after.pop()
    while before and after and before[0] == after[0]:
        del before[0], after[0]
        first += 1
    out = []
    for sign, tint, part in (("-", RED, before), ("+", GREEN, after)):
        for i, line in enumerate(part):
            number = paint(BLUE, f"{first + i:>{width}}")
            out.append(f"{number} {paint(tint, sign)} {line}".rstrip())
    return out


def visible_lines(text: str) -> str:
    """Lines as they can be printed."""
    return "\n".join(visible(line.rstrip("\r")) for line in text.split("\n"))


def tinted(text: str, tint: str, paint: Paint) -> str:
    """What changes, coloured line by line."""
    return "\n".join(paint(tint, line) if line else "" for line in visible_lines(text).split("\n"))


def to_dict(d: Diagnostic) -> dict[str, object]:
    """A diagnostic for programs (`--json`)."""

    def edit_place(edit: Edit) -> dict[str, object]:
        where = place(Label(edit.span))
        del where["label"]
        return where

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
        out["fix"] = {
            **place(Label(d.fix.span, d.fix.title)),
            "text": d.fix.text,
            "title": d.fix.title,
            "safety": d.fix.safety,
            "edits": [{**edit_place(e), "text": e.text} for e in d.fix.edits],
        }
    return out
