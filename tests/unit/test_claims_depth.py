"""`expect depth`: what papers count as layers."""

from __future__ import annotations

import pytest

import archdsl

BODY = """
input 3x8x8
stem: conv3-4
concat[ conv1-4 | conv1-4, conv3-4, relu ]
{ residual[ conv3-8 ] } x3
gap, FC-10
"""


def test_longest_path_counts() -> None:
    """Stem, the longer branch, three repetitions and the classifier make seven."""
    net = archdsl.loads(BODY + "expect depth == 7\n")
    assert [claim.text for claim in net.ir.claims] == ["depth == 7"]


def test_other_depth_is_refused() -> None:
    """The error shows both numbers."""
    with pytest.raises(archdsl.SpecError, match="`depth` is 7, not 8"):
        archdsl.loads(BODY + "expect depth == 8\n")
