"""Pages of the errors of `archdsl import table`; each names the row, the column and the cell."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


class TableError(ArchError):
    """What all mistakes of a pasted table have in common."""


class TableCell(TableError):
    """A cell of a pasted table says something that is not understood. It is never skipped.

    Understood are VGG's words (`conv3-64`, `maxpool`, `FC-4096`, `soft-max`), ResNet's
    (`7×7, 64, stride 2`, `[3×3, 64; 3×3, 64] × 2`, `1000-d fc`), and in tables with one layer a row
    the operators of MobileNet, EfficientNet and GoogLeNet; docs/import.md lists them. Marks such as
    `<b>` and `\\textbf`, footnote signs and empty cells do not matter. A word that the paper
    explains elsewhere is written out in the table: wrong is `convolve 64`, right is `conv3-64`.
    """

    id = "table-cell"


class TableColumn(TableError):
    """A heading of a pasted table is not known, so nobody can say what its cells mean.

    In a table with one layer a row each heading must be one of those of docs/import.md, such as
    `operator`, `input`, `t`, `c`, `n`, `s`. A column that says nothing about the layers, such as a
    measured time, is taken out of the table. In a table with one network a column the headings are
    the networks' names, each once.
    """

    id = "table-column"


class TableShape(TableError):
    """The text is no table in any of the forms that are understood.

    These are columns with tabs, CSV, Markdown, an HTML `<table>`, a LaTeX `tabular`, text in
    columns with two or more blanks between them, and timm's block strings. `--format` says which
    it is where that is not seen; `--table N` takes one of several tables of a page.
    """

    id = "table-shape"


class TableOpen(TableError):
    """The table does not say something that the network needs, such as where a stage strides.

    The message names the option that says it. What has a customary answer (batch normalization
    in residual networks, padding that keeps the size) is assumed, and the assumption stands in the
    spec as a comment.
    """

    id = "table-open"


class TableClaim(TableError):
    """The table contradicts itself: a size or depth that it states is not what its layers give.

    Published tables have such misprints: MobileNet's Table 1 gives its last depthwise convolution
    stride 2 where the sizes need 1. Mend the cell, or let `--loose` keep the layers as written and
    drop the claims that are false. Rounded figures (FLOPs, parameters) that do not hold become
    comments of the spec.
    """

    id = "table-claim"


class TableLimit(TableError):
    """The table is larger than any that a paper has: 64 columns, 2,000 rows, 2,000 letters a cell.

    A page with other content is cut down to the table.
    """

    id = "table-limit"
