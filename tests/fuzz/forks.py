"""Cases run in forks of a process that has imported everything, a batch in each."""

from __future__ import annotations

import io
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import time

from tests.fuzz.cases import Case, make_case
from tests.fuzz.judge import Result, judge

BATCH = 25
SECONDS = int(os.environ.get("FUZZ_SECONDS", "5"))  # of computing, for one case
WALL = 60  # seconds by the clock, as cores are shared
HEADROOM = 2 << 30  # of address space: a case that takes more gets a MemoryError


def run_cases(seed: int, numbers: list[int], form: str | None, command: str | None) -> list[Result]:
    """What each case came to; one that kills its process takes no other with it."""
    results: list[Result] = []
    while len(results) < len(numbers):
        rest = numbers[len(results) :][:BATCH]
        found, status = run_batch(seed, rest, form, command)
        results += found
        if len(found) < len(rest):
            number = rest[len(found)]
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status)
            kind = "hang" if killed in (signal.SIGVTALRM, signal.SIGALRM) else "crash"
            results.append(Result(number, kind, f"status {status}", SECONDS, 0))
    return results


def run_batch(
    seed: int, numbers: list[int], form: str | None, command: str | None
) -> tuple[list[Result], int]:
    """The results of one fork, as far as it came, and how it ended."""
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            work(seed, numbers, form, command, write)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        results = unpickle(pipe.read())
    _, status = os.waitpid(child, 0)
    return results, status


def pickled(result: Result) -> bytes:
    """A result as bytes."""
    return pickle.dumps((result.number, result.kind, result.said, result.seconds, result.megabytes))


def unpickle(data: bytes) -> list[Result]:
    """What a process sent before it ended."""
    stream = io.BytesIO(data)
    results = []
    while True:
        try:
            results.append(Result(*pickle.load(stream)))
        except (EOFError, pickle.UnpicklingError):
            return results


def work(seed: int, numbers: list[int], form: str | None, command: str | None, write: int) -> None:
    """In the fork: runs the cases and sends each result at once."""
    soft = address_space() + HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (soft, soft))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The default action of both signals ends the process, in the midst of a C function too.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    with os.fdopen(write, "wb") as pipe:
        for number in numbers:
            case = make_case(seed, number, form, command)
            pipe.write(pickled(run_case(case)))
            pipe.flush()


def run_case(case: Case) -> Result:
    """One case in a folder of its own."""
    before = os.getcwd()
    folder = tempfile.mkdtemp(prefix="archdsl-fuzz-")
    try:
        os.chdir(folder)
        os.mkdir("out")
        with open(case.path, "wb") as file:
            file.write(case.text)
        held = forget_peak()  # much of it may be what the tests before it left
        begin = time.process_time()
        code, said = run_command(case.words)
        seconds = time.process_time() - begin
        kind = judge(case, code, said, peak() - held)
        if kind == "ok" and case.command in ("fmt", "convert yaml", "convert arch"):
            kind = check_again(case)
        return Result(case.number, kind, said[-2000:], seconds, peak() - held)
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


def check_again(case: Case) -> str:
    """What `fmt` and `convert` have written is a spec in its canonical layout."""
    written = {"fmt": case.path, "convert yaml": "out/m.yaml", "convert arch": "out/m.arch"}
    path = written[case.command]
    again = ["fmt", "--check", "--", path]
    if path.endswith(".yaml"):
        again = ["convert", path, "--to", "arch", "-o", "out/again.arch"]
    code, _ = run_command(again)
    return "ok" if code == 0 else "unfaithful"


def run_command(words: list[str]) -> tuple[int, str]:
    """Exit code of a command, and what it said on both streams."""
    from archdsl.cli import main

    out, err = sys.stdout, sys.stderr
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, "utf-8", "backslashreplace", write_through=True)
    sys.stdout = sys.stderr = stream
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    signal.alarm(WALL)
    try:
        code = main(words)
        stream.flush()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.alarm(0)
        sys.stdout, sys.stderr = out, err
    return code, data.getvalue().decode("utf-8", "replace")


def address_space() -> int:
    """Bytes of address space of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def forget_peak() -> float:
    """Lets the peak of memory begin anew; gives the megabytes that are held now."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    return peak()


def peak() -> float:
    """Megabytes that this process held at most since then."""
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
