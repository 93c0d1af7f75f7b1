"""Programs, ONNX and packages: read again, they give what the module gives, for any batch."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.cli import main
from archdsl.deploy.bundle import Bundle
from archdsl.deploy.engines import distance, reach, rounding
from archdsl.deploy.subject import Subject
from tests.deploy.small import IMAGE, SPECS, TINY, inputs_of, outputs_of, weights_of

ALL = os.environ.get("DEPLOY") == "all"
BATCHES = (1, 2, 5)


@pytest.mark.parametrize("name", SPECS)
def test_a_program_computes_what_the_module_does(name: str, tmp_path: Path) -> None:
    net = archdsl.loads(SPECS[name])
    module, weights = weights_of(net, tmp_path)
    net.export(str(tmp_path / "net.pt2"), weights=weights)
    program = torch.export.load(tmp_path / "net.pt2")
    assert set(program.state_dict) == set(module.state_dict())
    again = program.module()
    for batch in BATCHES:
        inputs = inputs_of(net, batch)
        with torch.no_grad():
            wanted, given = outputs_of(module(*inputs)), outputs_of(again(*inputs))
        assert len(wanted) == len(given)
        for one, other in zip(wanted, given, strict=True):
            assert one.shape == other.shape
            assert torch.equal(one, other)


def test_ports_of_onnx_keep_names_that_its_insides_have(tmp_path: Path) -> None:
    import onnx

    text = """\
input val_0: 3x8x8
input conv2d: 4
a: @val_0, conv3-4(norm=bn), relu, conv3-4(norm=bn)
c: @a, gap, flatten
d: add[ @c | @conv2d ]
output relu: @a, relu, conv3-2
output linear: @d, FC-2, sigmoid
output sigmoid: @d, FC-2
"""
    net = archdsl.loads(text)
    net.export(str(tmp_path / "net.onnx"))
    model = onnx.load(str(tmp_path / "net.onnx"))
    onnx.checker.check_model(model, full_check=True)
    assert [i.name for i in model.graph.input] == ["val_0", "conv2d"]
    assert [o.name for o in model.graph.output] == ["relu", "linear", "sigmoid"]


@pytest.mark.parametrize("name", SPECS if ALL else ["image", "several", "words"])
def test_onnxruntime_agrees(name: str, tmp_path: Path) -> None:
    import onnx
    import onnxruntime

    net = archdsl.loads(SPECS[name])
    module, weights = weights_of(net, tmp_path)
    path = str(tmp_path / "net.onnx")
    net.export(path, weights=weights)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [i.name for i in model.graph.input] == list(net.inputs)
    assert [o.name for o in model.graph.output] == [o for o in net.outputs if o != "side"]
    ports = (*model.graph.input, *model.graph.output)
    assert {p.type.tensor_type.shape.dim[0].dim_param for p in ports} == {"batch"}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch in BATCHES:
        inputs = inputs_of(net, batch)
        with torch.no_grad():
            wanted = outputs_of(module(*inputs))
        feed = {k: x.numpy() for k, x in zip(net.inputs, inputs, strict=True)}
        for one, other in zip(wanted, session.run(None, feed), strict=True):
            far = (one - torch.from_numpy(other)).abs().max()
            assert one.abs().max() > 1e-3
            assert far <= 1e-4 * one.abs().max()


def test_files_say_nothing_of_this_machine_and_are_the_same_each_time(tmp_path: Path) -> None:
    net = archdsl.loads(TINY)
    here = str(Path(archdsl.__file__).parent).encode()
    for end in (".pt2", ".onnx", ".safetensors"):
        made = []
        for name in ("a", "b"):
            net.export(str(tmp_path / name / f"net{end}"))
            made.append((tmp_path / name / f"net{end}").read_bytes())
        assert made[0] == made[1]
        assert here not in made[0]
        assert b"archdsl/deploy" not in made[0]


def test_fresh_weights_are_the_same_and_leave_random_numbers_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    archdsl.loads(IMAGE).export(str(tmp_path / "net.safetensors"))
    assert torch.equal(before, torch.random.get_rng_state())


def test_weights_beyond_one_file_of_onnx_lie_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    monkeypatch.setattr("archdsl.deploy.onnx.LARGEST", 0)
    archdsl.loads(TINY).export(str(tmp_path / "big.onnx"))
    assert sorted(os.listdir(tmp_path)) == ["big.onnx", "big.onnx.data"]
    session = onnxruntime.InferenceSession(tmp_path / "big.onnx")
    (given,) = session.run(None, {"x": torch.zeros(4, 1, 4, 4).numpy()})
    assert given.shape == (4, 3)


def test_passes_go_in_with_the_plain_weights(tmp_path: Path) -> None:
    (tmp_path / "image.arch").write_text(IMAGE)
    net = archdsl.loads(IMAGE)
    module, weights = weights_of(net, tmp_path)
    words = ["--emit", "export", "--optimize", "inference", "--weights", weights]
    assert main(["compile", str(tmp_path / "image.arch"), *words, "-o", str(tmp_path)]) == 0
    program = torch.export.load(tmp_path / "image.pt2")
    assert not any("running_mean" in key for key in program.state_dict)  # norms are folded
    x = inputs_of(net, 3)
    with torch.no_grad():
        torch.testing.assert_close(program.module()(*x), module(*x), rtol=1e-4, atol=1e-5)


def test_logits(tmp_path: Path) -> None:
    net = archdsl.loads(IMAGE)
    _, weights = weights_of(net, tmp_path)
    net.export(str(tmp_path / "net.pt2"), weights=weights, logits=True)
    bare = net.module(logits=True).eval()
    state = net.module().state_dict().keys()
    assert bare.state_dict().keys() == state
    from safetensors.torch import load_file

    bare.load_state_dict(load_file(weights))
    x = inputs_of(net, 3)
    again = torch.export.load(tmp_path / "net.pt2").module()
    with torch.no_grad():
        assert torch.equal(again(*x), bare(*x))
    net.export(str(tmp_path / "net.safetensors"), weights=weights, logits=True)
    held, tensors = archdsl.load_weights(str(tmp_path / "net.safetensors"))
    with torch.no_grad():
        assert torch.equal(held.module(weights=tensors).eval()(*x), bare(*x))


def compiler() -> str:
    """Why there is no package to be made, or nothing."""
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        get_cpp_compiler()
    except RuntimeError as problem:
        return f"no C++ compiler: {problem}"
    return ""


@pytest.mark.skipif(bool(compiler()), reason=compiler() or "there is one")
@pytest.mark.parametrize("text", [TINY, *SPECS.values()] if ALL else [TINY])
def test_a_package_computes_what_the_module_does(text: str, tmp_path: Path) -> None:
    net = archdsl.loads(text)
    module, weights = weights_of(net, tmp_path)
    net.export(str(tmp_path / "net.aoti.pt2"), weights=weights)
    package = torch._inductor.aoti_load_package(str(tmp_path / "net.aoti.pt2"))
    for batch in BATCHES:
        inputs = inputs_of(net, batch)
        with torch.no_grad():
            wanted, given = outputs_of(module(*inputs)), outputs_of(package(*inputs))
        for one, other in zip(wanted, given, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_a_program_is_read_where_archdsl_is_not(tmp_path: Path) -> None:
    import subprocess
    import sys

    net = archdsl.loads(SPECS["several"])
    module, weights = weights_of(net, tmp_path)
    net.export(str(tmp_path / "net.pt2"), weights=weights)
    inputs = inputs_of(net, 3)
    torch.save(inputs, tmp_path / "inputs.pt")
    code = (
        "import sys; sys.modules['archdsl'] = None\n"
        "import torch\n"
        "net = torch.export.load('net.pt2').module()\n"
        "torch.save(net(*torch.load('inputs.pt')), 'outputs.pt')\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    with torch.no_grad():
        wanted = outputs_of(module(*inputs))
    for one, other in zip(
        wanted, torch.load(BytesIO((tmp_path / "outputs.pt").read_bytes())), strict=True
    ):
        assert torch.equal(one, other)


def test_rounding_is_small_where_weights_are_tame_and_void_where_it_hides_all() -> None:
    net = archdsl.loads(TINY)
    subject = Subject(net.ir, "tiny.arch", lambda: Bundle({}, "tiny"), version="0")
    module = net.module().eval()
    (own,) = rounding(subject, module)
    assert 0 < own < 1e-5
    with torch.no_grad():  # a difference of numbers so large that 32 bits lose the rest
        module.get_parameter("fc1.bias").add_(1e9)
    module.register_forward_hook(lambda _, __, y: y - 1e9)
    assert rounding(subject, module) == [0.0]


def test_infinities_and_no_numbers() -> None:
    inf, nan = float("inf"), float("nan")
    assert distance(torch.tensor([inf, nan, 2.0]), torch.tensor([inf, nan, 2.0])) == 0
    assert distance(torch.tensor([1.0]), torch.tensor([nan])) == inf
    assert distance(torch.tensor([inf]), torch.tensor([-inf])) == inf
    assert reach(torch.tensor([nan, -inf, -3.0])) == 3


def test_a_network_without_weights(tmp_path: Path) -> None:
    net = archdsl.loads("input 4x6x6\nmaxpool, flatten\n")
    for end in (".pt2", ".safetensors"):
        net.export(str(tmp_path / f"net{end}"))
    assert archdsl.load_weights(str(tmp_path / "net.safetensors"))[1] == {}
