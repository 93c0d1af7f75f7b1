"""Pages of the layer kinds, made from their classes: for the terminal, the docs and editors."""

from __future__ import annotations

import archdsl.ops  # noqa: F401  (fills the registry of kinds)
from archdsl.elaborate.attributes import common_names
from archdsl.ops.base import REQUIRED, Kind, show

FAMILIES = (
    "conv",
    "linear",
    "norm",
    "activation",
    "pool",
    "join",
    "shape",
    "dropout",
    "attention",
    "recurrent",
    "embedding",
)
COMMON = {
    "norm": "the norm that follows, such as `bn` (none in tail position)",
    "act": "the activation that follows, such as `relu`",
    "order": "post (layer, norm, activation) or pre (norm, activation, layer)",
    "bias_init": "how its biases start, by default at zero where there is an `init`",
    "init": "how its weights start: he, glorot, lecun, normal(std), constant(v)",
    "share": "the label of an earlier layer whose weights it uses",
}


def all_kinds() -> list[type[Kind]]:
    """Every kind, by family, then by name."""
    kinds = {id(k): k for k in Kind.registry.values()}.values()
    rank = {f: i for i, f in enumerate(FAMILIES)}
    return sorted(kinds, key=lambda k: (rank.get(k.family, 99), k.family, k.name.lower()))


def doc_of(kind: type[Kind]) -> str:
    """What a kind's class says of it."""
    from inspect import getdoc

    return getdoc(kind) or ""


def first_line(kind: type[Kind]) -> str:
    """The first sentence of a kind's documentation."""
    return doc_of(kind).split("\n")[0]


def shorthand(kind: type[Kind]) -> str:
    """How a kind is written shortest: `conv<kernel>-<out>/<stride>`."""
    text = kind.name
    if kind.digits:
        text += f"<{kind.digits}>"
    if kind.dash:
        text += f"-<{kind.dash}>"
    if kind.slash:
        text += f"/<{kind.slash}>"
    return text


def attributes(kind: type[Kind]) -> list[tuple[str, str, str]]:
    """(name, default as written, what it means) of all that may stand in its parentheses."""
    rows = [(f.name, default_text(f.default), f.doc) for f in kind.fields]
    rows += [(n, "", "a tensor: `@label`") for n in kind.tensors]
    names = {row[0] for row in rows}
    rows += [(n, "", COMMON[n]) for n in common_names(kind) if n not in names]
    return rows


def kind_page(kind: type[Kind]) -> str:
    """All on one kind."""
    lines = [doc_of(kind), "", f"written   {shorthand(kind)}"]
    if kind.positional:
        lines.append(f"by place  {kind.name}({', '.join(kind.positional)})")
    if len(kind.names) > 1:
        lines.append(f"also      {', '.join(kind.names[1:])}")
    rows = attributes(kind)
    if rows:
        width = max(len(r[0]) for r in rows)
        middle = max(len(r[1]) for r in rows)
        lines += ["", "attributes"]
        lines += [f"  {n:<{width}}  {d:<{middle}}  {doc}".rstrip() for n, d, doc in rows]
    return "\n".join(lines)


def default_text(value: object) -> str:
    """A default as it is written."""
    return "(required)" if value is REQUIRED else show(value)


def kind_facts(kind: type[Kind]) -> dict[str, object]:
    """A kind for programs."""
    return {
        "name": kind.name,
        "names": list(kind.names),
        "family": kind.family,
        "doc": doc_of(kind),
        "written": shorthand(kind),
        "positional": list(kind.positional),
        "fields": [
            {
                "name": f.name,
                "required": f.default is REQUIRED,
                "default": None if f.default is REQUIRED else show(f.default),
                "choices": list(f.choices),
                "doc": f.doc,
            }
            for f in kind.fields
        ],
        "tensors": list(kind.tensors),
        "common": list(common_names(kind)),
    }
