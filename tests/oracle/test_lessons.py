"""What launchers train with: the loss and the optimizer of the spec, and batches that divide."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest

import archdsl
from archdsl.distributed.emit import ENDINGS, launcher
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
    ],
)
def test_the_optimizer_is_that_of_the_spec(facts: str, made: str, tmp_path: Path) -> None:
    source = inspect.getsource(program(BODY.format(layers="FC-3", facts=facts), "ddp", tmp_path))
    assert f"optimizer = torch.optim.{made}" in source
    assert 'parser.add_argument("--lr", type=float, default=0.5' in source


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
