"""The YAML form as text of the language: what YAML lays out in lines stands in lines there too.

A list in brackets is on one line of the text, one with `-` for each item takes a line an item,
so that nothing of a layout is lost on the way there and back. The formatter does the rest.
"""

from __future__ import annotations

from archdsl.source import Span
from archdsl.syntax.yaml.keys import LINE, NAMED, STATEMENTS, find_head
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence
from archdsl.syntax.yaml.notes import Notes
from archdsl.syntax.yaml.phrases import args, phrase, repeat, value


def transcribe(root: Mapping, comments: list[Span], scalars: list[Scalar]) -> str:
    """The text of a document that the reader finds nothing wrong with."""
    body = root.get("body")
    assert isinstance(body, Sequence)
    notes = Notes(body.file, comments, [s.start for s in scalars])
    writer = Transcriber(notes)
    writer.notes.version = root.key("archdsl").start
    writer.body(body)
    writer.pass_comments(len(body.file.text) + 1)
    return "".join(writer.parts)


class Transcriber:
    """Writes one text, from the first line to the last."""

    __slots__ = ("fresh", "notes", "parts", "table")

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.parts: list[str] = []
        self.fresh = True  # nothing stands on the open line
        self.table = False  # the statement above is a table

    def put(self, text: str) -> None:
        """Text on the open line."""
        self.parts.append(text)
        self.fresh = False

    def newline(self) -> None:
        """Ends the open line, if anything stands on it."""
        if not self.fresh:
            self.parts.append("\n")
            self.fresh = True

    def pass_comments(self, before: int) -> None:
        """Comments that begin before an offset, each beside the open line or on its own."""
        for comment in self.notes.take(before):
            if comment.own:
                self.newline()
                if comment.blank:
                    self.parts.append("\n")
            self.put(comment.text if comment.own else f"    {comment.text}")
            self.newline()

    # --- bodies and statements --------------------------------------------------------------

    def body(self, items: Node) -> None:
        """Statements, each on a line of its own."""
        assert isinstance(items, Sequence)
        for item in items.items:
            self.pass_comments(item.start)
            self.newline()
            if self.notes.is_blank_above(item.start):
                self.parts.append("\n")
                self.table = False
            self.statement(item)
            self.table = isinstance(item, Mapping) and "table" in item.index
        self.pass_comments(self.notes.end_of(items))

    def braces(self, items: Node) -> None:
        """`{ … }`: on one line only what stands in brackets there, and is one statement."""
        assert isinstance(items, Sequence)
        self.put("{")
        if items.flow and len(items.items) < 2 and not any(map(may_comment, items.items)):
            for item in items.items:
                self.put(" ")
                self.statement(item)
                self.put(" ")
        else:
            self.pass_comments(items.items[0].start if items.items else items.start)
            self.newline()
            self.body(items)
            self.newline()
        self.put("}")

    def statement(self, node: Node) -> None:
        """One statement, without its line end."""
        head = find_head(node) if isinstance(node, Mapping) else ""
        if not isinstance(node, Mapping) or head not in STATEMENTS:
            self.line(node)
            return
        doc = node.get("doc")
        if isinstance(doc, Scalar) and not doc.empty:
            for line in doc.value.strip("\n").splitlines():
                self.put(f"## {line.strip()}".rstrip())
                self.newline()
        getattr(self, f"write_{head}")(node, node.index[head][1])

    def write_network(self, node: Mapping, name: Node) -> None:
        """A network, or one of a family."""
        base, body = node.get("of"), node.get("body")
        if base is not None:
            self.put(f"network {phrase(name)} = {phrase(base)}{args(node.get('args'))}")
        elif body is not None:
            self.put(f"network {phrase(name)}{args(node.get('params'))} ")
            self.braces(body)

    def write_block(self, node: Mapping, name: Node) -> None:
        """A block."""
        body = node.get("body")
        assert body is not None
        self.put(f"block {phrase(name)}{args(node.get('params'))} ")
        self.braces(body)

    def write_input(self, node: Mapping, sizes: Node) -> None:
        """An input."""
        name, layout = node.get("name"), node.get("layout")
        self.put("input ")
        self.put(f"{phrase(name)}: " if name is not None else "")
        self.put(f"{phrase(layout)} " if layout is not None else "")
        if isinstance(sizes, Sequence):
            parts = [value(n) for n in sizes.items]
            digits = all(p.isdigit() for p in parts)
            self.put("x".join(parts) if digits else " x ".join(f"({p})" for p in parts))
        else:
            self.put(phrase(sizes))

    def write_default(self, node: Mapping, kinds: Node) -> None:
        """Defaults."""
        if isinstance(kinds, Sequence):
            words = " + ".join(map(phrase, kinds.items))
        else:
            words = phrase(kinds)
        self.put(f"default {words} {args(node.get('args')) or '()'}")

    def write_let(self, node: Mapping, pairs: Node) -> None:
        """Values, a line each."""
        assert isinstance(pairs, Mapping)
        for i, (key, item) in enumerate(pairs.pairs):
            if i:
                self.pass_comments(key.start)
                self.newline()
                if self.notes.is_blank_above(key.start):
                    self.parts.append("\n")
            self.put(f"let {phrase(key)} = {value(item)}")

    def write_use(self, node: Mapping, path: Node) -> None:
        """Blocks of another file."""
        from archdsl.syntax.yaml.statements import STD_PATH

        names = node.get("names")
        file = path.get("file") if isinstance(path, Mapping) else path
        assert file is not None
        words = phrase(file)
        std = file is path and STD_PATH.fullmatch(words) is not None
        self.put(f"use {words}" if std else f'use "{words}"')
        if isinstance(names, Sequence):
            self.put(": " + ", ".join(map(phrase, names.items)))
        elif names is not None:
            self.put(f": {phrase(names)}")

    def write_expect(self, node: Mapping, claim: Node) -> None:
        """A claim."""
        of = node.get("of")
        self.put("expect " + (f"{phrase(of)}: " if of is not None else "") + phrase(claim))

    def write_output(self, node: Mapping, name: Node) -> None:
        """An output."""
        self.put(f"output{args(node.get('args'))} {phrase(name)}: ")
        steps = node.get("steps")
        assert steps is not None
        self.steps(steps)

    def write_train(self, node: Mapping, facts: Node) -> None:
        """Facts of training: a line each, or all on one where they stand in brackets."""
        pairs: list[tuple[Scalar, Node]] = []
        if isinstance(facts, Mapping):
            pairs = facts.pairs
        elif isinstance(facts, Sequence):
            pairs = [p for item in facts.items if isinstance(item, Mapping) for p in item.pairs]
        self.put("train {")
        flow = isinstance(facts, (Mapping, Sequence)) and facts.flow
        for i, (key, item) in enumerate(pairs):
            if flow:
                self.put(", " if i else " ")
            else:
                self.pass_comments(key.start)
                self.newline()
            self.put(f"{phrase(key)} = {value(item)}")
        if flow or not pairs:
            self.put(" }")
            return
        self.pass_comments(self.notes.end_of(facts))
        self.newline()
        self.put("}")

    def write_comment(self, node: Mapping, words: Node) -> None:
        """A comment that is written as data."""
        from archdsl.syntax.yaml.statements import comment_of

        assert isinstance(words, Scalar)
        for line in words.value.strip("\n").splitlines():
            self.newline()
            self.put(comment_of(line))

    def write_table(self, node: Mapping, header: Node) -> None:
        """A table with a separator below its headings."""
        rows = node.get("rows")
        assert isinstance(header, Sequence)
        assert isinstance(rows, Sequence)
        if self.table:  # with an empty line between them they are two
            self.parts.append("\n")
        self.put("| " + " | ".join(map(phrase, header.items)) + " |")
        self.newline()
        self.put("|" + "---|" * len(header.items))
        for row in rows.items:
            cells = row.items if isinstance(row, Sequence) else [row]
            self.pass_comments(row.start)
            self.newline()
            if self.notes.is_blank_above(row.start):
                self.parts.append("\n")
            self.put("| " + " | ".join(map(cell, cells)) + " |")
        self.pass_comments(self.notes.end_of(rows))

    # --- lines and steps --------------------------------------------------------------------

    def line(self, node: Node) -> None:
        """A line with its label."""
        if not isinstance(node, Mapping):
            self.put(phrase(node))
            return
        label, steps = node.get(LINE), node.get("steps")
        if label is not None:
            self.put(f"{phrase(label)}: ")
        if steps is not None:
            self.steps(steps)
        elif find_head(node) == "" and is_text(node.pairs[0][1]) and len(node.pairs) == 1:
            self.put(f"{phrase(node.pairs[0][0])}: {phrase(node.pairs[0][1])}")
        else:
            self.step(node)

    def steps(self, node: Node) -> None:
        """Steps with commas between them; each item of a list with `-` begins a line."""
        items = node.items if isinstance(node, Sequence) else [node]
        flow = not isinstance(node, Sequence) or node.flow
        for i, item in enumerate(items):
            if i:
                self.put(",")
                self.put(" " if flow else "\n")
            if isinstance(item, Mapping):
                self.step(item)
            else:
                self.put(phrase(item))

    def step(self, node: Mapping) -> None:
        """One step."""
        if "if" in node.index:
            self.choice(node)
        elif "for" in node.index:
            name, values, body = (node.index[k][1] for k in ("for", "in", "do"))
            self.put(f"for {phrase(name)} in {value(values)} ")
            self.braces(body)
        elif "group" in node.index:
            self.braces(node.index["group"][1])
            self.put(repeat(node))
        else:
            self.layer(node)

    def choice(self, node: Mapping) -> None:
        """`if a { … } else { … }`."""
        others = node.get("elif")
        arms = [node, *(others.items if isinstance(others, Sequence) else ())]
        for i, arm in enumerate(arms):
            assert isinstance(arm, Mapping)
            self.put(" else if " if i else "if ")
            self.put(value(arm.index["if"][1]) + " ")
            self.braces(arm.index["then"][1])
        otherwise = node.get("else")
        if otherwise is not None:
            self.put(" else ")
            self.braces(otherwise)

    def layer(self, node: Mapping) -> None:
        """A layer with its arguments, branches and repeat."""
        name = node.get("layer")
        given = node.get("args")
        if name is None:
            name, given = next(p for p in node.pairs if p[0].value not in (*NAMED, LINE))
        self.put(phrase(name) + args(given))
        branches = node.get("branches")
        if isinstance(branches, Sequence):
            self.branches(branches)
        self.put(repeat(node))

    def branches(self, node: Sequence) -> None:
        """`[ a | b ]`, on one line or a branch a line."""
        self.put("[")
        apart = not node.flow and len(node.items) == 1
        for i, branch in enumerate(node.items):
            if not node.flow:
                self.pass_comments(branch.start)
                if i or apart:
                    self.newline()
            self.put("| " if i else " ")
            lines = branch.items if isinstance(branch, Sequence) else [branch]
            for k, item in enumerate(lines):
                if k:
                    self.pass_comments(item.start)
                    self.newline()
                    if self.notes.is_blank_above(item.start):
                        self.parts.append("\n")
                self.line(item)
            if node.flow:
                self.put(" ")
        if not node.flow:
            self.pass_comments(self.notes.end_of(node))
        if apart:
            self.newline()
        self.put("]")


def may_comment(node: Node) -> bool:
    """Whether a statement may end in a comment, behind which nothing else can stand."""
    return isinstance(node, Scalar) and "#" in node.value


def is_text(node: Node) -> bool:
    """Whether a node is a text that says something."""
    return isinstance(node, Scalar) and not node.empty


def cell(node: Node) -> str:
    """A cell of a table; the `|` of a branch has a backslash there."""
    if isinstance(node, Mapping):
        inner = Transcriber(Notes(node.file, [], []))
        inner.line(node)
        words = " ".join("".join(inner.parts).split())
    elif isinstance(node, Sequence):
        words = value(node)
    else:
        words = phrase(node) if is_text(node) else ""
    return words.replace("\\|", "|").replace("|", "\\|").replace("\n", " ")
