"""How a window fits: the padding that gives the size which the table states."""

from __future__ import annotations

Size = tuple[int, int]


def conv_out(n: Size, kernel: Size, stride: int, pad: int | None) -> Size:
    """Height and width after a convolution; without `pad`, the language's own padding."""
    return tuple(  # type: ignore[return-value]
        (a + 2 * (same_pad(k, stride) if pad is None else pad) - k) // stride + 1
        for a, k in zip(n, kernel, strict=True)
    )


def same_pad(kernel: int, stride: int) -> int:
    """The language's default: half of an odd kernel that is larger than its stride."""
    return (kernel - 1) // 2 if kernel % 2 and kernel > stride else 0


def pool_out(n: Size, kernel: Size, stride: int, pad: int, ceil: bool) -> Size:
    """Height and width after a pool, rounded up as PyTorch does."""
    out = []
    for a, k in zip(n, kernel, strict=True):
        up = stride - 1 if ceil else 0
        size = (a + 2 * pad - k + up) // stride + 1
        if ceil and (size - 1) * stride >= a + pad:
            size -= 1
        out.append(size)
    return out[0], out[1]


def fit_conv(n: Size, kernel: Size, stride: int, wanted: Size | None) -> tuple[str, Size] | None:
    """The attribute `pad=…` (or none) with which a convolution gives the size, and the size."""
    default = conv_out(n, kernel, stride, None)
    if wanted is None or default == wanted:
        return "", default
    for pad in range(max(kernel)):
        if conv_out(n, kernel, stride, pad) == wanted:
            return f"pad={pad}", wanted
    return None


def fit_pool(
    n: Size, kernel: Size, stride: int, wanted: Size | None, ceil_first: bool = False
) -> tuple[str, Size] | None:
    """The attributes with which a pool gives the size: none, then padding or rounding up."""
    plain = pool_out(n, kernel, stride, 0, False)
    if wanted is None or plain == wanted:
        return "", plain
    pad = (max(kernel) - 1) // 2
    ways = [(pad, False), (0, True)] if pad else [(0, True)]
    for p, ceil in reversed(ways) if ceil_first else ways:
        if pool_out(n, kernel, stride, p, ceil) == wanted:
            return "ceil=true" if ceil else f"pad={p}", wanted
    return None


def show(size: Size) -> str:
    """`56×56`, as papers write it."""
    return f"{size[0]}×{size[1]}"
