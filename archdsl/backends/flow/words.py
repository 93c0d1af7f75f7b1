"""Parts in the words of papers: `3x3 conv, 64, /2` in figures, a sentence for those who ask."""

from __future__ import annotations

from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.flow.model import Part
    from archdsl.ops.base import Kind
    from archdsl.tensor import TensorType

LONGEST = 40
CONVS = {"conv": "conv", "dwconv": "dwconv", "sepconv": "sepconv", "deconv": "up-conv"}
POOLS = {
    "maxpool": "pool",
    "avgpool": "avg pool",
    "subsample": "subsample",
    "gap": "avg pool",
    "gmp": "max pool",
    "adaptiveavgpool": "avg pool",
    "adaptivemaxpool": "max pool",
}


def figure_words(part: Part) -> str:
    """As ResNet's Figure 3 labels its boxes: `7x7 conv, 64, /2`, `pool, /2`, `fc 1000`."""
    op = part.op
    if op is None:
        return f"{block_name(part)}, {part.out_type.channels}"
    if op.name in CONVS:
        words = [f"{window(op, part.in_type, 'x')} {CONVS[op.name]}", str(part.out_type.channels)]
        return ", ".join([*words, *_stride(op, "×" if op.name == "deconv" else "/"), *_groups(op)])
    if op.name in POOLS:
        same = _stride(op, "/")
        plain = POOLS[op.name]
        if not same and getattr(op, "kernel", None) is not None:
            plain = f"{window(op, part.in_type, 'x')} {plain}"
        return ", ".join([plain, *same])
    return _other_words(op)


def _other_words(op: Kind) -> str:
    if op.name == "FC":
        return f"fc {show(op.__dict__['out'])}"
    if op.name == "lrn":
        return "LRN"
    if op.name == "attention":
        return f"attention, {op.__dict__['heads']} heads"
    words = op.text()
    return words if len(words) <= LONGEST else words.partition("(")[0][:LONGEST]


def block_name(part: Part) -> str:
    """A block by its own name, a bare join by its branches."""
    label = part.path.rpartition(".")[2]
    if part.call:
        return part.name
    branches = f"{part.branches} branches" if part.branches > 1 else part.name
    return branches if label.rstrip("0123456789") == part.name else f"{label}: {branches}"


def window(op: Kind, x: TensorType, times: str) -> str:
    """A kernel with one size for each axis: `3x3`, `1x7`."""
    kernel = op.__dict__["kernel"]
    sizes = (kernel,) * max(1, x.rank) if isinstance(kernel, int) else kernel
    return times.join(map(str, sizes))


def stride_of(op: Kind) -> object:
    """The stride as written or as it follows from the kernel; 1 where there is none."""
    stride = op.__dict__.get("stride", 1)
    return op.__dict__.get("kernel", 1) if stride is None else stride


def _stride(op: Kind, sign: str) -> list[str]:
    stride = stride_of(op)
    return (
        []
        if stride == 1 or (isinstance(stride, tuple) and set(stride) == {1})
        else [f"{sign}{show(stride)}"]
    )


def _groups(op: Kind) -> list[str]:
    groups = op.__dict__.get("groups", 1)
    return [] if op.name == "dwconv" or groups == 1 else [f"{groups} groups"]


def about(part: Part) -> str:
    """A sentence with all that is known of a part: path, text, shapes and parameters."""
    op = part.op
    what = op.text() if op is not None else part.call or block_name(part)
    if len(what) > 80:
        what = what[:79] + "…"
    extras = "".join(f" + {name}" for name in part.extras)
    weights = f", {part.params:,} parameters" if part.params else ""
    return f"{part.path}: {what}{extras}, {part.in_type} to {part.out_type}{weights}"


def size_words(x: TensorType) -> str:
    """The output size: `56` of a square map, `14×28`, the length of a sequence, 1 of a vector."""
    sizes = x.spatial or ((x.dims[0],) if x.layout in ("seq", "tokens") else (1,))
    return str(sizes[0]) if len(set(sizes)) == 1 else "×".join(map(str, sizes))


def is_seen(part: Part) -> bool:
    """Whether a part is a layer of its own in figures; norms, activations and such are not."""
    op = part.op
    return op is None or op.family not in _UNSEEN or op.name in ("lrn", "upsample", "pixelshuffle")


_UNSEEN = frozenset({"norm", "activation", "dropout", "shape"})
