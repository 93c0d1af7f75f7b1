"""What a device does at best, measured: products of matrices, and copies. Needs torch."""

from __future__ import annotations

from functools import partial

from archdsl.bench.roofline import Ceilings
from archdsl.bench.timing import take_turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from archdsl.bench.timing import Run

    Measure = Callable[[int, torch.device, torch.dtype], tuple[float, Run]]

ROUNDS = 3  # at least, for each size

MATMUL = {"cpu": (512, 1024, 2048), "cuda": (1024, 2048, 4096, 8192), "mps": (1024, 2048, 4096)}
"""Rows and columns of square matrices, by the type of device."""

COPY = {
    "cpu": (1 << 24, 1 << 26, 1 << 27),
    "cuda": (1 << 26, 1 << 28, 1 << 29),
    "mps": (1 << 24, 1 << 26, 1 << 27),
}
"""Bytes of what is copied: more than caches hold, so that memory is measured."""


def measure_ceilings(device: torch.device, dtype: torch.dtype, seconds: float) -> Ceilings:
    """The best rate of several sizes of each; a copy reads and writes each byte.

    `launch` is the time of an operation on a single number. Raises RuntimeError where the device
    has no products of that type.
    """
    import torch

    share = seconds / 4
    with torch.inference_mode():
        flops = _best(_matmul, MATMUL[device.type], device, dtype, share)
        moved = _best(_copy, COPY[device.type], device, dtype, share)
        one = torch.zeros((), device=device)
        launch = take_turns({"": one.neg}, share)[""].median
    return Ceilings(flops, moved, launch)


def _best(
    measure: Measure,
    sizes: tuple[int, ...],
    device: torch.device,
    dtype: torch.dtype,
    seconds: float,
) -> float:
    """The best rate; no size is tried after one that took more than its share of the time."""
    best = 0.0
    for size in sizes:
        work, run = measure(size, device, dtype)
        times = take_turns({"": run}, seconds, ROUNDS)[""]
        best = max(best, work / min(times.rounds))
        if times.median * ROUNDS > seconds:
            break
    return best


def _matmul(n: int, device: torch.device, dtype: torch.dtype) -> tuple[float, Run]:
    """FLOPs, and the product of two square matrices."""
    import torch

    a, b = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    return 2 * n**3, partial(torch.mm, a, b, out=out)


def _copy(size: int, device: torch.device, dtype: torch.dtype) -> tuple[float, Run]:
    """Bytes read and written, and a copy."""
    import torch

    a = torch.ones(size // dtype.itemsize, dtype=dtype, device=device)
    return 2 * size, partial(torch.empty_like(a).copy_, a)
