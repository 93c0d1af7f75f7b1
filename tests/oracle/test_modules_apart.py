"""Live modules do not take each other's place: sources, classes and what looks them up by name."""

from __future__ import annotations

import copy
import inspect
import linecache
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import archdsl
from archdsl.backends.torch import live

NORMED = "input 3x8x8\nconv3-4, bn, relu, gap, FC-2\n"
ATTENDING = "input seq 4x8\nresidual[ ln, attention(2) ] x2\nFC-3\n"


def test_every_level_is_pickled() -> None:
    net = archdsl.loads(NORMED)
    plain = net.module().eval()
    fast = net.module(optimize="inference", weights=plain.state_dict())
    again = net.module().eval()
    x = torch.randn(2, 3, 8, 8)
    for module in (plain, fast, again):
        copied = pickle.loads(pickle.dumps(module))
        assert torch.equal(copied(x), module(x))
    assert type(again) is type(plain)
    assert (
        archdsl.plain_state_dict(pickle.loads(pickle.dumps(fast))).keys()
        == plain.state_dict().keys()
    )


READ = """
import sys, torch
archdsl = sys.modules.get("archdsl")
module, x, y = torch.load(sys.argv[1], weights_only=False)
assert archdsl is None and not module.training
assert torch.equal(module(x), y)
assert "forward" in __import__("inspect").getsource(type(module))
print(type(module).__name__, module.state_dict().keys() == torch.load(sys.argv[2]).keys())
"""


@pytest.mark.parametrize(
    "options",
    [{}, {"optimize": "inference", "memory_format": "channels_last"}, {"cuda_graphs": (1, 4)}],
    ids=["plain", "fast", "graphs"],
)
def test_another_process_reads_a_whole_module(options: dict[str, Any], tmp_path: Path) -> None:
    """Its source goes along; its function that turns inputs is found as well."""
    text = "input 3x8x8\nconcat[ conv3-4, bn | conv1-4 | maxpool3/1(pad=1) ], relu, gap, FC-2\n"
    module = archdsl.loads(text).module(init=True, **options).eval()
    x = torch.randn(2, 3, 8, 8)
    torch.save((module, x, module(x)), tmp_path / "whole.pt")
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "whole.pt"), str(tmp_path / "weights.pt")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[1:]) == (0, ["True"]), done.stderr


def test_copies_outlive_the_memory_of_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_SOURCES", 1)
    module = archdsl.loads(NORMED).module().eval()
    archdsl.loads("input 4\nFC-9\n").module(device="meta")
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(copy.deepcopy(module)(x), module(x))
    assert torch.equal(pickle.loads(pickle.dumps(module))(x), module(x))


def test_each_source_is_found() -> None:
    net = archdsl.loads(NORMED)
    plain, fast = net.module(), net.module(optimize="inference")
    assert "self.bn1" in inspect.getsource(type(plain))
    assert "self.bn1" not in inspect.getsource(type(fast))


def test_networks_of_one_name_compile_apart() -> None:
    first = archdsl.loads(ATTENDING).module().eval()
    archdsl.loads("input 8\nFC-2\n").module()  # it has other globals
    x = torch.randn(2, 4, 8)
    torch._dynamo.reset()
    compiled: Any = torch.compile(first, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), first(x))


def test_thousands_of_modules_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_SOURCES", 3)
    for width in range(10, 16):
        archdsl.loads(f"input 4\nFC-{width}\n").module(device="meta")
    assert sum(name.startswith(live.PREFIX) for name in sys.modules) == 3
    assert sum(name.startswith("<archdsl ") for name in linecache.cache) == 3
