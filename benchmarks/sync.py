"""``python -m benchmarks sync``: bucket syncs against a stub with latency, rivals in turn, and their ratios."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "stub", "AWS_SECRET_ACCESS_KEY": "stubstub", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one rival. Times in seconds."""

    rival: str
    task: str
    wall_s: float
    cpu_s: float
    peak_bytes: int
    failure: str = ""


def _commands(url: str, source: str, state: Path) -> dict[str, list[str] | None]:
    """By name, each rival's command for a sync of two buckets; None where it is not installed."""
    masker = [
        sys.executable, "-m", "masker", "sync", f"s3://{source}", "s3://TARGET", "--confirm", "TARGET", "--acl", "public-read", "--endpoint-url", url, "--state", str(state),
    ]  # fmt: skip
    s5cmd, rclone = shutil.which("s5cmd"), shutil.which("rclone")
    remote = f":s3,provider=Other,env_auth=true,region=us-east-1,endpoint='{url}',acl=public-read:"
    return {
        "masker": [*masker, "--client", "crt"],
        "masker on boto3": [*masker, "--client", "boto3"],
        "s5cmd": None if s5cmd is None else [s5cmd, "--endpoint-url", url, "--log", "error", "sync", "--delete", "--acl", "public-read", f"s3://{source}/*", "s3://TARGET/"],
        "rclone": None if rclone is None else [
            rclone, "sync", "--config", os.devnull, "--checksum", "--fast-list", "--transfers", "256", "--checkers", "256", "--s3-no-check-bucket",
            f"{remote}{source}", f"{remote}TARGET",
        ],
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks sync", description=__doc__)
    parser.add_argument("--keys", type=int, default=50_000, help="objects in the source [%(default)s]")
    parser.add_argument("--latency-ms", type=float, default=20, help="of every answer of the stub [%(default)s]")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each rival, in turn [%(default)s]")
    parser.add_argument("--only", action="append", help="run this rival; repeat for several")
    parser.add_argument("--task", action="append", choices=["first", "second"], help="a first sync, or one with nothing to do; default both")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    options = parser.parse_args(arguments)
    runs: list[Run] = []
    with _stub(options.keys, options.latency_ms) as url:
        for task in options.task or ["first", "second"]:
            for _ in range(options.repeat):
                runs += [_run(url, name, task) for name in _commands(url, "full", Path()) if not options.only or name in options.only]
    print(_table(runs, options.keys, f"python -m benchmarks sync {shlex.join(arguments)}"))
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=2) + "\n", encoding="utf-8")
    return 0


@contextmanager
def _stub(keys: int, latency_ms: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.s3stub", "--keys", str(keys), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def _run(url: str, name: str, task: str) -> Run:
    """Run one rival in a process of its own and ask the system what it took."""
    target = "empty" if task == "first" else "fulltwin"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        command = _commands(url, "full", Path(folder))[name]
        if command is None:
            return Run(name, task, 0, 0, 0, "not installed")
        command = [word.replace("TARGET", target) for word in command]
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, **_CREDENTIALS})
        deadline = started + _TIMEOUT_S
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(0.005)
        wall_s = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        failure = said.read().decode(errors="replace").strip().splitlines()[-1:] if process.returncode else []
        print(f"{name} {task}: {wall_s:.2f} s {''.join(failure)}", file=sys.stderr, flush=True)
        return Run(name, task, wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, "".join(failure))


def _table(runs: list[Run], keys: int, command: str) -> str:
    lines = [f"`{command}`", "", "| | task | median s | all runs | CPU s | objects a CPU second | peak memory MB |", "|---|---|---|---|---|---|---|"]
    medians: dict[tuple[str, str], float] = {}
    rates: dict[tuple[str, str], float] = {}
    for name, task in dict.fromkeys((run.rival, run.task) for run in runs):
        own = [run for run in runs if (run.rival, run.task) == (name, task)]
        if failed := next((run.failure for run in own if run.failure), ""):
            lines.append(f"| {name} | {task} | not measured: {failed} | | | | |")
            continue
        cpu = statistics.median(run.cpu_s for run in own)
        medians[name, task] = statistics.median(run.wall_s for run in own)
        rates[name, task] = keys / cpu
        walls = ", ".join(f"{run.wall_s:.2f}" for run in own)
        lines.append(f"| {name} | {task} | {medians[name, task]:.2f} | {walls} | {cpu:.2f} | {keys / cpu:,.0f} | {max(run.peak_bytes for run in own) / 1e6:.0f} |")
    lines += ["", "| ratio | measured | target |", "|---|---|---|"]
    for title, figures, mine, other, task, target in (
        ("first sync, wall, masker / s5cmd", medians, "masker", "s5cmd", "first", "at most 0.8"),
        ("nothing to do, wall, masker / s5cmd", medians, "masker", "s5cmd", "second", "at most 0.5"),
        ("copies a CPU second, masker / masker on boto3", rates, "masker", "masker on boto3", "first", "at least 6"),
        ("keys listed a CPU second, masker / masker on boto3", rates, "masker", "masker on boto3", "second", "at least 10"),
    ):
        if (mine, task) in figures and (other, task) in figures:
            lines.append(f"| {title} | {figures[mine, task] / figures[other, task]:.2f} | {target} |")
    return "\n".join(lines)
