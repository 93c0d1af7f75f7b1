"""From networks to the table: rows by output size, rows common to all, differences in bold."""

from __future__ import annotations

from archdsl.analysis.cost import cost
from archdsl.analysis.depth import depth
from archdsl.backends.flow import trace
from archdsl.backends.flow.levels import LAST, merge
from archdsl.backends.table.differ import mark_new
from archdsl.backends.table.entries import Entry, entries_of, has_blocks
from archdsl.backends.table.model import Cell, Group, Row, Table, Word, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network
    from archdsl.tensor import TensorType

Stage = tuple[int, list[Entry]]
"""A level and the entries in a row that have it."""


def build(networks: list[Network], titles: list[str] | None = None) -> Table:
    """The table of some networks: in ResNet's notation where one has blocks, else in VGG's.

    Raises TooLong for a network with more layers than can be listed.
    """
    lines = [trace(network, fold=True) for network in networks]
    blocks = any(has_blocks(line.items) for line in lines)
    columns = [_stages(entries_of(line, blocks)) for line in lines]
    names = [*(titles or []), *(n.name for n in networks[len(titles or []) :])]
    depths = [depth(n.module) for n in networks]
    title, headings = _headings(names, depths, blocks)
    rows = _rows(columns, blocks)
    if not blocks:
        rows = [*_stated([line.input for line in lines], depths), *rows]
    facts = _facts(networks, blocks)
    if blocks:  # as in ResNet's Table 1, whose first column names the rows
        rows, facts = [*rows, *facts], ()
    sides = ("layer name", "output size") if blocks else ()
    return Table(title, headings, tuple(rows), facts, sides)


def _headings(names: list[str], depths: list[int], blocks: bool) -> tuple[str, tuple[str, ...]]:
    """What all names begin with, and what is left of each; `34-layer` where that is the depth."""
    first = names[0]
    common = 0
    for at, letter in enumerate(first):
        if letter == "-" and all(n.startswith(first[: at + 1]) for n in names):
            common = at + 1
    if len(set(names)) < 2 or any(len(n) == common for n in names):
        common = 0
    left = [name[common:] for name in names]
    if blocks and common:
        pairs = zip(left, depths, strict=True)
        left = [f"{name}-layer" if name == str(deep) else name for name, deep in pairs]
    return first[: common - 1] if common else "", tuple(left)


def _stated(inputs: list[TensorType], depths: list[int]) -> list[Row]:
    """`11 weight layers`, and what comes in."""
    layers = (plain(f"{n} weight layer{'s' * (n != 1)}") for n in depths)
    out = [Row(tuple(layers), fact=True)]
    words = [_input_words(x) for x in inputs]
    if len(set(words)) == 1:
        out.append(Row((plain(words[0]),), spans=True, fact=True))
    else:
        out.append(Row(tuple(plain(w) for w in words), fact=True))
    return out


def _input_words(x: TensorType) -> str:
    """`input (224 × 224 RGB image)`."""
    sizes = " × ".join(map(str, x.spatial if x.layout == "image" else x.dims))
    if x.layout != "image":
        return f"input ({sizes})"
    kind = {3: "RGB image", 1: "grey image"}.get(x.channels, f"image of {x.channels} channels")
    return f"input ({sizes} {kind})"


def _stages(entries: list[Entry]) -> list[Stage]:
    out: list[Stage] = []
    for entry in entries:
        if not out or out[-1][0] != entry.level:
            out.append((entry.level, []))
        out[-1][1].append(entry)
    return out


def _rows(columns: list[list[Stage]], blocks: bool) -> list[Row]:
    order: list[int] = []
    for column in columns:
        order = merge(order, [level for level, _ in column])
    at = [0] * len(columns)
    rows: list[Row] = []
    used = {""}
    for level in order:
        here: list[list[Entry]] = []
        for i, column in enumerate(columns):
            there = at[i] < len(column) and column[at[i]][0] == level
            here.append(column[at[i]][1] if there else [])
            at[i] += there
        stage = _stage_rows(here, level, blocks)
        _name_once(stage, used)
        rows += stage
    return rows


def _stage_rows(cells: list[list[Entry]], level: int, blocks: bool) -> list[Row]:
    """Rows of a stage: pools that all share first, then the cells; at the end a row each."""
    rows: list[Row] = []
    tail: list[Row] = []
    single = level == LAST and not blocks  # else `average pool, 1000-d fc, softmax` is one cell
    while _shared(cells, 0) and (single or (cells[0][0].pool and level != LAST)):
        rows.append(_row([c[:1] for c in cells], blocks))
        cells = [c[1:] for c in cells]
    while single and _shared(cells, -1):
        tail.insert(0, _row([c[-1:] for c in cells], blocks))
        cells = [c[:-1] for c in cells]
    if any(cells):
        rows.append(_row(cells, blocks, blocks and level == LAST))
    return rows + tail


def _shared(cells: list[list[Entry]], at: int) -> bool:
    """Whether all networks have an equal entry at the beginning or the end."""
    return all(cells) and len({(c[at].lines, c[at].times, c[at].block) for c in cells}) == 1


def _row(cells: list[list[Entry]], blocks: bool, in_a_row: bool = False) -> Row:
    made = [_cell(entries, in_a_row) for entries in cells]
    names = {c[0].name for c in cells if c}
    name = names.pop() if len(names) == 1 and blocks else ""
    size = " / ".join(dict.fromkeys(_extent(c[0].type) for c in cells if c)) if blocks else ""
    if all(cells) and all(cell == made[0] for cell in made):
        return Row((made[0],), name, size, spans=True)
    return Row(tuple(made) if blocks else mark_new(made), name, size)


def _name_once(rows: list[Row], used: set[str]) -> None:
    """Leaves a stage its size and one name, both in its first row: a name not `used` before."""
    name = next((row.name for row in rows if row.name not in used), "")
    used.add(name)
    for i, row in enumerate(rows):
        row.name = name if i == 0 else ""
        row.size = row.size if i == 0 or row.size != rows[0].size else ""


def _cell(entries: list[Entry], in_a_row: bool) -> Cell:
    """A group for each entry; `in_a_row` puts single layers on one line."""
    if in_a_row and all(len(e.lines) == 1 and e.times == 1 for e in entries):
        return plain(", ".join(e.lines[0] for e in entries))
    return tuple(Group(tuple(map(Word, e.lines)), e.times, e.block) for e in entries)


def _extent(x: TensorType) -> str:
    """`56×56` of a map, the length of a sequence, `1×1` of a vector."""
    sizes = x.spatial or ((x.dims[0],) if x.layout in ("seq", "tokens") else (1, 1))
    return "×".join(map(str, sizes))


def _facts(networks: list[Network], blocks: bool) -> tuple[Row, ...]:
    """Parameters as in VGG's Table 2; with `blocks` multiply-adds too, as in ResNet's Table 1."""
    totals = [cost(network.module) for network in networks]
    params = tuple(plain(_millions(t.params)) for t in totals)
    if not blocks:
        return (Row(params, "Number of parameters (in millions)", fact=True),)
    work = tuple(plain(_powers(t.total_macs)) for t in totals)
    return (Row(work, "FLOPs", fact=True), Row(params, "params (millions)", fact=True))


def _millions(n: int) -> str:
    """To the million from ten million on, to two digits or more below."""
    if n >= 100_000_000:
        return f"{n / 1e6:.0f}"
    return f"{n / 1e6:.1f}" if n >= 1_000_000 else f"{n / 1e6:.2g}"


def _powers(n: int) -> str:
    """`3.6×10⁹`."""
    power = 0
    for power in (12, 9, 6, 3, 0):
        if n >= 10**power:
            break
    raised = {12: "×10¹²", 9: "×10⁹", 6: "×10⁶", 3: "×10³", 0: ""}[power]
    return f"{n / 10**power:.1f}{raised}" if power else str(n)
