"""What launchers train with: the loss and the optimizer of the spec, and batches that divide."""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest

import archdsl
from archdsl.distributed.emit import ENDINGS, launcher
from archdsl.distributed.errors import NotDistributable
from archdsl.distributed.lesson import _TAKEN
from tests.oracle.programs import load

torch = pytest.importorskip("torch")
F = torch.nn.functional

BODY = "network N {{\n    input 5\n    {layers}\n    train {{ {facts} }}\n}}\n"
GROUPED = "network N {\n    input 4x8x8\n    conv3-8(groups=2), relu\n}\n"
TWO = "s: FC-4\n    output a: @s, FC-3\n    output(weight=0.5) b: @s, FC-3\n    output c: @s, FC-3"


def smooth(p, target):
    """Label smoothing as Szegedy et al. (2016) have it: a tenth of the weight to all classes."""
    own = p.log().gather(1, target[:, None])[:, 0]
    return -(0.9 * own + 0.1 * p.log().mean(1)).mean()


LOSSES = {
    "smoothing of shares": ("FC-3, softmax", "loss = cross_entropy(smoothing=0.1)", smooth),
    "smoothing of logs": (
        "FC-3, logsoftmax",
        "loss = cross_entropy(smoothing=0.1)",
        lambda y, target: smooth(y.exp(), target),
    ),
    "shares": ("FC-3, softmax", "loss = nll", lambda p, t: F.nll_loss(p.log(), t)),
    "two classes": ("FC-1, sigmoid", "loss = binary_cross_entropy", F.binary_cross_entropy),
    "many labels": (
        "FC-3",
        "loss = binary_cross_entropy",
        lambda y, t: F.binary_cross_entropy(y.sigmoid(), t),
    ),
    "weights of outputs": (
        TWO,
        "epochs = 1",
        lambda ys, t: sum(w * F.cross_entropy(y, t) for w, y in zip((1, 0.5, 1), ys, strict=True)),
    ),
    "weights of the section": (
        TWO,
        "loss_weights = [2, 0, 0.25]",
        lambda ys, t: sum(w * F.cross_entropy(y, t) for w, y in zip((2, 0, 0.25), ys, strict=True)),
    ),
}


def program(text: str, way: str, folder: Path) -> ModuleType:
    """The launcher of a network `N`."""
    net = archdsl.loads_all(text)[0]
    (folder / "N.py").write_text(net.source(), "utf-8")
    path = folder / f"N_{ENDINGS[way]}.py"
    path.write_text(launcher(net.ir, way, 2, spec_name="n.arch", stem="N"), "utf-8")
    return load(path)


@pytest.mark.parametrize("case", LOSSES)
def test_the_loss_is_that_of_the_spec(case: str, tmp_path: Path) -> None:
    layers, facts, wanted = LOSSES[case]
    made = program(BODY.format(layers=layers, facts=facts), "ddp", tmp_path)
    x, target = made.examples(0, 6)
    with torch.no_grad():
        output = load(tmp_path / "N.py").build().train()(x)
        torch.testing.assert_close(made.loss_of(output, target), wanted(output, target))


@pytest.mark.parametrize(
    ("facts", "made"),
    [
        ("optimizer = adadelta(lr=0.5, decay=0.95)", "Adadelta(net.parameters(), lr=args.lr, rho"),
        ("optimizer = lars(lr=0.5)", "SGD(net.parameters(), lr=args.lr)"),
        (
            "optimizer = sgd(0.5, 0.9, true)",
            "SGD(net.parameters(), lr=args.lr, momentum=0.9, nesterov=True",
        ),
    ],
)
def test_the_optimizer_is_that_of_the_spec(facts: str, made: str, tmp_path: Path) -> None:
    source = inspect.getsource(program(BODY.format(layers="FC-3", facts=facts), "ddp", tmp_path))
    source = " ".join(source.split()).replace("( ", "(")
    assert f"optimizer = torch.optim.{made}" in source
    assert 'parser.add_argument("--lr", type=float, default=0.5' in source


@pytest.mark.parametrize("way", ["ddp", "fsdp", "pipeline"])
def test_no_input_hides_a_name_of_the_program(way: str, tmp_path: Path) -> None:
    layers = "FC-4(norm=bn), FC-4, FC-3"
    source = inspect.getsource(program(BODY.format(layers=layers, facts="epochs=1"), way, tmp_path))
    defined = {f.name: f for f in ast.parse(source).body if isinstance(f, ast.FunctionDef)}
    nodes = [n for name in ("train", "examples", "loss_of") for n in ast.walk(defined[name])]
    used = {n.id for n in nodes if isinstance(n, ast.Name)}
    used |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    assert used - {"x", "output"} <= _TAKEN


def test_outputs_and_inputs_may_be_called_as_modules_are(tmp_path: Path) -> None:
    text = """network N {
    input dist: 6
    input F: 6
    s: add[ @dist | @F ]
    output F: @s, FC-3
    output torch: @s, FC-3
}
"""
    made = program(text, "ddp", tmp_path)
    *inputs, target = made.examples(0, 6)
    ys = load(tmp_path / "N.py").build().train()(*inputs)
    wanted = sum(F.cross_entropy(y, target) for y in ys)
    torch.testing.assert_close(made.loss_of(ys, target), wanted)


def test_towers_save_every_layer_behind_them(tmp_path: Path) -> None:
    text = GROUPED.replace("relu\n", "relu, bn, prelu, conv3-4, gap, FC-3\n")
    made = program(text, "towers", tmp_path)
    whole = load(tmp_path / "N.py").build()
    found = made.NTowers(whole, ["cpu", "cpu"]).whole_weights()
    assert found.keys() == whole.state_dict().keys()
    for key, tensor in whole.state_dict().items():
        assert torch.equal(found[key], tensor)


def test_layers_called_as_what_towers_share_are_refused() -> None:
    text = GROUPED.replace("relu\n", "relu, gap, flatten\n    devices: FC-3\n")
    net = archdsl.loads_all(text)[0]
    with pytest.raises(NotDistributable, match="`devices` of `N` has a name that a launcher"):
        launcher(net.ir, "towers", 2, spec_name="n.arch", stem="N")


@pytest.mark.parametrize(
    ("way", "words", "said"),
    [
        ("pipeline", "--micro-batches 0", "--micro-batches is 2 at least"),
        ("pipeline", "--micro-batches 1", "--micro-batches is 2 at least"),
        ("pipeline", "--batch 7 --micro-batches 2", "--batch 7 makes no 2 equal parts"),
        ("pipeline", "--batch 0", "--batch 0 makes no 4 equal parts"),
        ("ddp", "--batch 7", "--batch 7 makes no equal parts for 2 processes"),
        ("ddp", "--batch 0", "--batch 0 makes no equal parts for 2 processes"),
        ("fsdp", "--batch -2", "--batch -2 makes no equal parts for 2 processes"),
        ("towers", "--devices cpu,cpu --batch 0", "--batch is at least 1"),
    ],
)
def test_batches_that_do_not_divide(
    way: str, words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GROUPED if way == "towers" else BODY.format(layers="FC-3, relu, FC-3", facts="epochs=1")
    made = program(text, way, tmp_path)
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1" if way == "towers" else "2")
    monkeypatch.setattr(sys, "argv", [way, *words.split()])
    with pytest.raises(SystemExit) as end:
        made.main()
    assert said in str(end.value)
