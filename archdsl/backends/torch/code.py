"""What a kind's row returns: a submodule to construct or an expression of the forward pass."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

MISSING: Final = object()


class Arg:
    """An argument: a literal (int, float, bool, str, None or tuples of them).

    An argument equal to its `default` is not written out. `name` is empty for a positional one.
    """

    __slots__ = ("default", "name", "value")

    def __init__(self, name: str, value: object, default: object = MISSING) -> None:
        self.name = name
        self.value = value
        self.default = default


class New:
    """A submodule: `nn.Conv2d(64, 128, kernel_size=3)`. `cls` is `nn.X` or a prelude class."""

    __slots__ = ("args", "cls")

    def __init__(self, cls: str, *args: Arg) -> None:
        self.cls = cls
        self.args = args


class Expr:
    """A stateless expression: `{0}`, `{1}` stand for the inputs, `{all}` for all of them with
    commas, `{name}` for the literal of that name in `values`. `{{` and `}}` are braces."""

    __slots__ = ("template", "values")

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values


def pos(value: object) -> Arg:
    """A positional argument."""
    return Arg("", value)


def key(name: str, value: object, default: object = MISSING) -> Arg:
    """A keyword argument, left out where it equals PyTorch's default."""
    return Arg(name, value, default)
