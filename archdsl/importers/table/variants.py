"""Tables with one network a column: VGG's, ResNet's and DenseNet's Table 1."""

from __future__ import annotations

import re

from archdsl.importers.table.added import restore_added
from archdsl.importers.table.clean import words_of
from archdsl.importers.table.draft import Draft, label_name, network_name
from archdsl.importers.table.errors import TableCell, TableColumn, TableOpen, TableShape
from archdsl.importers.table.facts import (
    MACS,
    PARAMS,
    as_map,
    read_depth,
    read_figure,
    read_size,
    unit_of,
)
from archdsl.importers.table.model import Cell, Grid, Reading, Row, quote
from archdsl.importers.table.stages import Line, lay_out
from archdsl.importers.table.words import UNDERSTOOD, Group, Step, Unclear, is_layer, read_words

LABEL = re.compile(
    r"(?:layer ?)?(?:name|type|name/type)|layers?|stages?|blocks?|group name|component"
)
OUTPUT = re.compile(r"(?:output|feature map|map)?(?: ?(?:sizes?|shapes?|resolution))?|output")
CAPTION = re.compile(r"(?:table|tab\.|fig\.|figure) ?\d+.*", re.S)
INPUT = re.compile(r"(?:input|image)\b(.*)", re.S)
COMMON_KINDS = ("maxpool", "avgpool", "gap", "fc", "softmax", "dropout", "flatten")


class Columns:
    """What the columns are: names of rows, sizes, networks."""

    __slots__ = ("base", "depths", "label", "names", "networks", "output")

    def __init__(self) -> None:
        self.label: int | None = None
        self.output: int | None = None
        self.networks: list[int] = []
        self.names: list[str] = []
        self.base = ""
        self.depths: dict[str, int] = {}


def read_variants(reading: Reading, grid: Grid) -> Draft:
    """The spec of a table whose columns are networks. Raises Unreadable."""
    draft = Draft(reading)
    head = find_head(reading, grid)
    columns = read_head(reading, grid.rows[head], draft)
    lines = []
    for row in grid.rows[head + 1 :]:
        line = read_row(reading, row, columns, draft)
        if line is not None:
            lines.append(line)
    if not any(line.words for line in lines):
        raise reading.stop(TableShape("the table has no layers", help=UNDERSTOOD))
    if not reading.problems:
        for note in restore_added(reading, lines, columns.names, columns.depths):
            reading.doubt(note)
        lay_out(draft, columns.base, columns.names, lines)
    return draft


def find_head(reading: Reading, grid: Grid) -> int:
    """The row of the headings: the first with several cells, none of them a layer."""
    for at, row in enumerate(grid.rows):
        cells = row.filled
        if any(is_layer(c.text) for c in cells):
            break
        if len(cells) >= 2:
            return at
        if at > 8:
            break
    first = grid.rows[0].cells[0]
    raise reading.stop(
        TableShape(
            "no row of headings is seen above the layers",
            help="the first row names the networks, such as `A  B  C`, each once",
        ),
        first.start,
        first.end,
    )


def read_head(reading: Reading, row: Row, draft: Draft) -> Columns:
    """What each column is. Raises Unreadable."""
    columns = Columns()
    headings: list[tuple[int, Cell]] = []
    for at in range(len(row.places)):
        cell = row.at(at)
        text = words_of(cell.text) if cell else ""
        if columns.label is None and at == 0 and (not text or LABEL.fullmatch(text)):
            columns.label = at
        elif columns.output is None and cell and OUTPUT.fullmatch(text):
            columns.output = at
        elif cell is None:
            raise reading.stop(no_heading(at), row.filled[0].start, row.filled[-1].end)
        else:
            columns.networks.append(at)
            headings.append((at, cell))
    if not headings:
        raise reading.stop(
            TableColumn("no column is a network", help="a heading names each network"),
            row.filled[0].start,
            row.filled[-1].end,
        )
    name_networks(reading, columns, headings, draft)
    return columns


def no_heading(at: int) -> TableColumn:
    """A column of layers without a name."""
    return TableColumn(f"column {at + 1} has no heading", help="name the network of this column")


def name_networks(
    reading: Reading, columns: Columns, headings: list[tuple[int, Cell]], draft: Draft
) -> None:
    """Names of the networks: the headings without what they have in common."""
    texts = [re.sub(r"^\([a-z0-9]\)\s*", "", c.text.replace("\n", " ")) for _, c in headings]
    short = [re.sub(r"[- ]?layers?$", "", t, flags=re.I) for t in texts]
    prefix = re.match(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z]+)?-(?=\d)", short[0])
    if prefix and all(t.startswith(prefix[0]) for t in short):
        short = [t[len(prefix[0]) :] for t in short]
        columns.base = prefix[0].rstrip("-")
    columns.base = reading.options.name or columns.base or reading.options.file_name
    names = [re.sub(r"[^A-Za-z0-9_-]+", "_", t).strip("_-")[:48] for t in short]
    for (_, cell), name in zip(headings, names, strict=True):
        if not name or names.count(name) > 1:
            why = "is the name of two networks" if name else "is no name"
            reading.wrong_cell(TableColumn(f"{quote(cell.text)} {why}"), cell)
    columns.names = names
    columns.base = network_name(columns.base)
    for (_, cell), text, name in zip(headings, texts, names, strict=True):
        depth = read_depth(text)
        if depth is not None:
            draft.claim(f"{full_name(columns, name)}: depth == {depth}", cell)
            columns.depths[name] = depth


def full_name(columns: Columns, name: str) -> str:
    """A network's name in the spec."""
    return f"{columns.base}-{name}"


def read_row(reading: Reading, row: Row, columns: Columns, draft: Draft) -> Line | None:
    """The layers of a row; facts become claims and give None."""
    cells = cells_of(reading, row, columns)
    label = row.at(columns.label) if columns.label is not None else None
    output = row.at(columns.output) if columns.output is not None else None
    filled = list(dict.fromkeys(c for c in cells if c is not None))
    if label in filled:
        label = None
    if not filled:
        return read_size_row(reading, label, output)
    if is_fact(reading, columns, label, cells, filled, draft):
        return None
    line = Line(label_name(label.text) if label else "", output, cells)
    line.size = size_of(reading, output)
    for cell in filled:
        line.words[id(cell)] = read_cell(reading, cell)
    return line


def read_cell(reading: Reading, cell: Cell) -> list[Step | Group]:
    """The layers of a cell, or none and a mistake."""
    try:
        return read_words(cell.text)
    except Unclear as problem:
        whole = problem.rest == words_of(cell.text)
        what = quote(cell.text) if whole else f"{quote(problem.rest)} in {quote(cell.text)}"
        reading.wrong_cell(TableCell(f"{what} is not understood", help=UNDERSTOOD), cell)
        return []


def cells_of(reading: Reading, row: Row, columns: Columns) -> list[Cell | None]:
    """For each network its cell; one that is common to all stands for each of them."""
    cells = [row.at(c) for c in columns.networks]
    filled = list(dict.fromkeys(c for c in cells if c is not None))
    first = row.cells[0] if row.cells else None
    if not filled and first is not None and not first.empty and len(row.cells) == 1:
        if columns.label is not None and (
            is_layer(first.text) or INPUT.match(words_of(first.text))
        ):
            return [first for _ in cells]  # a row of one cell, where names of rows are
        return cells
    if len(filled) != 1 or len(cells) == 1:
        return cells
    only = filled[0]
    if all(c is only for c in cells):
        return cells
    places = [row.places[c] for c in columns.networks]
    if places[0] is only and all(p is None for p in places[1:]):  # nothing stands beside it
        return [only for _ in cells]
    if places[0] is not only:
        return cells
    try:
        kinds = [s.kind if isinstance(s, Step) else "group" for s in read_words(only.text)]
    except Unclear:
        kinds = []
    if INPUT.match(words_of(only.text)) or (kinds and all(k in COMMON_KINDS for k in kinds)):
        reading.assume(
            "a row in which only the first cell is filled, with a pool or a fully connected layer, "
            "is common to all networks"
        )
        return [only for _ in cells]
    if kinds and not any(p is not None and p.text for p in places[1:]):
        wrong = TableCell(
            f"is {quote(only.text)} common to all networks, or a layer of the first one only?",
            help="write it in every column, or `-` in the columns that do not have it",
        )
        reading.wrong_cell(wrong, only)
    return cells


def read_size_row(reading: Reading, label: Cell | None, output: Cell | None) -> Line | None:
    """A row without layers: the input's, a caption's, or a mistake."""
    if label is None:
        if output is not None:
            wrong = TableCell(f"{quote(output.text)} is a size without layers", help=UNDERSTOOD)
            reading.wrong_cell(wrong, output)
        return None
    text = words_of(label.text)
    if CAPTION.fullmatch(text):
        return None
    if INPUT.match(text):
        read_input(reading, output or label)
        return None
    wrong = TableCell(f"{quote(label.text)} names a row without layers", help=UNDERSTOOD)
    reading.wrong_cell(wrong, label)
    return None


def is_fact(
    reading: Reading,
    columns: Columns,
    label: Cell | None,
    cells: list[Cell | None],
    filled: list[Cell],
    draft: Draft,
) -> bool:
    """Reads a row that states facts instead of layers: input, depth, FLOPs, parameters."""
    first = words_of(filled[0].text)
    if len(filled) == 1 and (CAPTION.fullmatch(first) or re.fullmatch(r"convnet config.*", first)):
        return True
    if len(filled) == 1 and INPUT.match(first):
        read_input(reading, filled[0])
        return True
    if all(read_depth(c.text) is not None for c in filled):
        for name, cell in zip(columns.names, cells, strict=True):
            depth = read_depth(cell.text) if cell is not None else None
            if depth is not None:
                draft.claim(f"{full_name(columns, name)}: depth == {depth}", cell)
                columns.depths[name] = depth
        return True
    head = words_of(label.text) if label else ""
    what = "macs" if MACS.search(head) else "params" if PARAMS.search(head) else ""
    if not what or label is None:
        return False
    for name, cell in zip(columns.names, cells, strict=True):
        if cell is None:
            continue
        figure = read_figure(cell.text, unit_of(label.text))
        if figure is None:
            wrong = TableCell(
                f"{quote(cell.text)} is no figure",
                help="understood are `3.6×10^9`, `3.6G`, `25.6M`; a PDF may lose superscripts",
            )
            reading.wrong_cell(wrong, cell)
        else:
            draft.claim(f"{full_name(columns, name)}: {what} ~ {figure}", cell, rounded=True)
    if what == "macs":
        reading.assume("FLOPs are multiply-adds, as in most papers on image classification")
    return True


def read_input(reading: Reading, cell: Cell) -> None:
    """`input (224 × 224 RGB image)`: the size of the input, unless an option gives it."""
    if reading.options.input is not None:
        return
    text = words_of(cell.text)
    found = re.search(r"\d{1,5}(?:\^2|x\d{1,5})(?:x\d{1,6})?", text)
    sizes = read_size(found[0]) if found else None
    if sizes is None:
        wrong = TableOpen(f"{quote(cell.text)} has no size", help="--input 3x224x224 gives it")
        reading.wrong_cell(wrong, cell)
        return
    if len(sizes) == 3:
        reading.options.input = as_map(sizes)
    else:
        gray = "gr" in text and ("gray" in text or "grey" in text)
        if not gray and "rgb" not in text and "colo" not in text:
            reading.assume("the input has 3 channels (--input)")
        reading.options.input = (1 if gray else 3, sizes[0], sizes[1])


def size_of(reading: Reading, output: Cell | None) -> tuple[int, int] | None:
    """The height and width that a row states, or a mistake."""
    if output is None:
        return None
    sizes = read_size(output.text)
    if sizes is not None and len(sizes) == 3:
        whole = as_map(sizes)
        sizes = whole[1:] if whole else None
    if sizes is None:
        wrong = TableCell(f"{quote(output.text)} is no size", help="understood is `56×56`")
        reading.wrong_cell(wrong, output)
        return None
    return sizes[0], sizes[1]
