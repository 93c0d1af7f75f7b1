"""Sizes as PyTorch's constructors take them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.ops.window import Window


def fold(values: Iterable[int]) -> int | tuple[int, ...]:
    """One number where all are equal, otherwise the tuple."""
    found = tuple(values)
    return found[0] if len(set(found)) == 1 else found


def pad_order(windows: tuple[Window, ...]) -> tuple[int, ...]:
    """Padding in the order of F.pad: before and after the last axis, then the one before it."""
    return tuple(n for w in reversed(windows) for n in (w.before, w.after))


def is_even(windows: tuple[Window, ...]) -> bool:
    """Whether all axes are padded alike on both sides."""
    return all(w.before == w.after for w in windows)


def is_poolable(windows: tuple[Window, ...]) -> bool:
    """Whether torch's pools take the padding: even, and at most half of the kernel."""
    return all(w.before == w.after <= w.size // 2 for w in windows)
