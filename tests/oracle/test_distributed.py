"""Generated programs for several devices compute what one process computes, step by step."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from copy import deepcopy
from pathlib import Path

import pytest

from archdsl.cli import main
from tests.oracle.programs import load

torch = pytest.importorskip("torch")
F = torch.nn.functional

ROOT = Path(__file__).resolve().parents[2]
DEVICES = ROOT / "tests" / "data" / "devices.arch"
STEPS, BATCH = 4, 12
TOLERANCE = {"rtol": 1e-4, "atol": 2e-6}  # sums in another order, in float32


class Case:
    """A program and how the reference differs from plain SGD on whole batches."""

    def __init__(self, spec: str, way: str, world: int, *arguments: str, parts: int = 1) -> None:
        self.spec = spec
        self.way = way
        self.world = world
        self.arguments = arguments
        self.parts = parts  # of a batch, each with statistics of its own

    @property
    def stem(self) -> str:
        return self.spec.rsplit(":", 1)[1].replace("-", "_")

    @property
    def program(self) -> str:
        return f"{self.stem}_{'stages' if self.way == 'pipeline' else self.way}.py"


LENET = f"{ROOT}/specs/lenet.arch:LeNet-Caffe"
CASES = {
    "lenet-gpipe": Case(LENET, "pipeline", 2, "--schedule", "gpipe", "--micro-batches", "3"),
    "lenet-1f1b": Case(LENET, "pipeline", 2, "--schedule", "1f1b", "--micro-batches", "4"),
    "residual-in-three": Case(f"{DEVICES}:Residual", "pipeline", 3, "--micro-batches", "6"),
    "skips": Case(f"{DEVICES}:Skips", "pipeline", 2, "--micro-batches", "2"),
    "norms-of-parts": Case(f"{DEVICES}:Normed", "pipeline", 2, "--micro-batches", "3", parts=3),
    "lenet-ddp": Case(LENET, "ddp", 2),
    "residual-ddp": Case(f"{DEVICES}:Residual", "ddp", 2),
    "residual-fsdp": Case(f"{DEVICES}:Residual", "fsdp", 2),
    "words-fsdp": Case(f"{DEVICES}:Words", "fsdp", 2),
    "tied-fsdp": Case(f"{DEVICES}:Tied", "fsdp", 2),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where all cases were run, by three processes that start once."""
    folder = tmp_path_factory.mktemp("devices")
    jobs = []
    ports = free_ports(len(CASES))
    for port, (name, case) in zip(ports, CASES.items(), strict=True):
        place = folder / name
        command = ["compile", case.spec, "-o", str(place), "--emit", "torch", "--logits"]
        command += ["--parallel", case.way]
        command += ["--stages", str(case.world)] if case.way == "pipeline" else []
        assert main([*command, "--json"]) == 0
        arguments = ["--device", "cpu", "--steps", str(STEPS), "--batch", str(BATCH)]
        arguments += ["--timeout", "60", "--save", str(place / "weights.pt"), *case.arguments]
        jobs.append(
            {
                "program": str(place / case.program),
                "out": str(place / "out"),
                "world": case.world,
                "port": port,
                "arguments": arguments,
            }
        )
    (folder / "jobs.json").write_text(json.dumps(jobs), "utf-8")
    run_ranks(folder, max(case.world for case in CASES.values()))
    return folder


def run_ranks(folder: Path, world: int) -> None:
    """All jobs; a process that fails takes the others down."""
    script = Path(__file__).with_name("ranks.py")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(script), str(folder / "jobs.json")]
    with ExitStack() as logs:
        running = []
        for rank in range(world):
            log = logs.enter_context((folder / f"log.{rank}").open("w", encoding="utf-8"))
            running.append(
                subprocess.Popen([*command, str(rank)], env=environment, stdout=log, stderr=log)
            )
        try:
            codes = [one.wait(timeout=150) for one in running]
        finally:
            for one in running:
                one.kill()
                one.wait()
    said = [(folder / f"log.{rank}").read_text("utf-8")[-3000:] for rank in range(world)]
    assert codes == [0] * world, "\n".join(said)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, below those that systems hand out on their own."""
    found: list[int] = []
    first = 20_000 + os.getpid() % 10_000
    for port in range(first, first + 2_000):
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError("no ports are free")


def loss_of(case: Case, output, target):
    """What the networks of the cases are trained for, written by hand."""
    if case.stem == "Words":
        return F.cross_entropy(output.flatten(0, 1), target.flatten())
    if case.stem == "Skips":
        return 0.3 * F.cross_entropy(output.early, target) + F.cross_entropy(output.out, target)
    return F.cross_entropy(output, target)


def train_alone(case: Case, folder: Path):
    """Losses and weights of one process that trains on whole batches."""
    examples = load(folder / case.program).examples
    torch.manual_seed(0)
    net = load(folder / f"{case.stem}.py").build().train()
    options = {"lr": 0.01}
    if case.stem == "Residual":
        options = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.001}
    optimizer = torch.optim.SGD(net.parameters(), **options)
    losses = []
    for step in range(STEPS):
        x, target = examples(step, BATCH)
        optimizer.zero_grad()
        total = 0.0
        pairs = zip(x.chunk(case.parts), target.chunk(case.parts), strict=True)
        for inputs, wanted in pairs:
            loss = loss_of(case, net(inputs), wanted) / case.parts
            loss.backward()
            total += loss.item()
        optimizer.step()
        losses.append(total)
    return losses, net.state_dict()


def losses_of(folder: Path, world: int) -> list[float]:
    """What the processes said; one of them says a line for each step."""
    said = "".join((folder / f"out.{rank}").read_text("utf-8") for rank in range(world))
    lines = re.findall(r"^step (\d+): loss (\S+)$", said, re.M)
    assert [int(step) for step, _ in lines] == list(range(STEPS))
    return [float(loss) for _, loss in lines]


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_losses_and_weights_are_those_of_one_process(name: str, ran: Path) -> None:
    case, folder = CASES[name], ran / name
    losses, weights = train_alone(case, folder)
    assert losses_of(folder, case.world) == pytest.approx(losses, rel=1e-5, abs=2e-6)
    found = torch.load(folder / "weights.pt", weights_only=True)
    assert found.keys() == weights.keys()
    for key, tensor in weights.items():
        torch.testing.assert_close(
            found[key], tensor, **TOLERANCE, msg=lambda m, k=key: f"{k}: {m}"
        )
    fresh = load(folder / f"{case.stem}.py").build().state_dict()
    assert any(not torch.equal(fresh[key], found[key]) for key in fresh)  # it did learn


def test_towers_are_the_whole_network(tmp_path: Path) -> None:
    command = ["compile", f"{DEVICES}:Towers", "-o", str(tmp_path), "--emit", "torch"]
    assert main([*command, "--parallel", "towers", "--json"]) == 0
    whole = load(tmp_path / "Towers.py").build()
    module = load(tmp_path / "Towers_towers.py")
    net = module.TowersTowers(deepcopy(whole), ["cpu", "cpu"])
    x, target = module.examples(0, 6)
    torch.testing.assert_close(net(x), whole(x), rtol=1e-5, atol=1e-6)
    optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in (net, whole)]
    for step in range(STEPS):
        x, target = module.examples(step, 6)
        losses = [F.nll_loss(m(x).log(), target) for m in (net, whole)]
        torch.testing.assert_close(losses[0], losses[1], rtol=1e-5, atol=1e-6)
        for loss, optimizer in zip(losses, optimizers, strict=True):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    weights = net.whole_weights()
    assert weights.keys() == whole.state_dict().keys()
    for key, tensor in whole.state_dict().items():
        torch.testing.assert_close(weights[key], tensor, **TOLERANCE)


def test_the_program_of_towers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["compile", f"{DEVICES}:Towers", "-o", str(tmp_path), "--emit", "torch"]
    assert main([*command, "--parallel", "towers", "--json"]) == 0
    saved = tmp_path / "weights.pt"
    module = load(tmp_path / "Towers_towers.py")
    arguments = ["--devices", "cpu,cpu", "--steps", "2", "--batch", "4", "--save", str(saved)]
    monkeypatch.setattr(sys, "argv", ["Towers_towers.py", *arguments])
    capsys.readouterr()
    module.main()
    assert re.findall(r"^step (\d): loss \d\.\d+$", capsys.readouterr().out, re.M) == ["0", "1"]
    whole = load(tmp_path / "Towers.py").build()
    whole.load_state_dict(torch.load(saved, weights_only=True))
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SystemExit, match="one process drives all towers"):
        module.main()
    monkeypatch.delenv("WORLD_SIZE")
    monkeypatch.setattr(sys, "argv", ["Towers_towers.py", "--devices", "cpu"])
    with pytest.raises(SystemExit, match="names 2 devices"):
        module.main()


def test_towers_stand_on_their_devices(tmp_path: Path) -> None:
    command = ["compile", f"{ROOT}/specs/alexnet.arch:AlexNet", "-o", str(tmp_path)]
    assert main([*command, "--emit", "torch", "--parallel", "towers", "--json"]) == 0
    module = load(tmp_path / "AlexNet_towers.py")
    whole = load(tmp_path / "AlexNet.py").build(device="meta")
    net = module.AlexNetTowers(whole, ["meta", "meta"])
    assert tuple(net(torch.empty(2, 3, 227, 227, device="meta")).shape) == (2, 1000)
    shapes = {name: tuple(w.shape) for name, w in net.towers[1].state_dict().items()}
    assert shapes["pool1_conv1.weight"] == (48, 3, 11, 11)  # Figure 2 of the paper
    assert shapes["pool2_conv1.weight"] == (128, 48, 5, 5)
    assert shapes["conv1.weight"] == (192, 256, 3, 3)  # conv3 sees the maps of both
    assert shapes["conv2.weight"] == (192, 192, 3, 3)
    assert shapes["pool5_conv1.weight"] == (128, 192, 3, 3)
    assert shapes["fc1.weight"] == (2048, 9216)
    assert sum(w.numel() for w in net.parameters()) == 60_965_224
