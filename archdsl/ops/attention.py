"""Attention: over a sequence or a map, crosswise to another tensor, causal, or in windows."""

from __future__ import annotations

from archdsl.ops.axis import need_numbers
from archdsl.ops.base import (
    Dims,
    Field,
    Kind,
    Weight,
    WrongLayout,
    a,
    boolean,
    choice,
    integer,
    optional,
    per_axis,
    real,
    sizes,
)
from archdsl.ops.fit import OptionClash, OutOfRange, check_count, need_multiple
from archdsl.tensor import IMAGE, SEQUENCE, VECTOR, TensorType


class Attention(Kind):
    """Multi-head attention, softmax(q·k/sqrt(d))·v (Vaswani et al., 2017).

    It works on the positions of a sequence, or of a map (an image's are HxW), and gives the same
    layout back with `out` features. Keys and values come from `kv=@t` where it is written.
    `window` and `shift` make it Swin's (Liu et al., 2021): positions see those of their window,
    and the windows are moved by `shift` and masked where they wrap round. An axis that one window
    covers is not shifted. `bias=relative` learns a number per head and offset, added to q·k.
    Its weights start with the projections of query, key and value, one above the other.
    """

    names = ("attention",)
    family = "attention"
    fields = (
        Field("heads", integer(), doc="number of heads"),
        Field("out", optional(integer()), None, "features that come out (as many as come in)"),
        Field("head_dim", optional(integer()), None, "features of a head (features/heads)"),
        Field("causal", boolean, False, "a position sees itself and those before it"),
        Field("window", optional(sizes()), None, "size of the windows, or one per axis"),
        Field("shift", sizes(0), 0, "by how much the windows are moved, or one per axis"),
        Field("grid", optional(sizes()), None, "HxW, where a sequence is an image's positions"),
        Field("bias", optional(choice("relative")), None, "position bias", choices=("relative",)),
        Field("qkv_bias", boolean, True, "biases in the projections to query, key and value"),
        Field("out_bias", boolean, True, "a bias in the output projection"),
        Field(
            "scale", optional(real(1e-30, 1e30, "a positive number")), None, "instead of 1/sqrt(d)"
        ),
        Field("dropout", real(0, 1, "a number from 0 to 1"), 0.0, "dropout on the attention"),
    )
    dash = "out"
    positional = ("heads", "out")
    arity = (1, 2)
    tensors = ("kv",)
    heads: int
    out: int | None
    head_dim: int | None
    causal: bool
    window: int | Dims | None
    shift: int | Dims
    grid: Dims | int | None
    bias: str | None
    qkv_bias: bool
    out_bias: bool
    scale: float | None
    dropout: float

    def inner(self, x: TensorType) -> int:
        """Features of all heads together; raises Indivisible."""
        if self.head_dim is not None:
            return self.heads * self.head_dim
        help = f"choose a divisor of {x.channels}, or write head_dim="
        need_multiple(self, "the features", x.channels, self.heads, help)
        return x.channels

    @property
    def local(self) -> bool:
        """Whether positions lie on a grid, in windows or with a relative bias."""
        return self.window is not None or self.bias is not None

    def grid_of(self, x: TensorType) -> tuple[int, int]:
        """Height and width of the positions; raises OptionClash, WrongLayout, ElementCount."""
        if x.layout == IMAGE:
            if self.grid is not None:
                raise OptionClash(
                    f"`grid` is for sequences, and this is {a(x)}",
                    help="leave `grid` out: the positions of an image are its own",
                )
            return x.dims[1], x.dims[2]
        if x.layout != SEQUENCE:
            raise WrongLayout(
                f"windows and relative biases are for images and sequences, and this is {a(x)}",
                help="leave `window` and `bias` out",
            )
        if self.grid is None:
            raise OptionClash(
                "windows and relative biases need to know where the positions of a sequence lie",
                help="write the height and width of the image that it was: grid=14x14",
            )
        height, width = per_axis(self.grid, 2, "grid")
        check_count(self, x.dims[:1], (height, width))
        return height, width

    def windows(self, x: TensorType) -> tuple[tuple[int, int], tuple[int, int]]:
        """Sizes of a window and its shift, by height and width; the whole grid without `window`."""
        grid = self.grid_of(x)
        if self.window is None:
            return grid, (0, 0)
        window = per_axis(self.window, 2, "window")
        shift = per_axis(self.shift, 2, "shift")
        found = []
        for what, n, w, s in zip(("height", "width"), grid, window, shift, strict=True):
            help = "windows tile the image: choose a divisor, or pad the image"
            need_multiple(self, f"the {what}", n, w, help)
            if s >= w:
                raise OutOfRange(
                    f"`shift` is {s} on the {what}, and the window {w}",
                    label=f"at most {w - 1} here",
                    help=f"Swin shifts by half a window: shift={w // 2}",
                )
            found.append(s if w < n else 0)
        return (window[0], window[1]), (found[0], found[1])

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """The layout and the positions of the first input, with `out` features."""
        for x in inputs:
            _need_positions(self, x)
        x = inputs[0]
        self.inner(x)
        self._check_options(inputs)
        if self.local:
            self.windows(x)
        return (x.with_channels(self.out or x.channels),)

    def _check_options(self, inputs: tuple[TensorType, ...]) -> None:
        no_windows = self.window is None
        crossing = len(inputs) > 1
        clashes = (
            (no_windows and self.shift != 0, "`shift` moves windows, and there is no `window`"),
            (self.local and crossing, "windows and relative biases are for self-attention"),
            (self.local and self.causal, "windows and relative biases know no order of time"),
            (self.grid is not None and not self.local, "`grid` is for `window` and `bias`"),
            (
                self.causal and crossing and positions(inputs[0]) != positions(inputs[-1]),
                f"`causal` needs as many keys as queries, and there are"
                f" {positions(inputs[-1])} and {positions(inputs[0])}",
            ),
        )
        for wrong, message in clashes:
            if wrong:
                raise OptionClash(message, help="leave one of them out")

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """The layouts, and the windows: an axis that one window covers is not shifted."""
        layouts = super().form(inputs)
        return (*layouts, *self.windows(inputs[0])) if self.local else layouts

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The relative biases and the offsets' indices, the projections, the output projection."""
        x, source = inputs[0], inputs[-1]
        inner, out = self.inner(x), self.out or x.channels
        found = list(self._relative(x)) if self.bias else []
        if len(inputs) == 1:
            found += linear_weights("qkv", x.channels, 3 * inner, self.qkv_bias)
        else:
            found += linear_weights("q", x.channels, inner, self.qkv_bias)
            found += linear_weights("kv", source.channels, 2 * inner, self.qkv_bias)
        return (*found, *linear_weights("proj", inner, out, self.out_bias))

    def _relative(self, x: TensorType) -> tuple[Weight, Weight]:
        (height, width), _ = self.windows(x)
        offsets = (2 * height - 1) * (2 * width - 1)
        return (
            Weight("relative_position_bias_table", (offsets, self.heads)),
            Weight("relative_position_index", ((height * width) ** 2,), "buffer"),
        )

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """The projections: of queries, of keys and values, and of the output."""
        x, source = inputs[0], inputs[-1]
        inner, out = self.inner(x), self.out or x.channels
        queries = positions(x) * inner * (x.channels + out)
        return queries + positions(source) * 2 * inner * source.channels

    def matmul_macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Both products; what a mask hides is counted, because it is computed."""
        x = inputs[0]
        seen = positions(inputs[-1])
        if self.window is not None:
            height, width = self.windows(x)[0]
            seen = height * width
        return 2 * positions(x) * seen * self.inner(x)


def positions(x: TensorType) -> int:
    """Number of positions of a sequence or a map."""
    return x.numel // x.channels


def linear_weights(name: str, inputs: int, outputs: int, bias: bool) -> list[Weight]:
    """Weight and bias of a linear layer inside a layer."""
    weight = Weight(f"{name}.weight", (outputs, inputs), fan_in=inputs, fan_out=outputs)
    return [weight, Weight(f"{name}.bias", (outputs,))] if bias else [weight]


def _need_positions(kind: Kind, x: TensorType) -> None:
    need_numbers(kind, x)
    if x.layout == VECTOR:
        raise WrongLayout(
            f"`{kind.name}` needs a sequence or a map, and this is {a(x)}",
            label=f"{a(x)} comes in here",
            help="`reshape(16x32, to=seq)` makes a sequence of a vector of 512",
        )
