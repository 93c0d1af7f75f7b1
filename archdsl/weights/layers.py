"""The layers that the keys of a checkpoint make."""

from __future__ import annotations

from archdsl.weights.conventions import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Stored:
    """A tensor of a checkpoint: its key, its shape, how its axes are ordered."""

    __slots__ = ("key", "layout", "shape")

    def __init__(self, key: str, shape: tuple[int, ...], layout: str) -> None:
        self.key = key
        self.shape = shape
        self.layout = layout


class Layer:
    """Tensors of one layer by role: weight, bias, mean, var; `counter` is BatchNorm's."""

    __slots__ = ("counter", "path", "tensors")

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.tensors: dict[str, Stored] = {}
        self.counter: str | None = None

    @property
    def name(self) -> str:
        """The path with dots."""
        return ".".join(self.path)

    def describe(self) -> str:
        """`conv1: weight 64x3x7x7, bias 64`."""
        inside = ", ".join(f"{role} {show(t.shape)}" for role, t in self.tensors.items())
        return f"{self.name}: {inside}"


def show(shape: tuple[int, ...]) -> str:
    """A shape as the language writes it."""
    return "x".join(map(str, shape)) if shape else "one number"


def group(shapes: Iterable[tuple[str, tuple[int, ...]]]) -> list[Layer]:
    """Layers in the order of their first tensors.

    A role that a path has twice (`attn.weight`, `attn.gamma`) begins a layer of its own, so that
    no tensor is lost. Layers of a counter alone are left out.
    """
    layers: dict[tuple[str, ...], Layer] = {}
    for key, shape in shapes:
        name = split(key)
        layer = layers.setdefault(name.path, Layer(name.path))
        if name.role == "counter":
            layer.counter = key
            continue
        if name.role in layer.tensors:
            path = (*name.path, key)
            layer = layers[path] = Layer(path)
        layer.tensors[name.role] = Stored(key, shape, name.layout)
    return [layer for layer in layers.values() if layer.tensors]
