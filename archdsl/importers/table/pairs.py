"""A depthwise convolution and the 1x1 below it are one separable convolution."""

from __future__ import annotations

from archdsl.importers.table.errors import TableClaim
from archdsl.importers.table.model import Reading
from archdsl.importers.table.rows import Layer, halve, show_map

MEND = "mend this row or the stride of the one above, or drop such claims with --loose"


def join_separable(reading: Reading, layers: list[Layer]) -> list[Layer]:
    """A depthwise convolution and the 1x1 below it as one separable convolution."""
    out: list[Layer] = []
    for layer in layers:
        before = out[-1] if out else None
        pointwise = layer.kind == "conv" and layer.kernel == (1, 1) and layer.stride in (0, 1)
        if before is not None and before.kind == "dw" and pointwise and layer.repeat == 1:
            before.kind = "separable"
            inside = layer.input
            if layer.takes != before.takes and layer.takes and before.takes:
                wrong = TableClaim(
                    f"the filter takes {layer.takes} channels, {before.takes} arrive", help=MEND
                )
                reading.wrong_cell(wrong, layer.cell)
            if inside is not None and before.input is not None and not reading.options.loose:
                s = before.stride or 1
                mine = (before.input[0], halve(before.input[1], s), halve(before.input[2], s))
                if mine != inside and layer.input_cell is not None:
                    reading.wrong_cell(
                        TableClaim(
                            f"the table says that {show_map(inside)} enters this row, the row "
                            f"above gives {show_map(mine)}",
                            help=MEND,
                        ),
                        layer.input_cell,
                    )
                    before.stride = max(1, round(before.input[1] / max(1, inside[1])))
            before.out = layer.out
            before.output, before.output_cell = layer.output, layer.output_cell
            continue
        out.append(layer)
    return out
