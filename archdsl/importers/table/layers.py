"""Tables with one layer a row: the headings say which, the rows become layers."""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from archdsl.importers.table.clean import words_of
from archdsl.importers.table.draft import Draft, network_name
from archdsl.importers.table.emit import write_layers
from archdsl.importers.table.errors import TableCell, TableColumn, TableOpen, TableShape
from archdsl.importers.table.facts import as_map, read_size
from archdsl.importers.table.model import Cell, Grid, Reading, Row, quote
from archdsl.importers.table.operators import OPERATORS, NotUnderstood, read_operator
from archdsl.importers.table.rows import Layer, Map

ROLES = (
    ("operator", r"operators?(?: f\S*)?|type(?: ?/ ?stride)?|layer(?: name)?/type|layer type"),
    ("filter", r"filter (?:shape|size)(?: ?/ ?stride)?(?: \(.*\))?|patch size(?: ?/ ?stride)?"),
    ("input", r"inputs?(?: size| dims?| shape)?|resolution(?: .*)?"),
    ("output", r"outputs?(?: size| shape)?"),
    ("expand", r"t|expand(?: ratio)?|expansion(?: (?:factor|ratio))?"),
    ("exp", r"exp(?:ansion)?[. ]?size|exp"),
    ("out", r"c(?:_?out)?|# ?out|out|(?:# ?|output |out )?channels(?: c\S*)?"),
    ("repeat", r"n|repeats?|(?:# ?)?layers?(?: l\S*)?"),
    ("stride", r"s|strides?"),
    ("se", r"se|use se|squeeze.excite"),
    ("act", r"nl|act(?:ivation)?|non-?linearity"),
    ("stage", r"stage(?: i)?|#|no\.?|i|index"),
    ("depth", r"depth"),
    ("n1x1", r"# ?1x1"),
    ("r3x3", r"# ?3x3 ?reduce"),
    ("n3x3", r"# ?3x3"),
    ("r5x5", r"# ?5x5 ?reduce"),
    ("n5x5", r"# ?5x5"),
    ("pool", r"pool ?proj(?:ection)?"),
    ("squeeze", r"s ?_?1x1(?: .*)?|squeeze"),
    ("expand1", r"e ?_?1x1(?: .*)?"),
    ("expand3", r"e ?_?3x3(?: .*)?"),
    ("figure", r"(?:# ?)?param(?:eter)?s?(?: .*)?|ops|flops|macs|mult-?adds?|madds"),
)
PATTERNS = tuple((role, re.compile(pattern)) for role, pattern in ROLES)
NUMBERS = ("n1x1", "r3x3", "n3x3", "r5x5", "n5x5", "pool", "squeeze", "expand1", "expand3")
SYMBOL = re.compile(r"(?:\\(?:hat|bar|tilde) ?)?[a-z](?:_?[a-z])?")
"""What stands below a heading in papers: `\\hat{C}_i`."""
YES = ("yes", "true", "1", "x", "se", "y")


def role_of(text: str) -> str:
    """What a heading says of its column; "" where it is not known."""
    text = words_of(text).replace("(", " (").replace("  ", " ")
    text = "".join(c for c in normalize("NFD", text) if not combining(c))  # `Ĉ` is `C`
    return next((role for role, pattern in PATTERNS if pattern.fullmatch(text)), "")


def finds_layers(grid: Grid) -> bool:
    """Whether a table has one layer a row: a heading for operators, and another that is known."""
    return find_head(grid) is not None


def find_head(grid: Grid) -> int | None:
    """The row of such headings."""
    for at, row in enumerate(grid.rows[:8]):
        roles = [role_of(c.text) for c in row.filled]
        if "operator" in roles and len(set(roles) - {"", "operator", "output", "stage"}) >= 1:
            return at
    return None


def is_symbols(row: Row) -> bool:
    """Whether a row below the headings says by which letters the text speaks of them."""
    texts = [t for c in row.filled for t in re.split(r" ?[x×,] ?", words_of(c.text))]
    return len(texts) > 1 and all(SYMBOL.fullmatch(t) for t in texts)


def read_layers(reading: Reading, grid: Grid) -> Draft:
    """The spec of a table with one layer a row. Raises Unreadable."""
    head = find_head(grid)
    assert head is not None
    roles = read_roles(reading, grid.rows[head], grid.rows[head + 1 :])
    layers: list[Layer] = []
    for at, row in enumerate(grid.rows[head + 1 :]):
        if at > 0 or not is_symbols(row):
            layers += read_row(reading, row, roles)
    draft = Draft(reading)
    if not reading.problems and not layers:
        raise reading.stop(TableShape("the table has no layers", help=OPERATORS))
    if not reading.problems:
        settle_input(reading, layers)
        total = sum_depth(reading, grid.rows[head + 1 :], roles)
        write_layers(draft, name_of(reading), layers)
        if total is not None:
            draft.claim(f"{name_of(reading)}: depth == {total[0]}", total[1])
    return draft


def name_of(reading: Reading) -> str:
    """The network's name."""
    return network_name(reading.options.name or reading.options.file_name)


def read_roles(reading: Reading, row: Row, rows: list[Row]) -> dict[str, int]:
    """The column of each role."""
    roles: dict[str, int] = {}
    for at in range(len(row.places)):
        cell = row.at(at)
        role = role_of(cell.text) if cell else ""
        below = next((c for r in rows if (c := r.at(at)) is not None), None)
        if role == "figure":
            reading.assume(f"the column {quote((cell or row.cells[0]).text)} is not carried over")
        elif cell is not None and (not role or role in roles):
            why = "is not known" if not role else "says again what another column says"
            known = (
                "operator, input, output size, t, c, n, s, exp size, SE, NL, filter shape, depth"
            )
            wrong = TableColumn(f"the heading {quote(cell.text)} {why}", help=f"known are {known}")
            reading.wrong_cell(wrong, cell)
        elif role:
            roles[role] = at
        elif below is not None:
            wrong = TableColumn(f"column {at + 1} has no heading", help="say what it is")
            reading.wrong_cell(wrong, below)
    return roles


def read_row(reading: Reading, row: Row, roles: dict[str, int]) -> list[Layer]:
    """The layers of a row: several where its cells have several lines."""
    cell = row.at(roles["operator"])
    if cell is None:
        if row.filled:
            first = row.filled[0]
            if len(row.filled) == 1 and re.match(r"(?:table|fig)", words_of(first.text)):
                return []
            reading.wrong_cell(TableCell(f"no operator stands beside {quote(first.text)}"), first)
        return []
    text = words_of(cell.text)
    if len(row.filled) == 1 and re.match(r"(?:table|fig)", text):
        return []
    try:
        if re.match(r"input\b", text):
            read_input(reading, row, roles, cell)
            return []
        filter_cell = row.at(roles["filter"]) if "filter" in roles else None
        layers = read_operator(reading, cell, filter_cell)
    except NotUnderstood as wrong:
        reading.wrong_cell(wrong, wrong.at)
        return []
    if layers:
        fill(reading, row, roles, layers)
    return layers


def read_input(reading: Reading, row: Row, roles: dict[str, int], cell: Cell) -> None:
    """A row `input image | 224×224×3`."""
    size = row.at(roles["output"]) if "output" in roles else None
    found = read_map(reading, size, 3)
    if found is None:
        reading.wrong_cell(TableOpen(f"{quote(cell.text)} has no size", help="--input"), cell)
    elif reading.options.input is None:
        reading.options.input = found


def fill(reading: Reading, row: Row, roles: dict[str, int], layers: list[Layer]) -> None:
    """Puts the numbers of the other columns into a row's layers."""
    first, last = layers[0], layers[-1]

    def at(role: str) -> Cell | None:
        return row.at(roles[role]) if role in roles else None

    first.input_cell, last.output_cell = at("input"), at("output")
    first.input = read_map(reading, first.input_cell, 0)
    last.output = read_map(reading, last.output_cell, 0)
    main = next((x for x in layers if x.kind not in ("gap", "pool", "softmax", "dropout")), first)
    classes = reading.options.classes
    main.out = number(reading, at("out"), main.out, classes, least=1)
    main.expand = number(reading, at("expand"), main.expand, least=1)
    main.exp = number(reading, at("exp"), main.exp, least=1)
    main.repeat = number(reading, at("repeat"), main.repeat, least=1)
    main.stride = number(reading, at("stride"), main.stride, least=1)
    se, act = at("se"), at("act")
    main.se = se is not None and words_of(se.text) in YES
    if se is not None and not main.se and words_of(se.text) not in ("no", "false", "0"):
        reading.wrong_cell(TableCell(f"{quote(se.text)} is neither yes nor no"), se)
    if act is not None:
        names = {
            "re": "relu",
            "hs": "hardswish",
            "relu": "relu",
            "h-swish": "hardswish",
            "r6": "relu6",
            "relu6": "relu6",
            "sw": "silu",
            "swish": "silu",
        }
        main.act = names.get(words_of(act.text), "")
        if not main.act:
            wrong = TableCell(f"{quote(act.text)} is no activation", help="RE, HS, R6 or SW")
            reading.wrong_cell(wrong, act)
    for role in NUMBERS:
        if at(role) is not None:
            main.values[role] = number(reading, at(role), 0)
    for role, why in refused(main, at("out") is not None):
        if (cell := at(role)) is not None:
            reading.wrong_cell(TableCell(f"{quote(cell.text)}: {why}"), cell)


REPEATED = ("conv", "inverted", "mbconv", "bneck", "fused", "dw", "separable")


def refused(layer: Layer, has_out: bool) -> list[tuple[str, str]]:
    """The columns whose cells say what this kind of layer cannot have, and why."""
    kind = layer.kind
    out = []
    if layer.repeat > 1 and kind not in REPEATED:
        out.append(("repeat", "such a row is not repeated"))
    if layer.expand and kind not in ("inverted", "mbconv", "fused"):
        out.append(("expand", "such a layer has no expansion"))
    if layer.exp and kind != "bneck":
        out.append(("exp", "such a layer has no expansion"))
    if layer.se and kind not in ("bneck", "mbconv"):
        out.append(("se", "such a layer has no squeeze-and-excitation"))
    if layer.act and kind not in (*REPEATED, "fc"):
        out.append(("act", "such a layer has no activation"))
    if layer.stride > 1 and kind in ("fc", "softmax", "dropout", "gap", "inception", "fire"):
        out.append(("stride", "such a layer has no stride"))
    if has_out and layer.out and kind in ("avgpool", "maxpool", "pool", "gap", "softmax"):
        out.append(("out", "a pool keeps its channels; write `-`"))
    takes = {"inception": NUMBERS[:6], "fire": NUMBERS[6:], "conv": ("r3x3", "n3x3")}.get(kind, ())
    out += [(r, "such a layer has no such branch") for r in layer.values if r not in takes]
    return out


def number(
    reading: Reading, cell: Cell | None, default: int, k: int | None = None, least: int = 0
) -> int:
    """The integer of a cell; `k` stands for the number of classes."""
    if cell is None:
        return default
    text = words_of(cell.text).replace(",", "")
    if k is not None and text in ("k", "#classes", "num_classes", "classes"):
        reading.assume(f"k is {k} classes (--classes)")
        return k
    if not re.fullmatch(r"\d{1,7}", text):
        wrong = TableCell(f"{quote(cell.text)} is no integer", help="a number, `-`, or nothing")
        reading.wrong_cell(wrong, cell)
        return default
    if int(text) < least:
        wrong = TableCell(
            f"{quote(cell.text)} is less than 1", help="`-` or nothing, where it has none"
        )
        reading.wrong_cell(wrong, cell)
        return default
    return int(text)


def read_map(reading: Reading, cell: Cell | None, channels: int) -> Map | None:
    """`112² × 32`, `112×112×32`, `112×112` (channels 0 where it has none), or a mistake."""
    if cell is None:
        return None
    sizes = read_size(cell.text)
    if sizes is not None and len(sizes) == 3:
        found = as_map(sizes)
        if found is not None:
            return found
    if sizes is not None and len(sizes) == 2:
        return channels, sizes[0], sizes[1]
    wrong = TableCell(f"{quote(cell.text)} is no size", help="`112^2 x 32` or `112x112x32`")
    reading.wrong_cell(wrong, cell)
    return None


def settle_input(reading: Reading, layers: list[Layer]) -> None:
    """The network's input: the option's, the first row's, or 3x224x224."""
    first = layers[0].input
    if reading.options.input is None and first is not None:
        if first[0] == 0:
            reading.assume("the input has 3 channels (--input)")
        reading.options.input = (first[0] or 3, first[1], first[2])
    if reading.options.input is None:
        reading.options.input = (3, 224, 224)
        reading.assume("the input is 3x224x224 (--input)")


def sum_depth(reading: Reading, rows: list[Row], roles: dict[str, int]) -> tuple[int, Cell] | None:
    """The sum of a column `depth`, as GoogLeNet's table has it."""
    if "depth" not in roles:
        return None
    cells = [c for row in rows if (c := row.at(roles["depth"])) is not None]
    return (sum(number(reading, c, 0) for c in cells), cells[-1]) if cells else None
