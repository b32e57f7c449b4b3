"""Options are declared once: commands, masker.yml and its schema have the same fields, and one rule says which of them
wins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from masker.cli.building.buckets import PairsFlags, build_sync_settings
from masker.cli.building.databases import build_settings
from masker.cli.building.refresh import build_refresh_settings
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, PairFlags
from masker.cli.flags.copying import CopyFlags, DumpFlags, InPlaceFlags, RefreshFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Variable, Without
from masker.cli.flags.output import OutputFlags, wants_document
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.syncing import BatchFlags, ScaleFlags, StateFlags
from masker.cli.flags.taking import taking
from masker.cli.main import app
from masker.cli.settings_file import read_settings_file
from masker.cli.settings_model import settings
from masker.errors import UsageError
from tests.unit.cli.files import settings_file

#: By which a person answers for one run: in a file they would answer for every run.
ANSWERS = {"--confirm", "--first", "--source-is-a-preview", "--no-source", "--again", "--off"}

#: Which file is meant, and how the result is told.
OUTPUT = {"--config", "--json", "--log-format", "--all", "--sql", "--out", "--report", "--format", "--output"}

#: What is asked of the command this time.
QUESTIONS = {
    "--by",
    "--ssh-key",
    "--try",
    "--shape",
    "--with-shape",
    "--full",
    "--gate",
    "--unchanged",
    "--plan",
    "--settings",
    "--facts",
    "--sample",
    "--update",
    "--from",
    "--latest",
    "--if-verified",
    "--no-boot",
    "--ci",
    "--heroku",
    "--container",
}


def commands(name: str, command: Any) -> list[tuple[str, Any]]:
    below = getattr(command, "commands", {})
    return [found for sub, each in below.items() for found in commands(f"{name} {sub}", each)] or [(name, command)]


def test_every_flag_that_says_how_a_run_works_is_a_setting() -> None:
    """The demo has servers of its own and reads no file."""
    of_settings = {each.flag for each in settings() if each.flag}
    assert of_settings & (ANSWERS | OUTPUT | QUESTIONS) == set()
    offered = {
        max(parameter.opts, key=len)
        for name, command in commands("masker", get_command(app))
        if name != "masker demo"
        for parameter in command.params
        if parameter.param_type_name == "option"
    }
    assert offered - of_settings == ANSWERS | OUTPUT | QUESTIONS
    assert of_settings <= offered, "a setting whose flag no command has"


def test_no_field_is_told_of_two_flags_and_no_flag_twice_but_two() -> None:
    flags = [each.flag for each in settings() if each.flag]
    assert len(flags) == len(set(flags)) + 2
    assert flags.count("--verify") == 2, "of databases, and of buckets"
    assert flags.count("--throttle") == 2, "of copies, and of masking in place"


def toy(arguments: list[str], environment: dict[str, str] | None = None) -> dict[str, Any]:
    """What a command of all groups is handed."""
    handed: dict[str, Any] = {}
    program = typer.Typer()

    @program.command()
    @taking
    def command(
        databases: DatabaseFlags,
        rules: RuleFlags,
        keys: KeyFlags,
        work: WorkFlags,
        copying: Annotated[CopyFlags, Without("keep_old")],
        in_place: Annotated[InPlaceFlags, Without("verify")],
        refresh: RefreshFlags,
        state: StateFlags,
        scale: ScaleFlags,
        output: OutputFlags,
    ) -> None:
        handed.update(locals())

    done = CliRunner().invoke(program, arguments, env=environment or {})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return handed


def test_a_flag_wins_over_the_environment_over_the_file_over_the_default(tmp_path: Path) -> None:
    file = settings_file(
        tmp_path,
        source={"url": "postgres://file/", "give_way": 3, "connections": 7},
        workers=9,
        in_place={"terminate": True},
        target={"keep_old": True},
    )
    by_file = ["-c", str(file)]

    assert toy([])["work"].workers == 4
    assert toy(by_file)["work"].workers == 9
    assert toy([*by_file, "--workers", "4"])["work"].workers == 4, "a flag that says the default says it"

    assert toy([])["databases"].source is None
    assert toy(by_file)["databases"].source == "postgres://file/"
    assert toy(by_file, {"MASKER_SOURCE": "postgres://environment/"})["databases"].source == "postgres://environment/"
    assert (
        toy([*by_file, "--source", "postgres://flag/"], {"MASKER_SOURCE": "postgres://environment/"})[
            "databases"
        ].source
        == "postgres://flag/"
    )
    assert toy([*by_file, "--source", ""])["databases"].source == "postgres://file/", (
        "what a shell made of an empty variable"
    )

    handed = toy([*by_file, "--give-way", "5"])
    assert (
        handed["copying"].give_way,
        handed["copying"].connections,
        handed["copying"].keep_old,
        handed["in_place"].terminate,
    ) == (
        5,
        7,
        True,
        True,
    )
    assert handed["databases"].source_on_file == "postgres://file/"


def test_paths_of_the_file_start_from_its_folder_and_those_of_flags_where_one_stands(tmp_path: Path) -> None:
    file = settings_file(tmp_path, rules=["a.yml", "/b.yml"], key={"file": "key"}, sync={"state": "state"})
    handed = toy(["-c", str(file)])
    assert handed["rules"].files == [tmp_path / "a.yml", Path("/b.yml")]
    assert (handed["keys"].file, handed["state"].state) == (tmp_path / "key", tmp_path / "state")
    handed = toy(["-c", str(file), "--rules", "c.yml", "--state", "here"])
    assert (handed["rules"].files, handed["state"].state) == ([Path("c.yml")], Path("here"))


def test_a_key_of_a_flag_is_another_key_than_the_files(tmp_path: Path) -> None:
    file = settings_file(tmp_path, key={"file": "key"})
    handed = toy(["-c", str(file), "--key-env", "KEY"])
    assert (handed["keys"].file, handed["keys"].env) == (None, "KEY")


def test_the_files_name_for_the_target_is_that_of_its_own_target(tmp_path: Path) -> None:
    file = settings_file(tmp_path, target={"url": {"env": "PREVIEW"}, "name": "app-preview"})
    assert toy(["-c", str(file)])["databases"].name == "app-preview"
    assert toy(["-c", str(file)])["databases"].target == Variable("PREVIEW")
    assert toy(["-c", str(file), "--target", "postgres://h/d"])["databases"].name is None
    assert toy(["-c", str(file)], {"MASKER_TARGET": "postgres://h/d"})["databases"].name is None


def test_documents_are_for_who_asked_for_them() -> None:
    toy(["--json"])
    assert wants_document()
    toy([])
    assert not wants_document()
    toy(["--source", "--json"])
    assert not wants_document(), "the value of another option"


def test_settings_of_a_copy_come_from_the_file(tmp_path: Path) -> None:
    file = settings_file(
        tmp_path,
        source={"url": {"env": "PRODUCTION"}, "give_way": 3, "idle_limit": 30},
        target={"url": "postgres://h/d", "owners": True, "grants": True, "free_space": "2MB"},
        rules=["a.yml"],
        verify="full",
        maintenance_memory="1GB",
    )
    handed = toy(["-c", str(file)])
    environment = {"PRODUCTION": "postgres://p/d", "MASKER_SOURCE": "postgres://other/d"}
    built = build_settings(
        handed["databases"],
        handed["rules"],
        handed["keys"],
        work=handed["work"],
        copying=handed["copying"],
        room=RoomFlags(free_space="2MB"),
        environment=environment,
    )
    assert (built.source, built.target, built.other_sources) == (
        "postgres://p/d",
        "postgres://h/d",
        ("postgres://other/d",),
    )
    assert (built.give_way_s, built.idle_limit_s, built.with_owners, built.with_grants, built.verify) == (
        3,
        30,
        True,
        True,
        "full",
    )
    assert (built.maintenance_memory, built.free_bytes) == ("1GB", 2 * 1024**2)
    built = build_settings(
        handed["databases"],
        handed["rules"],
        handed["keys"],
        copying=handed["copying"],
        environment={**environment, "MASKER_IDLE_LIMIT": "45"},
    )
    assert built.idle_limit_s == 45


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(UsageError) as found:
        build_settings(
            DatabaseFlags(source=Variable("NOWHERE")),
            RuleFlags(),
            KeyFlags(env="NO_KEY"),
            room=RoomFlags(free_space="much"),
            environment={"MASKER_IDLE_LIMIT": "soon"},
        )
    assert [problem.subject for problem in found.value.problems] == [
        "source.url",
        "--target",
        "--rules",
        "key",
        "--free-space",
        "MASKER_IDLE_LIMIT",
    ]


def test_each_pair_of_the_file_is_said_over_by_flags(tmp_path: Path) -> None:
    file = settings_file(
        tmp_path,
        buckets=[
            {
                "source": {"url": "s3://aaa", "profile": "one", "region": "eu"},
                "target": "s3://bbb",
                "acl": "none",
                "delete": False,
                "max_delete": 5,
                "include": ["x*"],
                "profile": "both",
            },
            {
                "source": "s3://ccc",
                "target": "s3://ddd/e",
                "scope": "active_storage",
                "attachments": {"A#a": "drop", "B#b": "keep"},
            },
        ],
    )
    databases = DatabaseFlags(config=file, target="postgres://h/d")
    first, second = build_sync_settings(databases, KeyFlags(), PairsFlags(), StateFlags(), no_source=True).pairs
    assert (first.acl, first.deletes, first.limits.count, first.include) == ("none", False, 5, ("x*",))
    assert (
        first.source_access.profile,
        first.source_access.region,
        first.target_access.profile,
        first.target_access.region,
    ) == (
        "one",
        "eu",
        "both",
        None,
    )
    assert (second.acl, second.deletes, str(second.target)) == ("mirror", True, "s3://ddd/e/")
    assert second.scope is not None
    assert (second.scope.database, second.scope.attachments) == ("postgres://h/d", {"A#a": "drop", "B#b": "keep"})

    said = PairsFlags(
        buckets=BucketFlags(acl="mirror", include=["y*"], said=frozenset({"acl", "include"})),
        access=AccessFlags(profile="flag", said=frozenset({"profile"})),
        scope=ScopeFlags(
            kind="active_storage", attachments=["B#b=placeholder"], said=frozenset({"kind", "attachments"})
        ),
    )
    first, second = build_sync_settings(databases, KeyFlags(), said, StateFlags(), no_source=True).pairs
    assert (first.acl, first.include, first.deletes) == ("mirror", ("y*",), False)
    assert (first.source_access.profile, first.source_access.region) == ("flag", "eu")
    assert first.scope is not None
    assert second.scope is not None
    assert second.scope.attachments == {"A#a": "drop", "B#b": "placeholder"}


def test_jobs_that_a_file_describes_are_no_complaint_where_a_flag_wants_requests() -> None:
    named = PairsFlags(pair=PairFlags(source="s3://aaa", target="s3://bbb", said=frozenset({"source", "target"})))
    of_file = BatchFlags(via="requests", account="123456789012", said=frozenset({"via"}))
    assert build_sync_settings(DatabaseFlags(), KeyFlags(), named, StateFlags(), batch=of_file).batch is None
    with pytest.raises(UsageError, match="say nothing of copies by requests"):
        build_sync_settings(
            DatabaseFlags(), KeyFlags(), named, StateFlags(), batch=BatchFlags(account="1", said=frozenset({"account"}))
        )


def test_a_refresh_in_place_by_the_file(tmp_path: Path) -> None:
    file = settings_file(
        tmp_path,
        target={"url": "postgres://h/d"},
        rules=["a.yml"],
        refresh={"in_place": True, "unless_fresher_than": "6d"},
        in_place={"batch_rows": 7, "throttle": 8, "wait": 9},
        sync={"no_wait": True, "via": "batch-operations"},
        buckets=[{"source": "s3://aaa", "target": "s3://bbb"}],
    )
    said = read_settings_file(file)
    built = build_refresh_settings(
        DatabaseFlags(config=file, source="postgres://p/d").over(said.said(DatabaseFlags)),
        RuleFlags().over(said.said(RuleFlags)),
        KeyFlags(),
        work=WorkFlags(),
        dump=DumpFlags(),
        copying=CopyFlags(),
        room=RoomFlags(),
        in_place=InPlaceFlags().over(said.said(InPlaceFlags)),
        refresh=RefreshFlags().over(said.said(RefreshFlags)),
        guards=GuardFlags(),
        pairs=PairsFlags(inventory=InventoryFlags()),
        state=StateFlags(),
        scale=ScaleFlags(),
        batch=BatchFlags(account="123456789012", role="arn:aws:iam::123456789012:role/x", manifests="s3://mmm/x").over(
            said.said(BatchFlags)
        ),
    )
    assert built.in_place is not None
    assert (built.in_place.batch_rows, built.in_place.throttle, built.in_place.wait_s) == (7, 8, 9)
    assert built.buckets is not None
    assert built.buckets.batch is not None
    assert built.buckets.batch.waits, "a refresh says what the buckets came to"
