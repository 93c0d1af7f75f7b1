"""Sliding windows: kernel, stride, padding and dilation per axis, and the sizes they give."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.ops.base import Dims, FieldError, Kind, per_axis, sizes
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PAD_WORDS = ("same", "valid", "tf-same")


class KernelTooLarge(ArchError):
    """A window does not fit into its input, so that nothing would come out.

    The output size of a convolution or a pool is `(size + padding - extent)//stride + 1`, where
    the extent of a kernel is `dilation*(kernel - 1) + 1`. It must be at least 1 on every axis.

    Wrong:

        input 1x4x4
        conv7-8(pad=valid)

    Right:

        input 1x4x4
        conv3-8(pad=valid)
    """

    id = "kernel-too-large"


class Window:
    """A window on one axis; `before` and `after` are the padding on its two sides."""

    __slots__ = ("after", "before", "dilation", "size", "stride")

    def __init__(self, size: int, stride: int, before: int, after: int, dilation: int) -> None:
        self.size = size
        self.stride = stride
        self.before = before
        self.after = after
        self.dilation = dilation

    @property
    def extent(self) -> int:
        """From the first to the last element that it sees."""
        return self.dilation * (self.size - 1) + 1

    def slide(self, length: int) -> int:
        """Number of places where it fits into the padded axis (below 1: into none)."""
        return (length + self.before + self.after - self.extent) // self.stride + 1

    def arithmetic(self, length: int) -> str:
        """`slide` written out: `(28 + 2*0 - 5)//1 + 1 = 24`."""
        pad = f"2*{self.before}" if self.before == self.after else f"{self.before} + {self.after}"
        return f"({length} + {pad} - {self.extent})//{self.stride} + 1 = {self.slide(length)}"


def make_windows(
    x: TensorType,
    kernel: int | Dims,
    stride: int | Dims,
    pad: int | Dims | str | None,
    dilation: int | Dims,
) -> tuple[Window, ...]:
    """One window for each spatial axis of the map; raises AxisCount.

    `pad` is a number, one per axis, `valid` (none), `same` (the output is ceil(size/stride) and
    the padding `dilation*(kernel-1)`), `tf-same` (that size with as little padding as it takes)
    or None: half of `dilation*(kernel-1)` for an odd kernel larger than its stride, otherwise 0.
    Where the padding is odd, the larger part comes last, as in PyTorch and TensorFlow.
    """
    rank = x.rank
    if isinstance(kernel, int) and isinstance(stride, int) and isinstance(dilation, int):
        # nearly all layers: the same window on all axes
        if isinstance(pad, int):
            return (Window(kernel, stride, pad, pad, dilation),) * rank
        if pad != "tf-same" and not isinstance(pad, tuple):
            total = _padding(pad, 0, kernel, stride, dilation)
            return (Window(kernel, stride, total // 2, total - total // 2, dilation),) * rank
    kernels = per_axis(kernel, rank, "kernel")
    strides = per_axis(stride, rank, "stride")
    dilations = per_axis(dilation, rank, "dilation")
    pads = None if pad is None or isinstance(pad, str) else per_axis(pad, rank, "pad")
    found = []
    for i, n in enumerate(x.spatial):
        k, s, d = kernels[i], strides[i], dilations[i]
        total = 2 * pads[i] if pads else _padding(pad, n, k, s, d)
        found.append(Window(k, s, total // 2, total - total // 2, d))
    return tuple(found)


def _padding(rule: object, n: int, k: int, s: int, d: int) -> int:
    """Padding of both sides together by one of the rules of `make_windows`."""
    reach = d * (k - 1)
    if rule == "same":
        return reach
    if rule == "tf-same":
        return max((-(-n // s) - 1) * s + reach + 1 - n, 0)
    return reach if rule is None and k % 2 and k > s else 0


def slide_windows(kind: Kind, x: TensorType, windows: tuple[Window, ...]) -> tuple[int, ...]:
    """Sizes behind the windows, rounded down; raises KernelTooLarge where one is below 1."""
    spatial = tuple(w.slide(n) for w, n in zip(windows, x.spatial, strict=True))
    if min(spatial) < 1:
        refuse_kernel(kind, x, windows, spatial)
    return spatial


def refuse_kernel(
    kind: Kind, x: TensorType, windows: tuple[Window, ...], spatial: tuple[int, ...]
) -> None:
    """Raises KernelTooLarge for the first axis on which nothing comes out."""
    at = next(i for i, n in enumerate(spatial) if n < 1)
    w, n, axis = windows[at], x.spatial[at], x.axes[at + 1]
    notes = [f"{axis}: {w.arithmetic(n)}"]
    if w.dilation > 1:
        notes.insert(0, f"a kernel of {w.size} dilated by {w.dilation} spans {w.extent}")
    out = getattr(kind, "out", None)
    swapped = isinstance(out, int) and out < 8 <= w.size  # `conv(64, 3)`, as elsewhere
    raise KernelTooLarge(
        f"`{kind.name}` has a kernel that spans {w.extent}, and its input {x} has only"
        f" {n + w.before + w.after} on the axis {axis}, padding included",
        label=f"kernel of {w.extent} on {n + w.before + w.after}",
        notes=tuple(notes),
        help=f"a kernel of {out} with {w.size} channels is `{kind.name}{out}-{w.size}`"
        if swapped
        else "take a smaller kernel, pad more, or pool less before it",
    )


def pad_value(*words: str) -> Callable[[object], object]:
    """A converter for `pad`: one number or one per axis, or one of the words."""
    numbers = sizes(0)

    def convert(value: object) -> object:
        if isinstance(value, str) and value in words:
            return value
        try:
            return numbers(value)
        except FieldError:
            raise FieldError(
                "an integer of at least 0, one per axis such as 0x3, " + " or ".join(words)
            ) from None

    return convert


def volume(windows: tuple[Window, ...]) -> int:
    """Number of elements that a window sees: 9 for 3x3."""
    n = 1
    for w in windows:
        n *= w.size
    return n
