"""Layers of networks side by side, with the strides and paddings that the table's sizes ask for."""

from __future__ import annotations

from itertools import pairwise

from archdsl.importers.table.draft import Draft
from archdsl.importers.table.errors import TableCell, TableClaim, TableOpen
from archdsl.importers.table.groups import Units, bracket_help
from archdsl.importers.table.model import Cell, Reading
from archdsl.importers.table.sizes import Size, fit_conv, fit_pool, show
from archdsl.importers.table.words import Group, Step


class Line:
    """A row of layers: its name, the size that it states, and each network's cell."""

    __slots__ = ("cells", "label", "output", "size", "words")

    def __init__(self, label: str, output: Cell | None, cells: list[Cell | None]) -> None:
        self.label = label
        self.output = output
        self.cells = cells
        self.size: Size | None = None
        self.words: dict[int, list[Step | Group]] = {}

    def steps(self, network: int) -> list[Step | Group]:
        """A network's layers in this row."""
        cell = self.cells[network]
        return [] if cell is None else self.words.get(id(cell), [])


def lay_out(draft: Draft, base: str, names: list[str], lines: list[Line]) -> None:
    """Writes the network, or the table of networks, with its claims on sizes."""
    reading = draft.reading
    if reading.options.input is None:
        reading.options.input = (3, 224, 224)
        reading.assume("the input is 3x224x224 (--input)")
    end_stages(lines)
    every = [w for line in lines for words in line.words.values() for w in words]
    units = Units(draft, every)
    columns = [Column(reading, units, lines, i).write() for i in range(len(names))]
    written = {id(line) for i, line in enumerate(lines) if any(c[i] for c in columns)}
    if reading.problems:
        return
    name = base if len(names) > 1 else f"{base}-{names[0]}"
    draft.add(f"network {name} {{")
    c, h, w = reading.options.input
    draft.add(f"    input {c}x{h}x{w}")
    for text in units.defaults():
        draft.add(f"    {text}")
    draft.add("")
    write_rows(draft, names, lines, columns)
    for line in lines:
        if line.label and line.size is not None and id(line) in written:
            write_size_claim(draft, line, lines)
    draft.add("}")


def write_rows(draft: Draft, names: list[str], lines: list[Line], columns: list[list[str]]) -> None:
    """The rows of the table of networks; lines, where there is one network."""
    if len(names) > 1:
        draft.add("    | " + " | ".join(names) + " |")
        draft.add("    |" + "---|" * len(names))
    for at, line in enumerate(lines):
        texts = [column[at] for column in columns]
        cell = next((c for c in line.cells if c is not None), None)
        label = f"{line.label}: " if line.label else ""
        if not any(texts):
            continue
        if len(names) == 1:
            draft.add(f"    {label}{texts[0]}", cell)
        elif all(t == texts[0] for t in texts):
            draft.add(f"    | {label}{texts[0]} |", cell)
        else:
            draft.add("    | " + " | ".join(label + t if t else "" for t in texts) + " |", cell)


def write_size_claim(draft: Draft, line: Line, lines: list[Line]) -> None:
    """A claim on the size of a named row, where the name is given once."""
    assert line.size is not None
    if [other.label for other in lines].count(line.label) > 1 or line.size == (1, 1):
        return
    height, width = line.size
    draft.add(f"    expect @{line.label}.h == {height}", line.output)
    if width != height:
        draft.add(f"    expect @{line.label}.w == {width}", line.output)


def end_stages(lines: list[Line]) -> None:
    """Rows with one size are a stage: only its last one has the size and the name.

    A size that spans rows, or stands beside the first of them only, is that of the last. So it is
    where the pasting has written the name of a stage beside each of its rows.
    """
    stage: Line | None = None
    for line in lines:
        again = line.output is None and not line.label
        if stage is not None and line.label and line.label == stage.label:
            again = line.size == stage.size or line.output is None
        if stage is not None and (
            again or (line.output is not None and line.output is stage.output)
        ):
            line.size, line.output = stage.size, stage.output
            line.label = stage.label or line.label
            stage.size, stage.label = None, ""
        stage = line


class Column:
    """One network's layers, written with what their sizes need."""

    def __init__(self, reading: Reading, units: Units, lines: list[Line], network: int) -> None:
        self.reading = reading
        self.units = units
        self.lines = lines
        self.network = network
        assert reading.options.input is not None
        self.size: Size | None = reading.options.input[1:]
        self.strides = list(reading.options.strides)
        words = [w for line in lines for w in line.steps(network)]
        self.after = {id(a): b for a, b in pairwise(words)}
        linear = [w for w in words if isinstance(w, Step) and w.kind == "fc"]
        self.last = linear[-1] if linear else None

    def write(self) -> list[str]:
        """The text of each row."""
        out = []
        stage: list[Line] = []
        for line in self.lines:
            stage.append(line)
            if line.size is not None or line is self.lines[-1]:
                out += self.write_stage(stage)
                stage = []
        return out

    def write_stage(self, stage: list[Line]) -> list[str]:
        """The rows up to one with a size, which the last layer that changes sizes must give."""
        wanted = stage[-1].size
        words = [(line, w) for line in stage for w in line.steps(self.network)]
        changing = [w for _, w in words if changes(w)]
        target = changing[-1] if changing else next((w for _, w in words), None)
        texts: list[list[str]] = [[] for _ in stage]
        for line, word in words:
            cell = line.cells[self.network]
            assert cell is not None
            goal = wanted if word is target else None
            text = self.write_word(word, cell, goal, self.after.get(id(word)))
            if text:
                texts[stage.index(line)].append(text)
        if self.size is not None and wanted is not None and words and self.size != wanted:
            self.contradiction(stage[-1], wanted)
        return [", ".join(t) for t in texts]

    def contradiction(self, line: Line, wanted: Size) -> None:
        """The table's size is not what its layers give."""
        assert self.size is not None
        cell = line.output or line.cells[self.network]
        if not self.reading.options.loose and cell is not None and not self.told(cell):
            wrong = TableClaim(
                f"the table gives {show(wanted)}, its layers give {show(self.size)}",
                help="mend the row, give the input with --input, or drop such claims with --loose",
            )
            self.reading.wrong_cell(wrong, cell)
        if self.reading.options.loose:
            line.size = None
        self.size = wanted

    def told(self, cell: Cell) -> bool:
        """Whether a mistake in the cell has been noted already, by another network."""
        return any(p.primary.span.start == cell.start for p in self.reading.problems)

    def write_word(
        self, word: Step | Group, cell: Cell, goal: Size | None, following: Step | Group | None
    ) -> str:
        """A layer or group in the language; the size goes on behind it."""
        if isinstance(word, Group):
            return self.write_group(word, cell, goal)
        if word.kind in ("maxpool", "avgpool"):
            return self.write_pool(word, cell, goal, following)
        if word.kind == "conv":
            return self.write_conv(word, cell, goal, following)
        if word.kind == "gap":
            self.size = (1, 1)
            return self.units.pooled()
        if word.kind == "fc":
            self.size = None
            drop = self.reading.options.dropout
            return f"FC-{word.out}" + (
                f", dropout-{drop}" if drop and word is not self.last else ""
            )
        return {
            "softmax": "soft-max",
            "lrn": "LRN",
            "dropout": f"dropout-{word.rate or '0.5'}",
        }.get(word.kind, word.kind)

    def write_conv(
        self, word: Step, cell: Cell, goal: Size | None, following: Step | Group | None
    ) -> str:
        """A convolution."""
        known = self.units.bare_conv(word, following)
        if known is None:
            self.complain(TableCell(f"`{word.text}` has no number of channels"), cell)
            return ""
        if known == "":
            return ""
        high, wide = word.kernel
        stride = word.stride or 1
        attrs = ""
        if self.size is not None:
            fitted = fit_conv(self.size, (high, wide), stride, goal)
            if fitted is None:
                fitted = fit_conv(self.size, (high, wide), stride, None)
            assert fitted is not None
            attrs, self.size = fitted
        if attrs:
            self.reading.assume("convolutions are padded so as to give the sizes of the table")
        else:
            self.reading.assume(
                "a convolution of stride 1 keeps the size, one of stride 2 halves it"
            )
        groups = f"groups={word.groups}" if word.groups > 1 else ""
        attrs = ", ".join(a for a in (attrs, groups, self.units.conv_attrs()) if a)
        kernel = str(high) if high == wide else f"{high}x{wide}"
        return (
            f"conv{kernel}-{known}"
            + (f"/{stride}" if stride > 1 else "")
            + (f"({attrs})" if attrs else "")
        )

    def write_pool(
        self, word: Step, cell: Cell, goal: Size | None, following: Step | Group | None
    ) -> str:
        """A pool; an average pool over everything is `gap`."""
        kernel, stride = word.kernel, word.stride
        if word.kind == "avgpool" and not stride and (not kernel[0] or kernel == self.size):
            last = isinstance(following, Step) and following.kind in ("fc", "softmax")
            if kernel[0] or last or goal == (1, 1):
                self.size = (1, 1)
                return self.units.pooled()
        if not kernel[0] and word.kind == "maxpool" and stride in (0, 2):
            kernel, stride = (2, 2), 2
            self.reading.assume("a max pool without sizes is 2x2 with stride 2")
        if not kernel[0]:
            self.complain(TableOpen(f"`{word.text}` has no window", help="`3x3 max pool`"), cell)
            return ""
        if self.units.in_transition(word):
            self.size = None if self.size is None else fit_size(self.size)
            return "transition"
        if not stride:
            stride = self.find_stride(word, cell, goal)
        fitted = None if self.size is None else fit_pool(self.size, kernel, stride, goal)
        if self.size is not None and fitted is None:
            fitted = fit_pool(self.size, kernel, stride, None)
        attrs = ""
        if fitted is not None:
            attrs, self.size = fitted
        if attrs:
            self.reading.assume("pools are padded so as to give the sizes of the table")
        shape = str(kernel[0]) if kernel[0] == kernel[1] else f"{kernel[0]}x{kernel[1]}"
        if (shape, stride, attrs) == ("2", 2, ""):
            return word.kind
        return f"{word.kind}{shape}/{stride}" + (f"({attrs})" if attrs else "")

    def find_stride(self, word: Step, cell: Cell, goal: Size | None) -> int:
        """A pool's stride, from the sizes around it."""
        if goal is None or self.size is None:
            self.complain(
                TableOpen(f"`{word.text}` has no stride", help="write `3x3 max pool, stride 2`"),
                cell,
            )
            return 1
        return max(1, round(self.size[0] / goal[0]))

    def write_group(self, word: Group, cell: Cell, goal: Size | None) -> str:
        """Layers in brackets as a block; its stride is what the sizes ask for."""
        stride = 1
        if self.units.dense(word):
            pass
        elif goal is not None and self.size is not None:
            stride = max(1, round(self.size[0] / max(1, goal[0])))
            self.reading.assume("the first block of a stage has the stride that halves its size")
        elif self.strides:
            stride = self.strides.pop(0)
        elif self.units.sized(self.lines):
            stride = 1
        else:
            self.complain(
                TableOpen(
                    "nothing says where the stages stride",
                    help="a column `output size` does, or --strides 1,2,2,2: one for each bracket",
                ),
                cell,
            )
        text = self.units.write(word, stride)
        if not text:
            self.complain(
                TableCell(f"`{word.text}` is no block that is known", help=bracket_help()), cell
            )
        if self.size is not None:
            self.size = (-(-self.size[0] // stride), -(-self.size[1] // stride))
        return text

    def complain(self, wrong: TableCell | TableOpen, cell: Cell) -> None:
        """Notes a mistake once, though several networks have the cell."""
        if not self.told(cell):
            self.reading.wrong_cell(wrong, cell)


def changes(word: Step | Group) -> bool:
    """Whether a layer changes sizes by what it says itself."""
    if isinstance(word, Group):
        return False
    return word.kind in ("maxpool", "avgpool", "gap", "fc") or (
        word.kind == "conv" and word.stride > 1
    )


def fit_size(size: Size) -> Size:
    """The size behind a 2x2 pool."""
    return size[0] // 2, size[1] // 2
