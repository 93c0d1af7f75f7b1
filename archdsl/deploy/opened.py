"""Weight files that bring their architecture along: opened with the care that strangers need."""

from __future__ import annotations

from archdsl.deploy import header
from archdsl.deploy.bundle import unpack
from archdsl.deploy.errors import BrokenBundle
from archdsl.deploy.subject import check_tensor, sizes
from archdsl.weights.checkpoint import check_safetensors, read_checkpoint
from archdsl.weights.errors import CheckpointProblem, PortError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from torch import Tensor

    from archdsl.deploy.bundle import Bundle
    from archdsl.diagnostics.model import Diagnostic
    from archdsl.ir.model import Network


class WrongText(Exception):
    """The spec inside of a file is wrong; `diagnostics` says where."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("the spec inside is wrong")
        self.diagnostics = diagnostics


class Opened:
    """A weight file whose spec is right and whose tensors are those of its network.

    `logits` says that the network is meant without its final softmax.
    """

    __slots__ = ("bundle", "is_empty", "logits", "network", "path")

    def __init__(
        self, path: str, bundle: Bundle, network: Network, logits: bool, is_empty: bool
    ) -> None:
        self.path = path
        self.bundle = bundle
        self.network = network
        self.logits = logits
        self.is_empty = is_empty

    def tensors(self) -> dict[str, Tensor]:
        """The weights by the keys of the module. Raises CheckpointProblem."""
        return {} if self.is_empty else read_checkpoint(self.path).tensors


def open_weights(path: str) -> Opened:
    """A safetensors file that brings its spec along; no weight is read yet.

    Nothing in the file is trusted: its header is bounded, its text is checked as every spec is
    and uses no file of this machine but the standard library, and no network is made that is
    larger than the file. Raises CheckpointProblem where it is no sound file, BrokenBundle where
    it brings no spec, WrongText, and PortError where a tensor is not the network's.
    """
    metadata, stored = read_header(path)
    bundle, logits = header.read(metadata)
    network, diagnostics = unpack(bundle)
    if network is None:
        raise WrongText(diagnostics)
    check_tensors(path, network, bundle, logits, stored)
    return Opened(path, bundle, network, logits, not stored)


def read_header(path: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Metadata, and (shape, type) of each tensor by key. Raises CheckpointProblem."""
    check_safetensors(path)
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise CheckpointProblem(
            'safetensors is not installed: pip install "archdsl[torch]"'
        ) from None
    try:
        with safe_open(path, framework="pt") as file:
            slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118  no mapping
            stored = {k: (tuple(s.get_shape()), s.get_dtype()) for k, s in slices.items()}
            return file.metadata() or {}, stored
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise CheckpointProblem(f"{path!r} is no sound safetensors file: {reason}") from None


def check_tensors(
    path: str, network: Network, bundle: Bundle, logits: bool, stored: dict[str, Any]
) -> None:
    """Raises PortError where the stored tensors are not those of the network."""
    from math import prod

    from archdsl.analysis.cost import cost
    from archdsl.weights.port import revive

    total, held = cost(network.module), sum(prod(shape) for shape, _ in stored.values())
    if total.params + total.buffers > held:  # a small file never makes a large module
        raise PortError(
            f"{path!r} holds {held:,} numbers, and its network {network.name} has"
            f" {total.params:,} parameters and {total.buffers:,} in buffers"
        )
    own = revive(network, bundle.main, logits).state_dict()
    for key, tensor in own.items():
        if key not in stored:
            raise PortError(f"{path!r} has no `{key}` of its network {network.name}")
        shape, kind = stored[key]
        check_tensor(key, tensor, shape, dtype_of(kind, key, path), path)
    for key, (shape, _) in stored.items():
        if key not in own:
            raise PortError(f"{path!r} has `{key[:80]}`, {sizes(shape)}, which its network has not")


def dtype_of(kind: str, key: str, path: str) -> Any:
    """PyTorch's type of a stored one. Raises PortError for those that it has not."""
    import torch

    names = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
    names |= {"I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8"}
    if kind not in {**names, "BOOL": ""}:
        raise PortError(f"{path!r} has `{key[:80]}` as {kind}, which is no weight of ours")
    return torch.bool if kind == "BOOL" else getattr(torch, names[kind])


__all__ = ["BrokenBundle", "Opened", "WrongText", "open_weights"]
