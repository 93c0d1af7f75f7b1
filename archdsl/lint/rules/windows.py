"""Windows: positions that none looks at, rows that fall off, kernels without a middle."""

from __future__ import annotations

from archdsl.lint.links import Site
from archdsl.lint.rule import Rule
from archdsl.ops.classic import Subsample
from archdsl.ops.conv import Convolution
from archdsl.ops.deconv import Deconv
from archdsl.ops.pool import Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.ir.model import Module, Value
    from archdsl.lint.subject import Place, Subject
    from archdsl.ops.window import Window

AXIS_WORDS = {"h": "row", "w": "column", "l": "position", "t": "frame"}


class Slide:
    """A window on one axis: its letter, the size of the input, how many places it takes."""

    __slots__ = ("letter", "out", "size", "window")

    def __init__(self, letter: str, window: Window, size: int, out: int) -> None:
        self.letter = letter
        self.window = window
        self.size = size
        self.out = out

    @property
    def reached(self) -> int:
        """Elements from the first to the last that a window reaches, at most all."""
        end = (self.out - 1) * self.window.stride + self.window.extent - self.window.before
        return min(self.size, end)

    @property
    def skips(self) -> bool:
        """Whether elements lie between two windows, or past the last one of such a row."""
        w = self.window
        return w.stride > w.extent and self.size > w.extent - w.before


def slides(site: Site) -> list[Slide]:
    """The windows of a convolution or a pool, axis by axis; none for other layers."""
    op, x, y = site.op, site.x, site.y
    if not isinstance(op, (Convolution, Pool, Subsample)) or isinstance(op, Deconv):
        return []
    found = zip(x.axes[1:], op.geometry(x), x.spatial, y.spatial, strict=True)
    return [Slide(*parts) for parts in found]


class SkippedPositions(Rule):
    """A stride is larger than its kernel, and nobody looks at what lies between the windows.

    A 1x1 convolution with stride 2 reads one position of four. As a shortcut beside a body that
    reads them all that is usual, and no finding; alone it throws three quarters of the tensor away.

    Wrong:

        input 3x32x32
        conv3-8, relu, conv1-16/2, relu, gap, FC-10

    Right:

        input 3x32x32
        conv3-8, relu, conv3-16/2, relu, gap, FC-10
    """

    id = "skipped-positions"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Windows that skip, where all that reads the same tensor skips as well."""
        known: dict[tuple[Module, Value], bool] = {}  # whether all that reads a tensor skips
        for place in subject.places:
            for site in place.sites:
                skipped = [s for s in slides(site) if s.skips]
                if not skipped:
                    continue
                key = (site.module, site.node.inputs[0])
                if key not in known:
                    known[key] = all(map(skips, subject.links.beside(site)))
                if known[key]:
                    yield self.report(subject, place, site, skipped)
                    break

    def report(
        self, subject: Subject, place: Place, site: Site, skipped: list[Slide]
    ) -> Diagnostic:
        """The finding for a layer."""
        total, kept = site.x.numel // site.x.channels, 1
        for s in slides(site):
            kept *= min(s.out * s.window.extent, s.size) if s.skips else s.size
        s = skipped[0]
        return self.found(
            place.span,
            f"`{subject.word(site)}` steps by {s.window.stride} with a kernel that spans"
            f" {s.window.extent}: what lies between is never looked at",
            f"sees {kept:,} of {total:,} positions",
            help=f"take a kernel of at least {s.window.stride}, or pool first",
        )


def skips(reader: object) -> bool:
    """Whether a reader leaves positions out; an output of the network shows them all."""
    return isinstance(reader, Site) and any(s.skips for s in slides(reader))


class DroppedRows(Rule):
    """The windows do not reach the end of their input: its last rows or columns are never seen.

    A size is rounded down, so a 2x2 pool makes 6x6 of 13x13 and drops the last row and the last
    column. `ceil=true` keeps them in a pool, `pad=1` or another kernel in a convolution; or the
    input is one that divides. Where a paper does so, say that: `# lint: allow dropped-rows`.

    Wrong:

        input 1x13x13
        conv3-8, relu, maxpool, FC-10

    Right:

        input 1x13x13
        conv3-8, relu, maxpool(ceil=true), FC-10
    """

    id = "dropped-rows"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Windows that end before their input does."""
        for place in subject.places:
            for site in place.sites:
                dropped = [s for s in slides(site) if s.reached < s.size and not s.skips]
                if dropped:
                    yield self.report(subject, place, site, dropped)
                    break

    def report(
        self, subject: Subject, place: Place, site: Site, dropped: list[Slide]
    ) -> Diagnostic:
        """The finding for a layer."""
        lost = " and ".join(dict.fromkeys(last_words(s) for s in dropped))
        notes = []
        for s in dropped:
            w = s.window
            notes.append(
                f"{s.letter}: {w.arithmetic(s.size)} windows, the last one ends at"
                f" {s.reached} of {s.size}"
            )
        pool = isinstance(site.op, Pool) and site.op.pad not in ("same", "tf-same")
        way = "write `ceil=true`, or" if pool else "pad more, or"
        one = len(dropped) == 1 and dropped[0].size - dropped[0].reached == 1
        verb = "is" if one else "are"
        return self.found(
            place.span,
            f"{lost} of {site.x} {verb} never looked at",
            f"`{subject.word(site)}` gives {site.y}",
            notes=tuple(notes),
            help=f"{way} take an input that the windows fill",
        )


def last_words(s: Slide) -> str:
    """What is lost on one axis: `the last row`, `the last 2 columns`."""
    n, word = s.size - s.reached, AXIS_WORDS[s.letter]
    return f"the last {word}" if n == 1 else f"the last {n} {word}s"


class LopsidedPadding(Rule):
    """A kernel of even size is padded to keep the size: more on one side than on the other.

    An even kernel has no middle, so `pad=same` puts one element more at the end than at the
    beginning, and the maps move by half an element with every such layer.

    Wrong:

        input 3x32x32
        conv4-8(pad=same), relu, gap, FC-10

    Right:

        input 3x32x32
        conv5-8, relu, gap, FC-10
    """

    id = "lopsided-padding"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Even kernels of stride 1 with unequal padding."""
        for place in subject.places:
            for s in slides(place.site):
                w = s.window
                if w.size % 2 == 0 and w.stride == 1 and w.before != w.after:
                    yield self.found(
                        place.span,
                        f"a kernel of {w.size} has no middle: the padding is {w.before} before and"
                        f" {w.after} after",
                        f"even kernel, pad={getattr(place.op, 'pad', '')}",
                        help=f"take a kernel of {w.size + 1} or {w.size - 1}, or stride"
                        f" {w.size // 2} with `pad={max(w.size // 4, 0)}`"
                        if w.size % 4 == 0
                        else f"take a kernel of {w.size + 1} or {w.size - 1}",
                    )
                    break
