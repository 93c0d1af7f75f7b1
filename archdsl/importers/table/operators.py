"""The operators of tables with one layer a row: `bottleneck`, `MBConv6, k5x5`, `Conv dw / s1`."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import words_of
from archdsl.importers.table.draft import label_name
from archdsl.importers.table.errors import TableCell
from archdsl.importers.table.model import Cell, Reading, quote
from archdsl.importers.table.rows import Layer
from archdsl.importers.table.words import has_zero

OPERATORS = (
    "understood are `conv2d 3x3`, `bottleneck`, `bneck, 3x3`, `MBConv6, k3x3`, "
    "`Fused-MBConv4, k3x3`, `Conv dw / s1` with a filter shape, `convolution`, `max pool`, "
    "`inception (3a)`, `fire2`, `avgpool 7x7`, `pooling`, `dropout (40%)`, `linear`, `FC`, "
    "`softmax`; `&` joins several"
)
K = r"(?:k ?)?\(?k?(?P<k>\d{1,2})(?:x(?P<l>\d{1,2}))?\)?"
STRIDE = r"(?: ?/ ?s? ?(?P<s>\d))?"
FORMS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "dw",
            rf"(?:(?P<n>\d{{1,3}}) ?x ?)?(?:conv dw|dw conv|depthwise conv(?:olution)?){STRIDE}",
        ),
        ("conv", rf"(?:(?P<n>\d{{1,3}}) ?x ?)?conv(?:2d|olution)?\d{{0,2}}{STRIDE}"),
        ("conv", rf"conv(?:2d|olution)?[, ]*{K}{STRIDE}(?P<nbn>, nbn)?"),
        ("conv", rf"{K} conv(?:2d)?{STRIDE}(?P<nbn>, nbn)?"),
        ("inverted", rf"(?:bottleneck|inverted residual)(?:[, ]*{K})?"),
        ("bneck", rf"bneck(?:[, ]*{K})?"),
        ("mbconv", rf"mb-?conv(?P<e>\d{{1,2}})[,_ ]*{K}(?:,? se ?0?\.25)?"),
        ("fused", rf"fused[- ]?mb-?conv(?P<e>\d{{1,2}})[,_ ]*{K}"),
        ("inception", r"inception ?\(?(?P<name>\w{1,8})\)?"),
        ("fire", r"fire ?(?P<name>\d{1,3})"),
        ("gap", r"global (?:avg|average) ?pool(?:ing)?"),
        ("avgpool", rf"(?:avg|average) ?-?pool(?:ing)?\d{{0,2}}(?:[, ]*{K})?{STRIDE}"),
        ("maxpool", rf"max ?-?pool(?:ing)?\d{{0,2}}(?:[, ]*{K})?{STRIDE}"),
        ("pool", rf"pool(?:ing)?(?:[, ]*{K})?"),
        (
            "fc",
            rf"(?:fc|linear|fully[- ]connected|classifier)\d{{0,2}}(?:-(?P<o>\d{{1,6}}))?{STRIDE}",
        ),
        ("softmax", rf"soft-?max\d{{0,2}}{STRIDE}"),
        ("dropout", r"dropout ?\(?(?P<r>\d{1,2}%|0?\.\d{1,3})?\)?"),
        ("lrn", r"lrn|local response norm(?:ali[sz]ation)?"),
        ("flatten", r"flatten"),
    )
)
SHAPE = re.compile(
    r"(?P<pool>pool )?(?P<a>\d{1,6})x(?P<b>\d{1,6})(?:x(?P<c>\d{1,6}))?(?:x(?P<d>\d{1,6}))?"
    r"(?P<dw> dw)?(?: ?/ ?(?P<s>\d))?(?: \(x(?P<o>\d{1,6})\))?"
)


class NotUnderstood(TableCell):
    """The same mistake, with the cell that it is in."""

    id = ""

    def __init__(self, message: str, at: Cell, help: str = OPERATORS) -> None:
        super().__init__(message, help=help)
        self.id = TableCell.id
        self.at = at


def read_operator(reading: Reading, cell: Cell, shape: Cell | None) -> list[Layer]:
    """The layers of an operator's cell, with the filter shape beside it. Raises NotUnderstood."""
    lines = cell.text.split("\n")
    shapes = shape.text.split("\n") if shape is not None else []
    if len(lines) > 1 and len(shapes) not in (0, 1, len(lines)):
        raise NotUnderstood(f"{quote(cell.text)} and its filter shapes differ in lines", cell)
    out: list[Layer] = []
    for at, line in enumerate(lines):
        mine = shapes[at] if len(shapes) == len(lines) else (shapes[0] if shapes else "")
        for part in re.split(r" ?[&+] ?", words_of(line)):
            layer = read_part(part, cell)
            if mine and shape is not None:
                read_shape(layer, mine, shape)
            out.append(layer)
    check_shared(reading, out)
    return out


def check_shared(reading: Reading, layers: list[Layer]) -> None:
    """`5× Conv dw` repeats the pair with the pointwise convolution below it."""
    if any(x.repeat > 1 and x.kind in ("dw", "conv") for x in layers):
        reading.assume("`5x Conv dw` repeats it together with the pointwise convolution below it")


def read_part(text: str, cell: Cell) -> Layer:
    """One operator. Raises NotUnderstood."""
    for kind, pattern in FORMS:
        found = pattern.fullmatch(text)
        if found is not None:
            return make_layer(kind, found.groupdict(), cell)
    raise NotUnderstood(f"{quote(text)} is not understood", cell)


def make_layer(kind: str, part: dict[str, str | None], cell: Cell) -> Layer:
    """The layer of a match. Raises NotUnderstood."""
    if has_zero({name: written for name, written in part.items() if name != "name"}):
        raise NotUnderstood(
            f"{quote(cell.text)} has a 0", cell, "a kernel, a stride, a count is 1 or more"
        )
    layer = Layer(kind, cell)
    k = int(part.get("k") or 0)
    layer.kernel = (k, int(part.get("l") or k))
    layer.stride = int(part.get("s") or 0)
    layer.repeat = int(part.get("n") or 1)
    layer.expand = int(part.get("e") or 0)
    layer.out = int(part.get("o") or 0)
    name = part.get("name")
    if name:
        layer.label = label_name(("i" if kind == "inception" else "fire") + name).removesuffix("_x")
        layer.label = "i" + name if kind == "inception" else "fire" + name
    rate = part.get("r") or ""
    layer.attrs = f"{int(rate[:-1]) / 100:g}" if rate.endswith("%") else rate
    if part.get("nbn"):
        layer.attrs = "norm=none"
    return layer


def read_shape(layer: Layer, text: str, cell: Cell) -> None:
    """`3×3×32×64`, `3×3×32 dw`, `7×7/2`, `1024×1000`. Raises NotUnderstood."""
    text = words_of(text)
    if layer.kind in ("softmax", "gap", "dropout") and text in ("classifier", "-", ""):
        return
    found = SHAPE.fullmatch(text)
    if found is None or has_zero(found.groupdict()):
        what = "understood are `3x3x32x64`, `3x3x32 dw`, `7x7/2`, `Pool 7x7`, `1024x1000`"
        raise NotUnderstood(f"{quote(text)} is no filter shape", cell, what)
    a, b = int(found["a"]), int(found["b"])
    pool = layer.kind in ("avgpool", "maxpool", "pool")
    if bool(found["dw"]) != (layer.kind == "dw") or (found["pool"] and not pool):
        raise NotUnderstood(f"{quote(text)} is no filter of such a layer", cell)
    layer.takes = int(found["c"] or 0)
    if layer.kind == "fc":
        layer.takes, layer.out = a, b
        return
    layer.kernel = (a, b)
    layer.stride = int(found["s"] or layer.stride)
    layer.out = int(found["o"] or found["d"] or layer.out)
