"""Activations that change nothing, twice the same, or cut off what comes after them."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.ir.model import Output
from archdsl.lint.edits import delete_step
from archdsl.lint.links import Site
from archdsl.lint.rule import Rule
from archdsl.lint.subject import sinks, sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic, Fix
    from archdsl.lint.subject import Place, Subject

UNIT = frozenset(("sigmoid", "softmax", "hardsigmoid"))  # values from 0 to 1
POSITIVE = UNIT | {"relu", "relu6", "abs", "softplus"}
KEEPS_POSITIVE = frozenset(("relu", "abs", "leakyrelu", "prelu", "elu"))  # x where x >= 0
_KEEPS = "dropout droppath maxpool avgpool gap gmp flatten reshape adaptiveavgpool adaptivemaxpool"
_MOVES = "tokens untokens crop slice at shuffle leakyrelu prelu elu"
KEEPS_ORDER = frozenset((*_KEEPS.split(), *_MOVES.split()))  # what is not negative stays so
RESHAPES = frozenset(("flatten", "reshape"))
SOFTMAX = frozenset(("softmax", "logsoftmax"))


class DeadActivation(Rule):
    """An activation changes nothing: what comes in is already as it would leave it.

    `relu` of what is not negative is that same tensor, and so is `relu` of a `relu`, of a
    `sigmoid`, or of the maxima of a `relu`. A `prelu` there trains slopes that are never used.

    Wrong:

        input 3x32x32
        conv3-8, relu, maxpool, relu, gap, FC-10

    Right:

        input 3x32x32
        conv3-8, relu, maxpool, gap, FC-10
    """

    id = "dead-activation"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Activations whose every source lies where they are the identity."""
        for place in subject.places:
            known = {"relu6": UNIT | {"relu6"}}.get(place.op.name, POSITIVE)
            if place.op.name not in KEEPS_POSITIVE | {"relu6"}:
                continue
            before = [m for s in place.sites for m in sources(subject, s, keeps_order)]
            if before and all(isinstance(m, Site) and m.op.name in known for m in before):
                first = before[0]
                assert isinstance(first, Site)
                yield self.found(
                    place.span,
                    f"`{place.op.name}` changes nothing: `{first.op.name}` already gives no"
                    " negative number" + (" and none above 6" if place.op.name == "relu6" else ""),
                    f"this {place.op.name}",
                    help="take one of them away",
                    others=(Label(first.span, f"`{first.op.name}` here"),),
                    fix=fix_of(subject, place),
                )


def keeps_order(site: Site) -> bool:
    """Whether a layer gives nothing negative where nothing negative comes in."""
    return site.op.name in KEEPS_ORDER


def fix_of(subject: Subject, place: Place) -> Fix | None:
    """The step taken away, where the activation is one."""
    layer = subject.layer(place.span)
    if layer is None or not subject.is_step(place.site):
        return None
    return delete_step(subject, layer)


class SoftmaxTwice(Rule):
    """A softmax of a softmax: the second makes nearly equal what the first told apart.

    The first gives numbers from 0 to 1, and a softmax of those differs by a factor of e at most:
    of 1000 classes none gets more than 0.3 %. Often a loss or a caller applies the second, and a
    network should end in one or in none.

    Wrong:

        input 784
        FC-10, softmax, softmax

    Right:

        input 784
        FC-10, softmax
    """

    id = "softmax-twice"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """A softmax whose every source is one, over the same axis."""
        for place in subject.places:
            if place.op.name not in SOFTMAX:
                continue
            before = [m for s in place.sites for m in sources(subject, s, is_reshape)]
            same = [m for m in before if isinstance(m, Site) and m.op.name in SOFTMAX]
            if not before or len(same) < len(before) or not all(alike(m, place) for m in same):
                continue
            n = place.site.x.channels
            yield self.found(
                place.span,
                f"`{place.op.name}` of what `{same[0].op.name}` gives",
                "the second",
                notes=most_of_two(n) if place.op.name == same[0].op.name == "softmax" else (),
                help="take one of them away",
                others=(Label(same[0].span, "the first"),),
                fix=fix_of(subject, place) if place.op.name == "softmax" else None,
            )


def is_reshape(site: Site) -> bool:
    """Whether a layer changes the shape alone."""
    return site.op.name in RESHAPES


def alike(site: Site, place: Place) -> bool:
    """Whether two softmaxes normalize the same axis."""
    return getattr(site.op, "axis", None) == getattr(place.op, "axis", None)


def most_of_two(n: int) -> tuple[str, ...]:
    """The largest value that two softmaxes over `n` numbers can give."""
    from math import e

    most = f"{e / (e + n - 1):.2g}"
    return (f"the largest of {n} can be e/(e + {n - 1}) = {most}, however sure the network is",)


class SoftmaxInside(Rule):
    """Layers with weights follow a softmax: an auxiliary head that was to be an `output`?

    What follows a line goes on from its end. A head for training, or a second answer, is written
    `output name: @tensor, …`, and the network then goes on from before it.

    Wrong:

        input 784
        h: FC-64(act=relu)
        FC-10, softmax
        FC-32(act=relu), FC-5, softmax

    Right:

        input 784
        h: FC-64(act=relu)
        output first: @h, FC-10, softmax
        FC-32(act=relu), FC-5, softmax
    """

    id = "softmax-inside"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """A softmax over channels that only layers with weights read."""
        for place in subject.places:
            if place.op.name not in SOFTMAX or place.site.x.layout not in ("vector", "image"):
                continue
            if getattr(place.op, "axis", "channels") not in ("channels", "features"):
                continue
            readers = [r for s in place.sites for r in sinks(subject, s, is_reshape)]
            weighty = [
                r for r in readers if isinstance(r, Site) and r.op.family in ("conv", "linear")
            ]
            if weighty and len(weighty) == len(readers):
                yield self.found(
                    place.span,
                    f"`{subject.word(weighty[0])}` reads the probabilities of this"
                    f" `{place.op.name}`",
                    "not the end of the network",
                    help="a head beside the chain is an output of its own:"
                    " `output name: @tensor, …`",
                    others=(Label(weighty[0].span, "goes on from here"),),
                )


class ClippedLogits(Rule):
    """A `relu` stands right before a softmax or a sigmoid at the end of the network.

    It sets all negative scores to zero, so that classes can no longer be told to be unlikely: their
    gradients are zero as well. The last layer has no activation of its own (a `default` leaves it
    out there).

    Wrong:

        input 784
        FC-64(act=relu), FC-10(act=relu), softmax

    Right:

        input 784
        FC-64(act=relu), FC-10, softmax
    """

    id = "clipped-logits"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Rectified scores under a final softmax or sigmoid."""
        for place in subject.places:
            if place.op.name not in (*SOFTMAX, "sigmoid"):
                continue
            ends = [r for s in place.sites for r in sinks(subject, s, is_reshape)]
            if not ends or not all(isinstance(r, Output) for r in ends):
                continue
            before = [m for s in place.sites for m in sources(subject, s, is_reshape)]
            cut = [m for m in before if isinstance(m, Site) and m.op.name in ("relu", "relu6")]
            if cut and len(cut) == len(before):
                yield self.found(
                    cut[0].span,
                    f"`{cut[0].op.name}` cuts the scores off below zero before `{place.op.name}`",
                    "no negative score passes",
                    help="leave the activation of the last layer out",
                    others=(Label(place.span, "reads the scores"),),
                )
