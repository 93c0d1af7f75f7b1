"""Networks of `specs/` are the published ones: shapes, counts, state_dict, and values.

Values of large networks are compared when `ORACLE=all` is set (`make oracle-all`).
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
import torch

from archdsl.pipeline import read_value
from tests.oracle.probe import agrees, canonical, is_matrix, uniform
from tests.oracle.reference import (
    Held,
    build,
    compare_layers,
    differences,
    load,
    records,
    state_differences,
    value_differences,
)
from tests.oracle.table import TABLE, Row

ALL = os.environ.get("ORACLE") == "all"
STORED = [row for row in TABLE if row.stored]
VALUES = [row for row in STORED if ALL or not row.slow]


def name(row: Row) -> str:
    return f"{row.spec.removeprefix('specs/')}={row.reference}"


@pytest.mark.parametrize("row", TABLE, ids=name)
def test_layers_shapes_and_counts(row: Row) -> None:
    record = records()[row.reference]
    assert not list(differences(load(row.spec), record, row.order, row.stored))


@pytest.mark.parametrize("row", STORED, ids=name)
def test_state_dict(row: Row) -> None:
    net = build(row.spec, load(row.spec))
    assert not list(state_differences(net, records()[row.reference], row.order))


@pytest.mark.parametrize("row", VALUES, ids=name)
def test_values(row: Row) -> None:
    net = build(row.spec, load(row.spec))
    assert not list(value_differences(net, records()[row.reference]))


def test_every_reference_network_has_a_spec() -> None:
    assert {row.reference for row in TABLE} == set(records())
    assert max(Counter((row.spec, row.reference) for row in TABLE).values()) == 1
    assert all(row.why for row in TABLE if not row.stored)


def test_differences_are_found() -> None:
    """A network that is almost the published one is told apart, in each of the three ways."""
    network, record = load("specs/lenet.arch:LeNet-Caffe"), records()["lenet5_modern"]
    found = list(differences(network, record))
    assert ": 1x28x28 -> 20x24x24" in found[0]
    assert {text.partition(":")[0] for text in found} >= {"input", "params", "trainable", "macs"}
    net = build("lenet.arch", network)
    assert "(20, 1, 5, 5)" in next(state_differences(net, record))
    # The activations alone are other than in the reference.
    other = load("specs/lenet.arch:LeNet-5-modern", {"act": read_value("relu")[0]})
    assert not list(differences(other, record))
    net = build("lenet.arch", other)
    assert not list(state_differences(net, record))
    assert "of the largest" in next(value_differences(net, record))


def test_order_counts_unless_it_may_differ() -> None:
    a, b = (Held(n, (3, 8, 8), (4, 8, 8), ((4, 3, k, k),)) for n, k in (("a", 1), ("b", 3)))
    assert not list(compare_layers([a, b], [a, b], "ran"))
    assert not list(compare_layers([a, b], [b, a], "any"))
    assert any("another order" in text for text in compare_layers([a, b], [b, a], "ran"))
    assert list(compare_layers([a, b], [a, a], "any"))
    assert "comes b" in next(compare_layers([a, b], [a], "ran"))
    assert "missing b" in next(compare_layers([a], [a, b], "ran"))


def test_canonical_values() -> None:
    """The hash as the reference data define it, worked out by hand for two indices."""

    def hash_of(k: int, salt: int) -> float:
        h = (k * 0x9E3779B1 + 0x7F4A7C15 + salt * 0x3C6EF372) % 2**32
        h = (h ^ h >> 16) * 0x85EBCA6B % 2**32
        h = (h ^ h >> 13) * 0xC2B2AE35 % 2**32
        return (h ^ h >> 16) / 2**32

    got = uniform((3, 5), 2)
    assert got.shape == (3, 5)
    assert [float(got[0, 0]), float(got[2, 4])] == [hash_of(0, 2), hash_of(14, 2)]
    assert is_matrix("weight", (1, 8, 1, 1))
    assert not is_matrix("gamma", (8, 1, 1))
    variance = canonical("bn.running_var", (1000,))
    assert 0.5 <= float(variance.min()) < float(variance.max()) < 1.5


def test_agreement_is_relative_to_the_largest() -> None:
    wanted: dict[str, list[float]] = {"at": [0, 2], "values": [100.0, 1.0]}
    y = torch.tensor([[100.0, 7.0, 1.0]], dtype=torch.float64)
    assert agrees(y, wanted)
    assert agrees(y + 5e-8, wanted)
    assert not agrees(y + 2e-7, wanted)
    assert not agrees(y[:, :2], wanted)
