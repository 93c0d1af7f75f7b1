"""Signature help: what stands in the brackets around the cursor, and which argument it is."""

from __future__ import annotations

from archdsl.elaborate.functions import FUNCTIONS
from archdsl.elaborate.kind_pages import attributes, first_line
from archdsl.lsp.cursor import Cursor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.document import Document


class Signature:
    """A call as it is written, with its parameters and the one at the cursor (-1: none)."""

    __slots__ = ("active", "doc", "params", "text")

    def __init__(
        self, text: str, params: list[tuple[str, str]], active: int, doc: str = ""
    ) -> None:
        self.text = text
        self.params = params  # (as written in the text, what it means)
        self.active = active
        self.doc = doc


def signature(document: Document, offset: int) -> Signature | None:
    """The signature for the innermost brackets around an offset."""
    from archdsl.lsp.hover import kind_named

    cursor = Cursor(document.text, offset)
    if cursor.inner != "(" or not cursor.words or cursor.hidden:
        return None
    word = cursor.words[0]
    block = document.index.scope_at(offset).find(word)
    if block is not None and block.inner is not None:
        params = [(p.span.text, "") for p in block.params]
        names = [p.name for p in block.params]
        doc = getattr(block.node, "doc", "")
        return write(word, params, names, names, cursor, doc)
    if word in FUNCTIONS and block is None:
        form = FUNCTIONS[word][3]
        inside = [(p.strip(), "") for p in form[form.index("(") + 1 : -1].split(",")]
        places = [p for p, _ in inside]
        return write(word, inside, places, places, cursor, "")
    kind = kind_named(word)
    if kind is None:
        return None
    rows = attributes(kind)
    order = [*kind.positional, *(n for n, _, _ in rows if n not in kind.positional)]
    by_name = {n: (d, doc) for n, d, doc in rows}
    params = []
    for name in order:
        default, doc = by_name.get(name, ("", ""))
        shown = f"{name}={default}" if default and default != "(required)" else name
        params.append((shown, doc))
    return write(kind.name, params, order, list(kind.positional), cursor, first_line(kind))


def write(
    word: str,
    params: list[tuple[str, str]],
    names: list[str],
    places: list[str],
    cursor: Cursor,
    doc: str,
) -> Signature:
    """The signature, with the parameter that is being written."""
    named = cursor.named
    place = sum("=" not in piece for piece in cursor.arguments)
    active = -1
    if named in names:
        active = names.index(named)
    elif not named and place < len(places):
        active = names.index(places[place])
    return Signature(f"{word}({', '.join(p for p, _ in params)})", params, active, doc)
