"""Every reference network that is a library's module is compared with it, and the page says so."""

from __future__ import annotations

import pytest

from tests.oracle.coverage import TARGET, pair_of, render
from tests.oracle.reference import records
from tests.oracle.table import TABLE, Row


def test_every_module_of_a_library_is_compared_by_outputs() -> None:
    compared = {row.reference for row in TABLE if pair_of(row)}
    of_libraries = {k for k, r in records().items() if r["source"].startswith(("torchv", "timm"))}
    assert compared == of_libraries
    assert len(compared) > 40


def test_a_comparison_with_another_network_does_not_count() -> None:
    with pytest.raises(LookupError, match="resnet34"):
        pair_of(Row("specs/resnet.arch:ResNet-18", "resnet34"))
    with pytest.raises(LookupError, match="googlenet_aux"):
        pair_of(Row("specs/googlenet_bn.arch:GoogLeNet-BN-deploy", "googlenet_aux"))


def test_the_page_is_what_the_tables_say() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "python -m tests.oracle.coverage"
