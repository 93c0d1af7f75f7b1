"""timm's block strings (`ir_r2_k3_s2_e6_c24_se0.25`), alone or as lists in Python source."""

from __future__ import annotations

import re

from archdsl.importers.table.draft import Draft, network_name
from archdsl.importers.table.emit import write_layers
from archdsl.importers.table.errors import TableCell, TableLimit, TableOpen, TableShape
from archdsl.importers.table.model import MAX_ROWS, Cell, Options, Reading, quote
from archdsl.importers.table.rows import Layer

TOKEN = re.compile(
    r"(?P<string>'[^'\r\n\\]*'|\"[^\"\r\n\\]*\")|(?P<name>\w+\s*=)|(?P<bare>\b[a-z]{2,4}_[\w.]+)"
    r"|(?P<comment>\#[^\n]*)|(?P<open>\[)|(?P<close>\])|(?P<other>[^\s,()]+)"
)
OPTION = re.compile(r"(se|[rksec])(\d{1,7}(?:\.\d{1,4})?)")
ACTS = {"nre": "relu", "nr6": "relu6", "nhs": "hardswish", "nsw": "silu", "nmi": "mish"}
HELP = (
    "understood are ir, ds, dsa, er and cn with r, k, s, e, c, se0.25, an activation (nre, nr6, "
    "nhs, nsw, nmi), skip and noskip: `ir_r2_k3_s2_e6_c24_se0.25`"
)
STEM, HEAD = "conv3-32/2", "conv1-1280, gap, FC-{classes}"


def read_blocks(reading: Reading) -> Draft:
    """The spec of a text with block strings. Raises Unreadable."""
    stacks = split(reading)
    options = reading.options
    stem = options.stem or STEM
    options.head = options.head or HEAD.format(classes=options.classes)
    if options.input is None:
        options.input = (3, 224, 224)
        reading.assume("the input is 3x224x224 (--input)")
    options.act = options.act or "relu"
    reading.assume(f"the stem is `{stem}` (--stem), the head `{options.head}` (--head)")
    width = stem_width(reading, stem)
    options.stem = stem
    layers: list[Layer] = []
    for stack in stacks:
        for at, cell in enumerate(stack):
            made = read_block(reading, cell, width)
            if not made:
                continue
            if at:  # as timm: only the first block of a stack may stride
                made[0].stride = 1
            layers += made
            width = made[-1].out
    draft = Draft(reading)
    if not reading.problems:
        write_layers(draft, network_name(options.name or options.file_name), layers)
    return draft


def stem_width(reading: Reading, stem: str) -> int:
    """The channels that the stem gives: those of its last convolution. Raises Unreadable."""
    found = re.findall(r"conv[\dx]+-(\d{1,6})", stem)
    if not found:
        wrong = TableOpen("the stem has no convolution", help="--stem conv3-32/2")
        raise reading.stop(wrong)
    return int(found[-1])


def split(reading: Reading) -> list[list[Cell]]:
    """The strings, by the innermost lists that they stand in; each bare one is its own stack.

    Raises Unreadable where anything else than strings and lists stands in the text.
    """
    stacks: list[list[Cell]] = []
    depth = count = 0
    alone = True
    for token in TOKEN.finditer(reading.file.text):
        kind, word = token.lastgroup, token[0]
        if kind == "open":
            depth += 1
            alone = True
        elif kind == "close":
            depth -= 1
            alone = True
        elif kind in ("string", "bare"):
            text = word[1:-1] if kind == "string" else word  # it has no backslash
            count += 1
            cell = Cell(text, token.start(), token.end())
            cell.row, cell.column = count, 1
            if alone or not depth:
                stacks.append([])
            stacks[-1].append(cell)
            alone = False
        elif kind == "other":
            wrong = TableCell(
                f"{quote(word)} is neither a block string nor a list of them", help=HELP
            )
            raise reading.stop(wrong, token.start(), token.end())
        if count > MAX_ROWS:
            raise reading.stop(TableLimit(f"more than {MAX_ROWS:,} blocks"), token.start())
    if not count:
        raise reading.stop(TableShape("there are no block strings", help=HELP))
    if flat(stacks, reading.file.text):
        stacks = [[cell] for stack in stacks for cell in stack]
        reading.assume("each block string is a stage of its own, since they stand in one list")
    return stacks


def flat(stacks: list[list[Cell]], text: str) -> bool:
    """Whether the strings stand in one list, not in lists of stages."""
    return len(stacks) == 1 and len(stacks[0]) > 1 and text.count("[") == 1


def read_block(reading: Reading, cell: Cell, width: int) -> list[Layer]:
    """The rows of one block string; none, and a mistake, where it is not understood."""
    parts = cell.text.split("_")
    values: dict[str, float] = {}
    act, skip = "", None
    for part in parts[1:]:
        found = OPTION.fullmatch(part)
        if part in ("skip", "noskip"):
            skip = part == "skip"
        elif part in ACTS:
            act = ACTS[part]
        elif found and found[1] not in values:
            values[found[1]] = float(found[2])
        else:
            return wrong(reading, cell, f"{quote(part)} in {quote(cell.text)}")
    needs = {"ir": "rksec", "ds": "rksc", "dsa": "rksc", "er": "rksec", "cn": "rksc"}
    kind = parts[0]
    if kind not in needs:
        return wrong(reading, cell, f"the block {quote(kind)}")
    for letter in needs[kind]:
        if letter not in values:
            return wrong(reading, cell, f"{quote(cell.text)}, which lacks `{letter}`,")
    if any(v != int(v) or v < 1 for k, v in values.items() if k in "rksc"):
        return wrong(reading, cell, f"a count in {quote(cell.text)}")
    if int(values["r"]) > MAX_ROWS:
        return wrong(reading, cell, f"the number of repeats in {quote(cell.text)}")
    return make(reading, cell, kind, values, act, skip, width)


def wrong(reading: Reading, cell: Cell, what: str) -> list[Layer]:
    """Notes that a part is not understood."""
    reading.wrong_cell(TableCell(f"{what} is not understood", help=HELP), cell)
    return []


def make(
    reading: Reading,
    cell: Cell,
    kind: str,
    values: dict[str, float],
    act: str,
    skip: bool | None,
    width: int,
) -> list[Layer]:
    """The rows of a block that is understood in itself."""
    e, se = values.get("e", 1.0), values.get("se", 0.0)
    k, out = int(values["k"]), int(values["c"])
    layer = Layer("inverted", cell)
    layer.kernel, layer.out = (k, k), out
    layer.stride, layer.repeat, layer.act = int(values["s"]), int(values["r"]), act
    if se not in (0.0, 0.25):
        return wrong(reading, cell, f"`se{se:g}` in {quote(cell.text)}")
    never = layer.repeat == 1 and (layer.stride > 1 or out != width)  # nothing is added anyway
    if skip is False and kind != "cn" and not never:
        return wrong(reading, cell, f"`noskip` where shapes agree, in {quote(cell.text)},")
    if kind in ("cn", "er", "dsa"):
        return make_fused(reading, layer, kind, e, se, skip)
    whole = e == int(e) and (width * e) % 8 == 0 and (out * e) % 8 == 0
    if reading.options.se == "expansion" or not whole:
        if se and reading.options.se != "expansion":
            return wrong(
                reading, cell, f"a broken number of channels (e{e:g}) with se in {quote(cell.text)}"
            )
        return make_bneck(layer, e, bool(se), width, reading.options)
    layer.kind = "mbconv" if se else "inverted"
    layer.expand = int(e)
    return [layer]


def make_fused(
    reading: Reading, layer: Layer, kind: str, e: float, se: float, skip: bool | None
) -> list[Layer]:
    """`cn` is a convolution, `er` has one in place of the 1x1 and the depthwise one."""
    if se or e != int(e) or (kind == "er" and e == 1):
        return wrong(reading, layer.cell, quote(layer.cell.text))
    if kind == "dsa":
        layer.kind = "separable"
    elif kind == "cn" and not skip:
        layer.kind = "conv"
    else:
        layer.kind, layer.expand = "fused", 1 if kind == "cn" else int(e)
    if layer.act and layer.kind == "fused":
        return wrong(reading, layer.cell, f"an activation in {quote(layer.cell.text)}")
    if layer.kind == "conv" and layer.repeat > 1 and layer.stride > 1:
        return wrong(reading, layer.cell, f"a repeat with a stride in {quote(layer.cell.text)}")
    return [layer]


def make_bneck(layer: Layer, e: float, se: bool, width: int, options: Options) -> list[Layer]:
    """Rows of MobileNetV3's block, whose inner channels are written out one by one."""
    rows = []
    for at in range(layer.repeat):
        row = Layer("bneck", layer.cell)
        row.kernel, row.out, row.se = layer.kernel, layer.out, se
        row.act = layer.act or options.act or "relu"
        row.stride = layer.stride if at == 0 else 1
        row.exp = round_channels((width if at == 0 else layer.out) * e)
        rows.append(row)
    return rows


def round_channels(n: float) -> int:
    """The nearest multiple of 8, not below 90 % (MobileNet's rule, as timm has it)."""
    near = max(8, int(n + 4) // 8 * 8)
    return near + 8 if near < 0.9 * n else near
