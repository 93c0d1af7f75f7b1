"""Reading checkpoints: safetensors, or a pickle that may hold tensors and nothing else."""

from __future__ import annotations

import os
import stat
import struct

from archdsl.weights.errors import CheckpointProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from torch import Tensor

MAX_HEADER = 32 << 20
MAX_TENSORS = 100_000
WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "params", "weights")
FOREIGN = {
    b"\x89HDF": "Keras' HDF5 format: save its weights as safetensors first",
    b"GGUF": "the GGUF format",
    b"\x93NUM": "a NumPy array: save a state_dict as safetensors first",
}


class Checkpoint:
    """Tensors by key; `ordered` where the file keeps the order in which they were registered."""

    __slots__ = ("ordered", "tensors")

    def __init__(self, tensors: dict[str, Tensor], ordered: bool) -> None:
        self.tensors = tensors
        self.ordered = ordered


def read_checkpoint(path: str) -> Checkpoint:
    """The tensors of a file, on the CPU.

    Nothing in a file is ever run. Raises CheckpointProblem where it is no checkpoint, is cut off,
    or holds more than tensors.
    """
    head, size = _look(path)
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            raise CheckpointProblem(f"{path!r} is in {what}")
    if head[:4] == b"PK\x03\x04" or head[:1] == b"\x80":
        return Checkpoint(_read_pickle(path, size, head[:1] == b"\x80"), ordered=True)
    if len(head) >= 9 and head[8:9] == b"{":
        return Checkpoint(_read_safetensors(path, head, size), ordered=False)
    raise CheckpointProblem(f"{path!r} is neither safetensors nor a PyTorch checkpoint")


def _look(path: str) -> tuple[bytes, int]:
    """The first bytes of a regular file and its size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise CheckpointProblem(f"cannot read {path!r}: not a regular file")
            return os.read(handle, 16), status.st_size
        finally:
            os.close(handle)
    except OSError as error:
        raise CheckpointProblem(f"cannot read {path!r}: {error.strerror}") from None
    except ValueError:
        raise CheckpointProblem("a path with a NUL byte") from None


def check_safetensors(path: str) -> None:
    """Raises CheckpointProblem where a file is not safetensors with a header within bounds."""
    head, size = _look(path)
    if len(head) < 9 or head[8:9] != b"{":
        raise CheckpointProblem(f"{path!r} is no safetensors file")
    _check_header(path, head, size)


def _check_header(path: str, head: bytes, size: int) -> None:
    (length,) = struct.unpack("<Q", head[:8])
    if length > size - 8:
        raise CheckpointProblem(f"{path!r} is cut off: its header alone would be {length:,} bytes")
    if length > MAX_HEADER:
        raise CheckpointProblem(
            f"{path!r} has a header of {length:,} bytes, and {MAX_HEADER:,} are the limit"
        )


def _read_safetensors(path: str, head: bytes, size: int) -> dict[str, Tensor]:
    _check_header(path, head, size)
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError:
        raise CheckpointProblem(
            'safetensors is not installed: pip install "archdsl[torch]"'
        ) from None
    try:
        found: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointProblem(f"{path!r} is no sound safetensors file: {_line(error)}") from None
    return _checked(path, found)


def _read_pickle(path: str, size: int, legacy: bool) -> dict[str, Tensor]:
    import pickle
    import warnings

    import torch

    if not legacy:
        _check_archive(path, size)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise CheckpointProblem(
            f"{path!r} is cut off, or holds more than tensors, and what it holds is not run"
        ) from None
    except (RuntimeError, OSError, ValueError, EOFError, LookupError, TypeError) as error:
        raise CheckpointProblem(f"{path!r} cannot be read: {_line(error)}") from None
    except (AttributeError, AssertionError, MemoryError, RecursionError) as error:
        raise CheckpointProblem(f"{path!r} cannot be read: {type(error).__name__}") from None
    return _checked(path, _unwrap(path, found))


def _check_archive(path: str, size: int) -> None:
    """PyTorch stores without compression, so nothing in the archive is larger than the file."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            packed = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CheckpointProblem(f"{path!r} is cut off or no archive: {_line(error)}") from None
    if packed > size:
        raise CheckpointProblem(f"{path!r} would unpack to {packed:,} bytes: refused")


def _unwrap(path: str, found: Any) -> Mapping[str, Any]:
    """The state_dict in what training scripts save around it."""
    for _ in range(3):
        if not isinstance(found, dict):
            break
        if found and all(hasattr(value, "is_floating_point") for value in found.values()):
            return found
        inside = [found[w] for w in WRAPPERS if isinstance(found.get(w), dict)]
        if not inside:
            break
        found = inside[0]
    raise CheckpointProblem(f"{path!r} holds no state_dict")


def _checked(path: str, found: Mapping[str, Any]) -> dict[str, Tensor]:
    """Plain tensors by text; a weight that stands there twice is taken once."""
    import torch

    if not found or len(found) > MAX_TENSORS:
        raise CheckpointProblem(f"{path!r} holds {len(found):,} tensors, 1 to {MAX_TENSORS:,} fit")
    out: dict[str, Tensor] = {}
    seen: set[object] = set()
    for key, tensor in found.items():
        plain = isinstance(tensor, torch.Tensor) and tensor.layout is torch.strided
        if not isinstance(key, str) or not plain or tensor.is_quantized or tensor.is_meta:
            raise CheckpointProblem(f"{path!r} holds something other than plain tensors")
        same = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride())
        if tensor.numel() and same in seen:
            continue
        seen.add(same)
        out[key] = tensor.detach()
    return out


def _line(error: BaseException) -> str:
    """The first line of an error."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
