"""Accuracies that specs state, against those that torchvision's sources publish."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import archdsl
from tests.oracle.pairs import TORCHVISION

TOP1 = "acc@1"
FILES = ("vgg", "resnet", "densenet", "efficientnet", "squeezenet")


def published() -> dict[str, float]:
    """Top-1 of the weights IMAGENET1K_V1 in percent, by the model's name; nothing is imported."""
    package = find_spec("torchvision")
    assert package is not None
    assert package.origin is not None
    found: dict[str, float] = {}
    for path in sorted((Path(package.origin).parent / "models").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("_Weights"):
                first = re.search(
                    rf"IMAGENET1K_V1 = .*?'{TOP1}': ([\d.]+)", ast.unparse(node), re.S
                )
                if first:
                    found[plain(node.name.removesuffix("_Weights"))] = float(first[1])
    return found


def plain(name: str) -> str:
    return name.lower().replace("_", "")


def test_stated_accuracies_are_those_that_torchvision_publishes() -> None:
    known, checked = published(), 0
    models = {pair.spec: pair.model for pair in TORCHVISION}
    for file in FILES:
        for net in archdsl.load_all(f"specs/{file}.arch"):
            stated = dict(net.ir.train).get("accuracy")
            if stated is not None:
                model = models[f"specs/{file}.arch:{net.name}"]
                assert round(100 * float(str(stated)), 3) == known[plain(model)], net.name
                checked += 1
    assert checked == 22
