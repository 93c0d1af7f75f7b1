"""Random networks: everything that the compiler says of them is what torch does.

`RANDOM_NETWORKS=20000` runs more of them; `python -m tests.differential` runs them in processes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import tests.differential.counter as own
from archdsl.backends.torch.live import build_network
from archdsl.backends.torch.source import emit
from archdsl.ops.base import REQUIRED, Kind
from tests.differential import checks, forms
from tests.differential import fresh as fresh_module
from tests.differential.agree import Mismatch
from tests.differential.checks import check_network, compile_network
from tests.differential.grow import grow
from tests.differential.reference import Reference, lay_out
from tests.differential.run import run_positive
from tests.differential.shrink import shrink
from tests.differential.tree import Layer, Line, Program
from tests.differential.write import write

COUNT = int(os.environ.get("RANDOM_NETWORKS", "600"))
CHUNKS = 6
FEW = 12  # networks whose source runs by itself
EXPANDED = {"identity", "residual"}  # they never stand in the IR


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_networks_are_what_torch_does(chunk: int) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(chunk, COUNT, CHUNKS):
        wrong = run_positive(seed, kinds)
        assert wrong is None, f"seed {seed}: {wrong['what']}\n{wrong['spec']}"
    assert len(kinds) > 50


def test_every_kind_and_every_attribute_is_drawn() -> None:
    used: dict[str, set[str]] = {}
    kinds = {k for k in Kind.registry.values() if k.name not in EXPANDED}
    wanted = {f"{k.name}.{f.name}" for k in kinds for f in k.fields}
    for seed in range(4000):
        if seed % 250 == 0 and wanted <= drawn(used):
            break
        for layer in lay_out(grow(seed)).layers:
            kind = type(layer.op)
            found = used.setdefault(kind.name, set())
            for field in kind.fields:
                value = layer.op.__dict__[field.name]
                if field.default is REQUIRED or value != field.default:
                    found.add(field.name)
    assert wanted - drawn(used) == set()
    assert set(used) == {k.name for k in kinds}


def drawn(used: dict[str, set[str]]) -> set[str]:
    """Attributes after their kind."""
    return {f"{kind}.{name}" for kind, names in used.items() for name in names}


def test_the_source_runs_where_nothing_of_ours_is(tmp_path: Path) -> None:
    paths = []
    for seed in range(FEW):
        path = tmp_path / f"net{seed}.py"
        path.write_text(emit(compile_network(write(grow(seed))), spec_name="random"), "utf-8")
        paths.append(str(path))
    alien = tmp_path / "alien.py"
    alien.write_text("import archdsl\n", "utf-8")
    fresh = [sys.executable, "-I", str(Path(fresh_module.__file__)), *paths]
    done = subprocess.run(fresh, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= FEW
    done = subprocess.run([*fresh[:3], str(alien)], capture_output=True, text=True, check=False)
    assert "archdsl" in done.stderr.splitlines()[-1]
    assert done.returncode != 0


def test_the_source_does_not_depend_on_hashes() -> None:
    root = Path(__file__).resolve().parent.parent.parent
    found = set()
    for value in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.differential.hashes"],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": value},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert len(found.pop().split()) == 40
    text = emit(compile_network(write(grow(0))), spec_name="random")
    assert len(hashlib.sha256(text.encode()).hexdigest()) == 64


def test_our_counter_counts_as_torch() -> None:
    for seed in range(24):
        network = compile_network(write(grow(seed)))
        module = build_network(network, spec_name="random").train()
        inputs = checks.sample(network, 0)
        with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):
            with FlopCounterMode(display=False) as theirs:
                module(*inputs)
            with own.Counter() as ours:
                module(*inputs)
        assert ours.total == theirs.get_total_flops()


def test_other_forms_say_the_same() -> None:
    for seed in range(30):
        text = write(grow(seed), seed)
        forms.check(text, compile_network(text))


def test_a_wrong_meaning_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(grow(3).inputs, [Line([Layer("relu"), Layer("scale", {"value": 2})])])
    check_network(program, write(program), 3)
    monkeypatch.setattr(Reference, "run_layer", lambda self, layer, x, frame: x)
    with pytest.raises(Mismatch):
        check_network(program, write(program), 3)


def test_what_fails_is_made_smaller() -> None:
    program = grow(12, 8)

    def fails(p: Program) -> str:
        return "tanh" if "tanh" in write(p) else ""

    program.body.append(Line([Layer("tanh")]))
    small = shrink(program, fails)
    assert "tanh" in write(small)
    assert len(write(small)) < len(write(program))
