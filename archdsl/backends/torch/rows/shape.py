"""PyTorch rows of the kinds in archdsl.ops.shape."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New, key, pos
from archdsl.ops.shape import Crop, Pad, PixelShuffle, PixelUnshuffle, Upsample
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Dims, Kind

PADDING = {"zero": "Zero", "reflect": "Reflection", "replicate": "Replication"}


def emit_pad(op: Pad, inputs: tuple[TensorType, ...]) -> New | Expr:
    """nn.ZeroPad2d and its kin on the spatial axes of a map, F.pad where channels are padded."""
    (x,) = inputs
    sides = op.sides(x)
    if x.is_map and op.channels == (0, 0):
        values = _flat(sides[1:])
        padding = values[0] if len(set(values)) == 1 else values
        return New(f"nn.{PADDING[op.mode]}Pad{x.rank}d", pos(padding))
    return Expr("F.pad({0}, {padding})", padding=_flat(sides))


def _flat(sides: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """Before and after of each axis, the last axis first, as PyTorch wants them."""
    return tuple(n for side in reversed(sides) for n in side)


def emit_crop(op: Crop, inputs: tuple[TensorType, ...]) -> Expr:
    """Slices of the spatial axes."""
    x = inputs[0]
    cuts: list[str] = []
    values: dict[str, object] = {}
    for axis, n, want in zip(x.axes[1:], x.spatial, op.infer(inputs)[0].spatial, strict=True):
        start = (n - want) // 2
        values |= {f"{axis}_start": start, f"{axis}_stop": start + want}
        cuts.append(f"{{{axis}_start}}:{{{axis}_stop}}")
    return Expr(f"{{0}}[..., {', '.join(cuts)}]", **values)


def emit_upsample(op: Upsample, inputs: tuple[TensorType, ...]) -> New | Expr:
    """nn.Upsample, or F.interpolate where there is a second input to be like."""
    align = op.align or None  # PyTorch takes align_corners with the modes that interpolate only
    if op.factor is not None:
        how = key("scale_factor", _axes(op.factor))
    else:
        size = op.infer(inputs)[0].spatial
        how = key("size", size[0] if len(set(size)) == 1 else size)
    if len(inputs) > 1:
        values = {"size": how.value, "mode": op.mode, "align": align}
        return Expr("F.interpolate({0}, size={size}, mode={mode}, align_corners={align})", **values)
    return New(
        "nn.Upsample", how, key("mode", op.mode, "nearest"), key("align_corners", align, None)
    )


def _axes(value: int | Dims) -> int | tuple[int, ...]:
    return value if isinstance(value, int) else tuple(value)


def emit_pixelshuffle(op: PixelShuffle, inputs: tuple[TensorType, ...]) -> New:
    """nn.PixelShuffle."""
    return New("nn.PixelShuffle", pos(op.factor))


def emit_pixelunshuffle(op: PixelUnshuffle, inputs: tuple[TensorType, ...]) -> New:
    """nn.PixelUnshuffle."""
    return New("nn.PixelUnshuffle", pos(op.factor))


ROWS: dict[type[Kind], Callable[..., New | Expr]] = {
    Pad: emit_pad,
    Crop: emit_crop,
    Upsample: emit_upsample,
    PixelShuffle: emit_pixelshuffle,
    PixelUnshuffle: emit_pixelunshuffle,
}
