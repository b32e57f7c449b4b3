"""``python -m benchmarks sync``: bucket syncs against a stub with latency or a real server, rivals in turn, and their
ratios."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.buckets import Buckets, RealBuckets, StubBuckets
from benchmarks.measure import machine
from benchmarks.processes import Failed, Usage, run
from benchmarks.storages import CREDENTIALS, NotStarted, moto, seaweedfs, stub

#: Objects in the source where no number is asked for: about as many as the server answers for within a minute.
_KEYS = {"stub": 50_000, "moto": 1_000, "seaweedfs": 5_000}

_TASKS = ("first", "second")
_CLIENTS = ("masker", "masker on boto3")

#: Quotients of masker's figures and another's, and what the project wants of them on the stub: (title, figure, other,
#: task, at most or at least, target).
_RATIOS = (
    ("first sync, wall, masker / s5cmd", "wall", "s5cmd", "first", "at most", 0.8),
    ("nothing to do, wall, masker / s5cmd", "wall", "s5cmd", "second", "at most", 0.5),
    ("copies a CPU second, masker / masker on boto3", "rate", "masker on boto3", "first", "at least", 6),
    ("keys listed a CPU second, masker / masker on boto3", "rate", "masker on boto3", "second", "at least", 10),
    ("the same, each less what it takes to compare two empty buckets", "net rate", "masker on boto3", "second", "", 0),
)
_MEMORY_MB = 150


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one rival, or why there is none."""

    rival: str
    task: str
    usage: Usage | None
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """The commands that make one bucket what another is. *aws* is awscli's executable, None where it is not
    installed."""

    url: str
    acl: str
    aws: str | None

    def commands(self, source: str, target: str, state: Path) -> dict[str, list[str] | None]:
        """By name; None where the rival is not installed."""
        masker = [
            sys.executable,
            "-m",
            "masker",
            "sync",
            f"s3://{source}",
            f"s3://{target}",
            "--confirm",
            target,
            "--acl",
            self.acl,
            "--endpoint-url",
            self.url,
            "--state",
            str(state),
        ]
        canned = [] if self.acl == "none" else ["--acl", self.acl]
        s5cmd, rclone = shutil.which("s5cmd"), shutil.which("rclone")
        acl = f",acl={self.acl}" if canned else ""
        remote = f":s3,provider=Other,env_auth=true,region=us-east-1,endpoint='{self.url}'{acl}:"
        return {
            "masker": [*masker, "--client", "crt"],
            "masker on boto3": [*masker, "--client", "boto3"],
            "s5cmd": (
                None
                if s5cmd is None
                else [
                    s5cmd,
                    "--endpoint-url",
                    self.url,
                    "--log",
                    "error",
                    "sync",
                    "--delete",
                    *canned,
                    f"s3://{source}/*",
                    f"s3://{target}/",
                ]
            ),
            "rclone": (
                None
                if rclone is None
                else [
                    rclone,
                    "sync",
                    "--config",
                    os.devnull,
                    "--checksum",
                    "--fast-list",
                    "--transfers",
                    "256",
                    "--checkers",
                    "256",
                    "--s3-no-check-bucket",
                    f"{remote}{source}",
                    f"{remote}{target}",
                ]
            ),
            "awscli": (
                None
                if self.aws is None
                else [
                    self.aws,
                    "s3",
                    "sync",
                    "--endpoint-url",
                    self.url,
                    "--only-show-errors",
                    "--delete",
                    *canned,
                    f"s3://{source}",
                    f"s3://{target}",
                ]
            ),
        }


def main(arguments: list[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    options = _parser().parse_args(arguments)
    keys = options.keys or _KEYS[options.server]
    tasks = options.task or list(_TASKS)
    runs: list[Run] = []
    idle_cpu_s: dict[str, float] = {}
    try:
        with _storage(options.server, keys, options.latency_ms) as buckets:
            rivals = Rivals(url=buckets.url, acl=buckets.acl, aws=options.aws)
            if "second" in tasks:
                idle_cpu_s = _idle_cpu_s(rivals, buckets, options.only)
            for number in range(1, options.repeat + 1):
                for name in rivals.commands("", "", Path()):
                    if not options.only or name in options.only:
                        for done in _round(name, rivals, buckets, tasks):
                            runs.append(done)
                            said = done.failure or (f"{done.usage.elapsed_s:.2f} s" if done.usage else "")
                            print(f"{number}/{options.repeat} {name} {done.task}: {said}", file=sys.stderr, flush=True)
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 2
    command = f"python -m benchmarks sync {shlex.join(arguments)}".rstrip()
    head = f"`{command}`\n\n{buckets.title}, {keys:,} objects · {machine()}"
    print(_table(runs, keys, idle_cpu_s, head, with_targets=options.server == "stub"))
    if options.json:
        document = {
            "command": command,
            "machine": machine(),
            "keys": keys,
            "idle_cpu_s": idle_cpu_s,
            "runs": [asdict(done) for done in runs],
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 1 if any(done.failure and not done.failure.startswith("not installed") for done in runs) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks sync", description=__doc__)
    parser.add_argument("--server", choices=list(_KEYS), default="stub", help="what is synced against [%(default)s]")
    parser.add_argument(
        "--keys",
        type=int,
        help=f"objects in the source [{', '.join(f'{server}: {number}' for server, number in _KEYS.items())}]",
    )
    parser.add_argument("--latency-ms", type=float, default=20, help="of every answer of the stub [%(default)s]")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each rival, in turn [%(default)s]")
    parser.add_argument("--only", action="append", help="run this rival; repeat for several")
    parser.add_argument(
        "--task", action="append", choices=_TASKS, help="a first sync, or one with nothing to do; default both"
    )
    parser.add_argument(
        "--aws",
        metavar="FILE",
        type=shutil.which,
        help="awscli's executable, of an environment of its own as it pins botocore",
    )
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    return parser


@contextmanager
def _storage(server: str, keys: int, latency_ms: float) -> Iterator[Buckets]:
    """The buckets of *server*, the source filled."""
    if server == "stub":
        with stub(keys, latency_ms) as url:
            yield StubBuckets(url, f"stub, {latency_ms:g} ms latency")
        return
    start: Callable[[], AbstractContextManager[str]] = moto if server == "moto" else seaweedfs
    with start() as url:
        # SeaweedFS has no ACLs, which a sync that is to make public copies refuses.
        yield RealBuckets.filled(url, server, keys, acl="public-read" if server == "moto" else "none")


def _idle_cpu_s(rivals: Rivals, buckets: Buckets, only: Sequence[str] | None) -> dict[str, float]:
    """Of either client of masker, the processor time of a sync of nothing into nothing."""
    found: dict[str, float] = {}
    for name in _CLIENTS:
        with (
            suppress(Failed),
            tempfile.TemporaryDirectory() as state,
            buckets.target() as source,
            buckets.target() as target,
        ):
            command = rivals.commands(source.empty, target.empty, Path(state))[name]
            if command and (not only or name in only):
                found[name] = run(command, CREDENTIALS).cpu_s
    return found


def _round(name: str, rivals: Rivals, buckets: Buckets, tasks: Sequence[str]) -> Iterator[Run]:
    """Both tasks of one rival on a target of its own; the first is done where only the second is asked for, as long as
    the target is real."""
    with tempfile.TemporaryDirectory() as state, buckets.target() as target:
        for task in _TASKS:
            if task not in tasks and (task == "second" or target.is_prepared):
                continue
            bucket = target.bucket_for(task)
            command = rivals.commands(buckets.source, bucket, Path(state))[name]
            if command is None:
                yield Run(name, task, None, "not installed" + (", or not named by --aws" if name == "awscli" else ""))
                continue
            failure, usage = "", None
            try:
                usage = run(command, CREDENTIALS)
                failure = buckets.difference(bucket)
            except Failed as failed:
                failure = str(failed)
            if failure or task in tasks:
                yield Run(name, task, None if failure else usage, failure)


def _table(runs: Sequence[Run], keys: int, idle_cpu_s: Mapping[str, float], head: str, *, with_targets: bool) -> str:
    """What was measured, as Markdown."""
    lines = [
        head,
        "",
        "| | task | median s | all runs | CPU s | objects a CPU second | peak memory MB |",
        "|---|---|---|---|---|---|---|",
    ]
    figures: dict[tuple[str, str, str], float] = {}
    for name, task in dict.fromkeys((done.rival, done.task) for done in runs):
        own = [done for done in runs if (done.rival, done.task) == (name, task)]
        usages = [done.usage for done in own if done.usage]
        failure = next((done.failure for done in own if done.failure), "")
        if failure or not usages:
            lines.append(f"| {name} | {task} | not measured: {failure} | | | | |")
            continue
        cpu_s = statistics.median(usage.cpu_s for usage in usages)
        wall_s = statistics.median(usage.elapsed_s for usage in usages)
        peak_mb = max(usage.peak_bytes for usage in usages) / 1e6
        figures |= {("wall", name, task): wall_s, ("rate", name, task): keys / cpu_s, ("peak", name, task): peak_mb}
        if cpu_s > idle_cpu_s.get(name, cpu_s):
            figures["net rate", name, task] = keys / (cpu_s - idle_cpu_s[name])
        walls = ", ".join(f"{usage.elapsed_s:.2f}" for usage in usages)
        lines.append(
            f"| {name} | {task} | {wall_s:.2f} | {walls} | {cpu_s:.2f} | {keys / cpu_s:,.0f} | {peak_mb:.0f} |"
        )
    lines += ["", "| | measured | target | |", "|---|---|---|---|"]
    for title, figure, other, task, bound, target in _RATIOS:
        with suppress(KeyError):
            measured = figures[figure, "masker", task] / figures[figure, other, task]
            is_met = measured <= target if bound == "at most" else measured >= target
            wanted = f"{bound} {target} | {_verdict(is_met=is_met)}" if bound and with_targets else " | "
            lines.append(f"| {title} | {measured:.2f} | {wanted} |")
    for task in _TASKS:
        if ("peak", "masker", task) in figures:
            peak_mb = figures["peak", "masker", task]
            lines.append(
                f"| peak memory of masker, {task}, MB | {peak_mb:.0f} | under {_MEMORY_MB} |"
                f" {_verdict(is_met=peak_mb < _MEMORY_MB)} |"
            )
    return "\n".join(lines)


def _verdict(*, is_met: bool) -> str:
    return "met" if is_met else "missed"
