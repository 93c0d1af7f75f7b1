"""Makes the checkout's `.venv`: one process at a time, and anew where one was cut short."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import venv
from pathlib import Path

# A pip that was cut short can leave a package that looks installed and is not, so the marker
# of an unfinished set-up stays until pip has ended well.
MARKER = ".venv-unfinished"
LOCK = ".venv-lock"


def main(root: Path, extra: str, key: str) -> int:
    """Sets up `root/.venv` with `archdsl[extra]` unless its stamp says `key`; the exit code."""
    with open(root / LOCK, "w") as lock:
        wait_for(lock.fileno())
        unfinished = (root / MARKER).exists()
        if unfinished or not is_done(root, extra, key):
            install(root, extra, key, clear=unfinished)
    return 0


def wait_for(lock: int) -> None:
    """Takes the lock, which goes with the process that holds it, however that ends."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another set-up of .venv is running: waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def is_done(root: Path, extra: str, key: str) -> bool:
    """Whether a set-up with that extra, or with `test`, was finished under this key."""
    stamps = [root / ".venv" / f"archdsl-{name}.stamp" for name in {extra, "test"}]
    return os.access(root / ".venv/bin/python", os.X_OK) and any(
        stamp.exists() and stamp.read_text() == key for stamp in stamps
    )


def install(root: Path, extra: str, key: str, *, clear: bool) -> None:
    """Makes the environment and installs the checkout; the stamp is written last."""
    env = root / ".venv"
    python = env / "bin/python"
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    target = ["-c", str(root / "constraints.txt"), "-e", f"{root}[{extra}]"]
    if clear or not has_pip(python):
        (root / MARKER).touch()
        say(f"making .venv with Python {sys.version.split()[0]}")
        venv.create(env, clear=True, symlinks=True, with_pip=True)
    else:  # without a network this fails before anything that works is touched
        subprocess.run([*pip, "--dry-run", "--quiet", *target], check=True, stdout=sys.stderr)
        (root / MARKER).touch()
    say(f"installing archdsl[{extra}] into .venv (torch is large: minutes the first time)")
    subprocess.run([*pip, *target], check=True, stdout=sys.stderr)
    # So that starts are fast where Python may not write byte code of its own.
    compiled = [str(python), "-m", "compileall", "-q", str(root / "archdsl")]
    subprocess.run(compiled, check=False, stdout=sys.stderr)
    (root / MARKER).unlink()
    write_stamp(env, extra, key)
    say("set-up done")


def write_stamp(env: Path, extra: str, key: str) -> None:
    """Says which extra is installed under which key; stamps of other keys go."""
    for stamp in env.glob("archdsl-*.stamp"):
        if stamp.read_text() != key:
            stamp.unlink()
    temporary = env / "archdsl.stamp.new"
    temporary.write_text(key)
    temporary.replace(env / f"archdsl-{extra}.stamp")


def has_pip(python: Path) -> bool:
    """Whether that interpreter runs and has pip."""
    try:
        done = subprocess.run([python, "-m", "pip", "--version"], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def say(text: str) -> None:
    """A line on stderr: stdout belongs to the command that follows."""
    print(f"archdsl: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
    except KeyboardInterrupt:
        say("set-up interrupted; the next call begins it anew")
        sys.exit(130)
    except subprocess.CalledProcessError as failure:
        say(f"set-up failed (exit code {failure.returncode}), see above; the next call tries again")
        sys.exit(2)
    except OSError as error:
        say(f"set-up failed: {error}")
        sys.exit(2)
