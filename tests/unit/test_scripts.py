"""run.sh, test.sh and .ci/run on a copy of the scripts, with a pip that installs nothing.

The stand-ins come first on PYTHONPATH: `pip` logs its arguments and writes the programs that an
installation would, `ensurepip` and `pytest` do as little. What is tested is all that the scripts
themselves decide: when to install, what with, and what is left by one that was cut short.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts are for a POSIX shell")

FAKE_PIP = """
import os, sys, time
from pathlib import Path
here = Path(os.environ["FAKES"])
arguments = sys.argv[1:]
if arguments[0] == "--version":
    sys.exit(0)
with open(here / "pip.log", "a") as log:
    print(*arguments, sep="|", file=log)
print("pip speaks")
mode = (here / "mode").read_text()
if mode == "fail":
    sys.exit(1)
if mode == "hang":
    time.sleep(60)
time.sleep(0.3)
bin = Path(sys.prefix) / "bin"
for name in ("archdsl", "ruff", "mypy", "lint-imports"):
    program = bin / name
    program.write_text(
        f'#!/bin/sh\\nprintf "%s\\\\n" "{name}:" "$@"\\ntest ! -e "{here}/{name}-fails"\\n'
    )
    program.chmod(0o755)
"""
SAYS_ITS_NAME = 'import sys; print("{}:", *sys.argv[1:])'


class Checkout:
    """A copy of the scripts and the environment in which to call them."""

    def __init__(self, home: Path, fakes: Path) -> None:
        self.home = home
        self.fakes = fakes
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:{fakes}:{os.environ['PATH']}",
            "PYTHONPATH": str(fakes),
            "FAKES": str(fakes),
            "ARCHDSL_PYTHON": sys.executable,
        }

    def mode(self, mode: str) -> None:
        (self.fakes / "mode").write_text(mode)

    def start(self, script: str, *args: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.home / script), *args],
            cwd=cwd or self.home,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def call(self, script: str, *args: str, cwd: Path | None = None) -> tuple[int, str, str]:
        process = self.start(script, *args, cwd=cwd)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def pip_calls(self) -> list[str]:
        log = self.fakes / "pip.log"
        return log.read_text().splitlines() if log.exists() else []

    def installs(self) -> list[str]:
        return [call for call in self.pip_calls() if "--dry-run" not in call]


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Checkout:
    home = tmp_path / "check out's"
    fakes = tmp_path / "fakes"
    for folder in ("tools", ".ci"):
        shutil.copytree(root / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("run.sh", "test.sh", "pyproject.toml", "constraints.txt"):
        shutil.copy(root / name, home / name)
    # An environment without pip is made in no time, and the stand-in is all the pip it needs.
    venv.create(home / ".venv", symlinks=True)
    (home / "specs").mkdir()
    (home / "specs" / "vgg_e.arch").touch()
    fakes.mkdir()
    (fakes / "pip.py").write_text(FAKE_PIP)
    (fakes / "ensurepip.py").write_text("")
    (fakes / "pytest.py").write_text(SAYS_ITS_NAME.format("pytest"))
    generate = fakes / "archdsl" / "syntax"
    generate.mkdir(parents=True)
    (generate / "generate.py").write_text(SAYS_ITS_NAME.format("generate"))
    (home / "tools" / "generate_textmate.py").write_text(SAYS_ITS_NAME.format("textmate"))
    (home / "tools" / "vsix.sh").write_text("echo vsix:\n")
    (fakes / "chromium").write_text("#!/bin/sh\n")  # nothing is to be installed
    (fakes / "chromium").chmod(0o755)
    checkout = Checkout(home, fakes)
    checkout.mode("work")
    return checkout


def test_arguments_and_output_pass_through(checkout: Checkout, tmp_path: Path) -> None:
    code, out, err = checkout.call("run.sh", "check", "a b.arch", "it's", cwd=tmp_path)
    assert code == 0
    assert out.splitlines() == ["archdsl:", "check", "a b.arch", "it's"]
    assert "pip speaks" in err


def test_without_arguments_compiles_vgg_e_and_reports(checkout: Checkout, tmp_path: Path) -> None:
    _, out, _ = checkout.call("run.sh", cwd=tmp_path)
    assert " ".join(out.split()) == (
        "archdsl: compile specs/vgg_e.arch -o build archdsl: report specs/vgg_e.arch"
    )


def test_second_call_installs_nothing(checkout: Checkout) -> None:
    shutil.rmtree(checkout.home / ".venv")
    checkout.call("run.sh", "kinds")
    calls = checkout.pip_calls()
    assert len(calls) == 1
    constraints, target = f"-c|{checkout.home}/constraints.txt", f"-e|{checkout.home}[torch]"
    assert calls[0].endswith(f"{constraints}|{target}")
    code, _, err = checkout.call("run.sh", "kinds")
    assert (code, err) == (0, "")
    assert checkout.pip_calls() == calls


def test_exit_code_is_that_of_the_command(checkout: Checkout) -> None:
    (checkout.fakes / "archdsl-fails").touch()
    assert checkout.call("run.sh", "check", "bad.arch")[0] == 1


def test_test_extra_contains_torch_but_not_the_other_way(checkout: Checkout) -> None:
    checkout.call("run.sh", "kinds")
    code, out, _ = checkout.call("test.sh", "-k", "vgg")
    assert (code, out.splitlines()[-1]) == (0, "pytest: -k vgg")
    calls = checkout.installs()
    assert [call.rpartition("[")[2] for call in calls] == ["torch]", "test]"]
    (checkout.home / ".venv" / "archdsl-torch.stamp").unlink()
    checkout.call("run.sh", "kinds")
    assert checkout.installs() == calls


def test_two_at_once_install_once(checkout: Checkout) -> None:
    both = [checkout.start("run.sh", "kinds") for _ in range(2)]
    assert [process.communicate(timeout=60)[0].split() for process in both] == [
        ["archdsl:", "kinds"]
    ] * 2
    assert len(checkout.installs()) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_cut_short_is_begun_anew(checkout: Checkout, number: int) -> None:
    shutil.rmtree(checkout.home / ".venv")
    checkout.mode("hang")
    process = checkout.start("run.sh", "kinds")
    wait_until(lambda: len(checkout.pip_calls()) == 1)
    os.killpg(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode != 0
    (checkout.home / ".venv" / "half-installed").touch()
    checkout.mode("work")
    assert checkout.call("run.sh", "kinds")[0] == 0
    assert not (checkout.home / ".venv" / "half-installed").exists()
    assert not (checkout.home / ".venv-unfinished").exists()


def test_changed_constraints_install_again(checkout: Checkout) -> None:
    checkout.call("run.sh", "kinds")
    edit(checkout.home / "constraints.txt", "# changed\n")
    checkout.call("run.sh", "kinds")
    first, second = checkout.installs()
    assert second == first


def test_failed_update_leaves_what_works(checkout: Checkout) -> None:
    checkout.call("run.sh", "kinds")
    edit(checkout.home / "constraints.txt", "# changed\n")
    checkout.mode("fail")
    code, out, err = checkout.call("run.sh", "kinds")
    assert (code, out) == (2, "")
    assert "set-up failed" in err
    assert "Traceback" not in err
    text = (checkout.home / "constraints.txt").read_text()
    (checkout.home / "constraints.txt").write_text(text.removesuffix("# changed\n"))
    assert checkout.call("run.sh", "kinds") == (0, "archdsl:\nkinds\n", "")


def test_moved_checkout_is_installed_again(checkout: Checkout) -> None:
    checkout.call("run.sh", "kinds")
    checkout.home = checkout.home.rename(checkout.home.parent / "moved")
    assert checkout.call("run.sh", "kinds")[0] == 0
    assert checkout.pip_calls()[-1].endswith(f"{checkout.home}[torch]")


@pytest.mark.parametrize(
    ("answer", "message"), [("old", "at least 3.11 was found"), ("bare", "python3-venv")]
)
def test_unfit_python_is_refused_in_one_line(
    checkout: Checkout, tmp_path: Path, answer: str, message: str
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "cat", "cksum", "dirname"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (programs / "python3").write_text(f"#!/bin/sh\necho {answer}\n")
    (programs / "python3").chmod(0o755)
    checkout.env = {"PATH": str(programs)}
    code, out, err = checkout.call("run.sh", "kinds")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err


def test_ci_runs_every_step(checkout: Checkout) -> None:
    code, out, _ = checkout.call(".ci/run")
    assert code == 0, out
    steps = ("pytest: -n 2", "lint-imports:", "generate: --check", "textmate: --check", "vsix:")
    for line in (*steps, "mypy:", "==> all passed"):
        assert line in out


@pytest.mark.parametrize("tool", ["ruff", "mypy", "lint-imports", "archdsl"])
def test_ci_fails_where_a_step_fails(checkout: Checkout, tool: str) -> None:
    (checkout.fakes / f"{tool}-fails").touch()
    code, out, _ = checkout.call(".ci/run")
    assert code == 1
    assert "FAILED" in out
    assert "==> failed:" in out.splitlines()[-1]


def test_make_help_lists_every_target(root: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    text = (root / "Makefile").read_text()
    targets = {
        line.split(":")[1].strip() for line in text.splitlines() if line.startswith(".PHONY")
    }
    listed = subprocess.run(
        [make, "help"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[0] for line in listed.splitlines()} == targets


def edit(file: Path, more: str) -> None:
    file.write_text(file.read_text() + more)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
