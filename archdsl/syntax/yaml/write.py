"""A tree as data: its statements as mappings, its layers as texts of the canonical layout."""

from __future__ import annotations

import itertools
from textwrap import dedent

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.yaml.data import Around, Data, Items, Pairs, Words
from archdsl.syntax.yaml.keys import HEADS, LINE, NAMED, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NESTING = 20  # bodies and branches in each other; what lies deeper is a text


class Writer:
    """Goes through a tree that was parsed from its canonical text, `written`.

    `check` is asked of each statement's data whether it says the statement; where it does not,
    the statement is written as a text. `docs` says that documentation is data as well.
    """

    __slots__ = ("check", "comments", "depth", "docs", "next", "text")

    def __init__(
        self,
        tree: ast.File,
        docs: bool = False,
        check: Callable[[Items, ast.Stmt], bool] | None = None,
    ) -> None:
        self.text = tree.source.text
        self.comments = tree.comments
        self.check = check
        self.docs = docs
        self.next = 0
        self.depth = 0

    def document(self, tree: ast.File) -> Pairs:
        """All of it: what the file begins with stands above the version."""
        body = self.body(tree.body, 0, len(self.text))
        body.flow = False
        made = Pairs()
        around = Around()
        if body.items and not self.docs:
            around = split_head(body)
        made.add("archdsl", Words(str(VERSION)), around)
        made.add("body", body)
        return made

    # --- comments and empty lines -----------------------------------------------------------

    def take(self, before: int) -> list[Span]:
        """The comments that begin before an offset."""
        first = self.next
        while self.next < len(self.comments) and self.comments[self.next].start < before:
            self.next += 1
        return self.comments[first : self.next]

    def is_own(self, at: int) -> bool:
        """Whether nothing stands before an offset in its line."""
        return not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip()

    def is_blank_above(self, at: int) -> bool:
        """Whether the line above that of an offset is empty."""
        start = self.text.rfind("\n", 0, at) + 1
        return self.text[:start].endswith("\n\n") and self.is_own(at)

    def above(self, spans: list[Span]) -> tuple[tuple[str, bool], ...]:
        """Comments as lines."""
        return tuple((c.text.rstrip(), self.is_blank_above(c.start)) for c in spans)

    def beside(self, end: int) -> str:
        """The comment behind a statement, in its line."""
        if self.next < len(self.comments):
            comment = self.comments[self.next]
            if not self.text[end : comment.start].strip(" \t"):
                self.next += 1
                return comment.text.rstrip()
        return ""

    # --- bodies -----------------------------------------------------------------------------

    def body(self, stmts: tuple[ast.Stmt, ...], start: int, end: int) -> Items:
        """Statements between two offsets, with their comments."""
        made = Items(flow="\n" not in self.text[start:end])
        self.depth += 1
        if stmts and self.next < len(self.comments):
            first = self.comments[self.next]
            if first.start < stmts[0].span.start and not self.is_own(first.start):
                made.head = first.text.rstrip()
                self.next += 1
        lets: Pairs | None = None
        for stmt in stmts:
            comments = self.take(stmt.span.start)
            around = Around(self.above(comments), self.is_blank_above(stmt.span.start))
            if isinstance(stmt, ast.Let) and lets is not None and stmt.name.name not in lets.keys:
                item = self.statement(stmt, around)
                if isinstance(item, Pairs):
                    around.beside = self.beside(stmt.span.end)
                    inner = item.pairs[0][2]
                    assert isinstance(inner, Pairs)
                    lets.add(inner.pairs[0][1], inner.pairs[0][2], around)
                    continue
            else:
                item = self.statement(stmt, around)
            lets = None
            if isinstance(stmt, ast.Let) and isinstance(item, Pairs):
                inner = item.pairs[0][2]
                lets = inner if isinstance(inner, Pairs) else None
                if lets is not None:  # what stands beside the first of several is beside its pair
                    lets.pairs[0][0].beside = self.beside(stmt.span.end)
            elif not isinstance(item, Words):
                around.beside = self.beside(stmt.span.end)
            made.add(item, around)
        made.tail = self.above(self.take(end))
        self.depth -= 1
        return made

    def statement(self, stmt: ast.Stmt, around: Around) -> Data:
        """A statement as data, or as a text where data cannot hold its layout and comments."""
        first = self.next
        item = self.data(stmt, around) if self.depth <= MAX_NESTING else None
        inside = self.next < len(self.comments) and (self.comments[self.next].start < stmt.span.end)
        if item is not None and not inside and self.check is not None:
            alone = Items(False)
            alone.add(item)
            inside = not self.check(alone, stmt)
        if item is None or inside:
            self.next = first
            return self.whole(stmt, around)
        if isinstance(item, Words):
            around.beside = self.beside(stmt.span.end)
            if around.beside and "\n" in item.text:
                item.text += f"    {around.beside}"
                around.beside = ""
        return item

    def whole(self, stmt: ast.Stmt, around: Around) -> Words:
        """A statement as a text, with the comments in it, beside it, and those that document it."""
        self.take(stmt.span.end)
        text = self.slice(stmt.span.start, stmt.span.end)
        behind = self.beside(stmt.span.end)
        doc = getattr(stmt, "doc", "")
        count = len(doc.split("\n")) if doc else 0
        docs = [f"{c}\n" for c, _ in around.above[len(around.above) - count :]]
        if docs:
            around.blank = around.above[-count][1]
            around.above = around.above[:-count]
        return Words("".join(docs) + text + (f"    {behind}" if behind else ""))

    def data(self, stmt: ast.Stmt, around: Around) -> Data | None:
        """A statement as data; None where only a text will do."""
        from archdsl.syntax.yaml.write_statements import write_statement

        if isinstance(stmt, ast.Line):
            return self.line(stmt)
        return write_statement(self, stmt, around)

    def slice(self, start: int, end: int) -> str:
        """A piece of the text, moved to the left as far as its first line stands to the right."""
        piece = self.text[start:end]
        if "\n" not in piece:
            return piece
        indent = start - self.text.rfind("\n", 0, start) - 1
        return dedent(" " * indent + piece).strip()

    def words(self, node: ast.Node) -> Words:
        """A node as a text."""
        return Words(self.slice(node.span.start, node.span.end))

    def value(self, e: ast.Expr) -> Data:
        """A value: a list on one line as a list, all else as a text."""
        text = e.span.text
        if not isinstance(e, ast.ListExpr) or e.dims or text[0] != "[" or "\n" in text:
            return self.words(e)
        made = Items()
        for item in e.items:
            made.add(self.value(item))
        return made

    # --- lines and steps --------------------------------------------------------------------

    def line(self, line: ast.Line) -> Data | None:
        """A line: a text where all its steps are leaves."""
        if self.depth > MAX_NESTING:
            return self.words(line)
        first, last = line.steps[0].span.start, line.steps[-1].span.end
        label = self.label(line)
        if all(map(is_leaf, line.steps)):
            text = Words(self.slice(first, last))
            if not label:
                return text
            made = Pairs()
            if label in HEADS or label in (*NAMED, LINE):
                made.add(LINE, Words(label))
                made.add("steps", text)
            else:
                made.add(label, text)
            return made
        made = Pairs()
        if label:
            made.add(LINE, Words(label))
        if len(line.steps) == 1:
            step = line.steps[0]
            assert not isinstance(step, ast.Ref)
            made.pairs += self.step(step).pairs
            return made
        steps = self.steps(line.steps)
        if steps is None:
            return None
        made.add("steps", steps)
        return made

    def label(self, line: ast.Line | ast.Output) -> str:
        """`stem` or `y[i]`."""
        name = line.label if isinstance(line, ast.Line) else line.name
        if name is None:
            return ""
        return name.name + (f"[{line.index.span.text}]" if line.index is not None else "")

    def steps(self, steps: tuple[ast.Step, ...]) -> Data | None:
        """Steps: runs of leaves as texts; None where line ends stand between some of them only."""
        if all(map(is_leaf, steps)):
            return Words(self.slice(steps[0].span.start, steps[-1].span.end))
        runs: list[list[ast.Step]] = []
        for step in steps:
            if runs and is_leaf(step) and is_leaf(runs[-1][-1]):
                runs[-1].append(step)
            else:
                runs.append([step])
        breaks = {
            "\n" in self.text[a[-1].span.end : b[0].span.start] for a, b in itertools.pairwise(runs)
        }
        whole = self.text[steps[0].span.start : steps[-1].span.end]
        if len(breaks) > 1 or (breaks == {False} and "\n" in whole):
            return None
        made = Items(flow=breaks == {False})
        for run in runs:
            step = run[0]
            if is_leaf(step):
                made.add(Words(self.slice(step.span.start, run[-1].span.end)))
            else:
                assert not isinstance(step, ast.Ref)
                made.add(self.step(step))
        return made

    def step(self, step: ast.Layer | ast.Group | ast.If | ast.For) -> Pairs:
        """A step that holds others."""
        made = Pairs()
        if isinstance(step, ast.Layer):
            self.layer(step, made)
        elif isinstance(step, ast.Group):
            made.add("group", self.braces(step))
            self.repeat(step.repeat, made)
        elif isinstance(step, ast.If):
            self.choice(step, made)
        else:
            made.add("for", Words(step.name.name))
            made.add("in", self.value(step.values))
            made.add("do", self.braces(step.body))
        return made

    def braces(self, group: ast.Group) -> Items:
        """The body of a group."""
        span = group.span
        end = self.text.rfind(
            "}", span.start, group.repeat.span.start if group.repeat else span.end
        )
        return self.body(group.body, span.start + 1, end)

    def layer(self, layer: ast.Layer, made: Pairs) -> None:
        """A layer with branches."""
        name = layer.name.name
        if layer.tails or name in HEADS or name in (*NAMED, LINE):
            end = layer.head.end
            made.add("layer", Words(self.slice(layer.span.start, end)))
        else:
            made.add(name, self.args(layer.args) if layer.args else None)
        if layer.branches is not None:
            self.branches(layer.branches, made)
        self.repeat(layer.repeat, made)

    def branches(self, branches: tuple[ast.Branch, ...], made: Pairs) -> None:
        """A branch an item; one of several lines is a list of them."""
        start, end = branches[0].span.start, branches[-1].span.end
        start = self.text.rfind("[", 0, start)
        end = self.text.find("]", end)
        found = Items(flow="\n" not in self.text[start:end])
        self.depth += 1
        for branch in branches:
            lines = [self.line(n) or self.words(n) for n in branch.lines]
            if len(lines) == 1 and not isinstance(lines[0], Items):
                found.add(lines[0])
                continue
            several = Items(found.flow)
            for one in lines:
                several.add(one)
            found.add(several)
        self.depth -= 1
        made.add("branches", found)

    def repeat(self, repeat: ast.Repeat | None, made: Pairs) -> None:
        """`repeat`, with `shared`."""
        if repeat is not None:
            made.add("repeat", self.words(repeat.count))
            if repeat.shared:
                made.add("shared", Words("true"))

    def choice(self, step: ast.If, made: Pairs) -> None:
        """The arms of an `if`."""
        others = Items(False)
        for i, (cond, group) in enumerate(step.arms):
            arm = made if i == 0 else Pairs()
            arm.add("if", self.words(cond))
            arm.add("then", self.braces(group))
            if i:
                others.add(arm)
        if others.items:
            made.add("elif", others)
        if step.otherwise is not None:
            made.add("else", self.braces(step.otherwise))

    # --- arguments --------------------------------------------------------------------------

    def args(self, args: tuple[ast.Arg, ...]) -> Data:
        """Arguments: a mapping where all have names, else a list."""
        names = [a.name for a in args]
        if all(names) and len(set(names)) == len(names):
            made = Pairs(flow=True)
            for arg in args:
                made.add(arg.name, self.value(arg.value))
            return made
        found = Items()
        for arg in args:
            value = self.value(arg.value)
            if arg.name:
                pair = Pairs(flow=True)
                pair.add(arg.name, value)
                found.add(pair)
            else:
                found.add(value)
        return found


def is_leaf(step: ast.Step) -> bool:
    """Whether a step is a text: a tensor, or a layer without branches."""
    return isinstance(step, ast.Ref) or (isinstance(step, ast.Layer) and step.branches is None)


def split_head(body: Items) -> Around:
    """What the file begins with, up to its last empty line; the rest stays in the body."""
    around, first = body.items[0]
    above = around.above
    cuts = [i for i, (_, blank) in enumerate(above) if blank and i]
    cut = len(above) if around.blank else max(cuts, default=0)
    if not cut:
        return Around()
    kept = above[cut:]
    kept = ((kept[0][0], False), *kept[1:]) if kept else ()
    body.items[0] = (Around(kept, False, around.beside), first)
    return Around(above[:cut], True)
