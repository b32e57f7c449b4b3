"""SSH signatures, by OpenSSH's own ssh-keygen: keys stay where they are, in files, agents and hardware."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from masker.errors import UsageError

#: What keeps a signature of rules from being taken for one of something else.
NAMESPACE = "masker-rules"


def ssh_sign(key: Path, payload: bytes) -> str:
    """The armored signature of *payload* by *key*: a private key, or a public one whose private half an agent holds.
    Raises UsageError."""
    done = _run("-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE, payload=payload)
    if done.returncode:
        raise UsageError(
            f"--ssh-key: ssh-keygen did not sign with {key} ({_said(done)})",
            hint="name a private key, or the public one of a key that ssh-agent holds",
        )
    return done.stdout.decode()


def ssh_fault(signers: Path, by: str, signature: str, payload: bytes) -> str | None:
    """Why *signature* does not prove that *by* has signed *payload*, by the file of allowed *signers*; None if it does.
    Raises UsageError."""
    if not signers.is_file():
        raise UsageError(f"allowed signers: there is no file {signers}", hint="its format is in `man ssh-keygen`")
    with tempfile.NamedTemporaryFile("w", suffix=".sig") as file:
        file.write(signature)
        file.flush()
        done = _run(
            "-Y", "verify", "-f", str(signers), "-I", by, "-n", NAMESPACE, "-s", file.name, payload=payload
        )  # fmt: skip
    return _said(done) if done.returncode else None


def _run(*arguments: str, payload: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", *arguments], input=payload, capture_output=True, check=False)  # noqa: S607 - the user's own
    except FileNotFoundError:
        raise UsageError(
            "ssh-keygen: it is not on this machine, and signatures are made and verified by it", hint="install OpenSSH"
        ) from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in lines if line.strip()), f"exit {done.returncode}")
