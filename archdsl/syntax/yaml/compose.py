"""Text to nodes: YAML's events, bounded while they come; nothing is constructed from a tag."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence, Wrong, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MAX_DEPTH = 64  # collections inside collections
COMMENT = re.compile(r"(?:(?<=[ \t\r\n])|^)#[^\r\n]*")
CORE_TAGS = frozenset(
    "tag:yaml.org,2002:" + t for t in ("str", "seq", "map", "int", "float", "bool", "null")
)


def compose(file: SourceFile) -> tuple[Node | None, list[Span]]:
    """The one document of a file (None where it holds nothing), and its comments. Raises Wrong."""
    composer = Composer(file)
    try:
        root = composer.compose()
    except UnicodeError:
        raise wrong(
            "bad-yaml", "half of a surrogate pair is no character", Span(file, 0, 0)
        ) from None
    return root, composer.find_comments()


def events(text: str) -> Iterator[Any]:
    """PyYAML's events: libyaml's parser where it was built in, it is twenty times as fast."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


class Composer:
    """Puts the nodes together from the events, with a stack of its own."""

    __slots__ = ("base", "file", "keys", "root", "scalars", "stack")

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.base = 1 if file.text.startswith("\ufeff") else 0
        self.root: Node | None = None
        self.stack: list[Sequence | Mapping] = []
        self.keys: list[Scalar | None] = []  # for each open mapping the key that waits for a value
        self.scalars: list[Scalar] = []

    def compose(self) -> Node | None:
        """Reads all events."""
        import yaml

        text = self.file.text[self.base :]
        if self.file.name.endswith(".json"):
            text = text.replace("\t", " ")  # JSON may be indented with tabs
        try:
            for event in events(text):
                self.take(event, type(event).__name__)
        except yaml.YAMLError as problem:
            raise self.explain(problem) from None
        return self.root

    def take(self, event: Any, kind: str) -> None:
        """One event."""
        if kind == "ScalarEvent":
            self.refuse_extras(event)
            self.add(self.scalar(event))
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            self.refuse_extras(event)
            self.open(event, Sequence if kind[0] == "S" else Mapping)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self.close(event)
        elif kind == "AliasEvent":
            raise wrong(
                "bad-yaml",
                "an alias: this form has none",
                self.place(event),
                "write the part out, or give it a name with `block` or `let`",
            )
        elif kind == "DocumentStartEvent" and self.root is not None:
            raise wrong(
                "bad-yaml", "a second document", self.place(event), "one file holds one document"
            )

    def refuse_extras(self, event: Any) -> None:
        """Anchors, and tags beyond those of plain data."""
        if event.anchor is not None:
            at = self.place(event)
            raise wrong(
                "bad-yaml",
                "an anchor: this form has none",
                Span(self.file, at.start, min(at.end, at.start + 1 + len(event.anchor))),
                "name parts with `block` or `let`",
            )
        if event.tag is not None and event.tag not in CORE_TAGS and event.tag != "!":
            at = self.place(event)
            tag = re.compile(r"![^\s,\[\]{}]*").match(self.file.text, at.start)
            raise wrong(
                "bad-yaml",
                "a tag: this form has none",
                Span(self.file, at.start, tag.end() if tag else at.end),
                "take it away: what a text means follows from where it stands",
            )

    def place(self, event: Any) -> Span:
        """Where an event stands."""
        start, end = event.start_mark.index + self.base, event.end_mark.index + self.base
        return Span(self.file, start, max(start, end))

    def scalar(self, event: Any) -> Scalar:
        """A text with its place."""
        at = self.place(event)
        value: str = event.value
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise wrong("bad-yaml", "half of a surrogate pair is no character", at)
        end = at.start + len(at.text.rstrip())
        start = at.start
        if event.tag is not None:  # the tag and the blanks behind it belong to the event
            start += re.compile(r"!\S*\s+|").match(at.text).end()  # type: ignore[union-attr]
        made = Scalar(self.file, start, max(start, end), value, event.style or "")
        self.scalars.append(made)
        return made

    def open(self, event: Any, kind: type[Sequence | Mapping]) -> None:
        """A collection begins."""
        at = self.place(event)
        if len(self.stack) >= MAX_DEPTH:
            raise wrong(
                "nesting-too-deep",
                f"lists and mappings nest more than {MAX_DEPTH} deep",
                at,
                "define a block and call it, or write the inner part as a text",
            )
        node = kind(self.file, at.start, at.end, bool(event.flow_style))
        self.add(node)
        self.stack.append(node)
        self.keys.append(None)

    def close(self, event: Any) -> None:
        """A collection ends: with its bracket, or behind its last item."""
        node = self.stack.pop()
        self.keys.pop()
        at = self.place(event)
        if at.text in ("]", "}"):
            node.end = at.end
        elif isinstance(node, Sequence):
            node.end = node.items[-1].end if node.items else node.end
        elif node.pairs:
            key, value = node.pairs[-1]
            node.end = max(key.end, value.end)

    def add(self, node: Node) -> None:
        """Puts a node where it belongs."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top, Sequence):
            top.items.append(node)
            return
        key = self.keys[-1]
        if key is not None:
            top.add(key, node)
            self.keys[-1] = None
            return
        self.keys[-1] = self.key(node)

    def key(self, node: Node) -> Scalar:
        """A key: a text."""
        if not isinstance(node, Scalar):
            raise wrong("yaml-type", f"a key is a text, not {node.what}", node.span)
        if node.value == "<<" and not node.style:
            raise wrong(
                "bad-yaml", "a merge key: this form has none", node.span, "write the pairs out"
            )
        return node

    def explain(self, problem: Any) -> Wrong:
        """PyYAML's words, with what to do about it."""
        mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
        at = mark.index if mark is not None else getattr(problem, "position", 0)
        at = min(max(0, int(at or 0)) + self.base, len(self.file.text))
        said = str(getattr(problem, "problem", "") or getattr(problem, "reason", "") or "no YAML")
        found = self.file.text[at : at + 1]
        help = next((h for words, h in HELP if words in said), HELP_QUOTES)
        if found == "\t":
            help = "indent with spaces"
        span = Span(self.file, at, min(at + 1, len(self.file.text)))
        opened = getattr(problem, "context_mark", None)
        if opened is None or opened.index + self.base == at:
            return wrong("bad-yaml", f"this is no YAML: {said}", span, help)
        start = opened.index + self.base
        begin = Label(Span(self.file, start, start + 1), str(problem.context or ""))
        return Wrong(
            Diagnostic("bad-yaml", f"this is no YAML: {said}", Label(span), (begin,), help=help)
        )

    def find_comments(self) -> list[Span]:
        """Every `#` between the texts that begins a comment."""
        text = self.file.text
        found: list[Span] = []
        at = 0
        for scalar in [*self.scalars, None]:
            stop = len(text) if scalar is None else scalar.start
            found += [Span(self.file, *m.span()) for m in COMMENT.finditer(text, at, stop)]
            if scalar is None:
                break
            at = scalar.end
            if scalar.style in ("|", ">"):  # a comment may stand behind the sign
                line_end = text.find("\n", scalar.start)
                line_end = scalar.end if line_end < 0 else min(line_end, scalar.end)
                m = COMMENT.search(text, scalar.start, line_end)
                if m is not None:
                    found.append(Span(self.file, *m.span()))
        return found


HELP_QUOTES = (
    "a text that holds `: ` or ` #`, or begins with one of `@ [ ] { } & * ! | > % '`, "
    'stands in quotes: "@stem"'
)
HELP = (
    ("found character", HELP_QUOTES),
    ("mapping values are not allowed", HELP_QUOTES),
    (
        "expected <block end>",
        "the items of one list, and the keys of one mapping, stand in one column",
    ),
    ("did not find expected key", "the keys of one mapping stand in one column; " + HELP_QUOTES),
    ("expected ',' or", "a bracket is open here: close it, or put a comma between the items"),
    ("unexpected end of", "close the quote"),
    ("escape", "in double quotes `\\` begins an escape: write the text in single quotes"),
)
