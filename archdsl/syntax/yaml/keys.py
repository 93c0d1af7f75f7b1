"""The keys of the form: what each mapping may hold and must hold, for reader, writer and schema."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Fix, Label
from archdsl.source import Span
from archdsl.syntax.yaml.nodes import Mapping, Wrong

VERSION = 1

# A mapping is of the first of these shapes whose head it has; the rest are its other keys, those
# with a `!` required. Every key that is no head names a layer, so a head wins over a name.
STATEMENTS: dict[str, tuple[str, ...]] = {
    "network": ("body", "of", "args", "params", "doc"),
    "block": ("body!", "params", "doc"),
    "input": ("name", "layout"),
    "default": ("args!",),
    "let": (),
    "use": ("names",),
    "expect": ("of",),
    "output": ("steps!", "args"),
    "train": (),
    "table": ("rows!",),
    "comment": (),
}
REPEATED = ("repeat", "shared")
STEPS: dict[str, tuple[str, ...]] = {
    "layer": ("args", "branches", *REPEATED),
    "group": REPEATED,
    "if": ("then!", "elif", "else"),
    "for": ("in!", "do!"),
}
LINE = "label"  # may stand with every step; `steps` makes a line of several
NAMED: tuple[str, ...] = ("branches", *REPEATED)  # of a layer whose name is the key
HEADS = (*STATEMENTS, *STEPS, "steps")


def find_head(mapping: Mapping, heads: tuple[str, ...] = HEADS) -> str:
    """The head of a mapping: the key that says what it is; empty where none of them is there."""
    return next((h for h in heads if h in mapping.index), "")


def check_keys(mapping: Mapping, head: str, others: tuple[str, ...]) -> None:
    """Raises Wrong where a key stands twice, is unknown, or is missing."""
    if mapping.problem is not None:
        raise Wrong(mapping.problem)
    known = {head, *(k.rstrip("!") for k in others)}
    for key, _ in mapping.pairs:
        if key.value not in known:
            raise unknown_key(key.value, key.span, f"`{head}`", known)
    for key_name in others:
        if key_name.endswith("!") and key_name[:-1] not in mapping.index:
            raise Wrong(
                Diagnostic(
                    "yaml-key",
                    f"`{head}` without `{key_name[:-1]}`",
                    Label(mapping.key(head).span),
                    help=f"write `{key_name[:-1]}: {SHOWN[key_name[:-1]]}` in the same mapping",
                )
            )


SHOWN = {
    "body": "[ … ]",
    "args": "{act: relu}",
    "steps": "conv3-64, relu",
    "rows": "[[conv3-64, conv3-64], [maxpool]]",
    "then": "[ … ]",
    "in": "[64, 128]",
    "do": "[ … ]",
}


def unknown_key(word: str, span: Span, where: str, known: set[str]) -> Wrong:
    """A key that its mapping does not have."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower()[:64], sorted(known), n=1, cutoff=0.6)
    names = ", ".join(f"`{k}`" for k in sorted(known))
    help = f"did you mean `{near[0]}`?" if near else f"the keys here are {names}"
    fix = Fix(span, near[0], f"write `{near[0]}`") if near else None
    return Wrong(
        Diagnostic(
            "yaml-key",
            f"{where} has no key `{word[:40]}`",
            Label(span),
            help=help,
            fix=fix,
        )
    )
