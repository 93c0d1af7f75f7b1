"""Memory that a run takes at most, counted by the allocator. Needs torch."""

from __future__ import annotations

from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch
    from torch import nn


ANNOUNCED = ("USDT:", "CPUAllocator.cpp")
"""In lines that some builds of torch write to standard error at each profile of memory."""


def peak_bytes(
    run: Callable[[], object],
    module: nn.Module,
    inputs: tuple[torch.Tensor, ...],
    device: torch.device,
) -> int | None:
    """Weights, inputs, and the most bytes that tensors made by one run take at once.

    On CUDA as `max_memory_allocated` counts, on the CPU by the allocator's events; None on devices
    that count neither. What libraries take by themselves is not counted.
    """
    if device.type not in ("cuda", "cpu"):
        return None
    run()  # what is compiled, tuned or cached at first is none of it
    held = [*module.parameters(), *module.buffers(), *inputs]
    own = sum(t.untyped_storage().nbytes() for t in {t.data_ptr(): t for t in held}.values())
    return own + (_cuda_peak(run, device) if device.type == "cuda" else _cpu_peak(run))


def _cuda_peak(run: Callable[[], object], device: torch.device) -> int:
    import torch

    torch.cuda.synchronize(device)
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    run()
    torch.cuda.synchronize(device)
    return int(torch.cuda.max_memory_allocated(device) - before)


def _cpu_peak(run: Callable[[], object]) -> int:
    import json
    import os
    from tempfile import TemporaryDirectory

    from torch.profiler import ProfilerActivity, profile

    with (
        TemporaryDirectory() as folder,
        without_lines(ANNOUNCED, os.path.join(folder, "said")),
        profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler,
    ):
        run()
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "trace.json")
        profiler.export_chrome_trace(path)
        with open(path, encoding="utf-8") as file:
            events = json.load(file)["traceEvents"]
    live = most = 0
    for event in sorted((e for e in events if e.get("name") == "[memory]"), key=_time_of):
        live += event["args"]["Bytes"]
        most = max(most, live)
    return most


def _time_of(event: dict[str, float]) -> float:
    return event["ts"]


@contextmanager
def without_lines(words: tuple[str, ...], path: str) -> Iterator[None]:
    """Keeps lines with one of these words off standard error.

    They come from C++, so the stream itself is led to a file, `path`; all else is handed on.
    """
    import os
    import sys

    sys.stderr.flush()
    kept = os.dup(2)
    with open(path, "wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        with open(path, encoding="utf-8", errors="replace") as said:
            sys.stderr.writelines(x for x in said if not any(word in x for word in words))
