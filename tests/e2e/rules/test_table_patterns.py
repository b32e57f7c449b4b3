"""Tables named by a pattern, in a copy and in place."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_SCRIPT = """
CREATE TABLE log_mails (id int PRIMARY KEY, body text); CREATE TABLE log_jobs (id int PRIMARY KEY, body text);
CREATE TABLE log_kept (id int PRIMARY KEY, body text);
INSERT INTO log_mails SELECT n, 'canary ' || n FROM generate_series(1, 20) n; INSERT INTO log_jobs SELECT *
FROM log_mails; INSERT INTO log_kept SELECT * FROM log_mails;
DO $$ BEGIN
  FOR n IN 1..3 LOOP
    EXECUTE format('CREATE SCHEMA tenant_%s', n);
    EXECUTE format('CREATE TABLE tenant_%s.users (id int PRIMARY KEY, email text, staff boolean)', n);
    EXECUTE
    format('INSERT INTO tenant_%s.users SELECT n, ''canary-'' || n || ''@corp.test'', n > 15'
           ' FROM generate_series(1, 20) n', n);
    EXECUTE format('CREATE TABLE visits_%s (id int, at int, page text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)',
    n);
    EXECUTE format('CREATE TABLE visits_%s_old PARTITION OF visits_%s FOR VALUES FROM (0) TO (10)', n, n);
    EXECUTE format('CREATE TABLE visits_%s_new PARTITION OF visits_%s FOR VALUES FROM (10) TO (99)', n, n);
    EXECUTE format('INSERT INTO visits_%s SELECT n, n, ''canary '' || n FROM generate_series(1, 20) n', n);
  END LOOP;
END $$;
"""

_RULES = """
tables:
  "log_*": {rows: none}
  log_kept: {rows: all, columns: {body: lorem}}
  "tenant_[0-9].users": {where: not staff, strategy: batches, columns: {email: email}}
  "visits_?": {rows: at >= 10, strategy: batches, columns: {page: lorem}}
"""

_COUNTS = """
SELECT (SELECT count(*) FROM log_mails) + (SELECT count(*) FROM log_jobs), (SELECT count(*) FROM log_kept),
(SELECT count(*) FROM visits_2),
  (SELECT count(*) FROM tenant_3.users WHERE email LIKE '%@corp.test'), (SELECT count(*) FROM tenant_3.users),
  (SELECT count(*) FROM visits_3_new WHERE page LIKE 'canary%')
"""


def test_patterns_say_which_rows_are_copied_and_masked_and_how(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(
        production, preview, tmp_path, _SCRIPT, _RULES.replace("log_*", "lgo_*") + "  'visit*': {rows: all}\n"
    )
    pair.plan().expect(
        3,
        r"rules.yml:4:3 lgo_\*: no table is called so did you mean log_\*\?",
        r"rules.yml:8:14 visits_\?: rows: decided differently at \S+rules.yml:7:16, and both patterns fit visits_1",
    )
    pair.decide(_RULES)
    pair.plan("--json").expect(0)
    pair.copy().expect(0, "published")
    pair.plan_mask().expect(0, r"log_jobs .* empty", r"tenant_1.users .* batches", r"visits_1\S* .* delete some")
    pair.mask().expect(0, "masked at")
    for database in (pair.target, pair.restored):
        assert pair.rows(_COUNTS, database) == [(0, 20, 11, 5, 20, 0)]
