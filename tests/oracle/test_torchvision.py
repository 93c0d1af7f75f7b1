"""torchvision's models and ours, with the same random weights, give the same outputs.

Large networks are compared when `ORACLE=all` is set (`make oracle-all`).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.oracle.libraries import compare_outputs, create_torchvision
from tests.oracle.pairs import TORCHVISION, Pair, choose


def name(pair: Pair) -> str:
    return f"{pair.model}_aux" if pair.heads else pair.model


@pytest.mark.parametrize("pair", choose(TORCHVISION), ids=name)
def test_same_weights_give_the_same_outputs(
    pair: Pair, record_property: Callable[[str, object], None]
) -> None:
    difference, spread = compare_outputs(pair, create_torchvision(pair))
    record_property("difference", difference)
    record_property("spread", spread)
    assert difference <= 1e-4
    assert spread > 0.1  # the input counts, far more than what is allowed to differ
