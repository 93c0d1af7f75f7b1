"""timm's models and ours, with the same random weights, give the same outputs.

Large networks are compared when `ORACLE=all` is set (`make oracle-all`).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.oracle.libraries import compare_outputs, create_timm
from tests.oracle.pairs import TIMM, Pair, choose


@pytest.mark.parametrize("pair", choose(TIMM), ids=lambda pair: pair.model)
def test_same_weights_give_the_same_outputs(
    pair: Pair, record_property: Callable[[str, object], None]
) -> None:
    difference, spread = compare_outputs(pair, create_timm(pair))
    record_property("difference", difference)
    record_property("spread", spread)
    assert difference <= 1e-4
    assert spread > 0.1  # the input counts, far more than what is allowed to differ


def test_one_activation_makes_a_difference() -> None:
    """MobileNetV1 has ReLU where timm's has ReLU6: the same weights fit, the outputs do not."""
    pair = Pair("specs/mobilenet.arch:MobileNetV1", "mobilenetv1_100")
    difference, _ = compare_outputs(pair, create_timm(pair))
    assert difference > 1e-2
