"""What cannot be deployed: one line that says why, and no file."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import archdsl
from archdsl.backends.torch.errors import EmitError
from archdsl.cli import main
from archdsl.deploy.errors import NotDeployable
from archdsl.weights.errors import PortError
from tests.deploy.small import SPECS, TINY, weights_of

FORMS = ("export", "onnx", "aoti", "safetensors", "hub")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.arch").write_text(TINY)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `compile` says in one line before it ends with 2; nothing is written."""
    before = sorted(os.listdir("."))
    assert main(["compile", "tiny.arch", "-o", "out", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("archdsl: ")
    assert said.err.count("\n") == 1
    assert sorted(os.listdir(".")) == before
    return said.err


@pytest.mark.parametrize("form", FORMS)
def test_without_torch(
    form: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert 'pip install "archdsl[torch]"' in refused(capsys, "--emit", form)


@pytest.mark.parametrize("form", FORMS)
def test_other_numbers(form: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--emit", f"torch,{form}", "--dtype", "bfloat16")
    assert said == (
        f"archdsl: --emit {form} is in float32: emit the module with --dtype by itself\n"
    )


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_without_onnx(
    package: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    said = refused(capsys, "--emit", "export,onnx")
    assert f"ONNX needs {package}" in said
    assert 'pip install "archdsl[onnx]"' in said


def test_without_a_compiler(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from torch._inductor import config
    from torch._inductor.cpp_builder import get_cpp_compiler

    forget = getattr(get_cpp_compiler, "cache_clear", lambda: None)
    forget()
    # Not by monkeypatch, which deletes what it found in a class.
    with config.patch({"cpp.cxx": (None, "no-such-compiler")}):
        assert "needs a C++ compiler" in refused(capsys, "--emit", "safetensors,aoti")
    forget()


def test_a_kind_that_an_engine_refuses_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "network tiny {\n    input 1x4x4\n    adaptivemaxpool3\n}\n"
    (folder / "tiny.arch").write_text(text)
    said = refused(capsys, "--emit", "safetensors,onnx")
    assert "ONNX cannot take the kind `adaptivemaxpool` of `tiny`" in said
    assert "adaptive_max_pool2d" in said
    assert main(["compile", "tiny.arch", "-o", "out", "--emit", "safetensors"]) == 0


def test_a_name_that_two_values_of_onnx_would_have(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = "output left: @left, FC-3\n    output sum: @left, FC-2"
    text = f"network tiny {{\n    input left: 4\n    {outputs}\n}}\n"
    (folder / "tiny.arch").write_text(text)
    assert "both an input and an output `left`" in refused(capsys, "--emit", "export,onnx")
    assert main(["compile", "tiny.arch", "-o", "out", "--emit", "export"]) == 0


def test_what_onnxruntime_refuses_is_no_bug_of_ours(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from archdsl.deploy import onnx

    def spoil(model: Any, name: str) -> None:
        model.graph[-1].op_type = "NoSuchOperator"

    monkeypatch.setattr(onnx, "clean", spoil)
    assert "ONNX cannot take the kind `conv`" in refused(capsys, "--emit", "onnx")


@pytest.mark.parametrize("name", [".tiny.arch", "ti\nny.arch", "a" * 210 + ".arch"])
def test_a_spec_whose_name_cannot_go_along(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_text(TINY)
    for form in ("safetensors", "hub"):
        assert main(["compile", name, "-o", "out", "--emit", form]) == 2
        said = capsys.readouterr().err
        assert "cannot go along with the weights under this name" in said
        assert repr(name) in said
    assert not (folder / "out").exists()


def test_a_checkpoint_is_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archdsl.loads(TINY).export("tiny.safetensors")
    before = (folder / "tiny.safetensors").read_bytes()
    words = ["compile", "tiny.arch", "-o", ".", "--emit", "safetensors"]
    assert main([*words, "--weights", "tiny.safetensors"]) == 2
    assert "'./tiny.safetensors' is read here" in capsys.readouterr().err
    assert (folder / "tiny.safetensors").read_bytes() == before


def test_a_form_with_other_numbers_is_not_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archdsl.deploy import onnx

    true = onnx.session
    monkeypatch.setattr(onnx, "session", lambda path: lambda *x: [true(path)(*x)[0] * 1.001])
    with pytest.raises(NotDeployable, match=r"cannot take the kind `conv` of `tiny`.*differs by"):
        archdsl.loads(TINY).export("net.onnx")
    assert os.listdir(folder) == ["tiny.arch"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("fc1.bias"), "has no `fc1.bias`"),
        (lambda t: t.update(other=torch.zeros(2)), "has `other`, which tiny has not"),
        (lambda t: t.update({"fc1.bias": torch.zeros(4)}), "`fc1.bias` as 4, and the network"),
        (lambda t: t.update({"fc1.bias": torch.zeros(3, dtype=torch.long)}), "as torch.int64"),
    ],
)
def test_weights_of_something_else(
    change: object, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = archdsl.loads(TINY).module().state_dict()
    assert callable(change)
    change(state)
    torch.save(state, "w.pt")
    assert message in refused(capsys, "--emit", "safetensors", "--weights", "w.pt")
    with pytest.raises(PortError, match=r"fc1|other"):
        archdsl.loads(TINY).export("net.safetensors", weights="w.pt")


def test_a_checkpoint_that_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot read" in refused(capsys, "--emit", "export", "--weights", "gone.pt")
    assert "neither safetensors" in refused(capsys, "--emit", "export", "--weights", "tiny.arch")


def test_words_that_make_no_sense(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--weights is for" in refused(capsys, "--weights", "w.pt")
    assert "-o takes a folder" in refused(capsys, "--emit", "onnx", "-o", "-")
    assert "'net.py' looks like a file's name: `-o .` writes there" in refused(
        capsys, "-o", "net.py"
    )
    assert "leave --optimize out" in refused(capsys, "--emit", "hub", "--optimize", "inference")
    assert "cannot be --dense" in refused(capsys, "--emit", "onnx", "--dense")
    assert "cannot be --dense" in refused(capsys, "--emit", "onnx", "--passes", "dense")
    net = archdsl.loads(TINY)
    wrong: list[dict[str, Any]] = [{"form": "pt"}, {"optimize": "much"}, {"optimize": "inference"}]
    for options in wrong:
        with pytest.raises(ValueError, match=r"form is|optimize is|leave optimize out"):
            net.export("net.safetensors", **options)
    with pytest.raises(ValueError, match="ends with none of"):
        net.export("net.tar")
    for form in (None, "hub", "safetensors"):
        with pytest.raises(ValueError, match="the path is empty"):
            net.export("", form=form)


@pytest.mark.parametrize("form", ["safetensors", "hub"])
def test_a_full_disk_leaves_nothing(
    form: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    assert "No space left" in refused(capsys, "--emit", form)
    with pytest.raises(OSError, match="No space left"):
        archdsl.loads(TINY).export("net", form=form)


def test_a_file_where_the_folder_should_be(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out").write_text("mine")
    assert "-o takes a folder, and 'out' is a file" in refused(capsys, "--emit", "hub")
    assert (folder / "out").read_text() == "mine"


def test_weights_are_never_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, weights = weights_of(archdsl.loads(TINY), folder)
    before = Path(weights).read_bytes()
    os.rename(weights, "tiny.safetensors")
    words = ["--emit", "safetensors", "--weights", "tiny.safetensors", "-o", "."]
    refused(capsys, *words)
    assert Path("tiny.safetensors").read_bytes() == before


def test_a_network_of_no_text(folder: Path) -> None:
    net = archdsl.Net(archdsl.loads(SPECS["trained"]).ir, "trained.arch")
    with pytest.raises(EmitError, match="not made of a spec's text"):
        net.export("net.safetensors")
    net.export("net.pt2")
