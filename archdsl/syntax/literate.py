"""Literate specs: the fenced `arch` blocks of a Markdown page are one spec, in their order."""

from __future__ import annotations

import re

from archdsl.diagnostics.errors import ArchError
from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax.parse import parse

SUFFIXES = (".md", ".markdown")
OPEN = re.compile(
    r"(?P<lead>[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)"
    r"(?P<mark>`{3,}|~{3,})(?P<info>.*)"
)
QUOTES = re.compile(r"[ \t]*(?:>[ \t]?)*")
LEFT_OUT = re.compile(r"(?:ignore|error|from|file)(?:=\S*)?")


class NoArchBlock(ArchError):
    """A Markdown file has no spec in it: no fenced block says `arch` behind its three backquotes.

    A spec in prose stands in blocks that begin with ```` ```arch ````. All of them are one spec, in
    their order. Blocks of other languages are prose, and so are those that say `arch ignore` or
    `arch error`.
    """

    id = "no-arch-block"


class Fence:
    """A block of a page: where each of its lines starts, starts behind `>` signs, and ends."""

    __slots__ = ("lines", "prefix")

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.lines: list[tuple[int, int, int]] = []


def is_literate(file: SourceFile) -> bool:
    """Whether a file is prose around a spec."""
    return file.name.lower().endswith(SUFFIXES)


def read_literate(file: SourceFile) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a page's blocks, and what is wrong; every place is one of the page."""
    page = file.text
    fences = find_fences(page)
    # Places, fixes and excerpts are those of the page, so the file itself is parsed, its prose
    # covered while the parser looks at it: every offset and every line stays where it is.
    file.text = blank(page, fences)
    try:
        tree, found = parse(file)
    finally:
        file.text = page
    if not fences:
        wrong = Diagnostic(
            NoArchBlock.id,
            "no block of this page is a spec",
            Label(Span(file, 0, 0)),
            help="a spec stands in a block that begins with three backquotes and the word arch",
        )
        tree.lost = None
        return tree, [wrong]
    return tree, found


def blank(text: str, fences: list[Fence]) -> str:
    """The text with blanks for all that stands outside of the blocks: offsets and lines stay."""
    out: list[str] = []
    at = 0
    for fence in fences:
        for _, start, end in fence.lines:
            out.append(erase(text[at:start]))
            out.append(text[start:end])
            at = end
    out.append(erase(text[at:]))
    return "".join(out)


def erase(text: str) -> str:
    """Blanks, with the line ends of the text."""
    return "\n".join(" " * len(line) for line in text.split("\n"))


def find_fences(text: str) -> list[Fence]:
    """The `arch` blocks of a page, those left out that say `ignore`, `error`, `from` or `file`.

    A fence is three or more backquotes or tildes; as many or more of the same end it. It may be
    indented, stand behind the mark of a list item, or in a quotation, which ends it when it ends.
    """
    fences: list[Fence] = []
    mark = ""
    quoted = 0
    fence: Fence | None = None
    at = 0
    for line in text.split("\n"):
        start, end = at, at + len(line)
        at = end + 1
        if mark and quoted and line[: quote_end(line)].count(">") < quoted:
            mark, fence = "", None
        if not mark:
            found = OPEN.match(line)
            if found and not (found["mark"][0] == "`" and "`" in found["info"]):
                mark, quoted = found["mark"], found["lead"].count(">")
                fence = make_fence(found["info"], found["lead"])
                if fence is not None:
                    fences.append(fence)
            continue
        inside = quote_end(line) if quoted else 0
        bare = line[inside:].strip()
        if len(bare) >= len(mark) and set(bare) == {mark[0]}:
            mark, fence = "", None
        elif fence is not None and (line or end < len(text)):
            fence.lines.append((start, start + inside, end))
    return fences


def quote_end(line: str) -> int:
    """Where the signs of a quotation end."""
    found = QUOTES.match(line)
    return found.end() if found and ">" in found[0] else 0


def make_fence(info: str, lead: str) -> Fence | None:
    """The block that begins so, if it is part of the spec."""
    words = info.split()
    if not words or words[0].lower() != "arch":
        return None
    if any(LEFT_OUT.fullmatch(w) for w in words[1:]):
        return None
    return Fence(lead[: quote_end(lead)])


def lay_out_page(file: SourceFile) -> tuple[str, list[Diagnostic]]:
    """The page with each block in the canonical layout, or with what is wrong with it.

    A block is laid out by itself; one that is only a part, such as a network's head whose brace
    closes in a later block, stays as it is. Prose is never touched.
    """
    from archdsl.syntax.format.render import lay_out

    problems = read_literate(file)[1]
    if problems:
        return file.text, problems
    out: list[str] = []
    at = 0
    for fence in find_fences(file.text):
        if not fence.lines:
            continue
        lines = [file.text[a:b] for _, a, b in fence.lines]
        indent = min((len(x) - len(x.lstrip(" ")) for x in lines if x.strip()), default=0)
        inner = "".join(x[indent:] + "\n" for x in lines)
        new, wrong = lay_out(SourceFile(file.name, inner))
        if wrong:
            continue
        first, last = fence.lines[0][0], fence.lines[-1][2]
        made = [f"{fence.prefix}{' ' * indent}{x}".rstrip() for x in new.rstrip("\n").split("\n")]
        out += [file.text[at:first], "\n".join(made)]
        at = last
    return "".join([*out, file.text[at:]]), []
