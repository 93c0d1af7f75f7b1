"""Where and how modules are run: device, number format, layout of channels. Needs torch."""

from __future__ import annotations

from copy import copy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    import torch
    from torch import nn

    from archdsl.ir.model import Network


class Unavailable(Exception):
    """What this machine or this torch cannot do."""


class Setting:
    """How modules are run. `tf32` is float32 whose products CUDA may round to 19 bits.

    `seconds` is how long each function is timed at least, `rounds` how many turns it takes;
    `graphs` are sizes of batches to capture as CUDA graphs. Raises Unavailable where torch is
    missing, or there is no such device.
    """

    __slots__ = (
        "channels_last",
        "compile",
        "device",
        "dtype",
        "format",
        "graphs",
        "optimize",
        "rounds",
        "seconds",
        "threads",
    )

    def __init__(
        self,
        device: str = "cpu",
        format: str = "float32",
        channels_last: bool = False,
        optimize: str = "none",
        compile: bool | str = False,
        graphs: tuple[int, ...] = (),
        threads: int = 0,
        seconds: float = 1.0,
        rounds: int = 5,
    ) -> None:
        found = _torch()
        self.device: torch.device = _device(device)
        self.format = format
        self.dtype: torch.dtype = getattr(found, "float32" if format == "tf32" else format)
        self.channels_last = channels_last
        self.optimize = optimize
        self.compile = compile
        self.graphs = graphs
        self.seconds = seconds
        self.rounds = rounds
        if threads:
            found.set_num_threads(threads)
        self.threads = int(found.get_num_threads())
        if format == "tf32" and self.device.type != "cuda":
            raise Unavailable("tf32 is how CUDA may multiply: --device cuda, or --dtype float32")
        if graphs and self.device.type != "cuda":
            raise Unavailable("--cuda-graphs are CUDA's: --device cuda")
        round_products(format == "tf32")

    def build(
        self,
        network: Network,
        spec_name: str,
        logits: bool = False,
        weights: Mapping[str, torch.Tensor] | None = None,
    ) -> nn.Module:
        """A network's module, ready to run here; `weights` are those of the plain network."""
        from archdsl.modules import make_module

        return make_module(
            network,
            spec_name,
            optimize=self.optimize,
            logits=logits,
            weights=weights,
            device=self.device,
            dtype=self.dtype,
            memory_format=self.layout(network),
            compile=self.compile,
            cuda_graphs=self.graphs,
        )

    def plain(self) -> Setting:
        """The same, with nothing rewritten, compiled or captured."""
        other = copy(self)
        other.optimize, other.compile, other.graphs = "none", False, ()
        return other

    def layout(self, network: Network) -> str | None:
        """PyTorch's name of the memory format of a network's weights; None for its own."""
        from archdsl.bench.inputs import layout_name

        maps = [p.type for p in network.module.inputs if p.type.rank > 1]
        return layout_name(maps[0]) if self.channels_last and maps else None

    def describe(self) -> str:
        """The device by name, with the version of torch."""
        import torch

        name = device_name(self.device)
        threads = f", {self.threads} thread{'s' * (self.threads > 1)}"
        return f"{name}{threads if self.device.type == 'cpu' else ''}; torch {torch.__version__}"


def round_products(tf32: bool) -> None:
    """Whether CUDA may round the factors of float32 products to 19 bits, in layers of any kind."""
    import torch

    # Not by `fp32_precision`: then torch.compile, which reads these, fails where they are mixed.
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32


def device_name(device: torch.device) -> str:
    """What the maker calls a device."""
    import platform

    import torch

    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    if device.type == "cpu":
        return _processor() or platform.processor() or platform.machine()
    return f"{platform.machine()} ({device.type})"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("model name")]
    except OSError:
        return ""
    return lines[0].partition(":")[2].strip() if lines else ""


def _torch() -> ModuleType:
    try:
        import torch
    except ImportError:
        raise Unavailable(
            'measuring needs torch, which is not installed: pip install "archdsl[torch]";'
            " --predict CARD estimates without"
        ) from None
    return torch


def _device(name: str) -> torch.device:
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        build = "this torch is built without CUDA" if torch.version.cuda is None else "no GPU"
        raise Unavailable(f"no device cuda: {build}; --device cpu, or --predict CARD to estimate")
    if name == "mps" and not torch.backends.mps.is_available():
        raise Unavailable("no device mps: it is that of Macs with Apple silicon; --device cpu")
    return torch.device(name)
