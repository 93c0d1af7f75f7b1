"""Random inputs of a network, of the types that it takes. Needs torch."""

from __future__ import annotations

from archdsl.tensor import IMAGE, TOKENS, VOLUME

TYPE_CHECKING = False
if TYPE_CHECKING:
    import torch

    from archdsl.ir.model import Module
    from archdsl.tensor import TensorType


def make_inputs(
    module: Module,
    batch: int,
    device: torch.device | str,
    dtype: torch.dtype,
    channels_last: bool = False,
) -> tuple[torch.Tensor, ...]:
    """A tensor for each input: normal numbers, and token ids that every embedding knows."""
    words = vocabulary(module)
    return tuple(
        make_input(port.type, batch, words, device, dtype, channels_last) for port in module.inputs
    )


def make_input(
    type: TensorType,
    batch: int,
    words: int,
    device: torch.device | str,
    dtype: torch.dtype,
    channels_last: bool = False,
) -> torch.Tensor:
    """A random tensor of a type."""
    import torch

    sizes = (batch, *type.dims)
    if type.layout == TOKENS:
        return torch.randint(words, sizes, device=device)
    made = torch.randn(sizes, device=device).to(dtype)
    if channels_last and type.layout in (IMAGE, VOLUME):
        return made.contiguous(memory_format=getattr(torch, layout_name(type)))
    return made


def layout_name(type: TensorType) -> str:
    """PyTorch's name of the format that has channels last."""
    return "channels_last_3d" if type.layout == VOLUME else "channels_last"


def vocabulary(module: Module) -> int:
    """A number of token ids that every embedding knows."""
    from archdsl.ir.model import OpNode
    from archdsl.ir.order import postorder
    from archdsl.ops.embedding import Embed

    sizes = [
        node.op.vocab
        for part in postorder(module)
        for node in part.nodes
        if isinstance(node, OpNode) and isinstance(node.op, Embed)
    ]
    return min(sizes, default=1)
