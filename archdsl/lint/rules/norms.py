"""Norms: biases that they take away, two in a row, batches too small, statistics too young."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.lint.edits import delete_step, set_argument
from archdsl.lint.links import Site
from archdsl.lint.rule import Rule
from archdsl.ops.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic, Fix
    from archdsl.ir.model import Port
    from archdsl.lint.subject import Place, Subject

CENTERS = (BatchNorm, InstanceNorm)  # these subtract the mean of each channel, a bias with it
NORMS = (BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm)
YOUNG = 0.5  # the most that the newest batch can weigh where older ones are to count
FEW = 16  # values of a channel in a batch, from which a mean and a variance say little


class BiasBeforeNorm(Rule):
    """A layer has a bias, and the norm behind it takes the bias away again.

    Batch and instance normalization subtract the mean of each channel. A bias adds the same number
    to all values of its channel, so it never changes anything, and is trained and stored for
    nothing. A layer that takes its norm from `norm=` or a `default` has no bias; a separate `bn`
    takes none away (Ioffe and Szegedy 2015, section 3.2).

    Wrong:

        input 3x32x32
        conv3-8, bn, relu, gap, FC-10

    Right:

        input 3x32x32
        conv3-8(bias=false), bn, relu, gap, FC-10
    """

    id = "bias-before-norm"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Convolutions and linear layers that only such norms read, and that share no weights."""
        shared = {
            (s.module, s.node.shares) for s in subject.links.sites if s.node.shares is not None
        }
        for place in subject.places:
            if place.op.family not in ("conv", "linear") or not place.always(has_bias):
                continue
            if any(s.node.shares is not None or (s.module, s.at) in shared for s in place.sites):
                continue
            norms = [norm for site in place.sites for norm in subject.links.readers(site)]
            if norms and all(isinstance(n, Site) and centers(n) for n in norms):
                yield self.report(subject, place, norms[0])

    def report(self, subject: Subject, place: Place, norm: object) -> Diagnostic:
        """The finding for a layer and the norm behind it."""
        assert isinstance(norm, Site)
        count = place.site.y.channels
        layer = subject.layer(place.span)
        fix: Fix | None = None
        if layer is not None and subject.is_step(place.site):
            fix = set_argument(subject, layer, "bias", "false")
        return self.found(
            place.span,
            f"the bias of `{subject.word(place.site)}` changes nothing: `{norm.op.name}` subtracts"
            " the mean",
            f"{count:,} biases",
            help="write `bias=false`, or give it the norm by `norm=bn`, which leaves the bias out",
            others=(Label(norm.span, "takes them away"),),
            fix=fix,
        )


def has_bias(site: Site) -> bool:
    """Whether a layer adds a bias."""
    return getattr(site.op, "bias", False) is True


def centers(site: Site) -> bool:
    """Whether a norm subtracts the mean of each channel."""
    if isinstance(site.op, BatchNorm):
        return site.op.axis_of(site.x) == site.x.channel_axis
    return isinstance(site.op, InstanceNorm)


class NormTwice(Rule):
    """A tensor is normalized twice in a row in the same way.

    The second norm finds mean and variance as the first one left them. Mostly the layer already
    takes its norm from a `default`, and the separate step is left over, behind the activation of
    that `default` even. (A default activation makes way for an activation that follows, a default
    norm does not.)

    Wrong:

        input 3x32x32
        default conv (norm=bn, act=relu)
        conv3-8, bn, relu, gap, FC-10

    Right:

        input 3x32x32
        default conv (norm=bn, act=relu)
        conv3-8, gap, FC-10
    """

    id = "norm-twice"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Norms that read a norm of their kind, and nothing else."""
        for place in subject.places:
            if not isinstance(place.op, NORMS):
                continue
            kind = type(place.op)
            before = [m for site in place.sites for m in self.before(subject, site)]
            if not all(isinstance(m, Site) and isinstance(m.op, kind) for m in before):
                continue
            first = before[0]
            assert isinstance(first, Site)
            layer = subject.layer(place.span)
            alone = layer is not None and subject.is_step(place.site)
            yield self.found(
                place.span,
                f"`{place.op.name}` normalizes what `{place.op.name}` has normalized",
                "the second in a row",
                help="take one of them away",
                others=(Label(first.span, "the first"),),
                fix=delete_step(subject, layer) if alone and layer is not None else None,
            )

    def before(self, subject: Subject, site: Site) -> list[Site | Port]:
        """What makes its input; for a step of its own, past the activation that a default gave."""
        found = subject.links.makers(site)
        if not subject.is_step(site):
            return found
        out: list[Site | Port] = []
        for maker in found:
            default = isinstance(maker, Site) and maker.op.family == "activation"
            if default and isinstance(maker, Site) and subject.takes_default(maker, "act"):
                out += subject.links.makers(maker)
            else:
                out.append(maker)
        return out


class TinyBatchNorm(Rule):
    """Batch normalization takes its mean and variance over a handful of values.

    Behind a global pool, or in a fully connected layer, a channel has one value for each example,
    so the statistics are those of the batch alone: noisy for a batch of eight, and undefined for a
    single example. The rule reads `batch` in the `train` section.

    Wrong:

        input 3x32x32
        conv3-8(act=relu), gap, FC-64(norm=bn, act=relu), FC-10
        train { batch = 4 }

    Right:

        input 3x32x32
        conv3-8(act=relu), gap, FC-64(norm=ln, act=relu), FC-10
        train { batch = 4 }
    """

    id = "tiny-batch-norm"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Batch norms with few values for each channel."""
        batches = [dict(n.train).get("batch") for n in subject.design.networks]
        batch = batches[0] if batches and len(set(batches)) == 1 else None
        if not isinstance(batch, int):
            return
        for place in subject.places:
            op = place.op
            if not isinstance(op, BatchNorm):
                continue
            each = min(site.x.numel // site.x.dims[op.axis_of(site.x)] for site in place.sites)
            if each * batch < FEW:
                yield self.found(
                    place.span,
                    f"`bn` has {each * batch} values of each channel for its mean and variance",
                    f"{each} in an example",
                    notes=(f"{each} * {batch} examples = {each * batch}",),
                    help="take `ln`, normalize before the pooling, or train with larger batches",
                )


class InvertedMomentum(Rule):
    """The newest batch outweighs all that a norm has seen before.

    TensorFlow, Keras and Caffe call `momentum` what is kept of the old mean and variance at each
    step, 0.99 or so. Here it is the weight of the new, as in PyTorch: one minus that. With 0.99,
    inference would normalize with the statistics of the last batch alone.

    Wrong:

        input 3x32x32
        conv3-8(bias=false), bn(momentum=0.99), relu, gap, FC-10

    Right:

        input 3x32x32
        conv3-8(bias=false), bn(momentum=0.01), relu, gap, FC-10
    """

    id = "inverted-momentum"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Batch norms of a momentum over one half, but 1, which only the last batch can mean."""
        for place in subject.places:
            op = place.op
            if not isinstance(op, BatchNorm) or not YOUNG < op.momentum < 1:
                continue
            better = f"{1 - op.momentum:.6g}"
            layer = subject.layer(place.span)
            fix: Fix | None = None
            if layer is not None and subject.is_step(place.site):
                fix = set_argument(subject, layer, "momentum", better)
                fix.safety = "guess"
            yield self.found(
                place.span,
                f"a momentum of {op.momentum:g} keeps {better} of the statistics so far",
                "the newest batch is nearly all",
                help=f"`momentum` is the weight of the newest batch: write `momentum={better}` for"
                f" what Keras calls {op.momentum:g}",
                fix=fix,
            )
