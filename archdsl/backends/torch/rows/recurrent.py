"""PyTorch rows of the kinds in archdsl.ops.recurrent."""

from __future__ import annotations

from archdsl.backends.torch.code import New, key, pos
from archdsl.ops.recurrent import GRU, LSTM, RNN, Recurrent
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.torch.code import Expr
    from archdsl.ops.base import Kind


def emit_recurrent(op: Recurrent, inputs: tuple[TensorType, ...]) -> New:
    """A subclass of nn.LSTM, nn.GRU or nn.RNN that gives one tensor: SeqLSTM, LastGRU …"""
    return New(
        ("Last" if op.last else "Seq") + op.name.upper(),
        pos(inputs[0].channels),
        pos(op.out),
        key("num_layers", op.layers, 1),
        key("nonlinearity", op.act if isinstance(op, RNN) else "tanh", "tanh"),
        key("bias", op.bias, True),
        key("batch_first", True, False),
        key("dropout", op.dropout, 0.0),
        key("bidirectional", op.bidirectional, False),
    )


ROWS: dict[type[Kind], Callable[..., New | Expr]] = dict.fromkeys((LSTM, GRU, RNN), emit_recurrent)
