"""Tensor types: a layout and exact sizes, without the batch."""

from __future__ import annotations

VECTOR = "vector"  # (F,)
SIGNAL = "signal"  # (C, L)
IMAGE = "image"  # (C, H, W)
VOLUME = "volume"  # (C, T, H, W)
SEQUENCE = "seq"  # (L, F)
TOKENS = "tokens"  # (L,) integer ids

LAYOUTS: dict[str, int] = {VECTOR: 1, SIGNAL: 2, IMAGE: 3, VOLUME: 4, SEQUENCE: 2, TOKENS: 1}
AXES: dict[str, str] = {
    VECTOR: "c",
    SIGNAL: "cl",
    IMAGE: "chw",
    VOLUME: "cthw",
    SEQUENCE: "lc",
    TOKENS: "l",
}
SPATIAL: dict[int, str] = {1: SIGNAL, 2: IMAGE, 3: VOLUME}  # layout of a map with that many axes


class TensorType:
    """A layout and its sizes in PyTorch's order, the batch left out (an image is C, H, W)."""

    __slots__ = ("dims", "layout")

    def __init__(self, layout: str, dims: tuple[int, ...]) -> None:
        self.layout = layout
        self.dims = dims

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TensorType)
            and self.dims == other.dims
            and self.layout == other.layout
        )

    def __hash__(self) -> int:
        return hash((self.layout, self.dims))

    def __repr__(self) -> str:
        return f"TensorType({self.layout!r}, {self.dims!r})"

    def __str__(self) -> str:
        return "x".join(map(str, self.dims))

    @property
    def is_map(self) -> bool:
        """Channels first, then one to three spatial axes (signal, image or volume)."""
        return self.layout in (SIGNAL, IMAGE, VOLUME)

    @property
    def rank(self) -> int:
        """Number of spatial axes: 1 for a signal, 2 an image, 3 a volume, 0 for all else."""
        return len(self.dims) - 1 if self.is_map else 0

    @property
    def channel_axis(self) -> int:
        """Where channels (of maps) or features (of vectors and sequences) stand in `dims`."""
        return 1 if self.layout == SEQUENCE else 0

    @property
    def channels(self) -> int:
        """Channels of a map, features of a vector or a sequence."""
        return self.dims[self.channel_axis]

    @property
    def spatial(self) -> tuple[int, ...]:
        """Sizes of a map behind its channels."""
        return self.dims[1:] if self.is_map else ()

    @property
    def numel(self) -> int:
        """Number of elements of one example."""
        n = 1
        for d in self.dims:
            n *= d
        return n

    @property
    def axes(self) -> str:
        """One letter per axis: `chw` for an image, `lc` for a sequence."""
        return AXES[self.layout]

    def describe(self) -> str:
        """Layout and sizes for messages: `image 3x224x224`."""
        return f"{self.layout} {self}"

    def with_channels(self, channels: int) -> TensorType:
        """The same tensor with another number of channels or features."""
        dims = list(self.dims)
        dims[self.channel_axis] = channels
        return TensorType(self.layout, tuple(dims))

    def with_spatial(self, spatial: tuple[int, ...]) -> TensorType:
        """The same map with other spatial sizes."""
        return TensorType(self.layout, (self.dims[0], *spatial))


def vector(n: int) -> TensorType:
    """A vector of `n` features."""
    return TensorType(VECTOR, (n,))
