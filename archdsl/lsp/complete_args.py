"""Completion inside brackets: attributes of the kind, parameters of the block, their values."""

from __future__ import annotations

from archdsl.elaborate.claims import FACTS as CLAIMS
from archdsl.elaborate.kind_pages import all_kinds, attributes, first_line
from archdsl.lsp.cursor import Cursor
from archdsl.lsp.items import Item
from archdsl.lsp.scopes import LABEL, Definition, Scope
from archdsl.ops.base import REQUIRED, Field, FieldError, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.document import Document

INITS = ("he", "glorot", "lecun", "normal", "constant")
OF_FAMILY = {"act": "activation", "norm": "norm"}


def arguments(cursor: Cursor, document: Document, scope: Scope) -> list[Item]:
    """Names of arguments, or values of the one that is being written."""
    from archdsl.lsp.complete import values
    from archdsl.lsp.hover import kind_named

    word = cursor.words[0] if cursor.words else ""
    block = scope.find(word) if word else None
    kinds = [k for w in cursor.words if (k := kind_named(w.replace("-", ""))) is not None]
    if block is not None and block.inner is not None:
        if cursor.named:
            return [*words_of_names(cursor.named), *values(scope)]
        return [*parameters(block, cursor), *values(scope)]
    if not kinds:
        return values(scope)
    if cursor.named:
        return [*values_of(kinds[0], cursor.named, scope), *values(scope)]
    return [*names_of(kinds, cursor), *values(scope)]


def parameters(block: Definition, cursor: Cursor) -> list[Item]:
    """The parameters of a block that are not given yet."""
    given = written(cursor)
    found = []
    for p in block.params:
        if p.name not in given:
            sign = "@" if p.kind != "value" else ""
            default = f"by default {p.default.span.text}" if p.default is not None else ""
            detail = default or f"of {block.name}"
            item = Item(p.name, "parameter", detail, snippet=f"{p.name}={sign}$0", rank=0)
            found.append(item)
    return found


def names_of(kinds: list[type[Kind]], cursor: Cursor) -> list[Item]:
    """The attributes of a kind that are not given yet; of several, those that all have."""
    given = written(cursor) | shorthand_of(kinds[0], cursor)
    if len(kinds) > 1 or (cursor.head is not None and cursor.head["kinds"]):
        given.add("share")  # a default shares nothing
    tables = [{n: (d, doc) for n, d, doc in attributes(kind)} for kind in kinds]
    found = []
    for name, (default, doc) in tables[0].items():
        if name not in given and all(name in t for t in tables):
            shown = f"default {default}" if default and default != "(required)" else ""
            found.append(
                Item(name, "attribute", shown, snippet=f"{name}=$0", more=doc, rank=0),
            )
    return found


def shorthand_of(kind: type[Kind], cursor: Cursor) -> set[str]:
    """The attributes that digits and signs before the bracket give."""
    head = cursor.head.group() if cursor.head is not None else ""
    digits = head.split("(")[0].split("-")[0].split("/")[0][-1:].isdigit()
    found = {kind.digits if digits else "", kind.dash if "-" in head else ""}
    return found | {kind.slash if "/" in head else ""}


def written(cursor: Cursor) -> set[str]:
    """The names of the arguments before the cursor."""
    return {piece.split("=")[0].strip() for piece in cursor.arguments if "=" in piece}


def values_of(kind: type[Kind], name: str, scope: Scope) -> list[Item]:
    """The words that an attribute takes."""
    if name == "share":
        return [Item(n, LABEL, rank=0) for n in scope.visible_labels()]
    field = next((f for f in kind.fields if f.name == name), None)
    if field is None:
        return words_of_names(name)
    words = list(field.choices)
    if takes(field, True) and takes(field, False):
        words += ["true", "false"]
    if takes(field, None) and "none" not in words:
        words.append("none")
    return [Item(w, "word", rank=0) for w in words]


def words_of_names(name: str) -> list[Item]:
    """Values of what is named as the attributes that all kinds share are."""
    if name in OF_FAMILY:
        kinds = [k for k in all_kinds() if k.family == OF_FAMILY[name]]
        found = [Item(k.name, "kind", first_line(k), rank=0) for k in kinds]
        return [*found, Item("none", "word", rank=0)]
    if name in ("init", "bias_init"):
        return [Item(w, "word", rank=0) for w in INITS]
    if name == "order":
        return [Item("post", "word", rank=0), Item("pre", "word", rank=0)]
    return []


def takes(field: Field, value: object) -> bool:
    """Whether a field takes a value."""
    try:
        field.convert(value)
    except FieldError:
        return False
    return True


def required(field: Field) -> bool:
    """Whether a field must be given."""
    return field.default is REQUIRED


def facts() -> list[Item]:
    """What a claim may speak of."""
    shaped = [Item("shape(@…)", "function", "of a tensor", snippet="shape(@$1) == $0")]
    counted = [Item("count(…)", "function", "layers of a kind", snippet="count(${1:conv}) == $0")]
    return [*(Item(f, "attribute", snippet=f"{f} == $0") for f in CLAIMS), *shaped, *counted]


def training(cursor: Cursor) -> list[Item]:
    """Training facts, and the methods that they take."""
    from archdsl.elaborate.train import FACTS, RECIPES

    before = cursor.line.split("{")[-1].split(",")[-1]
    name, equals, _ = before.partition("=")
    if not equals:
        return [Item(f, "attribute", snippet=f"{f} = $0") for f in FACTS]
    methods = RECIPES.get(name.strip(), {})
    return [
        Item(m, "function", ", ".join(options), snippet=f"{m}($0)" if options else m)
        for m, options in methods.items()
    ]
