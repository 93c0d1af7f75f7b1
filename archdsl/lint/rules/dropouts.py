"""Dropout where it hurts: before batch normalization, behind the last layer, of nothing or all."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.ir.model import Output
from archdsl.lint.edits import delete_step
from archdsl.lint.links import Site
from archdsl.lint.rule import Rule
from archdsl.lint.subject import sinks
from archdsl.ops.dropout import Dropout, DropPath
from archdsl.ops.linear import Scale
from archdsl.ops.norm import BatchNorm
from archdsl.ops.pool import Pool
from archdsl.ops.shape import Upsample
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.lint.subject import Subject


class DropoutBeforeNorm(Rule):
    """Batch normalization reads what dropout gives.

    In training the zeros raise the variance that the norm learns, in inference they are gone, and
    the norm divides by a variance that is not there: a shift of variance (Li et al. 2018, "Under-
    standing the Disharmony between Dropout and Batch Normalization"). Dropout belongs behind the
    last norm.

    Wrong:

        input 784
        FC-64(act=relu), dropout-0.5, bn, FC-10

    Right:

        input 784
        FC-64(norm=bn, act=relu), dropout-0.5, FC-10
    """

    id = "dropout-before-norm"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Dropout that a batch norm reads, past activations."""
        for place in subject.places:
            if not isinstance(place.op, Dropout) or place.op.p == 0:
                continue
            readers = [r for s in place.sites for r in sinks(subject, s, is_activation)]
            norm = next(
                (r for r in readers if isinstance(r, Site) and isinstance(r.op, BatchNorm)), None
            )
            if norm is not None:
                yield self.found(
                    place.span,
                    "dropout before `bn`: the variance in training is not that in inference",
                    f"drops {place.op.p:.0%}",
                    notes=(
                        f"variances differ by up to 1/(1 - {place.op.p}) ="
                        f" {1 / (1 - place.op.p):.3g} times",
                    )
                    if place.op.p < 1
                    else (),
                    help="move the dropout behind the last norm",
                    others=(Label(norm.span, "normalizes it"),),
                )


def is_activation(site: Site) -> bool:
    """Whether a layer acts on each element."""
    return site.op.family == "activation"


class DropoutOnOutput(Rule):
    """Dropout is the last thing that happens: it sets answers of the network to zero.

    Dropout stands before a layer that learns to do without what is dropped. Behind the last layer
    nothing does, and in training some answers, or scores of classes, are zero by chance.

    Wrong:

        input 784
        FC-64(act=relu), FC-10, dropout-0.5

    Right:

        input 784
        FC-64(act=relu), dropout-0.5, FC-10
    """

    id = "dropout-on-output"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Dropout between the last layer with weights and the output."""
        for place in subject.places:
            if not isinstance(place.op, Dropout) or place.op.p == 0:
                continue
            readers = [r for s in place.sites for r in sinks(subject, s, is_ending)]
            if readers and all(isinstance(r, Output) for r in readers):
                layer = subject.layer(place.span)
                yield self.found(
                    place.span,
                    "dropout behind the last layer sets outputs of the network to zero",
                    "nothing follows that could make up for it",
                    help="move it before the last layer, or take it away",
                    fix=delete_step(subject, layer) if layer is not None else None,
                )


def is_ending(site: Site) -> bool:
    """Whether a layer may stand between the last one with weights and the output."""
    return site.op.name in ("softmax", "logsoftmax", "flatten", "reshape", "sigmoid")


class NoOpLayer(Rule):
    """A layer gives back what it is given, or nothing at all, whatever comes in.

    `dropout-0`, `scale-1`, `upsample1` and a pool of one position with stride 1 change nothing;
    `dropout-1` sets everything to zero. Only numbers written in place are looked at: a parameter
    may have another value elsewhere.

    Wrong:

        input 784
        FC-64(act=relu), dropout-0, FC-10

    Right:

        input 784
        FC-64(act=relu), dropout-0.5, FC-10
    """

    id = "no-op-layer"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Layers with such numbers."""
        for place in subject.places:
            layer = subject.layer(place.span)
            if layer is None or not subject.is_step(place.site) or not is_literal(layer):
                continue
            op = place.op
            if isinstance(op, (Dropout, DropPath)) and op.p == 1:
                yield self.found(
                    place.span,
                    f"`{subject.word(place.site)}` sets everything to zero in training",
                    "drops all",
                    help="a probability below 1 lets something pass",
                )
            elif changes_nothing(place.site):
                yield self.found(
                    place.span,
                    f"`{subject.word(place.site)}` changes nothing",
                    f"{place.site.x} as it came in",
                    help="take it away",
                    fix=delete_step(subject, layer),
                )


def is_literal(layer: ast.Layer) -> bool:
    """Whether all that stands at a layer are numbers and words, no names of values."""
    values = [e for _, e in layer.tails] + [a.value for a in layer.args]
    return bool(values or layer.name.name[-1:].isdigit()) and all(
        isinstance(v, ast.Const) for v in values
    )


def changes_nothing(site: Site) -> bool:
    """Whether a layer is the identity by its numbers."""
    op = site.op
    if isinstance(op, (Dropout, DropPath)):
        return op.p == 0
    if isinstance(op, Scale):
        return op.value == 1
    if isinstance(op, Pool):
        return all(w.size == w.stride == 1 and w.before == 0 for w in op.geometry(site.x))
    return isinstance(op, Upsample) and site.x == site.y
