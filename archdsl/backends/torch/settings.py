"""How a module is made ready to run: what `build`, `Net.module` and `archdsl compile` take."""

from __future__ import annotations

import re

from archdsl.ir.model import OpNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.ir.model import Network

DTYPES = ("float64", "float32", "float16", "bfloat16")
MEMORY_FORMATS = ("contiguous_format", "channels_last", "channels_last_3d")
COMPILE_MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")
"""Modes of `torch.compile`."""

CAPTURING = ("reduce-overhead", "max-autotune")
"""Those of them that make CUDA graphs."""

DEVICE = re.compile(r"(?:cpu|cuda|mps|xpu|xla|hpu|npu|mtia|meta|privateuseone)(?::\d{1,3})?")


class Settings:
    """What `build` of a generated file does where its caller says nothing.

    `dtype` is one of `DTYPES` and `memory_format` one of `MEMORY_FORMATS`, or None; PyTorch's
    objects of these names do too, and a device. `compile` may be a mode of `torch.compile`;
    `cuda_graphs` are the batch sizes to capture. ValueError for other words.
    """

    __slots__ = ("compile", "cuda_graphs", "deterministic", "device", "dtype", "memory_format")

    def __init__(
        self,
        device: object = None,
        dtype: object = None,
        memory_format: object = None,
        compile: bool | str = False,
        cuda_graphs: Iterable[int] = (),
        deterministic: bool = False,
    ) -> None:
        self.device = None if device is None else str(device)
        if self.device is not None and DEVICE.fullmatch(self.device) is None:
            raise ValueError(f"no device {self.device!r}: cpu, cuda, cuda:1, mps, …")
        self.dtype = word_of(dtype, DTYPES, "dtype")
        self.memory_format = word_of(memory_format, MEMORY_FORMATS, "memory format")
        check_compile(compile)
        self.compile = compile
        self.cuda_graphs = read_graphs(cuda_graphs, compile)
        check_switch(deterministic, "deterministic")
        self.deterministic = deterministic


def check_switch(value: object, what: str) -> None:
    """ValueError unless a value is True or False: "False" and 0 are not taken for either."""
    if not isinstance(value, bool):
        raise ValueError(f"{what} is True or False, not {value!r}")


def word_of(value: object, words: tuple[str, ...], what: str) -> str | None:
    """One of the words, for itself or PyTorch's object of that name; ValueError for others."""
    if value is None:
        return None
    word = str(value).removeprefix("torch.")
    check_word(word, words, what)
    return word


def check_word(value: str | None, words: tuple[str, ...], what: str) -> None:
    """ValueError unless a value is one of the words, or None."""
    if value is not None and value not in words:
        raise ValueError(f"no {what} {value!r}: one of {', '.join(words)}")


def check_compile(mode: bool | str) -> None:
    """ValueError unless it says whether to compile, or by which mode of `torch.compile`."""
    if not isinstance(mode, str):
        check_switch(mode, "compile, where it is no mode,")
        return
    check_word(mode, COMPILE_MODES, "mode of torch.compile")


def read_graphs(given: Iterable[int], compile: bool | str) -> tuple[int, ...]:
    """Sizes of batches that this way of compiling lets be captured; ValueError for others."""
    try:
        sizes = tuple(given)
    except TypeError:
        raise ValueError(f"cuda_graphs takes sizes of batches: (1, 8), not {given!r}") from None
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"cuda_graphs takes sizes of batches, 1 or more, not {size!r}")
    if sizes and compile in CAPTURING:
        raise ValueError(
            f"compile={compile!r} captures CUDA graphs itself: with cuda_graphs take"
            " 'max-autotune-no-cudagraphs' or 'default'"
        )
    return sizes


def read_bytes(size: int | str) -> int:
    """A number of bytes: `2GB` is 2 * 10**9 and `2GiB` is 2 * 2**30. ValueError for other texts."""
    text = str(size).strip()
    for k, letter in enumerate("KMGT", 1):
        for unit, factor in ((f"{letter}iB", 1024**k), (f"{letter}B", 1000**k)):
            if text.endswith(unit):
                return int(_positive(text.removesuffix(unit), size) * factor)
    return int(_positive(text.removesuffix("B"), size))


def _positive(digits: str, size: object) -> float:
    if not digits.replace(".", "", 1).strip().isdecimal() or not 0 < float(digits) < 1e300:
        raise ValueError(f"a size in memory is a number of bytes, `500MB` or `2GiB`, not {size!r}")
    return float(digits)


def fit_format(network: Network, word: str | None) -> str | None:
    """The memory format for a network's weights: `channels_last` of volumes is `…_3d`.

    PyTorch lays out all weights of four axes or all of five, and refuses the others. ValueError
    where the network has both, or those for the other format only.
    """
    if word not in ("channels_last", "channels_last_3d"):
        return word
    axes = _axes(network)
    fitting = {"channels_last_3d" if 5 in axes else "channels_last"}
    if {4, 5} <= axes:
        raise ValueError(
            f"`{network.name}` has weights of four axes and of five: PyTorch lays out one kind,"
            " so leave the memory format as it is"
        )
    if word == "channels_last_3d" and word not in fitting:
        raise ValueError(f"`{network.name}` has no volumes: its memory format is channels_last")
    return fitting.pop()


def _axes(network: Network) -> set[int]:
    """How many axes the weights of a network have."""
    return {
        len(weight.shape)
        for module in postorder(network.module)
        for node in module.nodes
        if isinstance(node, OpNode)
        for weight in node.op.weights(node.in_types)
    }
