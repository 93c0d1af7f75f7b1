"""The folder for the hub: plain PyTorch loads it, where archdsl cannot be imported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.cli import main
from tests.deploy.small import SPECS, outputs_of, weights_of

SPEC = 'use "blocks.arch": unit\n\ninput 3x8x8\nunit(4), FC-2  # | `a` <b>\n'
BLOCKS = "## Two layers.\nblock unit(n) { conv3-n(act=relu), conv3-n }\n"
RUN = """
import sys
sys.modules["archdsl"] = None  # whoever imports it fails
torch = __import__("torch")
torch.manual_seed(3)
{code}
outputs = outputs if isinstance(outputs, tuple) else (outputs,)
torch.save([x0, *outputs], sys.argv[1])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.arch").write_text(SPEC)
    (tmp_path / "blocks.arch").write_text(BLOCKS)
    return tmp_path


def code_of(card: str) -> str:
    """What the model card says that loads the network."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", card, re.M | re.S)
    return str(code)


def run_card(hub: Path, out: Path) -> list[torch.Tensor]:
    """The first input and the outputs of the card's own code, run in the folder."""
    code = RUN.format(code=code_of((hub / "README.md").read_text()))
    subprocess.run([sys.executable, "-c", code, str(out)], cwd=hub, check=True)
    found: list[torch.Tensor] = torch.load(out)
    return found


def test_the_card_loads_it_without_archdsl(folder: Path) -> None:
    net = archdsl.load(str(folder / "net.arch"))
    module, weights = weights_of(net, folder)
    words = ["--emit", "hub", "--weights", weights, "-o", str(folder / "out")]
    assert main(["compile", str(folder / "net.arch"), *words]) == 0
    hub = folder / "out" / "net_hub"
    assert sorted(str(p.relative_to(hub)) for p in hub.rglob("*") if p.is_file()) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "modeling_net.py",
        "spec/blocks.arch",
        "spec/net.arch",
    ]
    x, given = run_card(hub, folder / "outputs.pt")
    with torch.no_grad():
        torch.testing.assert_close(given, module(x))
    card = (hub / "README.md").read_text()
    assert f"{net.params:,}" in card
    assert f"{net.macs:,}" in card
    assert "not been trained" not in card
    assert SPEC.strip() in card
    config = json.loads((hub / "config.json").read_text())
    assert config["architectures"] == [type(module).__name__]
    assert (config["inputs"], config["outputs"]) == ({"x": [3, 8, 8]}, {"out": [2]})
    again = archdsl.load(str(hub / config["archdsl"]["spec"]))
    assert again.report() == net.report()


def test_several_inputs_and_fresh_weights(tmp_path: Path) -> None:
    net = archdsl.loads(SPECS["several"])
    net.export(str(tmp_path / "hub"))
    hub = tmp_path / "hub"
    _, *given = run_card(hub, tmp_path / "outputs.pt")
    assert [tuple(y.shape) for y in given] == [(2, 4, 8, 8), (2, 3)]
    assert "not been trained" in (hub / "README.md").read_text()
    subprocess.run([sys.executable, "modeling_several.py"], cwd=hub, check=True)


def test_what_lies_in_the_folder_already_stays(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "notes.txt").write_text("mine")
    archdsl.loads(SPECS["trained"]).export(str(tmp_path / "hub"))
    assert (tmp_path / "hub" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "hub" / "model.safetensors").exists()


def test_published_figures_are_said_to_be_the_specs(root: Path, tmp_path: Path) -> None:
    net = archdsl.load(str(root / "specs" / "squeezenet.arch"), network="SqueezeNet-1_1")
    net.export(str(tmp_path / "hub"))
    card = (tmp_path / "hub" / "README.md").read_text()
    assert "stated by the spec, not measured" in card
    assert "those that the specification states" in card
    assert outputs_of(net.module().eval()(torch.zeros(1, 3, 224, 224)))[0].shape == (1, 1000)
