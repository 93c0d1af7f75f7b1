"""Inlay hints: behind each line of layers the shape that comes out, and its parameters."""

from __future__ import annotations

from archdsl.lsp.facts import Facts, Instance, shape_text
from archdsl.lsp.moves import Moves
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.lsp.document import Document
    from archdsl.lsp.positions import Lines


class Hint:
    """A text behind an offset, with more of it when asked."""

    __slots__ = ("more", "offset", "text")

    def __init__(self, offset: int, text: str, more: str) -> None:
        self.offset = offset
        self.text = text
        self.more = more


def hints(document: Document, start: int = 0, end: int | None = None) -> list[Hint]:
    """The hints of a piece of a text; where a line is broken now, those that it had, as long as
    the line itself has not changed."""
    stop = len(document.text) if end is None else end
    walk = Hints(document.facts, document.lines, start, stop)
    found = [h for h in walk.body(document.tree.body) if start <= h.offset <= stop]
    found.sort(key=lambda h: h.offset)
    old = document.last_good
    if old is None or document.good:
        return found
    have = {h.offset for h in found}
    moves = Moves(old.text, document.text)
    for h in hints(old):
        at = moves.of(h.offset)
        if at is not None and start <= at <= stop and at not in have:
            found.append(Hint(at, h.text, h.more))
    return sorted(found, key=lambda h: h.offset)


class Hints:
    """Walks over the lines of layers of a tree, as far as they touch a range."""

    __slots__ = ("end", "facts", "lines", "start")

    def __init__(self, facts: Facts, lines: Lines, start: int, end: int) -> None:
        self.facts = facts
        self.lines = lines
        self.start = start
        self.end = end

    def body(self, stmts: tuple[ast.Stmt, ...]) -> Iterator[Hint]:
        """Statements."""
        for s in stmts:
            if s.span.end < self.start or s.span.start > self.end:
                continue
            match s:
                case ast.Line() | ast.Output():
                    yield from self.chain(s.steps)
                case ast.Block() | ast.Network():
                    yield from self.body(s.body)
                case ast.Table():
                    for row in s.rows:
                        yield from self.row(row)

    def chain(self, steps: tuple[ast.Step, ...]) -> Iterator[Hint]:
        """Steps that follow each other: a hint behind the last of each line of the text."""
        pending: list[ast.Step] = []
        for i, step in enumerate(steps):
            yield from self.inside(step)
            if not isinstance(step, (ast.If, ast.For)):
                pending.append(step)
            after = steps[i + 1] if i + 1 < len(steps) else None
            if after is None or self.line(step.span.end) != self.line(after.span.start):
                yield from self.hint(pending)
                pending = []

    def inside(self, step: ast.Step) -> Iterator[Hint]:
        """What stands inside a step: where it takes several lines, and in every `if` and `for`."""
        lines = self.line(step.span.start) != self.line(step.span.end)
        match step:
            case ast.Layer() if step.branches is not None and lines:
                for branch in step.branches:
                    for line in branch.lines:
                        yield from self.chain(line.steps)
            case ast.Group() if lines:
                yield from self.body(step.body)
            case ast.If():
                for _, group in step.arms:
                    yield from self.body(group.body)
                if step.otherwise is not None:
                    yield from self.body(step.otherwise.body)
            case ast.For():
                yield from self.body(step.body.body)

    def row(self, row: ast.Row) -> Iterator[Hint]:
        """A row of a table: one call, one line for all columns, or a line for each."""
        called = self.facts.at(row.span)
        chains = [[called]] if called else []
        for cell in row.cells if not called else ():
            if cell.line is not None:
                chains.append([self.facts.of(step) for step in cell.line.steps])
        chains = [chain for chain in chains if chain[-1]]
        if chains:
            yield describe(row.span.end, chains)

    def hint(self, steps: list[ast.Step]) -> Iterator[Hint]:
        """The hint behind some steps."""
        if all(isinstance(s, ast.Ref) for s in steps):
            return
        found = [self.facts.of(s) for s in steps]
        if found[-1]:
            yield describe(steps[-1].span.end, [found])

    def line(self, offset: int) -> int:
        """The line of an offset."""
        return self.lines.line_of(offset)


def describe(offset: int, chains: list[list[list[Instance]]]) -> Hint:
    """The hint for chains of steps (one, or one a column) with the instances of each step: the
    shapes that the last steps give, and the parameters that a chain holds."""
    last = [one for chain in chains for one in chain[-1]]
    text = ranged(list(dict.fromkeys(shape_text(one.given) for one in last)))
    held = [n for chain in chains for n in held_by(chain)]
    if any(held):
        low, high = min(held), max(held)
        text += f" · {low:,}" if low == high else f" · {low:,} … {high:,}"
        text += " params"
    times = {one.repeats for one in last}
    if len(times) == 1 and max(times) > 1:
        text += f" ×{max(times)}"
    return Hint(offset, text, "\n".join(tooltip(last)))


def held_by(steps: list[list[Instance]]) -> list[int]:
    """The parameters of a chain, for each instance; the range where the instances differ."""
    counts = {len(found) for found in steps}
    if len(counts) == 1:
        return [sum(one.cost.params for one in ones) for ones in zip(*steps, strict=True)]
    low = sum(min((o.cost.params for o in found), default=0) for found in steps)
    high = sum(max((o.cost.params for o in found), default=0) for found in steps)
    return [low, high]


def ranged(shapes: list[str]) -> str:
    """One shape, two, or the ends of many."""
    if len(shapes) <= 2:
        return " | ".join(shapes)
    return f"{shapes[0]} … {shapes[-1]} ({len(shapes)} shapes)"


def tooltip(found: list[Instance]) -> list[str]:
    """A line for each of the first instances."""
    lines = []
    for one in found[:6]:
        where = f"in `{one.where}`: " if one.where else ""
        lines.append(
            f"{where}{shape_text(one.entered)} → {shape_text(one.given)}, "
            f"{one.cost.params:,} parameters, {one.cost.total_macs:,} MACs"
        )
    if len(found) > 6:
        lines.append(f"and {len(found) - 6} more")
    return lines


def render(document: Document) -> str:
    """A text with its hints behind `▸`, as an editor shows them."""
    out = []
    by_line: dict[int, list[Hint]] = {}
    for h in hints(document):
        by_line.setdefault(document.lines.line_of(h.offset), []).append(h)
    for number, start in enumerate(document.lines.starts):
        text = document.text[start : document.lines.ends[number]]
        for h in reversed(by_line.get(number, [])):
            at = h.offset - start
            text = f"{text[:at]} ▸ {h.text}{text[at:]}"
        out.append(text)
    return "\n".join(out)
