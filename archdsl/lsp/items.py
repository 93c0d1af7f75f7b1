"""What completion offers, before it takes the form of a protocol."""

from __future__ import annotations


class Item:
    """A text to insert: what it is, a word beside it, and more on it in Markdown.

    `snippet` has holes (`${1:64}`) for editors that know them; `edits` are (offset, text) that go
    with it; `rank` sorts: small ones first.
    """

    __slots__ = ("detail", "edits", "kind", "label", "more", "rank", "snippet")

    def __init__(
        self,
        label: str,
        kind: str,
        detail: str = "",
        snippet: str = "",
        more: str = "",
        edits: tuple[tuple[int, int, str], ...] = (),
        rank: int = 1,
    ) -> None:
        self.label = label
        self.kind = kind
        self.detail = detail
        self.snippet = snippet
        self.more = more
        self.edits = edits
        self.rank = rank
