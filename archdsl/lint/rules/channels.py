"""Channels: written last or for a kernel, of an odd number, widened, never mixed."""

from __future__ import annotations

from archdsl.analysis.cost import cost
from archdsl.diagnostics.model import Fix, Label
from archdsl.ir.model import Output
from archdsl.lint.links import Site
from archdsl.lint.rule import Rule
from archdsl.lint.subject import sinks, sources
from archdsl.ops.conv import Conv, Convolution
from archdsl.ops.linear import Linear
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.tensor import IMAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.lint.subject import Place, Subject

WIDE, FEW = 16, 7  # a kernel that few networks have, and channels that look like one
MULTIPLE = 8  # of half-precision numbers; what a tensor core reads at once
SHARE = 100  # a layer matters with a hundredth of the multiplications of its network


class OddChannels(Rule):
    """A layer that matters has channels which are no multiple of 8, so tensor cores run part full.

    In half precision NVIDIA's tensor cores take 8 numbers at a time, and libraries pad the rest
    with zeros or take a slower way. Looked at are convolutions and fully connected layers with at
    least a hundredth of the network's multiplications; the channels of the input and of the answer
    are what they are. This is advice: many published networks have other widths.

    Wrong:

        input 3x32x32
        conv3-60, relu, conv3-64, relu, gap, FC-10

    Right:

        input 3x32x32
        conv3-64, relu, conv3-64, relu, gap, FC-10
    """

    id = "odd-channels"
    severity = "note"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Hidden layers that give an odd number of channels."""
        total = min((cost(n.module).macs for n in subject.design.networks), default=0)
        for place in subject.places:
            op = place.op
            if not isinstance(op, (Conv, Linear)) or getattr(op, "connect", None):
                continue
            for site in place.sites:
                n = site.y.channels
                heavy = op.macs(site.node.in_types) * SHARE >= total
                if n % MULTIPLE and heavy and is_hidden(subject, site):
                    low = n - n % MULTIPLE
                    near = f"{low} or {low + MULTIPLE}" if low else str(MULTIPLE)
                    yield self.found(
                        place.span,
                        f"{n} channels are no multiple of {MULTIPLE}",
                        f"{n} = {n // MULTIPLE}*{MULTIPLE} + {n % MULTIPLE}",
                        help=f"{near} fill the tensor cores in half precision",
                    )
                    break


def is_hidden(subject: Subject, site: Site) -> bool:
    """Whether layers with weights follow: the channels of an answer are given."""
    ends = sinks(subject, site, lambda s: s.op.family not in ("conv", "linear", "attention"))
    return any(isinstance(r, Site) for r in ends) and not any(isinstance(r, Output) for r in ends)


class WideningBottleneck(Rule):
    """A 1x1 convolution before a larger one gives more channels than it reads.

    Such a 1x1 is there to make the larger convolution cheap (He et al. 2015; Szegedy et al. 2014).
    Where it widens, the two cost more than the larger one alone on the input. Depthwise and grouped
    convolutions are no finding: before those one does widen.

    Wrong:

        input 64x32x32
        conv1-96(act=relu), conv3-64(act=relu), gap, FC-10

    Right:

        input 64x32x32
        conv1-16(act=relu), conv3-64(act=relu), gap, FC-10
    """

    id = "widening-bottleneck"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """1x1 convolutions that widen wherever they are used, before a dense larger one."""
        for place in subject.places:
            if not (isinstance(place.op, Conv) and place.always(widens)):
                continue
            readers = [r for s in place.sites for r in sinks(subject, s, is_pointwise_step)]
            large = [r for r in readers if isinstance(r, Site) and is_large(r)]
            if large and len(large) == len(readers):
                yield self.report(subject, place, large[0])

    def report(self, subject: Subject, place: Place, large: Site) -> Diagnostic:
        """The finding for a pair."""
        a, b, c = place.site.x.channels, place.site.y.channels, large.y.channels
        n = kernel_of(large)
        return self.found(
            place.span,
            f"this 1x1 convolution widens {a} channels to {b} before `{subject.word(large)}`",
            f"from {a} to {b}",
            notes=(
                f"for each position: {a}*{b} + {n}*{b}*{c} = {a * b + n * b * c:,} multiplications",
                f"without it: {n}*{a}*{c} = {n * a * c:,}",
            ),
            help=f"fewer than {a} channels make it a bottleneck; or take it away",
            others=(Label(large.span, "reads them all"),),
        )


def kernel_of(site: Site) -> int:
    """Elements that a kernel sees."""
    n = 1
    if isinstance(site.op, Convolution):
        for w in site.op.geometry(site.x):
            n *= w.size
    return n


def widens(site: Site) -> bool:
    """Whether a layer is a dense 1x1 convolution to more channels, on a map of several places."""
    op = site.op
    return (
        isinstance(op, Conv)
        and op.groups == 1
        and kernel_of(site) == 1
        and site.y.channels > site.x.channels > 3
        and site.x.numel > site.x.channels
    )


def is_large(site: Site) -> bool:
    """Whether a layer is a dense convolution over several positions, to no more channels."""
    op = site.op
    return isinstance(op, Conv) and op.groups == 1 and kernel_of(site) > 1


def is_pointwise_step(site: Site) -> bool:
    """What stands between the convolutions of a bottleneck."""
    return site.op.family in ("norm", "activation", "dropout")


class LonelyDepthwise(Rule):
    """A depthwise convolution follows another: nothing between them mixes the channels.

    A depthwise convolution sees one channel at a time. What makes up a whole convolution with it is
    a 1x1 behind (Howard et al. 2017). Two in a row with an activation between are two filters of
    the same channel. This is advice.

    Wrong:

        input 8x32x32
        dwconv3, relu, dwconv3, relu, conv1-16, relu, gap, FC-10

    Right:

        input 8x32x32
        dwconv3, relu, conv1-8, relu, dwconv3, relu, conv1-16, relu, gap, FC-10
    """

    id = "lonely-depthwise"
    severity = "note"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Depthwise convolutions that read an activation of another one."""
        for place in subject.places:
            if not place.always(is_depthwise):
                continue
            direct = [m for s in place.sites for m in subject.links.makers(s)]
            acts = all(isinstance(m, Site) and m.op.family == "activation" for m in direct)
            before = [m for s in place.sites for m in sources(subject, s, is_pointwise_step)]
            first = before[0] if before else None
            if acts and all(isinstance(m, Site) and is_depthwise(m) for m in before):
                assert isinstance(first, Site)
                yield self.found(
                    place.span,
                    "no layer mixes the channels between two depthwise convolutions",
                    "sees one channel at a time",
                    help="put a `conv1-…` between them",
                    others=(Label(first.span, "so does this"),),
                )


def is_depthwise(site: Site) -> bool:
    """Whether a convolution has a group for each channel of several."""
    op = site.op
    n = site.x.channels
    return (
        isinstance(op, Convolution)
        and op.name != "sepconv"
        and n > 1
        and (op.channel_groups(site.x) == n)
    )


class ChannelsLast(Rule):
    """The sizes of an input read as height, width, channels; here the channels come first.

    TensorFlow and image files keep the channels last. Looked at are images whose last size is 3, or
    1 where the others are equal, and whose others are at least 16.

    Wrong:

        input 224x224x3
        conv3-8, relu, gap, FC-10

    Right:

        input 3x224x224
        conv3-8, relu, gap, FC-10
    """

    id = "channels-last"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Inputs of networks, each place of the text once."""
        seen = set()
        for network in subject.design.networks:
            for port in network.module.inputs:
                dims, key = port.type.dims, (port.span.file.name, port.span.start)
                if key in seen or port.type.layout != IMAGE or not is_channels_last(dims):
                    continue
                seen.add(key)
                h, w, c = dims
                better = f"{c}x{h}x{w}"
                text, written = port.span.text, f"{h}x{w}x{c}"
                fix: Fix | None = None
                if text.endswith(written):
                    end = port.span.end
                    span = Span(port.span.file, end - len(written), end)
                    fix = Fix(span, better, f"write `{better}`", safety="guess")
                yield self.found(
                    port.span,
                    f"this image has {h} channels, each of {w}x{c}",
                    help=f"channels come first: `{better}` is an image of {h}x{w}",
                    fix=fix,
                )


def is_channels_last(dims: tuple[int, ...]) -> bool:
    """Whether sizes read as height x width x channels of a picture."""
    h, w, c = dims
    return min(h, w) >= 16 and (c == 3 or (c == 1 and h == w))


class SwappedSizes(Rule):
    """A convolution in brackets reads as channels, then kernel; here the kernel comes first.

    PyTorch and Keras name the channels first, so their `Conv2D(64, 3)` is `conv3-64` here, or
    `conv(3, 64)`, and `conv(64, 3)` is a kernel of 64x64 that gives 3 channels. Looked at are two
    numbers by place, of which the first is at least 16 and the second at most 7. Where such a
    kernel is meant, `conv(kernel=64, out=3)` says so.

    Wrong:

        input 3x224x224
        conv(64, 3), relu, gap, FC-10

    Right:

        input 3x224x224
        conv(3, 64), relu, gap, FC-10
    """

    id = "swapped-sizes"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Convolutions of a large kernel and few channels, both given by place."""
        for place in subject.places:
            layer = subject.layer(place.span)
            if layer is None or not isinstance(place.op, Convolution):
                continue
            by_place = [arg.value for arg in layer.args if not arg.name]
            if len(by_place) != 2:
                continue
            first, second = by_place
            if not (isinstance(first, ast.Const) and isinstance(second, ast.Const)):
                continue
            kernel, out = first.value, second.value
            if not (isinstance(kernel, int) and isinstance(out, int)):
                continue
            if kernel < WIDE or out > FEW:
                continue
            span = Span(place.span.file, first.span.start, second.span.end)
            better = f"{second.span.text}, {first.span.text}"
            yield self.found(
                place.span,
                f"this kernel is {kernel} wide, and gives {out} channel{'s' if out > 1 else ''}",
                "the kernel stands first",
                help=f"a kernel of {out} with {kernel} channels is `{place.op.name}{out}-{kernel}`;"
                f" or write `kernel={kernel}, out={out}`, if that is meant",
                fix=Fix(span, better, f"write `{better}`", safety="guess"),
            )
