"""Published weights ported into our modules: same outputs, same gradients, doubts refused."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import archdsl
from archdsl.cli import main
from archdsl.weights.checkpoint import read_checkpoint
from archdsl.weights.errors import CheckpointProblem, PortError
from tests.oracle.libraries import randomize, torchvision_models, without_dropout

SMALL = "input 3x8x8\nconv3-4(act=relu)\nmaxpool\nFC-5\n"

MODELS = [
    pytest.param("alexnet.arch", "AlexNet-single", "alexnet", 224, marks=pytest.mark.slow),
    ("densenet.arch", "DenseNet-121", "densenet121", 64),
    ("efficientnet.arch", "EfficientNet-B0", "efficientnet_b0", 64),
    ("googlenet_bn.arch", "GoogLeNet-BN", "googlenet", 64),
    ("mnasnet.arch", "MNASNet", "mnasnet1_0", 64),
    ("mobilenet.arch", "MobileNetV2", "mobilenet_v2", 64),
    ("mobilenet.arch", "MobileNetV3-Small", "mobilenet_v3_small", 64),
    ("resnet.arch", "ResNet-18", "resnet18", 64),
    ("resnet.arch", "ResNet-50", "resnet50", 64),
    ("shufflenet.arch", "ShuffleNetV2-x1_0", "shufflenet_v2_x1_0", 64),
    ("squeezenet.arch", "SqueezeNet-1_1", "squeezenet1_1", 64),
    pytest.param("vgg.arch", "VGG-A", "vgg11", 224, marks=pytest.mark.slow),
]


def published(name: str) -> nn.Module:
    """torchvision's network with random weights, as it is delivered."""
    extra = {"aux_logits": True, "init_weights": False} if name == "googlenet" else {}
    module: nn.Module = getattr(torchvision_models(), name)(weights=None, **extra)
    return randomize(module)


@pytest.mark.parametrize(("file", "network", "theirs", "size"), MODELS)
def test_published_weights_give_the_same_outputs(
    root: Path, file: str, network: str, theirs: str, size: int
) -> None:
    net = archdsl.load(str(root / "specs" / file), network=network)
    reference = published(theirs).eval()
    state = reference.state_dict()
    ported = net.port(state)
    ours = net.module(logits=True, device="meta").to_empty(device="cpu").eval()
    ours.load_state_dict(ported, strict=True)
    x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = reference(x)
        torch.testing.assert_close(ours(x), expected, rtol=1e-4, atol=1e-4)
    assert expected.std() > 1e-2
    unordered = net.port(dict(sorted(state.items())))  # as safetensors keeps them
    assert all(torch.equal(unordered[key], ported[key]) for key in ported)


def gradients(module: nn.Module) -> dict[str, Tensor]:
    """Gradients by key, with the statistics in their places."""
    return {
        **module.state_dict(),
        **{k: p.grad for k, p in module.named_parameters() if p.grad is not None},
    }


@pytest.mark.parametrize(
    ("file", "network", "theirs", "size"),
    [
        pytest.param("vgg.arch", "VGG-A", "vgg11", 224, marks=pytest.mark.slow),
        ("resnet.arch", "ResNet-18", "resnet18", 64),
        pytest.param("googlenet_bn.arch", "GoogLeNet-BN", "googlenet", 224, marks=pytest.mark.slow),
    ],
)
def test_training_gives_the_same_gradients(
    root: Path, file: str, network: str, theirs: str, size: int
) -> None:
    net = archdsl.load(str(root / "specs" / file), network=network)
    reference = without_dropout(published(theirs)).train()
    ours = without_dropout(net.module(logits=True)).train()
    ours.load_state_dict(net.port(reference.state_dict()), strict=True)
    x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([3, 5])
    for module in (reference, ours):
        loss(module(x), target).backward()
    expected = net.port(gradients(reference))
    found = gradients(ours)
    assert sum(p.grad is not None for p in ours.parameters()) == len(list(ours.parameters()))
    for key, gradient in expected.items():
        scale = float(gradient.float().abs().max())
        torch.testing.assert_close(
            found[key], gradient, rtol=1e-3, atol=1e-4 * max(scale, 1e-3), msg=key
        )


def loss(outputs: object, target: Tensor) -> Tensor:
    """Cross entropy, auxiliary heads with their weight of 0.3."""
    if isinstance(outputs, Tensor):
        return nn.functional.cross_entropy(outputs, target)
    heads = outputs._asdict()  # type: ignore[attr-defined]
    main = [k for k in heads if "aux" not in k]
    assert len(main) == 1
    assert len(heads) == 3
    total = nn.functional.cross_entropy(heads.pop(main[0]), target)
    for head in heads.values():
        total = total + 0.3 * nn.functional.cross_entropy(head, target)
    return total


# --- doubts -------------------------------------------------------------------------------------

TOWERS = """
input 4x8x8
concat[ conv3-8 | conv3-8 ]
gap, FC-2
"""


def test_branches_of_equal_shapes_are_refused_until_the_order_is_trusted() -> None:
    net = archdsl.loads(TOWERS)
    state = randomize(net.module()).state_dict()
    with pytest.raises(PortError, match=r"parallel branches of equal shapes"):
        net.port(state)
    ported = net.port(state, in_order=True)
    assert all(torch.equal(ported[k], state[k]) for k in state)


def test_trusted_order_is_that_of_the_file_where_modules_stand_elsewhere() -> None:
    net = archdsl.loads(TOWERS)
    shapes = {"head": (2, 16), "right": (8, 4, 3, 3), "left": (8, 4, 3, 3)}
    state: dict[str, torch.Tensor] = {}
    for key, shape in shapes.items():
        state |= {f"{key}.weight": torch.rand(shape), f"{key}.bias": torch.rand(shape[0])}
    with pytest.raises(PortError, match="more than one way"):
        net.port(state)
    kernels = [v for v in net.port(state, in_order=True).values() if v.dim() == 4]
    assert torch.equal(kernels[0], state["right.weight"])
    assert torch.equal(kernels[1], state["left.weight"])


def test_numbers_that_contradict_the_order_and_too_many_names_are_refused() -> None:
    net = archdsl.loads("input 8\nFC-6(bias=false), relu, FC-4(bias=false)")
    swapped = {"fc1.weight": torch.rand(4, 6), "fc2.weight": torch.rand(6, 8)}
    with pytest.raises(PortError, match=r"`fc1.weight` 4x6 in the checkpoint, `fc1.weight` 6x8"):
        net.port(swapped)
    unsorted = {"fc2.weight": torch.rand(6, 8), "fc1.weight": torch.rand(4, 6)}
    assert torch.equal(net.port(unsorted)["fc1.weight"], unsorted["fc2.weight"])
    with pytest.raises(PortError, match="in the checkpoint"):
        net.port(dict(sorted(unsorted.items())))
    deep = archdsl.loads("input 8\n{ FC-8(bias=false), relu } x64")
    names = [a + b for a in "abcdefgh" for b in "abcdefgh"]
    with pytest.raises(PortError, match="too many orders"):
        deep.port({f"{name}.weight": torch.rand(8, 8) for name in names})


def test_names_without_numbers_and_equal_shapes_are_refused() -> None:
    net = archdsl.loads("input 8\nFC-8, relu, FC-8, relu, FC-2")
    keys = ("in", "hidden", "out")
    shapes = ((8, 8), (8, 8), (2, 8))
    state: dict[str, torch.Tensor] = {}
    for key, shape in zip(keys, shapes, strict=True):
        state |= {f"{key}.weight": torch.rand(shape), f"{key}.bias": torch.rand(shape[0])}
    assert torch.equal(net.port(state)["fc1.weight"], state["in.weight"])
    with pytest.raises(PortError, match="more than one way") as found:
        net.port(dict(sorted(state.items())))
    assert "hidden" in found.value.table[0]
    assert "in: " in found.value.table[0]


def test_numbers_in_names_decide_where_the_file_keeps_no_order() -> None:
    net = archdsl.loads("input 8\n{ FC-8, relu } x12\nFC-2")
    layers = [(f"layers.{i}", (8, 8)) for i in range(12)] + [("head", (2, 8))]
    state = {f"{k}.weight": torch.rand(s) for k, s in layers}
    state |= {f"{k}.bias": torch.rand(s[0]) for k, s in layers}
    ported = net.port(dict(sorted(state.items())))
    weights = [v for k, v in ported.items() if k.endswith("weight")]
    for i in range(12):  # 10 and 11 stand behind 9, not behind 1
        assert torch.equal(weights[i], state[f"layers.{i}.weight"])


def test_a_shape_that_differs_is_named() -> None:
    net = archdsl.loads(SMALL)
    state = net.module().state_dict()
    state["fc1.weight"] = torch.zeros(5, 63)
    with pytest.raises(PortError, match=r"`fc1.weight` 5x63 in the checkpoint, `fc1.weight` 5x64"):
        net.port(state)


def test_a_missing_bias_and_a_layer_too_many_are_refused() -> None:
    net = archdsl.loads(SMALL)
    state = net.module().state_dict()
    fewer = {k: v for k, v in state.items() if k != "conv1.bias"}
    with pytest.raises(PortError, match=r"nothing in the checkpoint, `conv1.bias` 4"):
        net.port(fewer)
    with pytest.raises(PortError, match=r"`more.weight` 2 in the checkpoint, nothing"):
        net.port({**state, "more.weight": torch.zeros(2)})


def test_missing_counters_start_at_zero() -> None:
    net = archdsl.loads("input 3x8x8\nconv3-4(norm=bn, act=relu)\ngap, FC-2")
    state = randomize(net.module()).state_dict()
    less = {k: v for k, v in state.items() if "num_batches" not in k}
    ported = net.port(less)
    assert list(ported) == list(state)
    counter = next(k for k in state if "num_batches" in k)
    assert ported[counter] == 0
    assert ported[counter].dtype == torch.int64


# --- other layouts ------------------------------------------------------------------------------

KERAS = """
input 3x8x6
default conv + dwconv (norm=bn, act=relu)
conv3x1-4, dwconv3, conv1-6
maxpool
FC-10(act=relu), dropout-0.5, FC-5
"""


def to_keras(net: archdsl.Net, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as Keras would name and lay them out; written apart from the code it tests."""
    names = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean"}
    names["running_var"] = "moving_variance"
    out = {}
    for key, t in state.items():
        layer, _, leaf = key.rpartition(".")
        if leaf == "num_batches_tracked":
            continue
        if "bn" in layer:
            out[f"{layer}/{names[leaf]}:0"] = t
        elif t.dim() == 4 and "dw" in layer:  # (C, 1, h, w) -> (h, w, C, 1)
            out[f"{layer}/depthwise_kernel:0"] = t.permute(2, 3, 0, 1)
        elif t.dim() == 4:  # (O, I, h, w) -> (h, w, I, O)
            out[f"{layer}/kernel:0"] = torch.einsum("oihw->hwio", t)
        elif t.dim() == 2:
            # The first one's inputs are 6 channels of 4x3, in Keras 4x3 of 6.
            maps = t.reshape(10, 6, 4, 3).movedim(1, -1) if t.shape == (10, 72) else t
            out[f"{layer}/kernel:0"] = maps.reshape(t.shape).t()
        else:
            out[f"{layer}/bias:0"] = t
    return out


def test_keras_layout_round_trip() -> None:
    net = archdsl.loads(KERAS)
    state = randomize(net.module()).state_dict()
    keras = to_keras(net, state)
    assert (10, 72) in [tuple(t.shape) for t in state.values()]
    assert {tuple(t.shape) for t in keras.values()} >= {(3, 1, 3, 4), (3, 3, 4, 1), (72, 10)}
    ported = net.port(keras)
    for key, tensor in state.items():
        if "num_batches" not in key:
            assert torch.equal(ported[key], tensor), key


def test_channels_last_weights_behind_a_flatten_that_is_not_followed_are_refused() -> None:
    net = archdsl.loads("input 3x8x8\nconv3-4\nflatten, bn, FC-5")
    keras = {
        "a/kernel": torch.zeros(3, 3, 3, 4),
        "a/bias": torch.zeros(4),
        **{f"b/{k}": torch.zeros(256) for k in ("gamma", "beta", "moving_mean", "moving_variance")},
        "c/kernel": torch.zeros(256, 5),
        "c/bias": torch.zeros(5),
    }
    with pytest.raises(PortError, match="flattens a map"):
        net.port(keras)


def test_a_convolution_over_the_whole_map_is_a_linear_layer() -> None:
    net = archdsl.loads("input 3x4x4\nconv3-8, relu, FC-5")
    state = randomize(net.module()).state_dict()
    kernels = {k: v.reshape(5, 8, 4, 4) if v.shape == (5, 128) else v for k, v in state.items()}
    ported = net.port(kernels)
    assert all(torch.equal(ported[k], state[k]) for k in state)


# --- files --------------------------------------------------------------------------------------


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.arch"
    path.write_text(SMALL)
    return path


@pytest.mark.parametrize("kind", ["pt", "wrapped", "safetensors"])
def test_command_writes_what_the_module_loads(
    spec: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from safetensors.torch import load_file, save_file

    net = archdsl.load(str(spec))
    state = {f"theirs_{k}": v for k, v in randomize(net.module()).state_dict().items()}
    path = spec.parent / f"weights.{kind}"
    if kind == "safetensors":
        save_file(state, path)
    else:
        torch.save({"epoch": 3, "state_dict": state} if kind == "wrapped" else state, path)
    out = spec.parent / "out.safetensors"
    assert main(["weights", "port", str(path), "--to", str(spec), "-o", str(out), "--map"]) == 0
    module = net.module()
    module.load_state_dict(load_file(out), strict=True)
    for key, tensor in module.state_dict().items():
        assert torch.equal(tensor, state[f"theirs_{key}"])
    printed = capsys.readouterr().out
    assert "theirs_conv1.weight -> conv1.weight  4x3x3x3" in printed


def test_a_wrong_checkpoint_is_exit_1_with_a_table(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = spec.parent / "wrong.pt"
    torch.save({"a.weight": torch.zeros(4, 3, 5, 5), "a.bias": torch.zeros(4)}, path)
    out = spec.parent / "out.safetensors"
    assert main(["weights", "port", str(path), "--to", str(spec), "-o", str(out)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert "`a.weight` 4x3x5x5 in the checkpoint, `conv1.weight` 4x3x3x3" in lines[0]
    assert any(line.lstrip().startswith("> a: weight 4x3x5x5") for line in lines)
    assert not out.exists()


class Hostile:
    """A pickle that makes a folder when it is run."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.mark,)


def bad_files(folder: Path, mark: Path) -> dict[str, bytes]:
    """Files that hold no weights that could be read."""
    from safetensors.torch import save

    state = {"a.weight": torch.zeros(4, 3, 3, 3)}
    torch.save(state, folder / "good.pt")
    torch.save({"w": Hostile(str(mark))}, folder / "hostile.pt")
    torch.save(nn.Linear(2, 2), folder / "module.pt")
    torch.save([1, 2], folder / "list.pt")
    torch.save({"a": torch.eye(2).to_sparse()}, folder / "sparse.pt")
    with zipfile.ZipFile(folder / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 1_000_000)
    good = (folder / "good.pt").read_bytes()
    sound = save(state)
    header = {"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}}
    text = json.dumps(header).encode()
    made = {f: (folder / f).read_bytes() for f in ("hostile.pt", "module.pt", "bomb.pt")}
    made |= {f: (folder / f).read_bytes() for f in ("list.pt", "sparse.pt")}
    return made | {
        "empty.pt": b"",
        "text.safetensors": b"no weights at all",
        "cut.pt": good[: len(good) // 2],
        "cut.safetensors": sound[:-8],
        "head.safetensors": sound[:9],
        "huge.safetensors": struct.pack("<Q", 2**60) + b"{}",
        "large.safetensors": struct.pack("<Q", 40 << 20) + b"{" + b" " * (40 << 20),
        "sizes.safetensors": struct.pack("<Q", len(text)) + text + b"\0" * 4,
        "json.safetensors": struct.pack("<Q", 4) + b"{{{{",
        "hostile.pkl": pickle.dumps(Hostile(str(mark))),
        "model.h5": b"\x89HDF\r\n\x1a\n" + b"\0" * 64,
    }


def test_bad_files_are_refused_in_one_line_and_never_run(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = spec.parent / "ran"
    for name, data in bad_files(spec.parent, mark).items():
        path = spec.parent / name
        path.write_bytes(data)
        assert main(["weights", "port", str(path), "--to", str(spec)]) == 2, name
        error = capsys.readouterr().err
        assert error.startswith("archdsl: ")
        assert error.count("\n") == 1, (name, error)
        assert name in error
    assert not mark.exists()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe"):
        with pytest.raises(CheckpointProblem, match="cannot read"):
            read_checkpoint(str(path))


def test_bytes_cut_anywhere_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save

    state = {"a.weight": torch.ones(4, 3), "a.bias": torch.ones(4)}
    torch.save(state, tmp_path / "good.pt")
    for data in ((tmp_path / "good.pt").read_bytes(), save(state)):
        for end in range(0, len(data) - 1, max(1, len(data) // 23)):
            (tmp_path / "cut").write_bytes(data[:end])
            with pytest.raises(CheckpointProblem):
                read_checkpoint(str(tmp_path / "cut"))


# --- warm start ---------------------------------------------------------------------------------

FAMILY = """
network A {
    input 3x16x16
    default conv + FC (act=relu)
    conv3-4, maxpool, conv3-8, maxpool
    FC-10, FC-5
}
network B {
    input 3x16x16
    default conv + FC (act=relu)
    conv3-4, conv3-4, maxpool, conv3-8, conv3-8, maxpool
    FC-10, FC-5
}
"""


def test_warm_start_copies_the_first_and_the_last_layers(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    spec = tmp_path / "family.arch"
    spec.write_text(FAMILY)
    shallow = randomize(archdsl.load(str(spec), network="A").module()).state_dict()
    torch.save(shallow, tmp_path / "a.pt")
    command = ["weights", "warm", str(tmp_path / "a.pt"), "--from", f"{spec}:A", "--to"]
    command += [f"{spec}:B", "--first", "2", "--last", "2"]
    out = [tmp_path / "b.safetensors", tmp_path / "c.safetensors"]
    for path in out:
        assert main([*command, "-o", str(path)]) == 0
    deep, again = map(load_file, out)
    assert deep.keys() == archdsl.load(str(spec), network="B").module().state_dict().keys()
    places = {"conv1": "conv1", "conv2": "conv3", "fc1": "fc1", "fc2": "fc2"}
    for theirs, ours in places.items():
        for leaf in ("weight", "bias"):
            assert torch.equal(deep[f"{ours}.{leaf}"], shallow[f"{theirs}.{leaf}"])
    assert all(torch.equal(deep[k], again[k]) for k in deep)  # the rest comes from the seed
    assert main([*command, "--seed", "1", "-o", str(out[1])]) == 0
    assert not torch.equal(deep["conv2.weight"], load_file(out[1])["conv2.weight"])


def test_warm_start_needs_places_for_all_layers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "family.arch"
    spec.write_text(FAMILY)
    torch.save(archdsl.load(str(spec), network="B").module().state_dict(), tmp_path / "b.pt")
    command = ["weights", "warm", str(tmp_path / "b.pt"), "--from", f"{spec}:B", "--to"]
    assert main([*command, f"{spec}:A", "--first", "2", "--last", "2"]) == 1
    assert "takes conv2: weight 4x4x3x3" in capsys.readouterr().err
    assert main([*command, f"{spec}:A", "--first", "9"]) == 1
    assert "6 layers with weights" in capsys.readouterr().err
