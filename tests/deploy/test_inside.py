"""Weight files that bring their spec along: opened again, and files of strangers refused."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import archdsl
from archdsl.cli import main
from archdsl.deploy.tensors import pack
from tests.deploy.small import IMAGE, SPECS, weights_of

Header = dict[str, Any]
SPEC = 'use "more/blocks.arch": unit\n\nnetwork net(n=4) {\n    input 3x8x8\n    unit(n), FC-2\n}\n'
BLOCKS = 'use "deep.arch": leaf\nblock unit(n) { leaf(n), leaf(n) }\n'
DEEP = "use std/se: se\nblock leaf(n) { conv3-n(act=relu), se(2) }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.arch").write_text(SPEC)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "blocks.arch").write_text(BLOCKS)
    (tmp_path / "more" / "deep.arch").write_text(DEEP)
    return tmp_path


@pytest.mark.parametrize("name", SPECS)
def test_a_file_opens_as_what_was_written(name: str, tmp_path: Path) -> None:
    net = archdsl.loads(SPECS[name])
    module, weights = weights_of(net, tmp_path)
    net.export(str(tmp_path / "all.safetensors"), weights=weights)
    again, state = archdsl.load_weights(str(tmp_path / "all.safetensors"))
    assert again.report() == net.report()
    fresh = again.module()
    fresh.load_state_dict(state)
    for key, tensor in module.state_dict().items():
        assert torch.equal(tensor, fresh.state_dict()[key])
    again.export(str(tmp_path / "more.safetensors"), weights=weights)
    assert (tmp_path / "more.safetensors").read_bytes() == (
        tmp_path / "all.safetensors"
    ).read_bytes()


def test_used_files_and_settings_go_along(folder: Path) -> None:
    words = ["--emit", "safetensors", "--set", "n=6", "--input", "3x12x12", "-o", str(folder)]
    assert main(["compile", str(folder / "net.arch"), *words]) == 0
    for file in ("net.arch", "more/blocks.arch", "more/deep.arch"):
        (folder / file).unlink()
    net, _ = archdsl.load_weights(str(folder / "net.safetensors"))
    assert net.input_shape == (3, 12, 12)
    assert net.layers[0].op.text() == "conv3-6"


def test_the_command_writes_the_spec_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = archdsl.load(str(folder / "net.arch"))
    net.export(str(folder / "w.safetensors"))
    assert main(["weights", "open", str(folder / "w.safetensors"), "-o", str(folder / "out")]) == 0
    assert "net.arch, more/blocks.arch, more/deep.arch" in capsys.readouterr().out
    assert (folder / "out" / "more" / "deep.arch").read_text() == DEEP
    assert archdsl.load(str(folder / "out" / "net.arch")).report() == net.report()
    again = ["weights", "open", str(folder / "w.safetensors"), "-o", str(folder / "out")]
    assert main(again) == 0  # the same once more
    (folder / "out" / "more" / "deep.arch").write_text("mine")
    capsys.readouterr()
    assert main(again) == 2
    assert "says something else: choose another folder" in capsys.readouterr().err
    assert (folder / "out" / "more" / "deep.arch").read_text() == "mine"
    assert main(["weights", "open", str(folder / "w.safetensors"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["network"] == "net"


@pytest.mark.parametrize("suffix", ["yaml", "md"])
def test_other_forms_of_the_text(suffix: str, tmp_path: Path) -> None:
    text = "```arch\ninput 3x8x8\nconv3-4, FC-2\n```\n"
    if suffix == "yaml":
        (tmp_path / "w.arch").write_text("input 3x8x8\nconv3-4, FC-2\n")
        out = str(tmp_path / "w.yaml")
        assert main(["convert", str(tmp_path / "w.arch"), "--to", "yaml", "-o", out]) == 0
    else:
        (tmp_path / "w.md").write_text(text)
    net = archdsl.load(str(tmp_path / f"w.{suffix}"))
    net.export(str(tmp_path / "w.safetensors"))
    assert archdsl.load_weights(str(tmp_path / "w.safetensors"))[0].report() == net.report()


# --- files of strangers -----------------------------------------------------------------------


def forged(path: Path, change: Callable[[Header], None], text: str = IMAGE) -> str:
    """A file whose header somebody changed."""
    archdsl.loads(text).export(str(path / "true.safetensors"))
    from archdsl.weights.checkpoint import read_checkpoint

    tensors = read_checkpoint(str(path / "true.safetensors")).tensors
    data = (path / "true.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    held = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["archdsl"])
    change(held)
    (path / "forged.safetensors").write_bytes(pack(tensors, {"archdsl": json.dumps(held)}))
    return str(path / "forged.safetensors")


def put(*keys: str, value: object) -> Callable[[Header], None]:
    def change(held: Header) -> None:
        inner = held
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value

    return change


BROKEN = {
    "format": (put("format", value=2), "not of format 1"),
    "network": (put("network", value=7), "broken: network"),
    "logits": (put("logits", value="yes"), "broken: network"),
    "files": (put("files", value=[]), "broken: files"),
    "no spec": (put("spec", value="other.arch"), "broken: files"),
    "a list of specs": (put("spec", value=["text.arch"]), "broken: files"),
    "a folder": (put("files", ".", value=""), "broken: the name of a file"),
    "hidden": (put("files", ".git/config", value=""), "broken: the name of a file"),
    "absolute": (put("files", "/etc/passwd", value=""), "broken: the name of a file"),
    "upwards": (put("files", "../x.arch", value=""), "broken: the name of a file"),
    "roundabout": (put("files", "a/../../x.arch", value=""), "broken: the name of a file"),
    "control": (put("files", "a\nb.arch", value=""), "broken: the name of a file"),
    "no text": (put("files", "text.arch", value=["conv"]), "broken: the text of a file"),
    "surrogate": (put("files", "text.arch", value="\ud800"), "broken: the text of a file"),
    "large": (put("files", "text.arch", value="#" * (1 << 20) + "#"), "broken: the text of a file"),
    "settings": (put("settings", value={"n": 3}), "broken: settings"),
    "setting": (put("settings", value={"n": "conv("}), "the setting `n` inside is no value"),
    "input": (put("input", value=[3, True, 4]), "broken: input"),
    "sizes": (put("input", value=[0]), "broken: input"),
}


@pytest.fixture(scope="module")
def true_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("true")


@pytest.mark.parametrize("name", BROKEN)
def test_broken_headers(name: str, true_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change, message = BROKEN[name]
    path = forged(true_file, change, SPECS["trained"])
    with pytest.raises(ValueError, match=message):
        archdsl.load_weights(path)
    assert main(["weights", "open", path]) == 2
    said = capsys.readouterr().err
    assert said.startswith("archdsl: ")
    assert said.count("\n") == 1


def test_a_text_that_uses_files_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.arch").write_text("block secret { conv3-4 }\n")
    for used in ("secret.arch", "./secret.arch", "../secret.arch", str(tmp_path / "secret.arch")):
        text = f'use "{used}": secret\ninput 3x8x8\nsecret\n'
        path = forged(tmp_path, put("files", "text.arch", value=text), SPECS["trained"])
        with pytest.raises(archdsl.SpecError):
            archdsl.load_weights(path)
        assert main(["weights", "open", path]) == 1
        assert "text.arch:1:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "network trained {\n    input 3x8x8\n    conv3-4(act=relu) x1000000000, FC-2\n}\n",
        "network trained {\n    input 1000000000\n    FC-1000000000\n}\n",
        "network trained {\n    input 3x8x8\n    upsample(100000), gap, FC-2\n}\n",
    ],
)
def test_a_small_file_makes_no_large_network(tmp_path: Path, text: str) -> None:
    path = forged(tmp_path, put("files", "text.arch", value=text), SPECS["trained"])
    begin = time.monotonic()
    with pytest.raises((ValueError, archdsl.SpecError)):
        archdsl.load_weights(path)
    assert time.monotonic() - begin < 20


def test_a_wrong_text_shows_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = forged(
        tmp_path,
        put("files", "text.arch", value="network image {\n    input 3x8x8\n    convv3-4\n}\n"),
        IMAGE,
    )
    assert main(["weights", "open", path]) == 1
    assert "text.arch:3:5: error[unknown-layer]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("stem.weight"), "has no `stem.weight`"),
        (lambda t: t.update(more=torch.zeros(1000)), "has `more`, 1000, which its network has not"),
        (lambda t: t.update({"stem.bias": torch.zeros(400)}), "has `stem.bias` as 400"),
        (lambda t: t.update({"stem.bias": torch.zeros(4, dtype=torch.int32)}), "as torch.int32"),
        (lambda t: t.clear(), "holds 0 numbers"),
    ],
)
def test_tensors_that_are_not_the_networks(
    tmp_path: Path, change: Callable[[dict[str, torch.Tensor]], object], message: str
) -> None:
    text = SPECS["trained"]
    archdsl.loads(text).export(str(tmp_path / "true.safetensors"))
    _, tensors = archdsl.load_weights(str(tmp_path / "true.safetensors"))
    big = {"pad": torch.zeros(1000)} if message.startswith("has no") else {}
    change(tensors)
    data = (tmp_path / "true.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    save_file({**tensors, **big}, str(tmp_path / "other.safetensors"), metadata)
    with pytest.raises(ValueError, match=message):
        archdsl.load_weights(str(tmp_path / "other.safetensors"))
    assert main(["weights", "open", str(tmp_path / "other.safetensors")]) == 1


def raw(header: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        raw(b"{" * 100_000),
        raw(b"{}", 1 << 60),
        raw(b"{}" + b" " * (33 << 20)),
        raw(b'{"__metadata__":{"archdsl":"' + b"[" * 100_000 + b'"}}'),
        raw(b'{"__metadata__":{"archdsl":"{}"}}'),
        raw(b'{"__metadata__":{"archdsl":7}}'),
        raw(b'{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4]}}') + b"1234",
        raw(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}') + b"1234",
    ],
    ids=range(10),
)
def test_files_that_are_no_such_files(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "w.safetensors").write_bytes(data)
    assert main(["weights", "open", str(tmp_path / "w.safetensors")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("archdsl: ")
    assert said.count("\n") == 1
