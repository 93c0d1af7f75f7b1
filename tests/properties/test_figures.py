"""Columns, tables and volumes of random networks: always drawn, never cut off, never on top of each
other; `RANDOM_SPECS=2000` draws more of them.
"""

from __future__ import annotations

import os

import pytest

from archdsl.backends import columns, table, volumes
from archdsl.backends.flow import parts_of, trace
from tests.differential.texts import valid_text
from tests.unit.figures import check_texts, layers_by_path, load, owner, read_svg

COUNT = int(os.environ.get("RANDOM_SPECS", "160")) // 8
CHUNKS = 4


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_networks(chunk: int) -> None:
    for seed in range(chunk, COUNT, CHUNKS):
        network = load(valid_text(7_000_000 + seed, 8))
        for detail in (3, 9):
            svg = columns.render_columns(columns.build([network], detail))
            check_texts(read_svg(svg))
            svg = volumes.render_volumes(volumes.build(network, detail))
            check_texts(read_svg(svg))
        for form in table.FORMS:
            assert table.render(table.build([network]), form)
        known = layers_by_path(network)
        for part in parts_of(trace(network).items):
            layer = known.get(part.path)
            assert layer or owner(part.path, network), part.path
            if layer and part.op is not None:
                assert part.op == layer.op
                assert part.extras or part.out_type in layer.out_types
