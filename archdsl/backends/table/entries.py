"""From a line to the entries of a column: single layers and blocks, each with its level."""

from __future__ import annotations

from archdsl.backends.flow import Fold, Part, Skip, parts_of
from archdsl.backends.flow.levels import Levels
from archdsl.backends.table.words import is_listed, layer_words, size_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.backends.flow import Item, Line
    from archdsl.tensor import TensorType

MOST_LINES = 16
"""Equal layers that are listed one by one; more are `conv3-512 ×36`."""


class Entry:
    """Lines that stand together, run `times` times; `type` is what comes out of them.

    `path` is that of their first layer, `name` the label in front of it in the text.
    """

    __slots__ = ("block", "level", "lines", "name", "path", "pool", "times", "type")

    def __init__(
        self,
        lines: tuple[str, ...],
        times: int,
        block: bool,
        pool: bool,
        type: TensorType,
        path: str,
    ) -> None:
        self.lines = lines
        self.times = times
        self.block = block
        self.pool = pool
        self.type = type
        self.path = path
        self.level = 0
        self.name = ""


def entries_of(line: Line, blocks: bool) -> list[Entry]:
    """Entries in order: with `blocks` those of ResNet's notation, else those of VGG's."""
    found = _gather(line.items, blocks)
    found = _merge(found) if blocks else found
    levels = Levels(line.input)
    labels = line.network.module.labels
    for entry in found:
        entry.level = levels.step(entry.type)
        entry.name = _label(entry.path, labels)
    return found


def _label(path: str, labels: Iterable[str]) -> str:
    """The label of a path: of itself, or of the line that its first node stands in."""
    node = path.partition(".")[0]
    return max((x for x in labels if node == x or node.startswith(x + "_")), key=len, default="")


def has_blocks(items: tuple[Item, ...]) -> bool:
    """Whether a network has shortcuts or repeated groups, which only ResNet's notation shows."""
    return any(
        isinstance(item, Skip)
        or (isinstance(item, Fold) and (len(_lines(item.items)) > 1 or has_blocks(item.items)))
        for item in items
    )


def _gather(items: tuple[Item, ...], blocks: bool) -> list[Entry]:
    out: list[Entry] = []
    for item in items:
        if isinstance(item, Part):
            if is_listed(item):
                out.append(_single(item, blocks))
        elif isinstance(item, Skip):
            out += _block(item.body, 1, item) if blocks else _gather(item.body, False)
        elif blocks:
            inner = _gather(item.items, True)
            one = len(inner) == 1 and inner[0].times == 1
            out += _block(item.items, item.times, item, one and inner[0].block)
        else:
            out += _repeat(_gather(item.items, False), item.times)
    return out


def _single(part: Part, blocks: bool) -> Entry:
    words = size_words(part, False) if blocks else layer_words(part)
    pool = part.op is not None and part.op.family == "pool"
    return Entry((words,), 1, False, pool, part.out_type, part.path)


def _block(
    items: tuple[Item, ...], times: int, whole: Skip | Fold, block: bool = False
) -> list[Entry]:
    lines = _lines(items)
    parts = list(parts_of(items))
    if not lines:
        return []
    in_brackets = block or isinstance(whole, Skip) or len(lines) > 1
    return [Entry(lines, times, in_brackets, False, parts[-1].out_type, parts[0].path)]


def _repeat(entries: list[Entry], times: int) -> list[Entry]:
    if len(entries) * times <= MOST_LINES:
        return [_copy(entry, entry.times) for _ in range(times) for entry in entries]
    if len(entries) == 1:
        return [_copy(entries[0], entries[0].times * times)]
    lines = tuple(line for entry in entries for line in entry.lines)
    return [Entry(lines, times, True, False, entries[-1].type, entries[0].path)]


def _copy(entry: Entry, times: int) -> Entry:
    return Entry(entry.lines, times, entry.block, entry.pool, entry.type, entry.path)


def _lines(items: tuple[Item, ...]) -> tuple[str, ...]:
    """Lines of a block, those of blocks inside it in brackets of their own."""
    out: list[str] = []
    for item in items:
        if isinstance(item, Part):
            if is_listed(item):
                out.append(size_words(item, True))
        elif isinstance(item, Skip):
            out += _lines(item.body)
        else:
            inner = _lines(item.items)
            words = "; ".join(inner)
            out.append(f"[{words}] ×{item.times}" if len(inner) > 1 else f"{words} ×{item.times}")
    return tuple(out)


def _merge(entries: list[Entry]) -> list[Entry]:
    """Equal neighbours as one, a block and the same layers without a bracket before it included."""
    out: list[Entry] = []
    for entry in entries:
        before = out[-1] if out else None
        if before is not None and _is_more_of(entry, before):
            before.times += entry.times
            continue
        count = len(entry.lines)
        rest = out[-count:]
        loose = [_without_stride(e.lines[0]) for e in rest if not e.block and e.times == 1]
        if entry.times > 1 and entry.lines == tuple(loose):
            del out[-count:]
            entry.times, entry.path = entry.times + 1, rest[0].path
        out.append(entry)
    return out


def _is_more_of(entry: Entry, before: Entry) -> bool:
    """Whether an entry goes on with the one before it: the same lines in brackets or repeated."""
    same = before.block == entry.block and before.lines == entry.lines
    return same and (entry.block or entry.times > 1 or before.times > 1)


def _without_stride(words: str) -> str:
    return words.partition(", stride")[0]
