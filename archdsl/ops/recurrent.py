"""Recurrent kinds: lstm, gru and rnn."""

from __future__ import annotations

from archdsl.ops.base import Field, FieldError, Kind, Weight, boolean, choice, integer, is_int, real
from archdsl.ops.fit import OptionClash, need_sequence
from archdsl.tensor import SEQUENCE, TensorType, vector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import ClassVar

MAX_LAYERS = 100  # each one is written out among the weights


def _layers(value: object) -> int:
    """Takes a number of stacked layers."""
    if isinstance(value, int) and is_int(value) and 1 <= value <= MAX_LAYERS:
        return value
    raise FieldError(f"an integer from 1 to {MAX_LAYERS}")


FIELDS = (
    Field("out", integer(), doc="features of the hidden state"),
    Field("layers", _layers, 1, "how many are stacked"),
    Field("bidirectional", boolean, False, "a second one reads backwards; features are joined"),
    Field("last", boolean, False, "the last step as a vector, in place of all steps"),
    Field("bias", boolean, True, "two biases for each gate, as PyTorch has them"),
    Field("dropout", real(0, 1, "a number from 0 to 1"), 0.0, "dropout between stacked layers"),
)


class Recurrent(Kind):
    """What the recurrent kinds share; `gates` is how many vectors of the hidden size a step makes.

    `last=true` gives the state in which the top layer ends. Of a bidirectional one that is the
    state of each direction behind all that it has read: behind the last step of the one that
    reads forwards, behind the first step of the other.
    """

    family = "recurrent"
    fields: ClassVar[tuple[Field, ...]] = FIELDS
    dash = "out"
    positional = ("out",)
    gates: ClassVar[int]
    out: int
    layers: int
    bidirectional: bool
    last: bool
    bias: bool
    dropout: float

    @property
    def directions(self) -> int:
        """2 where a second one reads backwards, else 1."""
        return 2 if self.bidirectional else 1

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """A sequence of hidden states, or a vector with `last`."""
        (x,) = inputs
        need_sequence(self, x)
        if self.dropout and self.layers == 1:
            raise OptionClash(
                f"the `dropout` of `{self.name}` lies between stacked layers, and this has one",
                help=f"write layers=2, or a dropout step behind the {self.name}",
            )
        features = self.out * self.directions
        return (vector(features) if self.last else TensorType(SEQUENCE, (x.dims[0], features)),)

    def _cells(self, x: TensorType) -> Iterator[tuple[str, int]]:
        """Suffix of the names of a cell's weights, and how many features it reads."""
        for layer in range(self.layers):
            size = self.out * self.directions if layer else x.channels
            for reverse in ("", "_reverse")[: self.directions]:
                yield f"l{layer}{reverse}", size

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """For each layer and direction the weights of input and state, and their biases."""
        rows = self.gates * self.out
        found = []
        for suffix, size in self._cells(inputs[0]):
            for source, n in (("ih", size), ("hh", self.out)):
                name = f"weight_{source}_{suffix}"
                found.append(Weight(name, (rows, n), fan_in=n, fan_out=rows))
            if self.bias:
                found += [Weight(f"bias_{source}_{suffix}", (rows,)) for source in ("ih", "hh")]
        return tuple(found)

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Products with the weights of input and state, at each step."""
        (x,) = inputs
        sizes = sum(size + self.out for _, size in self._cells(x))
        return x.dims[0] * self.gates * self.out * sizes


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997): `lstm-256`, over a sequence."""

    names = ("lstm",)
    gates = 4


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al., 2014): `gru-256`, over a sequence."""

    names = ("gru",)
    gates = 3


class RNN(Recurrent):
    """The plain recurrent layer (Elman, 1990): `rnn-256`, over a sequence."""

    names = ("rnn",)
    fields: ClassVar[tuple[Field, ...]] = (
        *FIELDS,
        Field("act", choice("tanh", "relu"), "tanh", "its non-linearity", choices=("tanh", "relu")),
    )
    gates = 1
    act: str
