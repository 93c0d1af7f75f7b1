"""Where elaboration stands: the run as a whole, and the place in the text that it has reached."""

from __future__ import annotations

import re

from archdsl.analysis.cost import Costs
from archdsl.diagnostics.errors import ArchError
from archdsl.diagnostics.model import Diagnostic, Fix, Label
from archdsl.elaborate.errors import Limit
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.values import Flow, Poison, Tensor
from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archdsl.elaborate.plan import Plan
    from archdsl.elaborate.values import BlockRef
    from archdsl.elaborate.watch import Watch
    from archdsl.ir.model import Module
    from archdsl.ops.base import Kind
    from archdsl.source import SourceFile
    from archdsl.tensor import TensorType


MAX_CALLS = 4  # calls that a message shows
MAX_ERRORS = 200  # nobody reads more, and finding what was meant takes time for each


WORK = 40  # list elements that each step of the limit allows; a round of a loop counts as ROUND
ROUND = 10


class Limits:
    """Bounds on what a spec may ask for; each can be raised by a flag."""

    __slots__ = ("depth", "modules", "steps")

    def __init__(self, steps: int = 120_000, modules: int = 10_000, depth: int = 64) -> None:
        self.steps = steps  # steps elaborated, a repeat of one shape counting once
        self.modules = modules  # distinct modules
        self.depth = depth  # blocks, groups and brackets inside each other


class Located(Exception):
    """An error of the spec with its place: caught at the step that it belongs to."""

    def __init__(
        self,
        error: ArchError,
        span: Span,
        secondary: tuple[Label, ...] = (),
        fix: Fix | None = None,
        once: object = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.span = span
        self.secondary = secondary
        self.fix = fix
        self.once = once  # errors of one cause, which is told once


class Silent(Exception):
    """Something here depends on a mistake that is reported already."""


class Frame:
    """A call, a repeat or a member of a family on the way to where elaboration stands."""

    __slots__ = ("key", "name", "outer", "span", "words")

    def __init__(
        self, name: str, span: Span, outer: Frame | None, key: object, words: str = ""
    ) -> None:
        self.name = name
        self.span = span
        self.outer = outer
        self.key = key
        self.words = words or (f"in this call of `{name}`" if name else "in this repeat")


class Run:
    """All that one elaboration shares: diagnostics, modules made so far, limits, files."""

    __slots__ = (
        "below",
        "blocks",
        "costs",
        "counts",
        "diagnostics",
        "files",
        "inferred",
        "input",
        "limits",
        "looked",
        "lost",
        "members",
        "modules",
        "networks",
        "open_calls",
        "ops",
        "origins",
        "plans",
        "read",
        "reshaped",
        "seen",
        "steps",
        "watch",
        "words",
        "work",
    )

    def __init__(
        self, limits: Limits, read: Callable[[str, SourceFile, bool], SourceFile | str]
    ) -> None:
        self.limits = limits
        self.read = read  # (path, file that asks, standard library?) -> file, or what is wrong
        self.costs = Costs()
        self.counts: dict[tuple[Module, str], int] = {}  # layers of a kind in a module
        self.diagnostics: list[Diagnostic] = []
        self.modules: dict[object, Module | None] = {}  # None: being made, or broken
        self.plans: dict[int, Plan] = {}  # by the `id` of a body's statements
        self.reshaped = 0  # modules of repetitions whose shape differs from the one before
        self.open_calls: dict[object, Frame] = {}
        self.networks: dict[str, object] = {}
        self.members: tuple[str, ...] = ()  # names of the networks that the file builds
        self.origins: dict[int, int] = {}
        self.ops: dict[object, Kind] = {}
        self.inferred: dict[object, tuple[TensorType, ...]] = {}
        self.words: dict[str, tuple[type[Kind], str] | None] = {}
        self.files: dict[str, Scope] = {}
        self.below: dict[int, dict[str, list[int]]] = {}  # where a file has labels, by its `id`
        self.seen: set[object] = set()
        self.blocks: list[BlockRef] = []  # those that the file itself defines
        self.looked: set[int] = set()  # origins of those that were read without a tensor
        self.lost: set[str] = set()  # words of statements that could not be read
        self.input: tuple[int, ...] | None = None  # sizes that the caller gives the first input
        self.steps = 0
        self.work = 0  # rounds of loops, and elements of lists that expressions went over
        self.watch: Watch | None = None  # who looks on

    def origin(self, node: object) -> int:
        """A small number for a piece of the tree."""
        return self.origins.setdefault(id(node), len(self.origins))

    def may_be_lost(self, text: str) -> bool:
        """Whether what could not be read may have defined a name in this text."""
        lost = self.lost
        return "*" in lost or text in lost or not lost.isdisjoint(WORD.findall(text))

    def spend(self, count: int, span: Span) -> None:
        """Counts work that makes no layers; raises Stop where it passes its limit."""
        self.work += count
        if self.work > WORK * self.limits.steps:
            problem = Limit(
                f"loops and lists go over more than {WORK * self.limits.steps:,} elements",
                help=f"`--limit steps=N` allows more: {WORK} a step, {ROUND} for a round of a loop",
            )
            self.report(Located(problem, span))
            raise Stop

    def report(self, problem: Located, frame: Frame | None = None) -> None:
        """Adds the diagnostic, once for one place; raises Stop where there are too many."""
        span = problem.span
        if self.lost and problem.error.id in OF_NAMES and self.may_be_lost(span.text):
            return  # a statement that could not be read may have said it
        key = (id(span.file), span.start, problem.error.id)
        if key in self.seen or (problem.once is not None and problem.once in self.seen):
            return
        self.seen.update((key, problem.once))
        secondary = [*problem.secondary, *called_from(frame, (span, problem.secondary))]
        error = problem.error
        self.diagnostics.append(
            Diagnostic(
                error.id,
                error.message,
                Label(span, error.label),
                tuple(secondary),
                error.notes,
                error.help,
                problem.fix,
            )
        )
        if len(self.diagnostics) >= MAX_ERRORS:
            raise Stop


def called_from(frame: Frame | None, shown: tuple[Span, tuple[Label, ...]]) -> Iterator[Label]:
    """The calls on the way to a mistake, each place once: the nearest, and the outermost one."""
    seen = {(id(s.file), s.start) for s in (shown[0], *(label.span for label in shown[1]))}
    frames = []
    while frame is not None:
        place = (id(frame.span.file), frame.span.start)
        if place not in seen:
            seen.add(place)
            frames.append(frame)
        frame = frame.outer
    for one in frames if len(frames) <= MAX_CALLS else [*frames[: MAX_CALLS - 1], frames[-1]]:
        yield Label(one.span, one.words)


class Context:
    """One place: what names mean here, which graph grows, what entered, which calls led here."""

    __slots__ = ("depth", "entry", "first", "frame", "graph", "network", "run", "scope")

    def __init__(
        self,
        run: Run,
        scope: Scope,
        graph: Graph,
        entry: Flow | None,
        frame: Frame | None,
        network: bool = False,
        depth: int = 0,
    ) -> None:
        self.run = run
        self.scope = scope
        self.graph = graph
        self.entry = entry  # what `c` and `@in` speak of
        self.frame = frame
        self.network = network  # in a network's own body, outside of brackets
        self.depth = depth
        self.first: bool | None = None  # in the arguments of a repeated call: the first time?

    def inside(
        self, entry: Flow | None = None, graph: Graph | None = None, scope: Scope | None = None
    ) -> Context:
        """The same place with another entering tensor, graph or scope: one level deeper."""
        inner = Context(
            self.run,
            scope or self.scope,
            graph or self.graph,
            entry if entry is not None else self.entry,
            self.frame,
            self.network and entry is None,
            self.depth + 1,
        )
        if inner.depth > self.run.limits.depth:
            raise TooDeep
        return inner

    def report(self, problem: Located) -> Poison:
        """Reports, and gives what stands for the tensor that could not be made."""
        from archdsl.elaborate.values import POISON

        self.run.report(problem, self.frame)
        self.graph.broken = True
        return POISON


# Errors that say that a name stands for nothing, or is none.
OF_NAMES = frozenset(
    (
        *("unknown-layer", "unknown-name", "unknown-tensor", "unknown-network"),
        *("bad-use", "bad-share", "reserved-word"),
    )
)
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Stop(Exception):
    """A limit of the whole run is passed: nothing more is elaborated."""


class TooDeep(Exception):
    """Blocks, groups or brackets nest beyond the limit; the step around says where."""


def origin_label(tensor: Tensor, word: str = "this") -> Label:
    """Where an operand was made and what it is."""
    return Label(tensor.span, f"{word} is {tensor.type}")
