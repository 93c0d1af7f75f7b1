"""Live modules: the generated source, executed."""

from __future__ import annotations

from archdsl.backends.torch.errors import ModuleTooLarge, TorchMissing
from archdsl.backends.torch.settings import (
    DTYPES,
    MEMORY_FORMATS,
    check_compile,
    check_switch,
    fit_format,
    read_graphs,
    word_of,
)
from archdsl.backends.torch.source import count_submodules, emit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType
    from typing import Any

    import torch
    from torch import nn

    from archdsl.ir.model import Network

MAX_SUBMODULES = 100_000
MAX_BYTES = 64 << 30  # of parameters and buffers, so that a slip does not take the machine down
MOST_SOURCES = 256  # that were run and stay known to tracebacks, pickle and torch.compile
PREFIX = "archdsl_generated_"  # of the names of their modules
NUMBER = 4  # bytes: modules are made in float32, whatever `dtype` they get then


def build_network(
    network: Network,
    *,
    spec_name: str,
    logits: bool = False,
    max_bytes: int = MAX_BYTES,
    level: str = "none",
    again: tuple[str, ...] = (),
    **options: Any,
) -> nn.Module:
    """A live module of a network; `options` are arguments of `build_module`.

    `level` and `again` are those of `emit`. Raises ModuleTooLarge, before anything is allocated,
    where it would hold more than `MAX_SUBMODULES` submodules or more than `max_bytes` of
    parameters and buffers. On the device "meta" they take no memory.
    """
    check_submodules(network)
    if str(options.get("device") or "") != "meta":
        check_bytes(network, max_bytes)
    layout = options.get("memory_format")
    if layout is not None:
        options["memory_format"] = fit_format(network, str(layout).removeprefix("torch."))
    source = emit(network, spec_name=spec_name, logits=logits, level=level, again=again)
    return build_module(source, file_name(source, spec_name, network.name), **options)


def file_name(source: str, spec_name: str, network_name: str) -> str:
    """The name under which a source is run: another one for each text.

    Networks of one name, and one network at several levels, must not take each other's place:
    tracebacks look lines up by this name, `pickle` and torch.compile classes and globals.
    """
    from hashlib import sha256

    return f"<archdsl {spec_name}:{network_name} {sha256(source.encode()).hexdigest()[:12]}>"


def check_submodules(network: Network) -> None:
    """Raises ModuleTooLarge."""
    count = count_submodules(network)
    if count > MAX_SUBMODULES:
        raise ModuleTooLarge(
            f"a live module of `{network.name}` would hold {count:,} submodules,"
            f" and {MAX_SUBMODULES:,} are the limit",
            help="its source can still be written",
        )


def check_bytes(network: Network, most: int) -> None:
    """Raises ModuleTooLarge where parameters and buffers, in float32, take more bytes."""
    from archdsl.analysis.cost import cost

    total = cost(network.module)
    size = NUMBER * (total.params + total.buffers)
    if size > most:
        raise ModuleTooLarge(
            f"a live module of `{network.name}` would take {size:,} bytes"
            f" ({NUMBER} for each of {total.params + total.buffers:,} numbers),"
            f" and {most:,} are the limit",
            help="`max_bytes=` allows more; on the device `meta` it takes none",
        )


def build_module(
    source: str,
    filename: str,
    *,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
    memory_format: str | torch.memory_format | None = None,
    compile: bool | str = False,
    cuda_graphs: Iterable[int] = (),
    **more: Any,
) -> nn.Module:
    """Runs generated source and calls its `build` with these arguments.

    Tracebacks show the source under `filename`. `dtype` is one of `DTYPES` and `memory_format` one
    of `MEMORY_FORMATS`, or PyTorch's objects; ValueError otherwise. `more` are `deterministic`,
    `weights` and `init`. Raises TorchMissing where torch is not installed.
    """
    torch = _import_torch()
    kind = _named(torch, dtype, DTYPES, "dtype")
    layout = _named(torch, memory_format, MEMORY_FORMATS, "memory format")
    check_compile(compile)
    check_switch(more.get("deterministic", False), "deterministic")
    check_switch(more.get("init", True), "init")
    sizes = read_graphs(cuda_graphs, compile)
    namespace = _execute(source, filename)
    made: nn.Module = namespace["build"](
        device=device,
        dtype=kind,
        memory_format=torch.preserve_format if layout is None else layout,
        compile=compile,
        cuda_graphs=sizes,
        **more,
    )
    return made


def _import_torch() -> ModuleType:
    try:
        import torch
    except ImportError as error:
        raise TorchMissing(
            "a live module needs torch, which is not installed",
            help='pip install "archdsl[torch]"',
        ) from error
    return torch


def _named(torch: ModuleType, value: object, words: tuple[str, ...], what: str) -> Any:
    """PyTorch's object of one of these names, for the name or itself."""
    word = word_of(value, words, what)
    return None if word is None else getattr(torch, word)


def _execute(source: str, filename: str) -> dict[str, Any]:
    """The names that a source defines, its text kept for tracebacks and `inspect`.

    A source that was run before gives the same names, so equal networks have one class.
    """
    import linecache
    import sys
    import zlib
    from types import ModuleType

    # torch.compile and pickle look names of a source up by the name of its module.
    name = f"{PREFIX}{zlib.crc32(filename.encode()):08x}"
    known = sys.modules.get(name)
    if known is not None and known.__file__ == filename:  # equal names, equal sources
        return known.__dict__
    module = ModuleType(name)
    module.__file__ = filename
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    exec(compile(source, filename, "exec"), module.__dict__)
    sys.modules[name] = module
    _teach_pickle(module, source, filename)
    _forget_oldest()
    return module.__dict__


def _teach_pickle(module: ModuleType, source: str, filename: str) -> None:
    """Lets its classes be read in a process that has no module of this name."""
    from torch import nn

    for made in tuple(module.__dict__.values()):
        own = isinstance(made, type) and made.__module__ == module.__name__
        if own and issubclass(made, nn.Module):
            made.__reduce_ex__ = _reducer(source, filename)


def _reducer(source: str, filename: str) -> Any:
    """The method that `pickle` and `copy` ask: the source goes along, once, and runs first."""

    def reduce(self: nn.Module, protocol: Any) -> tuple[Any, ...]:
        parts = object.__reduce_ex__(self, max(2, protocol))
        assert isinstance(parts, tuple)
        return revive, (source, filename, type(self).__name__), *parts[2:]

    return reduce


def revive(source: str, filename: str, name: str) -> nn.Module:
    """A bare instance of a class of a generated source, to which `pickle` gives its state."""
    made: type[nn.Module] = _execute(source, filename)[name]
    return made.__new__(made)


def _forget_oldest() -> None:
    """Lets sources go that nobody may ask for any more: who makes thousands keeps their memory."""
    import linecache
    import sys

    names = [name for name in sys.modules if name.startswith(PREFIX)]
    for name in names[:-MOST_SOURCES]:
        linecache.cache.pop(str(sys.modules.pop(name).__file__), None)
