"""Dense evaluation gives at every position what the network gives of that window."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from archdsl.analysis.cost import cost
from archdsl.cli import main
from archdsl.ir.model import Design, Network
from archdsl.ir.text import render
from archdsl.ir.verify import check
from archdsl.passes.retype import Refused, resize
from archdsl.passes.run import apply, optimize
from archdsl.pipeline import Request, compile_text
from archdsl.source import SourceFile
from archdsl.weights.moved import from_rewritten, to_rewritten
from tests.unit.passes_helper import assert_close, live, network, outputs, randomize

UNPADDED = """block head(n) { FC-n, FC-n }
network net {
  input 3x21x21
  default FC (norm=bn, act=relu)
  default conv (norm=bn, act=relu, pad=0)
  conv3-8, maxpool3/2, conv3-8
"""
CLASSIFIERS = {
    "vgg": "maxpool2/1\nFC-16, dropout-0.5, FC-12, dropout-0.5, FC-5\nsoft-max",
    "gap": "gap, FC-12, FC-5, soft-max",
    "gmp": "gmp, dropout-0.2, FC-5",
    "conv": "conv1-5, gap, flatten, soft-max",
    "joins": "gap, concat[ FC-4 | FC-6, prelu ], FC-8(norm=ln), glu, add[ FC-3 | FC-3 ]",
    "adaptive": "adaptiveavgpool(7), dropout-0.5, FC-6, FC-5(norm=none, act=none)",
    "block": "head(6)",
    "shared": "gap, FC-8, { FC-8 } x3 shared\nf: FC-8\nFC-8(share=f)\nFC-5",
    "repeat": "flatten, FC-8, { FC-8, dropout-0.1 } x3, FC-5",
    "outputs": "s: gap\noutput(train) aux: @s, FC-4\n@s, FC-5",
}


def spec(classifier: str) -> Network:
    """A network without padding and a classifier."""
    return network(UNPADDED + classifier + "\n}\n")


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_position_is_the_plain_network_on_its_window(name: str) -> None:
    net = spec(CLASSIFIERS[name])
    done = apply(net, ["dense"])
    large = resize(done.network, (3, 25, 23))
    for one in (done.network, large):
        check(Design("dense", (one,)))
        assert cost(one.module).params == cost(net.module).params
    plain = live(net)
    state = randomize(plain)
    plain.load_state_dict(state)
    moved = to_rewritten(done.moves, state)
    same, wide = live(done.network, moved), live(large, moved)
    x = torch.randn(2, 3, 25, 23, dtype=torch.float64)
    (scores,) = outputs(wide, [x])[-1:]
    assert scores.shape[2:] == (3, 2)
    for i in range(3):
        for j in range(2):
            window = x[:, :, 2 * i : 2 * i + 21, 2 * j : 2 * j + 21]
            wanted = outputs(plain, [window])[-1].reshape(2, -1)
            assert_close([scores[:, :, i, j]], [wanted])
            assert_close([outputs(same, [window])[-1].reshape(2, -1)], [wanted])
    assert {k: v.shape for k, v in from_rewritten(done.moves, moved).items()} == {
        k: v.shape for k, v in state.items()
    }
    back = from_rewritten(done.moves, moved)
    assert all(torch.equal(back[key], tensor) for key, tensor in state.items())


GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "dense"
REFUSED = {
    "conv3-8, flatten, gn-4, FC-5": "flattened map of 8x8x8",
    "gap, flatten, ln(axis=all), FC-5": "`ln` does not work at each position",
    "gap, reshape(8), FC-5": "`reshape` does not",
    "gap, reshape(1x8), FC-5": "output is signal 5x1",
    "gap, gn-4, FC-5": "`gn` does not",
    "adaptiveavgpool(3), FC-5": "makes 8x3x3 of 8x8x8",
    "gap, rbf-10": "`rbf` does not",
    "tokens, FC-5, at(0), FC-5": "output is vector 5",
    "maxpool4\nf: FC-8\nFC-8(share=f)": "in two shapes",
}


@pytest.mark.parametrize("classifier", REFUSED)
def test_what_cannot_be_dense_says_why(classifier: str) -> None:
    first = "conv3-8" if "share" not in classifier else "conv3-2"
    net = network(f"input 3x8x8\n{first}\n{classifier}")
    with pytest.raises(Refused) as refused:
        apply(net, ["dense"])
    assert REFUSED[classifier] in str(refused.value)


SIZES = {"other_weights": "3x16x16", "other_rank": "3x1x16x16"}


@pytest.mark.parametrize("case", sorted(GOLDEN.glob("*.arch")), ids=lambda path: path.stem)
def test_message(
    case: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of standard error is the golden file."""
    monkeypatch.chdir(GOLDEN)
    sizes = ["--input", SIZES[case.stem]] if case.stem in SIZES else []
    assert main(["report", case.name, "--dense", *sizes]) == 1
    out, err = capsys.readouterr()
    golden = case.with_suffix(".stderr")
    if os.environ.get("BLESS"):
        golden.write_text(err, encoding="utf-8")
    assert (out, err) == ("", golden.read_text(encoding="utf-8"))


def test_the_paper_of_vgg(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "specs/vgg_e.arch", "--dense", "--input", "3x384x384"]) == 0
    text = capsys.readouterr().out
    # Five poolings by 2: 384/32 = 12 positions, and the 7x7 convolution fits at 12 - 7 + 1 = 6.
    assert "conv7-4096(pad=valid)" in text
    assert "1000x6x6" in text
    assert "143,667,240" in text
    assert main(["report", "specs/lenet.arch:LeNet-5", "--dense"]) == 1
    assert "error[not-dense]" in capsys.readouterr().err
    assert main(["report", "specs/vgg_e.arch", "--dense", "--input", "3x100x100"]) == 1
    assert "error[kernel-too-large]" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["resnet", "mobilenet", "unet", "densenet"])
def test_sizes_inferred_anew_are_those_of_the_text(name: str) -> None:
    text = Path(f"specs/{name}.arch").read_text("utf-8")
    lines = [line for line in text.splitlines() if "expect" not in line]
    file = SourceFile(f"{name}.arch", "\n".join(lines))
    design, _ = compile_text(file)
    assert design is not None
    net = design.networks[0]
    sizes = (net.module.inputs[0].type.dims[0], 256, 320)
    other, found = compile_text(file, Request(net.name, {}, sizes))
    assert other is not None, found[0].message
    made = Design(design.name, (resize(net, sizes),))
    assert render(made).split("network")[0] == render(other).split("network")[0]


def test_dense_and_folded_at_once() -> None:
    net = spec(CLASSIFIERS["vgg"])
    dense = apply(net, ["dense"])
    done = optimize(dense.network, "inference")
    plain = live(net)
    state = randomize(plain)
    plain.load_state_dict(state)
    moves = dense.moves + done.moves
    after = live(done.network, to_rewritten(moves, state))
    x = torch.randn(2, 3, 21, 21, dtype=torch.float64)
    wanted = outputs(plain, [x])
    assert_close([outputs(after, [x])[0].reshape(wanted[0].shape)], wanted)
    assert not any("running" in key for key in after.state_dict())
    back = live(net, from_rewritten(moves, after.state_dict()))
    assert_close(outputs(back, [x]), wanted)
