"""What is written as YAML or JSON: texts, lists, mappings, with the comments around them."""

from __future__ import annotations


class Around:
    """Comments above an item (each with an empty line above it or not), and the one beside it."""

    __slots__ = ("above", "beside", "blank")

    def __init__(
        self, above: tuple[tuple[str, bool], ...] = (), blank: bool = False, beside: str = ""
    ) -> None:
        self.above = above
        self.blank = blank  # an empty line between them and the item
        self.beside = beside


BARE = Around()


class Words:
    """A text of the language, or of a comment."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Items:
    """A list; a `flow` one stands in brackets. `head` is a comment beside its key, `tail` below."""

    __slots__ = ("flow", "head", "items", "tail")

    def __init__(self, flow: bool = True) -> None:
        self.items: list[tuple[Around, Data]] = []
        self.flow = flow
        self.head = ""
        self.tail: tuple[tuple[str, bool], ...] = ()

    def add(self, item: Data, around: Around = BARE) -> None:
        """One more item."""
        self.items.append((around, item))


class Pairs:
    """A mapping; a `flow` one stands in brackets."""

    __slots__ = ("flow", "keys", "pairs")

    def __init__(self, flow: bool = False) -> None:
        self.pairs: list[tuple[Around, str, Data | None]] = []
        self.keys: set[str] = set()
        self.flow = flow

    def add(self, key: str, value: Data | None, around: Around = BARE) -> None:
        """One more pair; no value is null."""
        self.pairs.append((around, key, value))
        self.keys.add(key)


Data = Words | Items | Pairs


def plain(data: Data | None) -> object:
    """Data for a JSON writer; comments between the items of a list are items `{comment: …}`."""
    if data is None:
        return None
    if isinstance(data, Words):
        return number(data.text)
    if isinstance(data, Pairs):
        return {key: plain(value) for _, key, value in data.pairs}
    found: list[object] = [{"comment": bare(data.head)}] if data.head else []
    for around, item in data.items:
        found += [{"comment": bare(c)} for c, _ in around.above]
        found += [{"comment": bare(around.beside)}] if around.beside else []
        if isinstance(item, Pairs):
            inner = [c for a, _, _ in item.pairs for c in (*(t for t, _ in a.above), a.beside) if c]
            found += [{"comment": bare(c)} for c in inner]
        found.append(plain(item))
    return found + [{"comment": bare(c)} for c, _ in data.tail]


def bare(comment: str) -> str:
    """A comment without its sign."""
    return comment[1:].removeprefix(" ") if not comment.startswith("##") else comment[1:]


def number(text: str) -> object:
    """A text as JSON has it: an integer that is written without signs, a boolean, or a string."""
    if text.isascii() and text.isdigit() and (text == "0" or text[0] != "0"):
        return int(text)
    return {"true": True, "false": False}.get(text, text)
