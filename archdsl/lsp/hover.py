"""Hover: what a layer is and does, what a name stands for, what an attribute means; in Markdown."""

from __future__ import annotations

from archdsl.elaborate.functions import FUNCTIONS
from archdsl.elaborate.kind_pages import attributes, doc_of, first_line, shorthand
from archdsl.elaborate.words import split_digits
from archdsl.lsp.facts import Facts, Instance, shape_text
from archdsl.lsp.moves import Moves
from archdsl.lsp.places import path_at, step_at
from archdsl.lsp.scopes import BLOCK, LABEL, LET, NETWORK, TENSORS, Definition
from archdsl.ops.base import Kind
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.document import Document

SHOWN = 4  # instances
MAX_VALUES = 6


def hover(document: Document, offset: int) -> tuple[str, Span] | None:
    """Markdown on what stands at an offset, and its span; None where there is nothing to say."""
    index = document.index
    path = path_at(document.tree, offset)
    occurrence = index.at(offset)
    step = step_at(path, offset)
    if step is not None and (occurrence is None or occurrence.span.start == step.name.span.start):
        return on_step(step, document, occurrence.definition if occurrence else None)
    if occurrence is not None:
        return on_name(occurrence.definition, document), occurrence.span
    word = word_at(document.text, offset)
    if word is None:
        return None
    span = Span(document.source, *word)
    role = index.roles.get(span.start, "")
    if role == "attribute":
        text = on_attribute(path, span.text, index.callees)
    elif role == "function":
        text = f"`{FUNCTIONS[span.text][3]}`"
    elif role in ("kind", "word"):
        kind = kind_named(span.text)
        text = on_kind(kind) if kind is not None else ""
    else:
        return None
    return (text, span) if text else None


# --- steps --------------------------------------------------------------------------------------


def on_step(
    step: ast.Layer, document: Document, definition: Definition | None
) -> tuple[str, Span] | None:
    """A layer or a call, with its instances."""
    found, note = instances(step, document)
    kind = kind_of(step, found)
    lines = []
    if definition is not None and definition.kind in (BLOCK, NETWORK):
        lines.append(on_name(definition, document))
    elif kind is not None:
        lines.append(f"**{step.head.text}** — {first_line(kind)}")
    elif definition is not None:
        lines.append(on_name(definition, document))
    if found:
        lines.append("\n\n".join(describe(found, document.facts if not note else None)))
    if note:
        lines.append(note)
    if kind is not None and definition is None:
        lines.append(usage(kind))
    return ("\n\n".join(lines), step.head) if lines else None


def instances(step: ast.Layer, document: Document) -> tuple[list[Instance], str]:
    """What a step is; where the text is broken, what it was before, with a word on that."""
    found = document.facts.of(step)
    row = next((n for n in path_at(document.tree, step.span.start) if isinstance(n, ast.Row)), None)
    if not found and row is not None:
        found = document.facts.at(row.span)
    old = document.last_good
    if found or old is None or document.good:
        return found, ""
    at = Moves(document.text, old.text).of(step.span.start)
    before = step_at(path_at(old.tree, at), at) if at is not None else None
    if before is None or before.span.text != step.span.text:
        return [], ""
    return old.facts.of(before), "*as it was before the text had mistakes*"


def describe(found: list[Instance], facts: Facts | None) -> list[str]:
    """One instance in full, or the first of several."""
    if len(found) == 1:
        return [on_instance(found[0], facts)]
    lines = [f"{len(found)} instances:"]
    shown = [f"- {on_instance(one, facts, True)}" for one in found[:SHOWN]]
    if len(found) > SHOWN:
        shown.append(f"- and {len(found) - SHOWN} more")
    return [*lines, "\n".join(shown)]


def on_instance(one: Instance, facts: Facts | None, brief: bool = False) -> str:
    """`3x224x224 → 64x112x112`, parameters, MACs, receptive field, and the layers it is made of."""
    arrow = f"`{shape_text(one.entered)}` → `{shape_text(one.given)}`" if one.entered else ""
    arrow = arrow or f"→ `{shape_text(one.given)}`"
    parts = [f"{one.cost.params:,} parameters", f"{one.cost.total_macs:,} MACs"]
    fields = facts.fields(one) if facts is not None else []
    if len(fields) > 2:
        parts.append(f"receptive field {fields[0]} … {fields[-1]}")
    elif fields:
        parts.append(f"receptive field {' | '.join(fields)}")
    if one.repeats > 1:
        parts.append(f"{one.repeats} times")
    where = f"`{one.where}`: " if one.where else ""
    if brief:
        return f"{where}{arrow}, {', '.join(parts)}"
    ops = [getattr(n, "op", None) for n in one.nodes]
    made = ", ".join(f"`{op.text()}`" for op in ops[:6] if op is not None)
    lines = [f"{where}{arrow}", " · ".join(parts)]
    if made and len(ops) > 1 and all(op is not None for op in ops):
        lines.append(f"layers: {made}" + (" …" if len(ops) > 6 else ""))
    return "  \n".join(lines)


def kind_of(step: ast.Layer, found: list[Instance]) -> type[Kind] | None:
    """The kind that a step's word names."""
    kind = kind_named(step.name.name)
    if kind is None and step.tails:  # `soft-max`
        kind = kind_named(step.head.text.split("(")[0])
    return kind


def kind_named(word: str) -> type[Kind] | None:
    """A kind by its name, perhaps with digits behind it."""
    m = split_digits(word)
    return Kind.lookup(word) or (Kind.lookup(m.group(1)) if m is not None else None)


# --- kinds and attributes -----------------------------------------------------------------------


def on_kind(kind: type[Kind]) -> str:
    """A kind where it is a value: `act=relu`."""
    return f"**{kind.name}** — {doc_of(kind)}\n\n{usage(kind)}"


def usage(kind: type[Kind]) -> str:
    """How a kind is written and what it takes."""
    text = f"written `{shorthand(kind)}`"
    if kind.name.lower() != kind.names[-1].lower():
        text += ", also " + ", ".join(f"`{n}`" for n in kind.names[1:])
    names = [f"`{n}={d}`" if d and d != "(required)" else f"`{n}`" for n, d, _ in attributes(kind)]
    return text + ("; takes " + ", ".join(names) if names else "")


def on_attribute(path: list[ast.Node], name: str, callees: dict[int, Definition]) -> str:
    """An attribute of the kind whose arguments hold it."""
    for node in reversed(path):
        kinds: list[type[Kind] | None] = []
        if isinstance(node, ast.Layer) and id(node) not in callees:
            kinds = [kind_of(node, [])]
        elif isinstance(node, ast.Call) and id(node) not in callees:
            kinds = [kind_named(node.name.name)]
        elif isinstance(node, ast.Default):
            kinds = [kind_named(k.name) for k in node.kinds]
        elif isinstance(node, ast.Table):
            kinds = [kind_named(node.header[0].name)]
        for kind in kinds:
            for found, default, doc in attributes(kind) if kind is not None else ():
                if found == name and kind is not None:
                    shown = f", by default `{default}`" if default != "(required)" else ", required"
                    return f"**{name}** of `{kind.name}`{shown if default else ''} — {doc}"
    return ""


# --- names --------------------------------------------------------------------------------------


def on_name(d: Definition, document: Document) -> str:
    """A name: its values, its shapes, or what its block is."""
    if d.kind in (BLOCK, NETWORK):
        return on_definition(d, document)
    if d.kind in TENSORS:
        shapes = shapes_of(d, document)
        return f"**@{d.name}** — {d.kind}" + (f", {listed(shapes)}" if shapes else "")
    values = document.facts.values(d.span)
    written = ""
    if isinstance(d.node, ast.Let) and d.kind == LET:
        written = d.node.value.span.text
        values = [v for v in values if v != written]
    elif isinstance(d.node, ast.Param) and d.node.default is not None:
        written = d.node.default.span.text
    text = f"**{d.name}** — {d.kind}"
    if written:
        text += f" `= {written[:80]}`"
    return text + (f", here {listed(values)}" if values else "")


def listed(values: list[str]) -> str:
    """The first of some values."""
    shown = ", ".join(f"`{v}`" for v in values[:MAX_VALUES])
    more = len(values) - MAX_VALUES
    return shown + (f" and {more} more" if more > 0 else "")


def on_definition(d: Definition, document: Document) -> str:
    """A block or a network: how it is called, its comment, its totals."""
    node = d.node
    word = "block" if d.kind == BLOCK else "network"
    head = f"{word} {d.name}"
    if d.params:
        head += "(" + ", ".join(p.span.text for p in d.params) + ")"
    if isinstance(node, ast.NetworkOf):
        head = node.span.text
    lines = [f"```archdsl\n{head}\n```"]
    doc = getattr(node, "doc", "")
    if doc:
        lines.append(doc)
    for network in document.facts.design.networks:
        if d.kind == NETWORK and network.name == d.name and d.file is document.tree.source:
            lines.append(document.facts.totals(network))
    return "\n\n".join(lines)


def shapes_of(d: Definition, document: Document) -> list[str]:
    """The shapes of a label, an input or a tensor parameter."""
    if d.kind == LABEL and isinstance(d.node, ast.Line):
        last = d.node.steps[-1]
        found = document.facts.of(last) or document.facts.at(d.node.span)
        return list(dict.fromkeys(shape_text(one.given) for one in found))
    return document.facts.labelled(d.name, d.node)


def word_at(text: str, offset: int) -> tuple[int, int] | None:
    """The word that holds an offset or ends at it."""
    start = end = offset
    while start > 0 and is_word(text[start - 1]):
        start -= 1
    while end < len(text) and is_word(text[end]):
        end += 1
    return (start, end) if start < end else None


def is_word(char: str) -> bool:
    """Whether a character belongs to a name."""
    return char == "_" or (char.isascii() and char.isalnum())
