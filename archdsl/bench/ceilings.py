"""What a device does at best, measured: products of matrices, and copies. Needs torch."""

from __future__ import annotations

from archdsl.bench.roofline import Ceilings
from archdsl.bench.timing import take_turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    import torch

MATMUL = {"cpu": (512, 1024, 2048), "cuda": (1024, 2048, 4096, 8192), "mps": (1024, 2048, 4096)}
"""Rows and columns of square matrices, by the type of device."""

COPY = {"cpu": (1 << 24, 1 << 26, 1 << 27), "cuda": (1 << 26, 1 << 28, 1 << 29)}
"""Bytes of what is copied: more than caches hold, so that memory is measured."""

SMALL_COPY = (1 << 24, 1 << 26)


def measure_ceilings(device: torch.device, dtype: torch.dtype, seconds: float) -> Ceilings:
    """The best rate of several sizes of each; a copy reads and writes each byte.

    `launch` is the time of an operation on a single number. Raises RuntimeError where the device
    has no products of that type.
    """
    import torch

    share = seconds / 8
    with torch.inference_mode():
        flops = max(_matmul(n, device, dtype, share) for n in MATMUL.get(device.type, (1024,)))
        moved = max(_copy(n, device, share) for n in COPY.get(device.type, SMALL_COPY))
        one = torch.zeros((), device=device)
        launch = take_turns({"": one.neg}, share)[""].median
    return Ceilings(flops, moved, launch)


def _matmul(n: int, device: torch.device, dtype: torch.dtype, seconds: float) -> float:
    import torch

    a, b = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    times = take_turns({"": lambda: torch.mm(a, b, out=out)}, seconds, rounds=3)[""]
    return 2 * n**3 / min(times.rounds)


def _copy(size: int, device: torch.device, seconds: float) -> float:
    import torch

    a = torch.ones(size, dtype=torch.uint8, device=device)
    b = torch.empty_like(a)
    times = take_turns({"": lambda: b.copy_(a)}, seconds, rounds=3)[""]
    return 2 * size / min(times.rounds)
