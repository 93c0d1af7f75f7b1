"""Rows of layers as lines and tables of the language, their sizes checked as they go through."""

from __future__ import annotations

from archdsl.importers.table.columns import ACTS, INCEPTION, columns_of
from archdsl.importers.table.draft import Draft
from archdsl.importers.table.errors import TableCell, TableClaim, TableOpen
from archdsl.importers.table.model import Cell, Reading
from archdsl.importers.table.pairs import MEND, join_separable
from archdsl.importers.table.rows import Layer, Map, halve, show_map
from archdsl.importers.table.sizes import fit_conv, fit_pool

BLOCKS = ("inverted", "mbconv", "bneck", "fused", "separable", "inception", "fire")
FILES = {
    "inverted": "std/mobile",
    "mbconv": "std/mobile",
    "bneck": "std/mobile",
    "separable": "std/mobile",
    "inception": "std/inception",
    "fire": "std/fire",
}
FUSED = """    ## Fused inverted residual: one convolution in place of the 1x1 and the depthwise one
    ## (Tan and Le 2021, arXiv:2104.00298, Figure 2).
    block fused(out, expand=4, kernel=3, stride=1) {
        residual(shortcut=match)[
            if expand != 1 { conv(kernel)-(expand*c)/stride, conv1-out(act=none) }
            else { conv(kernel)-out/stride }
        ]
    }"""


def write_layers(draft: Draft, name: str, layers: list[Layer]) -> None:
    """Writes the network of the rows."""
    Writer(draft).write(name, layers)


class Writer:
    """Writes rows one after the other, and follows the size of the tensor."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.reading: Reading = draft.reading
        self.options = draft.reading.options
        assert self.options.input is not None
        self.size: Map | None = None if self.options.stem else self.options.input
        self.default_act = "relu"
        self.default_norm = "bn"

    def write(self, name: str, layers: list[Layer]) -> None:
        """The whole network."""
        layers = join_separable(self.reading, layers)
        self.choose_defaults(layers)
        self.find_strides(layers)
        for layer in layers:
            self.follow(layer)
        if self.reading.problems:
            return
        assert self.options.input is not None
        c, h, w = self.options.input
        self.draft.add(f"network {name} {{")
        self.draft.add(f"    input {c}x{h}x{w}")
        norm = f"norm={self.default_norm}, " if self.default_norm != "none" else ""
        self.draft.add(
            f"    default conv {'+ FC ' if not norm else ''}({norm}act={self.default_act})"
        )
        if any(x.kind == "fused" for x in layers):
            for line in FUSED.split("\n"):
                self.draft.add(line)
        if self.options.stem:
            self.draft.add(f"    {self.options.stem}")
        self.write_body(layers)
        if self.options.head:
            self.draft.add(f"    {self.options.head}")
        self.draft.add("}")

    def choose_defaults(self, layers: list[Layer]) -> None:
        """Norm and activation that the table does not say."""
        kinds = [x.kind for x in layers]
        block = next((k for k in kinds if k in ACTS), "")
        plain = any(k in ("inception", "fire") for k in kinds)
        self.default_act = self.options.act or ACTS.get(block, "relu")
        self.default_norm = self.options.norm or ("none" if plain else "bn")
        norm = (
            f"{self.default_norm} behind each convolution"
            if self.default_norm != "none"
            else "no norm"
        )
        self.reading.assume(f"activation {self.default_act} (--act), {norm} (--norm)")
        notes = {
            "inverted": "bottleneck is MobileNetV2's, with a linear end (std/mobile: inverted)",
            "mbconv": "MBConv has squeeze-and-excitation to a quarter of its input (std/mobile)",
            "bneck": "bneck squeezes to a quarter of its inner channels (std/mobile)",
            "separable": "norm and activation stand behind both halves of a separable convolution",
        }
        for kind, note in notes.items():
            if kind in kinds:
                self.reading.assume(note)

    def find_strides(self, layers: list[Layer]) -> None:
        """Strides that only the sizes of the rows say (EfficientNet's Table 1)."""
        given = list(self.options.strides)
        if any(x.stride for x in layers if x.kind in BLOCKS) or not any(
            x.kind in BLOCKS and x.kind not in ("inception", "fire") for x in layers
        ):
            return
        ends = [x for x in layers if x.input is not None]
        for layer in layers:
            if layer.kind not in (*BLOCKS, "conv") or layer.stride:
                continue
            at = ends.index(layer) if layer in ends else -1
            if given:
                layer.stride = given.pop(0)
            elif at >= 0 and at + 1 < len(ends):
                now, then = layer.input, ends[at + 1].input
                assert now is not None
                assert then is not None
                layer.stride = max(1, round(now[1] / max(1, then[1])))
                self.reading.assume(
                    "a row's stride is what leads to the resolution of the next row"
                )
            elif at < 0:
                self.reading.wrong_cell(
                    TableOpen("nothing says its stride", help="a column `s`, or --strides 1,2,2,1"),
                    layer.cell,
                )

    # --- sizes ---

    def follow(self, layer: Layer) -> None:
        """Compares a row's sizes with what arrives, and goes on behind it."""
        self.compare(layer.input, layer.input_cell, "enters")
        self.check_filter(layer)
        if layer.kind in BLOCKS:
            self.follow_block(layer)
        elif layer.kind == "conv":
            self.follow_conv(layer)
        elif layer.kind in ("avgpool", "maxpool", "pool"):
            self.follow_pool(layer)
        elif layer.kind == "gap":
            self.size = None if self.size is None else (self.size[0], 1, 1)
        elif layer.kind == "fc":
            if not layer.out and layer.output is not None:
                layer.out = layer.output[0]
            if not layer.out:
                layer.out = self.options.classes
                self.reading.assume(f"the last layer has {layer.out} classes (--classes)")
            self.size = (layer.out, 1, 1)
        elif layer.kind == "dw":
            self.reading.wrong_cell(
                TableCell("a depthwise convolution without a 1x1 convolution below it"), layer.cell
            )
        self.compare(layer.output, layer.output_cell, "leaves")

    def check_filter(self, layer: Layer) -> None:
        """The channels that a filter's shape states, with those that arrive."""
        have = None if self.size is None else self.size[0]
        if layer.kind == "fc" and self.size is not None:
            have = self.size[0] * self.size[1] * self.size[2]
        if layer.takes and have is not None and layer.takes != have and not self.options.loose:
            self.reading.wrong_cell(
                TableClaim(f"the filter takes {layer.takes} channels, {have} arrive", help=MEND),
                layer.cell,
            )

    def compare(self, stated: Map | None, cell: Cell | None, where: str) -> None:
        """A size that the table states, with the one that its layers give."""
        if stated is None or cell is None or self.size is None or self.options.loose:
            return
        have = self.size if stated[0] else (0, *self.size[1:])
        if have == stated:
            return
        shown, mine = show_map(stated).removesuffix("×0"), show_map(have).removesuffix("×0")
        self.reading.wrong_cell(
            TableClaim(
                f"the table says that {shown} {where} this row, its layers give {mine}",
                help=MEND,
            ),
            cell,
        )
        self.size = (stated[0] or self.size[0], stated[1], stated[2])

    def follow_block(self, layer: Layer) -> None:
        """A block keeps the size but for its stride."""
        if layer.kind == "inception":
            missing = [r for r in INCEPTION if r not in layer.values]
            if missing:
                self.open(layer, f"nothing stands below {', '.join(missing)}")
            v = layer.values
            layer.out = sum(v.get(r, 0) for r in ("n1x1", "n3x3", "n5x5", "pool"))
        if layer.kind == "fire":
            v = layer.values
            if set(v) != {"squeeze", "expand1", "expand3"}:
                self.open(layer, "a fire module has s1x1, e1x1 and e3x3")
            layer.out = v.get("expand1", 0) + v.get("expand3", 0)
        if not layer.out:
            self.open(layer, "nothing says how many channels it has")
        if layer.kind in ("inverted", "mbconv") and not layer.expand:
            self.open(layer, "nothing says its expansion `t`")
        if layer.kind == "fused" and not layer.expand:
            self.open(layer, "nothing says its expansion")
        if layer.kind == "bneck" and not (layer.exp and layer.kernel[0]):
            self.open(layer, "a bneck has a kernel and an `exp size`")
        layer.kernel = layer.kernel if layer.kernel[0] else (3, 3)
        if layer.kernel[0] != layer.kernel[1]:
            self.open(layer, "the kernels of blocks are square")
        if self.size is not None:
            s = layer.stride or 1
            self.size = (layer.out, halve(self.size[1], s), halve(self.size[2], s))

    def open(self, layer: Layer, what: str) -> None:
        """Something that the row does not say."""
        self.reading.wrong_cell(TableOpen(what), layer.cell)

    def follow_conv(self, layer: Layer) -> None:
        """A convolution, padded so that the size that its row states comes out."""
        if not layer.kernel[0]:
            layer.kernel = (3, 3)
            self.reading.assume("a convolution without a kernel is 3x3")
        v = layer.values
        if "n3x3" in v and layer.kernel == (3, 3):  # GoogLeNet's `depth 2`: a 1x1 before it
            layer.out = v["n3x3"]
        if not layer.out and layer.output is not None:
            layer.out = layer.output[0]
        if not layer.out:
            self.open(layer, "nothing says how many channels it has")
        if self.size is None:
            return
        wanted = layer.output[1:] if layer.output is not None else None
        stride = layer.stride or 1
        fitted = fit_conv(self.size[1:], layer.kernel, stride, wanted)
        fitted = fitted or fit_conv(self.size[1:], layer.kernel, stride, None)
        assert fitted is not None
        if fitted[0]:
            self.reading.assume("convolutions are padded so as to give the sizes of the table")
            layer.attrs = ", ".join(a for a in (layer.attrs, fitted[0]) if a)
        self.size = (layer.out, *fitted[1])

    def follow_pool(self, layer: Layer) -> None:
        """A pool; over everything it is `gap`."""
        if layer.kind != "maxpool" and (
            not layer.kernel[0] or (self.size is not None and layer.kernel == self.size[1:])
        ):
            layer.kind = "gap"
            self.size = None if self.size is None else (self.size[0], 1, 1)
            return
        if layer.kind == "pool" or not layer.kernel[0]:
            self.open(layer, "which pool, and over which window?")
            return
        stride = layer.stride or layer.kernel[0]
        if self.size is None:
            return
        wanted = layer.output[1:] if layer.output is not None else None
        fitted = fit_pool(self.size[1:], layer.kernel, stride, wanted, ceil_first=True)
        fitted = fitted or fit_pool(self.size[1:], layer.kernel, stride, None)
        assert fitted is not None
        if fitted[0]:
            self.reading.assume("pools round up or are padded so as to give the sizes of the table")
        layer.attrs = fitted[0]
        self.size = (self.size[0], *fitted[1])

    # --- text ---

    def write_body(self, layers: list[Layer]) -> None:
        """Lines of layers, and tables of blocks of one kind."""
        at = 0
        line: list[str] = []
        cell: Cell | None = None
        while at < len(layers):
            if layers[at].kind in BLOCKS:
                self.flush(line, cell)
                line, cell = [], None
                at = self.write_table(layers, at)
                continue
            cell = cell or layers[at].cell
            line.append(self.write_one(layers, at))
            at += 1
        self.flush(line, cell)

    def flush(self, line: list[str], cell: Cell | None) -> None:
        """One line of layers."""
        if line:
            self.draft.add("    " + ", ".join(line), cell)

    def write_one(self, layers: list[Layer], at: int) -> str:
        """A layer that is no block."""
        x = layers[at]
        s = f"/{x.stride}" if x.stride > 1 else ""
        k = str(x.kernel[0]) if x.kernel[0] == x.kernel[1] else f"{x.kernel[0]}x{x.kernel[1]}"
        if x.kind == "conv":
            attrs = [x.attrs] if x.attrs else []
            if x.act and x.act != self.default_act:
                attrs.append(f"act={x.act}")
            reduce = x.values.get("r3x3")
            first = f"conv1-{reduce}, " if reduce else ""
            text = f"{first}conv{k}-{x.out}{s}" + (f"({', '.join(attrs)})" if attrs else "")
            text += f" x{x.repeat}" if x.repeat > 1 else ""
            rest = [y.kind for y in layers[at + 1 :]]
            if x.out == self.options.classes and not set(rest) - {"softmax", "dropout"}:
                text += ", flatten"
            return text
        if x.kind in ("avgpool", "maxpool"):
            stride = x.stride or x.kernel[0]
            return f"{x.kind}{k}/{stride}" + (f"({x.attrs})" if x.attrs else "")
        if x.kind == "fc":
            act = f"(act={x.act})" if x.act and at + 1 < len(layers) else ""
            drop = self.options.dropout
            return (f"dropout-{drop}, " if drop else "") + f"FC-{x.out}{act}"
        if x.kind == "dropout":
            return f"dropout-{x.attrs or '0.5'}"
        if x.kind == "gap":
            before = layers[at - 1] if at else None
            end = (
                before is not None and before.kind == "conv" and before.out == self.options.classes
            )
            return "gap, flatten" if end else "gap"
        return {"softmax": "soft-max", "lrn": "LRN"}.get(x.kind, x.kind)

    def write_table(self, layers: list[Layer], at: int) -> int:
        """A table of blocks of one kind, with the pools between them; gives where it ends."""
        kind = layers[at].kind
        end = at
        while end < len(layers) and (layers[end].kind == kind or layers[end].kind == "maxpool"):
            end += 1
        while layers[end - 1].kind == "maxpool":
            end -= 1
        part = layers[at:end]
        blocks = [x for x in part if x.kind == kind]
        columns = [c for c in columns_of(kind, self.default_act) if c.wanted(blocks)]
        if kind in FILES:
            self.draft.use(FILES[kind], kind)
        self.draft.add("")
        self.draft.add("    | " + " | ".join([kind, *(c.name for c in columns)]) + " |")
        self.draft.add("    |" + "---|" * (len(columns) + 1))
        for i, x in enumerate(part):
            if x.kind == kind:
                texts = [x.label, *(c.show(x) for c in columns)]
                self.draft.add("    | " + " | ".join(texts) + " |", x.cell)
            else:
                self.draft.add(f"    | {self.write_one(part, i)} |", x.cell)
        self.draft.add("")
        return end
