"""The parts of the benchmarks whose mistakes would look like results."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import pytest
from measure import ProcessFailed, growth_exponent, measure_peak, run_process, take_turns
from page import BEGIN, END, judge, write_section

pytestmark = pytest.mark.skipif(os.name == "nt", reason="measures by wait4")


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_growth_exponent_is_the_power(power: float) -> None:
    sizes = [10, 100, 1000]
    assert math.isclose(growth_exponent(sizes, [0.3 * n**power for n in sizes]), power)


def test_failed_process_is_no_measurement() -> None:
    with pytest.raises(ProcessFailed) as caught:
        run_process([sys.executable, "-c", "raise SystemExit(3)"])
    assert caught.value.code == 3


def test_cost_tells_work_from_waiting() -> None:
    costs = take_turns(
        {
            "work": [sys.executable, "-c", "x = sum(i * i for i in range(3_000_000))"],
            "wait": [sys.executable, "-c", "import time; time.sleep(0.4)"],
        },
        3,
    )
    assert costs["wait"].wall > 0.4
    assert costs["wait"].cpu < 0.2
    assert costs["work"].cpu > costs["wait"].cpu


def test_peak_is_of_the_program_alone_in_mebibytes() -> None:
    mine = bytearray(300 * 2**20)
    mine[:: 2**12] = b"x" * len(mine[:: 2**12])  # touched, so that it is resident here
    peak = measure_peak([sys.executable, "-c", "x = bytearray(200 * 2**20)"])
    assert 200 < peak < 300


def test_judge_needs_both_ends() -> None:
    assert judge("slow", 8.1, most=8.0)[1] is False
    assert judge("fast", 7.9, most=8.0)[1] is True
    assert "MISSED" in judge("peer", 29.0, 30.0)[0]


def test_section_is_replaced_and_the_rest_kept(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text(f"before\n\n{BEGIN}old\n{END}\nafter\n")
    write_section(file, "new\n")
    write_section(file, "new\n")
    assert file.read_text() == f"before\n\n{BEGIN}new\n{END}\nafter\n"


def test_modules_race_only_where_their_outputs_agree() -> None:
    import torch
    from modules import race
    from torch import nn

    one, other = nn.Linear(4, 2), nn.Linear(4, 2)
    times = race({"a": one, "b": one}, torch.randn(3, 4), 4)
    assert {name: len(found.rounds) for name, found in times.items()} == {"a": 4, "b": 4}
    with pytest.raises(SystemExit, match="b does not compute what a does"):
        race({"a": one, "b": other}, torch.randn(3, 4), 4)
