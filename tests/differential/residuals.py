"""What a residual adds up: its body and its shortcut."""

from __future__ import annotations

from archdsl.ops.base import Dims, Kind
from archdsl.tensor import TensorType
from tests.differential.flat import NO_NAMES, Flat, Frame, Unfit, make
from tests.differential.tree import Join, Ref


class Residuals:
    """The part of the reference that lays out shortcuts."""

    types: list[TensorType]
    layers: list[Flat]
    defaults: dict[str, dict[str, object]]
    graph: object

    def add(self, op: Kind, inputs: tuple[int, ...], weights: object) -> int:
        """Appends a layer; its first output."""
        raise NotImplementedError

    def add_around(self, norm: object, act: object, x: int, key: object, frame: Frame) -> int:
        """The norm and the activation that a step takes."""
        raise NotImplementedError

    def add_residual(
        self, join: Join, x: int, ends: list[int], key: object, start: int
    ) -> list[int]:
        """What a residual adds up: its body, scaled and dropped, and its shortcut."""
        attrs = join.attrs
        body = ends[0]
        other = ends[1] if len(ends) == 2 else self.shortcut(join, x, body, key, start)
        if attrs.get("scale", 1) != 1:
            body = self.add(make(Ref("scale", (("value", attrs["scale"]),)), {}), (body,), None)
        if attrs.get("droppath", 0) != 0 and other is not None:
            drop = make(Ref("droppath", (("p", attrs["droppath"]),)), {})
            body = self.add(drop, (body,), None)
        return [body] if other is None else [body, other]

    def shortcut(self, join: Join, x: int, body: int, key: object, start: int) -> int | None:
        """The input, made to fit; None where nothing is added."""
        choice = join.attrs.get("shortcut", "identity")
        a, b = self.types[x], self.types[body]
        if a == b and choice != "all":
            return x
        if choice == "match":
            return None
        if choice == "identity" or a.layout != b.layout:
            raise Unfit("shortcut")
        strides = [1 if n == m else -(-n // m) for n, m in zip(a.spatial, b.spatial, strict=True)]
        fits = [(n - 1) // s + 1 for n, s in zip(a.spatial, strides, strict=True)]
        if tuple(fits) != b.spatial or (not a.is_map and a.with_channels(b.channels) != b):
            raise Unfit("shortcut")
        stride = strides[0] if len(set(strides)) == 1 else Dims(strides)
        if choice == "pad":
            return self.option_a(x, stride, b.channels - a.channels)
        kind = "conv" if a.is_map else "FC"
        more = {"kernel": 1, "stride": stride, "pad": 0} if a.is_map else {}
        attrs = {**more, "out": b.channels}
        given = self.defaults.get(kind, {})
        norm = given.get("norm")
        if norm is not None:
            attrs["bias"] = False
        if given.get("order") == "pre":
            x, norm = self.activated(x, start), None
        end = self.add(make(Ref(kind, tuple(attrs.items())), {}), (x,), (key, "cut"))
        return self.add_around(norm, None, end, (key, "cut"), NO_NAMES)

    def activated(self, x: int, start: int) -> int:
        """The first norm and activation of a tensor in a residual's body."""
        graph = self.graph
        for family in ("norm", "activation"):
            for layer in self.layers[start:]:
                if layer.graph == graph and layer.op.family == family and layer.inputs == (x,):
                    x = layer.outputs[0]
                    break
        return x

    def option_a(self, x: int, stride: object, more: int) -> int:
        """Every so many positions, and channels of zeros."""
        if more < 0 or not self.types[x].is_map:
            raise Unfit("shortcut")
        if stride != 1:
            attrs = (("kernel", 1), ("stride", stride))
            x = self.add(make(Ref("maxpool", attrs), {}), (x,), None)
        if more:
            x = self.add(make(Ref("pad", (("channels", (0, more)),)), {}), (x,), None)
        return x
