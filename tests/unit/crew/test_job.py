"""What another machine is told of a job: no secret, and enough for it to see that it would do another one."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from masker.crew.job import Assignment, Job, Secrets, accepted, assigned
from masker.errors import UsageError
from masker.settings import Settings

KEY = "0123456789abcdef" * 4
SOURCE, TARGET, OTHER = (
    "postgresql://reader:hidden-1@10.0.0.1/shop",
    "postgresql://owner:hidden-2@10.0.0.2/preview",
    "postgresql://reader:hidden-3@10.0.0.1/orders",
)
ENVIRONMENT = {"SOURCE": SOURCE, "TARGET": TARGET, "OTHER": OTHER, "THE_KEY": KEY}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    rules = tmp_path / "rules.yml"
    rules.write_text("version: 1\n")
    settings = Settings(
        source=SOURCE, target=TARGET, other_sources=(OTHER,), rules=(rules,), key=KEY.encode(), confirm="preview"
    )
    return Job(name="shop", run="abc", settings=settings)


@pytest.fixture
def assignment(job: Job) -> Assignment:
    return assigned(job, Secrets(source="SOURCE", target="TARGET", others=("OTHER",), key="THE_KEY", key_file=None))


def test_nothing_secret_is_told(job: Job, assignment: Assignment) -> None:
    told = pickle.dumps(assignment) + repr(assignment).encode()
    assert not [word for word in ("hidden", "10.0.0", "postgresql:", KEY) if word.encode() in told]
    assert "hidden" not in repr(job)
    assert KEY not in repr(job)


def test_the_same_job_is_taken(job: Job, assignment: Assignment) -> None:
    assert accepted(copy.deepcopy(assignment), ENVIRONMENT) == job


def test_the_key_may_be_in_a_file(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    told = assigned(job, Secrets(source="SOURCE", target="TARGET", others=("OTHER",), key=None, key_file=file))
    assert accepted(told, ENVIRONMENT) == job
    file.unlink()
    with pytest.raises(UsageError, match=r"the key file .* cannot be read"):
        accepted(told, ENVIRONMENT)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"TARGET": ""}, "the environment variable TARGET is not set"),
        ({"OTHER": "", "THE_KEY": ""}, "OTHER is not set; the environment variable THE_KEY is not set"),
        ({"TARGET": TARGET.replace("10.0.0.2", "10.0.0.3")}, "SOURCE or TARGET names another database here"),
        ({"TARGET": TARGET.replace("/preview", "/live")}, "SOURCE or TARGET names another database here"),
        ({"SOURCE": SOURCE.replace("/shop", ":5433/shop")}, "SOURCE or TARGET names another database here"),
        ({"THE_KEY": KEY[::-1]}, "the masking key is another one here"),
    ],
)
def test_another_environment_is_refused(assignment: Assignment, changed: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        accepted(assignment, {**ENVIRONMENT, **changed})
    assert "hidden" not in str(raised.value.lines())


def test_another_password_is_the_same_database(assignment: Assignment, job: Job) -> None:
    there = TARGET.replace("hidden-2", "local")
    assert accepted(assignment, {**ENVIRONMENT, "TARGET": there}).settings == replace(job.settings, target=there)


@pytest.mark.parametrize("beside", ["rules.yml", "rules.yml.sig", "rules.shape.json"])
def test_other_rules_or_what_stands_beside_them_are_refused(
    assignment: Assignment, tmp_path: Path, beside: str
) -> None:
    tmp_path.joinpath(beside).write_text("{}")
    with pytest.raises(UsageError, match=f"{beside} is not what it is on the machine that began the run"):
        accepted(assignment, ENVIRONMENT)
