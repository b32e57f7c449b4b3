"""The queries that the benchmark of shapes asks."""

from __future__ import annotations

import pytest

from benchmarks.shape import APPLICATIONS, Application
from masker.shape.texts import queries_of_file


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda each: each.name)
def test_each_application_has_thirty_queries_that_can_be_read(application: Application) -> None:
    found, problems = queries_of_file(application.queries.read_text(encoding="utf-8"), application.queries.name)
    assert not problems
    assert len(found) >= 30
