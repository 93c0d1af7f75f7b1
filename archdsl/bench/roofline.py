"""The roofline: no layer is faster than its arithmetic or its traffic (Williams et al., 2009)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.bench.work import Work

COMPUTE, TRAFFIC, LAUNCH, NOTHING = "compute", "memory", "launch", "–"
"""What bounds a layer: arithmetic, memory traffic, starting its kernels, or nothing to do."""


class Ceilings:
    """What a device does at best: `flops` and `bytes` a second, `launch` seconds a kernel."""

    __slots__ = ("bytes", "flops", "launch")

    def __init__(self, flops: float, bytes: float, launch: float = 0.0) -> None:
        self.flops = flops
        self.bytes = bytes
        self.launch = launch

    @property
    def ridge(self) -> float:
        """FLOPs for each byte from which on arithmetic bounds."""
        return self.flops / self.bytes

    def scaled(self, flops: float, bytes: float, launch: float) -> Ceilings:
        """What is reached of them: shares of both, and seconds for each kernel."""
        return Ceilings(self.flops * flops, self.bytes * bytes, launch)

    def seconds(self, work: Work) -> float:
        """The least time of a layer's work, its kernels' starts included."""
        if not work.kernels:
            return 0.0
        roof = max(work.flops / self.flops, work.bytes / self.bytes)
        return roof + work.kernels * self.launch

    def bound(self, work: Work) -> str:
        """Which of the three takes longest."""
        if not work.kernels:
            return NOTHING
        arithmetic, traffic = work.flops / self.flops, work.bytes / self.bytes
        if work.kernels * self.launch > max(arithmetic, traffic):
            return LAUNCH
        return COMPUTE if arithmetic >= traffic else TRAFFIC
