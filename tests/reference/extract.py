"""Makes networks.json.gz, what the tests know of 87 published networks, from the full record.

    python tests/reference/extract.py public.json.gz

The full record was made by running each network (torchvision 0.28.0, timm 1.0.31, or the paper by
hand) under torch 2.13.0 and noting every layer that ran. Kept of it, per network: where it comes
from, input and outputs, counts, the layers that hold tensors (name, shape in, shape out, and the
names and shapes of the tensors) in the order of the state_dict, the order in which they ran, and
the numeric probe. Shapes have no batch.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("networks.json.gz")


def extract(record: dict[str, Any]) -> dict[str, Any]:
    """What the tests need of one network's record."""
    outputs = record["output_shape"]
    if isinstance(outputs[0], int):
        outputs = [outputs]
    ran = {layer["name"]: layer for layer in record["layers"] if layer["params"]}
    held = group_tensors(record["state_dict"], ran)
    place = {name: i for i, name in enumerate(held)}
    return {
        "source": record["source"],
        "input": record["input_shape"][1:],
        "outputs": [shape[1:] for shape in outputs],
        "params": record["params"],
        "trainable": record["trainable_params"],
        "buffers": record["buffers"]["elements"],
        "macs": record["macs"]["conv_linear"],
        "matmul_macs": record["macs"]["other_matmul"],
        "layers": [
            [name, ran[name]["in_shape"][1:], ran[name]["out_shape"][1:], tensors]
            for name, tensors in held.items()
        ],
        "ran": [place[name] for name in ran],
        "probe": [{"at": p["at"], "values": p["values"]} for p in record["probe"]],
    }


def group_tensors(state: list[Any], layers: dict[str, Any]) -> dict[str, list[Any]]:
    """The tensors of each layer, (name, shape), in the order of the state_dict."""
    held: dict[str, list[Any]] = {}
    for key, shape in state:
        owner = key
        while owner not in layers:
            owner = owner.rpartition(".")[0]
        held.setdefault(owner, []).append([key[len(owner) + 1 :], shape])
    return held


def main(source: str) -> None:
    """Writes networks.json.gz beside this file."""
    with gzip.open(source, "rt", encoding="utf-8") as file:
        models = json.load(file)["models"]
    kept = {name: extract(record) for name, record in models.items()}
    for name, record in models.items():
        joined = [
            [f"{layer[0]}.{tensor}", shape]
            for layer in kept[name]["layers"]
            for tensor, shape in layer[3]
        ]
        assert joined == record["state_dict"], name
    text = json.dumps(kept, separators=(",", ":"))
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
