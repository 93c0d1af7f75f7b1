"""Mappings of other formats, and texts that YAML cuts in two: what to write instead."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Fix, Label
from archdsl.syntax.yaml.keys import LINE
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence, Wrong, wrong

NUMBER = re.compile(r"\s*[-+]?[0-9][0-9x._]*\s*")
TYPE_KEYS = ("type", "kind", "op", "module", "class", "class_name", "layer_type")
BODY_KEYS = ("body", "layers", "modules", "children", "blocks")


def refuse_cut_text(key: Scalar) -> None:
    """Raises Wrong for `conv3-8(pad: 1)`, `expect A: params == 3`: texts that YAML cuts in two."""
    name = key.value
    if name.count("(") > name.count(")"):
        raise wrong(
            "yaml-key",
            "`: ` cuts this text: what stands before it is a key",
            key.span,
            "a value is given by `=`: `conv3-64(pad=1)`",
        )
    if re.match(r"(?:expect|output)\s+\S", name):
        raise wrong(
            "yaml-key",
            "`: ` cuts this text: what stands before it is a key",
            key.span,
            f'put the whole text in quotes: `"{name[:40]}: …"`',
        )


def refuse_foreign(node: Mapping, heads: list[Scalar]) -> None:
    """Raises Wrong for `{type: conv, out: 8}` and `{conv: {out: 8}, name: a}`."""
    said = next((key for key in heads if key.value in TYPE_KEYS), None)
    if said is not None:
        kind = node.get(said.value)
        word = kind.value if isinstance(kind, Scalar) and kind.value.isidentifier() else "conv"
        raise wrong(
            "yaml-key",
            f"`{said.value}` names no layer",
            said.span,
            f"the layer is the key, and its arguments are the value: `{word[:40]}: {{ … }}`",
        )
    name = next((key for key in heads if key.value in ("name", "id")), None)
    if name is not None:
        fix = Fix(name.span, LINE, f"write `{LINE}`", safety="guess")
        raise Wrong(
            Diagnostic(
                "yaml-key",
                f"`{name.value}` is no key of a step",
                Label(name.span),
                help=f"what names the result is `{LINE}`",
                fix=fix,
            )
        )


def refuse_two_steps(node: Mapping, heads: list[Scalar]) -> None:
    """Raises Wrong for `{conv3-8: , relu: }`: keys of one mapping, each a layer by itself."""
    values = [node.get(key.value) for key in heads]
    if all(isinstance(value, Scalar) and value.empty for value in values):
        steps = ", ".join(key.value for key in heads)[:60]
        raise wrong(
            "yaml-key",
            "a mapping is one step, and here are several",
            heads[1].span,
            f"write them as one text, `{steps}`, or each as an item of its own",
        )


def refuse_body(node: Mapping, key: Scalar, value: Node) -> None:
    """Raises Wrong for `{repeat: 3, body: [conv3-8]}`."""
    if key.value not in BODY_KEYS or "repeat" not in node.index or not isinstance(value, Sequence):
        return
    raise Wrong(
        Diagnostic(
            "yaml-key",
            f"`{key.value}` is no key of a step",
            Label(key.span),
            help="what is repeated is a group: `{group: [ … ], repeat: 3}`",
            fix=Fix(key.span, "group", "write `group`", safety="guess"),
        )
    )


def refuse_argument(key: Scalar, value: Node) -> None:
    """Raises Wrong for `FC: 10`: behind a label stand layers, and arguments stand in brackets."""
    if not isinstance(value, Scalar) or not NUMBER.fullmatch(value.value):
        return
    number, name = value.value.strip()[:40], key.value[:40]
    raise wrong(
        "yaml-type",
        f"`{number}` is no layer: a text behind a key is a line, and the key its label",
        value.span,
        f"where `{name}` is meant as a layer, its arguments are a list or a mapping, such as "
        "`FC: {out: 10}`, or all of it is one text: `FC-10`",
    )
