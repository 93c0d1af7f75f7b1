"""Kinds that learn vectors for tokens and positions: embed, posembed and cls."""

from __future__ import annotations

from archdsl.ops.axis import need_numbers
from archdsl.ops.base import Field, Kind, Weight, WrongLayout, a, choice, integer, optional
from archdsl.ops.fit import OutOfRange, need_multiple, need_sequence
from archdsl.tensor import IMAGE, SEQUENCE, TOKENS, TensorType


class Embed(Kind):
    """A learned vector for each token: `embed(vocab, dim)` makes a sequence of `input tokens L`.

    The vector of the token `pad` stays zero and is not trained.
    """

    names = ("embed", "embedding")
    family = "embedding"
    fields = (
        Field("vocab", integer(), doc="number of tokens"),
        Field("dim", integer(), doc="features of a vector"),
        Field("pad", optional(integer(0)), None, "the token that stands for nothing"),
    )
    dash = "dim"
    positional = ("vocab", "dim")
    vocab: int
    dim: int
    pad: int | None

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """L tokens become a sequence of L vectors."""
        (x,) = inputs
        if x.layout != TOKENS:
            raise WrongLayout(
                f"`embed` needs tokens, and this is {a(x)}",
                label=f"{a(x)} comes in here",
                help="`input tokens 128` declares integer ids; FC projects vectors",
            )
        if self.pad is not None and self.pad >= self.vocab:
            raise OutOfRange(
                f"the token {self.pad} is none of the {self.vocab}",
                label=f"tokens are 0 to {self.vocab - 1}",
                help="choose `pad` below `vocab`",
            )
        return (TensorType(SEQUENCE, (x.dims[0], self.dim)),)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """One row for each token."""
        return (Weight("weight", (self.vocab, self.dim)),)


class PosEmbed(Kind):
    """Adds a vector to each position of a sequence or an image, by default a learned one.

    `posembed(sincos)` adds fixed sines and cosines: on a sequence those of Vaswani et al. (2017),
    sine and cosine in turn; on an image those of Beyer et al. (2022), a quarter of the channels
    each for sine and cosine of the column and of the row.
    """

    names = ("posembed",)
    family = "embedding"
    fields = (
        Field(
            "mode",
            choice("learned", "sincos"),
            "learned",
            "trained, or fixed sines and cosines",
            choices=("learned", "sincos"),
        ),
    )
    positional = ("mode",)
    mode: str

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """What comes in."""
        (x,) = inputs
        need_numbers(self, x)
        if x.layout not in (SEQUENCE, IMAGE):
            raise WrongLayout(
                f"`posembed` needs a sequence or an image, and this is {a(x)}",
                label=f"{a(x)} comes in here",
                help="`tokens` makes a sequence of the positions of a map",
            )
        if self.mode == "sincos":
            waves = 2 if x.layout == SEQUENCE else 4
            need_multiple(self, "the features", x.channels, waves, "take mode=learned")
        return (x,)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """A tensor as large as one example, trained or fixed."""
        shape = (1, *inputs[0].dims)
        if self.mode == "learned":
            return (Weight("weight", shape),)
        return (Weight("table", shape, "buffer"),)


class Cls(Kind):
    """Puts a learned vector before a sequence (BERT's class token), or `cls(n)` n of them."""

    names = ("cls",)
    family = "embedding"
    fields = (Field("count", integer(), 1, "number of vectors"),)
    positional = ("count",)
    count: int

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """A sequence that is longer by `count`."""
        (x,) = inputs
        need_sequence(self, x)
        return (TensorType(SEQUENCE, (x.dims[0] + self.count, x.channels)),)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """The vectors, with a dimension for the batch."""
        return (Weight("token", (1, self.count, inputs[0].channels)),)
