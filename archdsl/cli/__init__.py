"""The command line: the only place with input, output and exit codes."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sys import UnraisableHookArgs

OK, WRONG, USAGE, BUG, INTERRUPTED = 0, 1, 2, 70, 130
LONGEST = 600  # characters of a message of the command line


def main(argv: list[str] | None = None) -> int:
    """Runs a command; gives the exit code: 0 fine, 1 wrong spec, 2 usage or output, 70 a bug."""
    if argv is not None:
        return obey(argv)
    sys.unraisablehook = interrupt_again
    try:
        try:
            return obey(sys.argv[1:])
        finally:
            stop_interrupts()
    except KeyboardInterrupt:  # while it told of something else
        return INTERRUPTED


def obey(args: list[str]) -> int:
    """The exit code of a command, whatever happens in it."""
    gc.set_threshold(200_000, 50, 50)  # one short run makes many objects and drops few
    try:
        code = run(args)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        silence()
        return OK
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    except OSError as error:  # standard output cannot be written
        complain(f"cannot write: {error.strerror}")
        silence()
        return USAGE
    except Exception as error:
        return bug(error, args)


def interrupt_again(problem: UnraisableHookArgs) -> None:
    """Ctrl-C that came where Python must go on, as in a weak reference's end: soon once more.

    Python itself would print a traceback, and forget that it was asked to stop.
    """
    import signal

    if problem.exc_type is not KeyboardInterrupt or not hasattr(signal, "setitimer"):
        sys.__unraisablehook__(problem)
        return
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.01)


def stop_interrupts() -> None:
    """The command has ended: an alarm that came as the interpreter does would kill it."""
    sys.unraisablehook = let_end
    signal = sys.modules.get("signal")
    if signal is not None and hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def let_end(problem: UnraisableHookArgs) -> None:
    """Ctrl-C behind the end of the command has nothing left to stop."""
    if problem.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(problem)


def run(argv: list[str]) -> int:
    """The command. Raises what is not the spec's fault."""
    from archdsl.cli.arguments import make_parser, module

    args = make_parser(argv).parse_args(argv)
    if args.version:
        from archdsl import __version__
        from archdsl.cli.output import say

        say(f"archdsl {__version__}")
        return OK
    if args.command is None:
        make_parser().print_help()
        return USAGE
    from archdsl.cli.output import OutputProblem
    from archdsl.cli.specs import Usage
    from archdsl.files import FileProblem

    try:
        code: int = module(args.command).run(args)
        return code
    except (Usage, FileProblem, OutputProblem) as problem:
        complain(str(problem))
        return USAGE
    except Exception as problem:
        if is_refusal(problem):
            complain(refusal_text(problem))
            return USAGE
        raise


def is_refusal(problem: Exception) -> bool:
    """Whether a back end refuses what is beyond its limits, or lacks a tool."""
    names = {c.__name__ for c in type(problem).__mro__}
    return bool(names & {"EmitError", "RenderError", "TooLarge"})


def refusal_text(problem: Exception) -> str:
    """One line of why."""
    help = getattr(problem, "help", "")
    text = getattr(problem, "message", "") or str(problem)
    return f"{text} ({help})" if help else text


def complain(text: str) -> None:
    """One line on standard error."""
    from archdsl.cli.output import warn
    from archdsl.diagnostics.render import escape

    try:
        warn(f"archdsl: {escape(shorten(text))}")
    except OSError:
        return


def shorten(text: str) -> str:
    """A message without the middle of what a command line of thousands of letters says."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 4 :]}"


def silence() -> None:
    """Keeps the interpreter from complaining about a closed pipe as it ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError:
        return


def bug(error: Exception, argv: list[str]) -> int:
    """An error of ours: one line, and the traceback only for those who ask."""
    if "--debug" in argv or os.environ.get("ARCHDSL_DEBUG"):
        import traceback

        traceback.print_exc()
    complain(
        f"internal error: {type(error).__name__}: {error}. This is a bug of archdsl; please report "
        "it with the spec and the output of the same command with --debug"
    )
    return BUG


if __name__ == "__main__":
    sys.exit(main())
