"""Says of every network of the reference data how it is compared with ours.

    python -m tests.oracle.coverage

writes `tests/reference/README.md` anew from the tables that the tests run through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.oracle.pairs import TIMM, TORCHVISION, Pair
from tests.oracle.reference import ROOT, records
from tests.oracle.table import TABLE, Row

TARGET = ROOT / "tests/reference/README.md"

HEAD = """\
<!-- Made by `python -m tests.oracle.coverage`; edit what it is made from. -->

# Which published network is compared how

`networks.json.gz` holds {networks} networks, as published; [extract.py](extract.py) says how it was
made. Each has a network of [specs/](../../specs) that must equal it. Every one is compared by the
layers that hold tensors (shapes in, shapes out, tensors), parameters, buffers and MACs.

- **layers**: *in order* of execution and of the `state_dict`; *executed in order*, where the
  library registers tensors in another order; *as a collection*, where parallel branches stand in
  another order; *by count*, where a layer keeps its numbers in other tensors.
- **probe**: outputs in float64, all weights being a hash of their shape, agree to 1e-9 with those
  that were noted when the data were made ([probe.py](../oracle/probe.py)).
- **outputs**: the library's module and ours, with the same random weights, agree to 1e-4 on the
  same two inputs in eval mode; *heads*: and so do the outputs that exist in training only, dropout
  off. A dash: the reference is no module of torchvision or timm.

What is marked * takes longer, and runs with `make oracle-all`; all else runs with every test run.

| network | from | spec | layers | probe | outputs |
|---|---|---|---|---|---|
"""

ORDERS = {"ran": "in order", "forward": "executed in order", "any": "as a collection"}


def render() -> str:
    """The page."""
    lines = [HEAD.format(networks=len(records())), *map(line, TABLE)]
    more = [f"{p.spec.rpartition(':')[2]} (torchvision's {p.model})" for p in beyond()]
    lines.append(f"\nCompared by outputs alone, beyond these: {', '.join(more)}.\n")
    return "".join(lines)


def line(row: Row) -> str:
    """A line of the table."""
    source = records()[row.reference]["source"]
    layers = ORDERS[row.order] if row.stored else "by count"
    probe = values_of(row) + " *" * (row.slow and row.stored)
    found = pair_of(row)
    outputs = "-" if found is None else "heads" if found.heads else "yes"
    marked = found is not None and found.slow
    spec = row.spec.removeprefix("specs/")
    cells = (row.reference, source, spec, layers, probe, outputs + " *" * marked)
    return f"| {' | '.join(cells)} |\n"


def values_of(row: Row) -> str:
    """How the outputs for canonical weights are compared."""
    record = records()[row.reference]
    if not row.stored:
        return f"no: {row.why}"
    return "main output" if len(record["probe"]) < len(record["outputs"]) else "yes"


def pair_of(row: Row) -> Pair | None:
    """The comparison of outputs, if the reference is a library's module.

    Raises LookupError if it is one and none compares it with the row's network.
    """
    source = records()[row.reference]["source"]
    wanted = re.match(r"(torchvision|timm) [\d.]+ (\w+)", source)
    if wanted is None:
        return None
    library, model = wanted.groups()
    training = "train-mode" in source
    for pair in TIMM if library == "timm" else TORCHVISION:
        if (pair.spec, pair.model, bool(pair.heads)) == (row.spec, model, training):
            return pair
    raise LookupError(f"no comparison of outputs for {row.reference}")


def beyond() -> Iterator[Pair]:
    """Comparisons of outputs that belong to no row of the table."""
    used = [pair_of(row) for row in TABLE]
    return (pair for pair in TORCHVISION + TIMM if pair not in used)


def main(target: Path = TARGET) -> None:
    """Writes the page."""
    target.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
