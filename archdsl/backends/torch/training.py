"""Training facts in the generated source: a dictionary of literals that nothing there reads."""

from __future__ import annotations

from archdsl.backends.torch.layout import WIDTH
from archdsl.backends.torch.literals import literal
from archdsl.ir.model import Recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network


def train_lines(network: Network) -> list[str]:
    """The statement `TRAIN = {...}`, or nothing where the spec says nothing of training."""
    if not network.train:
        return []
    return [
        "# How the network is trained, as its specification says; nothing in this file reads it.",
        *_set("TRAIN = ", dict(network.train), "", 0),
    ]


def _set(before: str, value: object, after: str, indent: int) -> list[str]:
    """A value in one line, or in one line an item where it is too long."""
    pad = " " * indent
    line = f"{pad}{before}{_text(value)}{after}"
    if isinstance(value, Recipe):
        value = _plain(value)
    many = isinstance(value, (dict, tuple)) and len(value) > 0
    if not many or (indent and len(line) <= WIDTH):
        return [line]
    if isinstance(value, dict):
        items = [(f"{literal(key)}: ", item) for key, item in value.items()]
        opening, closing = "{", "}"
    else:
        assert isinstance(value, tuple)
        items, opening, closing = [("", item) for item in value], "(", ")"
    inner = [text for name, item in items for text in _set(name, item, ",", indent + 4)]
    return [f"{pad}{before}{opening}", *inner, f"{pad}{closing}{after}"]


def _plain(recipe: Recipe) -> dict[str, object]:
    return {"name": recipe.name, **dict(recipe.options)}


def _text(value: object) -> str:
    if isinstance(value, Recipe):
        value = _plain(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        inside = ", ".join(map(_text, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return literal(value)
