"""What rules look at: the tree and the design of a file, and how one is found from the other."""

from __future__ import annotations

from archdsl.elaborate.words import join_words, split_digits
from archdsl.lint.links import Links, Site
from archdsl.ops.base import Kind
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from archdsl.ir.model import Design, Output, Port
    from archdsl.source import SourceFile, Span

MAX_PAST = 64  # layers that one search looks past; what lies behind more of them is not known
Key = tuple[str, int, int]
"""A span that can be looked up: file name, start, end."""


def key_of(span: Span) -> Key:
    """The key of a span."""
    return span.file.name, span.start, span.end


class Place:
    """A layer of the text: all layers of the design that one kind at one step became."""

    __slots__ = ("sites",)

    def __init__(self, site: Site) -> None:
        self.sites = [site]

    @property
    def op(self) -> Kind:
        """The layer, as the first time that it was made."""
        return self.sites[0].op

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.sites[0].span

    @property
    def site(self) -> Site:
        """The first time that it was made."""
        return self.sites[0]

    def always(self, holds: Callable[[Site], bool]) -> bool:
        """Whether something holds wherever the step of the text is used."""
        return all(map(holds, self.sites))


class Subject:
    """A file under lint: `tree` and `design` of it, `places` and `links` of the design."""

    __slots__ = ("_layers", "design", "links", "places", "tree")

    def __init__(self, tree: ast.File, design: Design) -> None:
        self.tree = tree
        self.design = design
        self.links = Links(design)
        places: dict[tuple[Key, str], Place] = {}
        for site in self.links.sites:
            key = (key_of(site.span), site.op.name)
            if key in places:
                places[key].sites.append(site)
            else:
                places[key] = Place(site)
        self.places = list(places.values())
        self._layers: dict[Key, tuple[ast.Layer, ast.Line | ast.Output, int]] = {}
        self._index(tree)

    def _index(self, tree: ast.File) -> None:
        for node in nodes(tree.body):
            if isinstance(node, (ast.Line, ast.Output)):
                for at, step in enumerate(node.steps):
                    if isinstance(step, ast.Layer):
                        self._layers[key_of(step.head)] = (step, node, at)

    @property
    def file(self) -> SourceFile:
        """The file."""
        return self.tree.source

    @property
    def is_library(self) -> bool:
        """Whether the file has blocks only: who uses them is unknown."""
        return not self.design.networks

    def layer(self, span: Span) -> ast.Layer | None:
        """The step of this file whose layer stands at a span; None for another file's."""
        found = self._layers.get(key_of(span))
        return found[0] if found else None

    def word(self, site: Site) -> str:
        """A layer as the text has it, or as a paper would write it."""
        layer = self.layer(site.span)
        if layer is None or written_kind(layer) is not type(site.op):
            return site.op.text()
        text = " ".join(layer.head.text.split())
        return text if len(text) <= 60 else site.op.text()

    def line(self, layer: ast.Layer) -> tuple[ast.Line | ast.Output | None, int]:
        """The line on which a step of this file stands, and its place there."""
        found = self._layers.get(key_of(layer.head))
        return found[1:] if found else (None, 0)

    def is_step(self, site: Site) -> bool:
        """Whether a layer is a step of this file, and no norm or activation that another takes."""
        layer = self.layer(site.span)
        return layer is not None and written_kind(layer) is type(site.op)

    def takes_default(self, site: Site, what: str) -> bool:
        """Whether a norm or an activation (`what` is `norm` or `act`) comes from a `default`.

        False where it is written on the layer, is a step of its own, or stands in another file.
        """
        layer = self.layer(site.span)
        kind = written_kind(layer) if layer is not None else None
        if layer is None or kind is None or not kind.hidden or kind is type(site.op):
            return False
        return all(a.name != what for a in layer.args)


def written_kind(layer: ast.Layer) -> type[Kind] | None:
    """The built-in kind that a step's word names, as far as the text alone tells."""
    for text, _ in reversed(join_words(layer.name.name, layer.tails)):
        kind = kind_of(text)
        if kind is not None:
            return kind
    return None


def kind_of(word: str) -> type[Kind] | None:
    """The kind of a word, with digits behind it or without."""
    found = Kind.lookup(word)
    if found is None:
        digits = split_digits(word)
        found = Kind.lookup(digits.group(1)) if digits is not None else None
    return found


def sources(
    subject: Subject, site: Site, past: Callable[[Site], bool], position: int = 0
) -> list[Site | Port | None]:
    """The makers of a layer's input, looking past those layers of one input that `past` names.

    None is among them where more than MAX_PAST layers were to be looked past.
    """
    return _follow(site, past, lambda s: subject.links.makers(s, position if s == site else 0))


def sinks(subject: Subject, site: Site, past: Callable[[Site], bool]) -> list[Site | Output | None]:
    """The readers of what a layer gives, looking past those that `past` names, or None as above."""
    return _follow(site, past, subject.links.readers)


def _follow(
    site: Site, past: Callable[[Site], bool], step: Callable[[Site], list[Any]]
) -> list[Any]:
    found: dict[Any, None] = {}  # None among them: not followed to the end
    seen = {site}
    stack: list[Site] = [site]
    while stack:
        for other in step(stack.pop()):
            if isinstance(other, Site) and past(other):
                if len(seen) >= MAX_PAST:
                    found[None] = None
                elif other not in seen:
                    seen.add(other)
                    stack.append(other)
            else:
                found[other] = None
    return list(found)
