"""Layers in a row that are one linear layer, because nothing bends the line between them."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.ir.model import OpNode, RepeatNode
from archdsl.lint.links import Site
from archdsl.lint.rule import Rule
from archdsl.lint.subject import sources
from archdsl.ops.conv import Conv, Convolution
from archdsl.ops.linear import Affine, LayerScale, Linear
from archdsl.ops.norm import BatchNorm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.ir.model import Module
    from archdsl.lint.subject import Subject


class LinearRepeat(Rule):
    """A repeated layer has no activation: all repetitions together are one linear layer.

    A `default` activation is left out on the last step of a branch whose join has its own, and
    before an activation that follows. A repeat is one step there, so `conv3-8 x2` loses it in both
    repetitions. Write the layers out, or put the activation on the layer.

    Wrong:

        input 8x32x32
        default conv (act=relu)
        residual(act=relu)[ conv3-8 x2 ]
        gap, FC-10

    Right:

        input 8x32x32
        default conv (act=relu)
        residual(act=relu)[ conv3-8, conv3-8 ]
        gap, FC-10
    """

    id = "linear-repeat"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Repeats of bodies that are linear from end to end."""
        seen = set()
        for module in subject.links.modules:
            for node in module.nodes:
                if not isinstance(node, RepeatNode) or node.count < 2:
                    continue
                place = (node.span.file.name, node.span.start)
                if place not in seen and all(is_linear(body) for body, _ in node.runs):
                    seen.add(place)
                    yield self.report(node)

    def report(self, node: RepeatNode) -> Diagnostic:
        """The finding for a repeat."""
        text = " ".join(node.span.text.split())
        return self.found(
            node.span,
            f"nothing bends the line between the {node.count} repetitions of"
            f" `{text if len(text) <= 60 else text[:57] + '...'}`",
            "no activation in it",
            notes=("together they compute no more than one linear layer",),
            help="give it one, as in `(act=relu)`; a `default` is left out before an activation"
            " that follows the repeat, so write the layers out there",
        )


def is_linear(module: Module) -> bool:
    """Whether a body is a chain of linear layers, at least one of them with a matrix."""
    ops = [node.op for node in module.nodes if isinstance(node, OpNode)]
    if len(ops) != len(module.nodes) or len(module.inputs) != 1:
        return False
    known = (Convolution, Linear, BatchNorm, Affine, LayerScale)
    return any(isinstance(op, (Convolution, Linear)) for op in ops) and all(
        isinstance(op, known) for op in ops
    )


class LinearPair(Rule):
    """Two fully connected layers, or two 1x1 convolutions, with nothing between them.

    Two matrices in a row are one matrix: the second layer adds weights and work, and no function
    that one layer could not be. A narrow middle is another thing (a matrix of low rank, as in
    factorized layers) and no finding.

    Wrong:

        input 784
        FC-256, FC-128, relu, FC-10

    Right:

        input 784
        FC-256, relu, FC-128, relu, FC-10
    """

    id = "linear-pair"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Matrices that read a matrix with a middle that is not narrow."""
        for place in subject.places:
            if not place.always(is_matrix):
                continue
            pairs = [(s, m) for s in place.sites for m in sources(subject, s, is_dropout)]
            if not pairs or not all(isinstance(m, Site) and wide(m, s) for s, m in pairs):
                continue
            first = pairs[0][1]
            assert isinstance(first, Site)
            a, b, c = first.x.channels, first.y.channels, place.site.y.channels
            yield self.found(
                place.span,
                f"`{subject.word(first)}` and `{subject.word(place.site)}` with nothing between"
                " them are one linear layer",
                f"{a} to {b} to {c}",
                notes=(f"{a}*{b} + {b}*{c} = {a * b + b * c:,} weights do what {a}*{c} can",),
                help="put an activation between them: `(act=relu)` on the first",
                others=(Label(first.span, "linear"),),
            )


def is_matrix(site: Site) -> bool:
    """Whether a layer multiplies each position by a matrix."""
    op = site.op
    if isinstance(op, Linear):
        return True
    return isinstance(op, Conv) and op.groups == 1 and op.connect is None and is_point(site)


def is_point(site: Site) -> bool:
    """Whether a convolution sees one position at a time, and each of them."""
    op = site.op
    return isinstance(op, Convolution) and all(
        w.size == w.stride == 1 and w.before == w.after == 0 for w in op.geometry(site.x)
    )


def is_dropout(site: Site) -> bool:
    """Whether a layer is dropout."""
    return site.op.family == "dropout"


def wide(first: Site, second: Site) -> bool:
    """Whether two matrices have a middle at least as wide as one of their ends."""
    middle = first.y.channels
    ends = min(first.x.channels, second.y.channels)
    return is_matrix(first) and type(first.op) is type(second.op) and middle >= ends
