"""Completion: what may stand where the cursor is."""

from __future__ import annotations

import os
import re

from archdsl.elaborate.functions import FUNCTIONS
from archdsl.elaborate.kind_pages import all_kinds, first_line
from archdsl.files import std_folder
from archdsl.lsp import complete_args
from archdsl.lsp.cursor import Cursor
from archdsl.lsp.items import Item
from archdsl.lsp.library import library_items, stems
from archdsl.lsp.scopes import BLOCK, LABEL, NETWORK, Definition, Scope
from archdsl.ops.base import Kind
from archdsl.ops.join import Join
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.document import Document

REFERENCE = re.compile(r"@(?:([A-Za-z_]\w*)\.)?[A-Za-z_]?\w*$")
USE = re.compile(r"\s*use\s+(?P<path>\"[^\"\n]*\"?|[\w/]*)(?P<names>\s*:[\w\s,]*)?$")
NETWORK_AT = re.compile(r"\s*(?:expect\s+[\w-]*|network\s+[\w-]+\s*=\s*[\w-]*)$")
INPUT = re.compile(r"\s*input\s+(?:\w+\s*:\s*)?\w*$")
STATEMENTS = (
    ("input", "input ${1:3x224x224}", "what enters the network"),
    ("default", "default ${1:conv} (${2:norm=bn, act=relu})", "attributes from here on"),
    ("let", "let ${1:name} = ${2:value}", "a name for a value"),
    ("use", "use ${1:std/resnet}: ${2:basic}", "blocks of another file"),
    ("block", "block ${1:name}(${2:out}) {\n    $0\n}", "a part with parameters"),
    ("network", "network ${1:Name} {\n    input ${2:3x224x224}\n    $0\n}", "a network"),
    ("expect", "expect ${1:params} == ${2:0}", "a claim that is proven"),
    ("output", "output ${1:name}: $0", "one more output"),
    ("train", "train {\n    $0\n}", "how it is trained"),
    ("for", "for ${1:i} in 0..${2:4} {\n    $0\n}", "repetitions that differ"),
    ("if", "if ${1:condition} {\n    $0\n}", "layers under a condition"),
)
LAYOUTS = ("seq", "signal", "volume", "tokens", "vector", "image")


def complete(document: Document, offset: int) -> list[Item]:
    """What may stand at an offset; the editor filters by what is typed."""
    if not document.writes_spec(offset):
        return []
    cursor = Cursor(document.text, offset)
    scope = document.index.scope_at(offset)
    if (m := USE.match(cursor.line)) is not None:
        return of_use(m, document)
    if cursor.hidden:
        return []
    if (m := REFERENCE.search(cursor.line)) is not None:
        return of_reference(m[1] or "", document, scope)
    if NETWORK_AT.match(cursor.line):
        names = [Item(n, NETWORK) for n in document.index.networks]
        return names + (complete_args.facts() if "expect" in cursor.line else [])
    if INPUT.match(cursor.line):
        return [Item(n, "keyword") for n in LAYOUTS]
    if cursor.inner == "(":
        return complete_args.arguments(cursor, document, scope)
    if in_train(document.text, cursor):
        return complete_args.training(cursor)
    before = cursor.line[: len(cursor.line) - len(cursor.word)].rstrip()
    if before[-1:] in ("-", "/") or re.search(r"(=|\b(if|in|let|not|and|or)|[*+%<>])$", before):
        return values(scope)
    return steps(document, scope, cursor.begins_line and cursor.inner in ("", "{"))


def typed_from(document: Document, offset: int) -> int:
    """Where what is being typed begins: a name, a path, a network's name with hyphens."""
    cursor = Cursor(document.text, offset)
    start = offset - len(cursor.line)
    if (m := USE.match(cursor.line)) is not None and m["names"] is None:
        return start + m.start("path") + m["path"].startswith('"')
    if NETWORK_AT.match(cursor.line) and (m := re.search(r"[\w-]+$", cursor.line)) is not None:
        return start + m.start()
    return offset - len(cursor.word)


def in_train(text: str, cursor: Cursor) -> bool:
    """Whether the cursor stands in a `train { … }`."""
    return cursor.inner == "{" and text[: cursor.opened].rstrip().endswith("train")


# --- steps and values ---------------------------------------------------------------------------


def steps(document: Document, scope: Scope, at_start: bool) -> list[Item]:
    """Kinds, blocks in sight, networks, and blocks of the standard library."""
    found = [of_kind(kind) for kind in all_kinds()]
    visible = scope.visible()
    for name, d in visible.items():
        found.append(of_definition(name, d))
    found += [Item(n, NETWORK) for n, d in document.index.networks.items() if "-" not in n]
    found += library_items(document, visible)
    if at_start:
        found += [Item(w, "keyword", d, snippet=s, rank=2) for w, s, d in STATEMENTS]
    return found


def of_kind(kind: type[Kind]) -> Item:
    """A kind, with its shorthand to be filled in."""
    snippet = kind.name
    if kind.name == "residual":
        snippet += "[ $0 ]"
    elif issubclass(kind, Join):
        snippet += "[ $1 | $2 ]"
    else:
        place = 1
        for sign, name, sample in (("", kind.digits, "3"), ("-", kind.dash, "64")):
            field = next((f for f in kind.fields if f.name == name), None)
            if field is not None and complete_args.required(field):
                snippet += f"{sign}${{{place}:{sample}}}"
                place += 1
    return Item(kind.name, "kind", first_line(kind), snippet=snippet, more=usage_of(kind))


def usage_of(kind: type[Kind]) -> str:
    """What the hover says of the kind."""
    from archdsl.lsp.hover import on_kind

    return on_kind(kind)


def of_definition(name: str, d: Definition) -> Item:
    """A block, a parameter or a `let` in sight."""
    if d.kind != BLOCK:
        return Item(name, d.kind, rank=0)
    params = ", ".join(p.span.text for p in d.params)
    needed = [p for p in d.params if p.default is None]
    snippet = name
    if needed:
        holes = ", ".join(
            f"${{{i}:{'@' if p.kind != 'value' else ''}{p.name}}}" for i, p in enumerate(needed, 1)
        )
        snippet += f"({holes})"
    doc = getattr(d.node, "doc", "")
    return Item(name, BLOCK, f"({params})" if params else "", snippet=snippet, more=doc, rank=0)


def values(scope: Scope) -> list[Item]:
    """What may stand in an expression."""
    found = [Item(n, d.kind, rank=0) for n, d in scope.visible().items() if d.kind != BLOCK]
    found.append(Item("c", "parameter", "channels or features of what enters here"))
    found += [
        Item(n, "function", form, snippet=f"{n}($0)") for n, (_, _, _, form) in FUNCTIONS.items()
    ]
    return found


# --- references ---------------------------------------------------------------------------------


def of_reference(owner: str, document: Document, scope: Scope) -> list[Item]:
    """Labels behind `@`; behind `@call.` what its block gives, and the sizes of a tensor."""
    if not owner:
        found = [Item(n, LABEL, shape_of(d, document)) for n, d in scope.visible_labels().items()]
        return [*found, Item("in", "keyword", "what enters here")]
    sizes = [
        Item(a, "property", what)
        for a, what in (("c", "channels"), ("h", "height"), ("w", "width"), ("l", "length"))
    ]
    d = scope.find_label(owner)
    node = d.node if d is not None else None
    inner = None
    if isinstance(node, (ast.Line, ast.Output)):
        callee = document.index.callees.get(id(node.steps[-1]))
        inner = callee.inner if callee is not None else None
    if inner is not None:
        named = {**inner.outputs, **inner.labels}
        return [Item(n, LABEL, rank=0) for n in named] + sizes
    return sizes


def shape_of(d: Definition, document: Document) -> str:
    """The shapes of a label."""
    from archdsl.lsp.hover import shapes_of

    return " | ".join(shapes_of(d, document)[:2])


# --- use ----------------------------------------------------------------------------------------


def of_use(m: re.Match[str], document: Document) -> list[Item]:
    """Files and folders, files of the standard library, the blocks of a file."""
    path = m["path"]
    if m["names"] is not None:
        plain = path.strip('"')
        at = Span(document.source, 0, 0)
        use = ast.Use(at, plain, at, not path.startswith('"'), None)
        index = document.load(use, document.source)
        if index is None:
            return []
        return [of_name(n, d) for n, d in index.usable().items()]
    if not path.startswith('"'):
        return [Item(f"std/{n}", "file", "standard library") for n in stems(std_folder())]
    folder = os.path.dirname(document.name) or "."
    inside = os.path.dirname(path[1:])
    full = os.path.realpath(os.path.join(folder, inside))
    if document.name.startswith("<") or not full.startswith(os.path.realpath(folder)):
        return []
    try:
        entries = sorted(os.listdir(full))
    except OSError:
        return []
    found = [e for e in entries if e.endswith(".arch") and e != os.path.basename(document.name)]
    return [Item(os.path.join(inside, e), "file") for e in found]


def of_name(name: str, d: Definition) -> Item:
    """A block of another file, where it is named in a `use`."""
    params = ", ".join(p.span.text for p in d.params)
    return Item(name, d.kind, f"({params})" if params else "", more=getattr(d.node, "doc", ""))
