"""A network measured: time, throughput and memory by batch, beside a library's module."""

from __future__ import annotations

from archdsl.bench.inputs import make_inputs
from archdsl.bench.peaks import peak_bytes
from archdsl.bench.peers import Peer, difference, weights_of
from archdsl.bench.timing import Times, take_turns
from archdsl.bench.work import layer_works
from archdsl.weights.errors import PortError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import torch
    from torch import nn

    from archdsl.bench.replay import Replay
    from archdsl.bench.roofline import Ceilings
    from archdsl.bench.setting import Setting
    from archdsl.ir.model import Network

OURS, THEIRS = "ours", "theirs"


class Row:
    """One batch size, forwards or a training step.

    `times` are ours, `peer` the library's in the same rounds; None where they could not be taken,
    and `problem` says why. `bytes` is the peak of memory, `flops` the work, `best` the least
    seconds by the roofline.
    """

    __slots__ = ("batch", "best", "bytes", "flops", "peer", "problem", "times", "train")

    def __init__(self, batch: int, train: bool, flops: float, best: float) -> None:
        self.batch = batch
        self.train = train
        self.flops = flops
        self.best = best
        self.times: Times | None = None
        self.peer: Times | None = None
        self.bytes: int | None = None
        self.problem = ""


class Bench:
    """A network's module in a setting, and a library's beside it.

    With a peer, ours leaves out a final softmax as libraries do, and gets the peer's weights;
    `apart` is the largest difference of their outputs, as a share of the largest number, or
    `unlike` says why the weights do not fit. `network` is what runs, rewritten if so set.
    """

    __slots__ = ("apart", "module", "network", "peer", "setting", "unlike")

    def __init__(
        self, network: Network, spec_name: str, setting: Setting, peer: Peer | None = None
    ) -> None:
        from archdsl.modules import rewrite

        logits = peer is not None
        self.network = rewrite(network, setting.optimize, logits).network
        self.setting = setting
        self.peer = peer
        self.apart: float | None = None
        self.unlike = ""
        weights = self.take_weights(network, spec_name)
        self.module = setting.build(network, spec_name, logits, weights)
        if peer is not None:
            peer.module.to(device=setting.device, dtype=setting.dtype)
            lay_out(peer.module, setting.layout(network))
            self.apart = self.compare() if weights else None

    def take_weights(self, network: Network, spec_name: str) -> dict[str, torch.Tensor] | None:
        """The peer's, if there is one and they fit."""
        if self.peer is None:
            return None
        try:
            return weights_of(self.peer, network, spec_name)
        except PortError as problem:
            self.unlike = str(problem)
            return None

    def compare(self) -> float:
        """How far apart the outputs are in evaluation, on two examples."""
        assert self.peer is not None
        return difference(self.module, self.peer.module, self.inputs(2))

    def inputs(self, batch: int) -> tuple[torch.Tensor, ...]:
        """Random inputs in the setting."""
        one = self.setting
        return make_inputs(self.network.module, batch, one.device, one.dtype, one.channels_last)

    def plans(self, batches: list[int], train: bool, ceilings: Ceilings) -> list[Row]:
        """A row for each batch size forwards, and with `train` for a training step; no times."""
        kinds = (False, True) if train else (False,)
        return [self.plan(batch, kind, ceilings) for kind in kinds for batch in batches]

    def fill(self, row: Row) -> None:
        """Measures a row; what cannot be done becomes its problem."""
        fill(row, lambda: self.take(row))

    def plan(self, batch: int, train: bool, ceilings: Ceilings) -> Row:
        """What there is to do."""
        flops = best = 0.0
        for layer, work in layer_works(self.network.module, batch, self.setting.format, train):
            flops += work.flops * layer.times
            best += ceilings.seconds(work) * layer.times
        return Row(batch, train, flops, best)

    def take(self, row: Row) -> None:
        """Measures a row. Raises what torch raises."""
        need_room(self.network, row, self.setting)
        one = self.setting
        inputs = self.inputs(row.batch)
        modules = {OURS: self.module} | ({THEIRS: self.peer.module} if self.peer else {})
        runs = {name: step(module, inputs, row.train) for name, module in modules.items()}
        row.bytes = peak_bytes(runs[OURS], self.module, inputs, one.device)
        times = take_turns(runs, one.seconds, one.rounds)
        row.times, row.peer = times[OURS], times.get(THEIRS)


def fill(row: Row | Replay, take: Callable[[], None]) -> None:
    """Measures a row; what torch cannot do becomes its `problem`, and the others go on."""
    import torch

    try:
        take()
    except torch.OutOfMemoryError:
        row.problem = "out of memory"
    except (RuntimeError, ValueError) as problem:
        text = str(problem).strip().partition("\n")[0]
        row.problem = "out of memory" if "can't allocate memory" in text else text
    if row.problem and torch.cuda.is_available():
        torch.cuda.empty_cache()


def step(module: nn.Module, inputs: tuple[torch.Tensor, ...], train: bool) -> Callable[[], object]:
    """One forward pass in evaluation, or one forwards and backwards, without an optimizer.

    The module stays in the mode that the step needs.
    """
    import torch

    module.train(train)

    def evaluate() -> object:
        with torch.no_grad():  # CUDA graphs take no tensors of inference mode
            return module(*inputs)

    def learn() -> None:
        module.zero_grad(set_to_none=True)
        outputs = module(*inputs)
        outputs = (outputs,) if isinstance(outputs, torch.Tensor) else tuple(outputs)
        torch.stack([output.float().sum() for output in outputs]).sum().backward()

    return learn if train else evaluate


def lay_out(module: nn.Module, format: str | None) -> None:
    """Puts the channels of a module's weights last, where a format says so."""
    if format is not None:
        import torch

        only: dict[str, Any] = {"memory_format": getattr(torch, format)}
        module.to(**only)


def need_room(network: Network, row: Row, setting: Setting) -> None:
    """Raises RuntimeError where a run on the CPU needs more memory than is free.

    Systems give more than there is, and end processes when it is used.
    """
    from archdsl.analysis.memory import memory
    from archdsl.backends.report.numbers import size
    from archdsl.bench.predict import needed_bytes

    if setting.device.type != "cpu":
        return
    needed = needed_bytes(memory(network.module, row.batch, setting.format, 0), row.train)
    free = free_bytes()
    if free is not None and needed > free:
        raise RuntimeError(f"out of memory: it needs {size(needed)}, and {size(free)} are free")


def free_bytes() -> int | None:
    """Memory of the machine that can be taken; None where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        return None
    return None
