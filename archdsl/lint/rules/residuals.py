"""Activations that a `default` keeps where a branch or a network ends."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.ir.model import Output
from archdsl.lint.edits import set_argument
from archdsl.lint.links import Site
from archdsl.lint.rule import Rule
from archdsl.lint.subject import key_of, sinks, sources, written_kind
from archdsl.ops.conv import Conv
from archdsl.ops.join import Add
from archdsl.ops.residual import Residual

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic, Fix
    from archdsl.lint.subject import Key, Place, Subject
    from archdsl.syntax import ast

SCALES = frozenset(("scale", "droppath", "dropout", "layerscale"))
_ENDS = "gap gmp flatten reshape dropout softmax logsoftmax adaptiveavgpool at"
ENDS = frozenset(_ENDS.split())


class KeptActivation(Rule):
    """The body of a `residual` ends in an activation that a `default` gave it.

    With `relu` the body can then only add, never take away, and values grow from block to block.
    A default activation is left out on the last layer where the `residual` has an `act` of its own;
    where it has none, or the last step is a call or a group, it stays. Say `act=none` on the last
    layer of the body, or `act=relu` there if it is meant.

    Wrong:

        input 8x32x32
        default conv (act=relu)
        residual[ conv3-8, conv3-8 ]
        gap, FC-10

    Right:

        input 8x32x32
        default conv (act=relu)
        residual[ conv3-8, conv3-8(act=none) ]
        gap, FC-10
    """

    id = "kept-activation"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Sums of a residual whose body is an activation from a default."""
        keepers = {
            place.sites[0]: place
            for place in subject.places
            if place.op.family == "activation" and subject.takes_default(place.site, "act")
        }
        place_of = {site: place for place in keepers.values() for site in place.sites}
        seen = set()
        for place in subject.places:
            layer = subject.layer(place.span)
            if not isinstance(place.op, Add) or layer is None:
                continue
            if written_kind(layer) is not Residual:
                continue
            for site in place.sites:
                for maker in sources(subject, site, scales):
                    kept = place_of.get(maker) if isinstance(maker, Site) else None
                    if kept is not None and id(kept) not in seen:
                        seen.add(id(kept))
                        yield self.report(subject, place, kept)

    def report(self, subject: Subject, total: Place, kept: Place) -> Diagnostic:
        """The finding for the last layer of a body."""
        layer = subject.layer(kept.span)
        assert layer is not None
        fix: Fix | None = None
        if kept.always(lambda s: self.only_added(subject, s)):
            fix = set_argument(subject, layer, "act", "none")
        name = kept.op.name
        return self.found(
            kept.span,
            f"the body of this `residual` ends in the `{name}` that `{layer.head.text}` takes by"
            " default",
            f"`{name}` stays here",
            help="write `act=none` on it; if it is meant, `act=" + name + "`",
            others=(Label(total.span, "adds it to the input"),),
            fix=fix,
        )

    def only_added(self, subject: Subject, site: Site) -> bool:
        """Whether a tensor goes into sums and nowhere else."""
        readers = sinks(subject, site, scales)
        return all(isinstance(r, Site) and isinstance(r.op, Add) for r in readers)


def scales(site: Site) -> bool:
    """Whether a layer multiplies or drops as a residual asks for."""
    return site.op.name in SCALES


class ActivatedLogits(Rule):
    """The scores of the classes pass a norm or an activation that a `default` gave them.

    A default is left out on the last layer of a network, and on a layer that only `softmax`,
    `flatten` and the like follow. A global pool is not among these: in `conv1-10, gap` the
    convolution is a hidden layer and keeps its activation, so that no score is below zero. Say
    `act=none` there, or `act=relu` if it is meant, as in SqueezeNet.

    Wrong:

        input 3x32x32
        default conv (act=relu)
        conv3-8, conv1-10, gap, softmax

    Right:

        input 3x32x32
        default conv (act=relu)
        conv3-8, conv1-10(act=none), gap, softmax
    """

    id = "activated-logits"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Convolutions of one position at the end that keep what a default gives."""
        taken: dict[Key, list[Place]] = {}
        for place in subject.places:
            if place.op.family in ("norm", "activation"):
                taken.setdefault(key_of(place.span), []).append(place)
        for place in subject.places:
            layer = subject.layer(place.span)
            if not isinstance(place.op, Conv) or layer is None or not subject.is_step(place.site):
                continue
            if place.op.kernel not in (1, (1, 1)) or not scores(subject, place):
                continue
            words = [
                (what, p.op.name)
                for p in taken.get(key_of(place.span), ())
                for what in ("act" if p.op.family == "activation" else "norm",)
                if subject.takes_default(p.site, what)
            ]
            if words:
                yield self.report(subject, layer, words)

    def report(
        self, subject: Subject, layer: ast.Layer, words: list[tuple[str, str]]
    ) -> Diagnostic:
        """The finding for a layer and what it takes: `act`, `norm` or both."""
        names = " and ".join(f"`{name}`" for _, name in words)
        without = ", ".join(f"{what}=none" for what, _ in words)
        meant = ", ".join(f"{what}={name}" for what, name in words)
        what, _, rest = without.partition("=")
        return self.found(
            layer.head,
            f"`{layer.head.text}` gives the scores of the network, and takes {names} by default",
            "a hidden layer, as a pool follows",
            help=f"write `{without}` on it; if it is meant, `{meant}`",
            fix=set_argument(subject, layer, what, rest),
        )


def scores(subject: Subject, place: Place) -> bool:
    """Whether what a layer gives are the scores of classes, and no features for somebody else.

    Only pools and reshapes follow, and a softmax; or it gives fewer channels than it reads.
    """
    readers = [r for s in place.sites for r in sinks(subject, s, ends)]
    if not readers or not all(isinstance(r, Output) for r in readers):
        return False
    before = [r for s in place.sites for r in sinks(subject, s, before_softmax)]
    narrows = place.always(lambda s: s.y.channels < s.x.channels)
    return narrows or all(isinstance(r, Site) for r in before)


def ends(site: Site) -> bool:
    """Whether a layer may stand between the scores and the output."""
    return site.op.name in ENDS or site.op.family in ("activation", "norm")


def before_softmax(site: Site) -> bool:
    """Whether a layer may stand between the scores and their softmax."""
    return ends(site) and site.op.name not in ("softmax", "logsoftmax")
