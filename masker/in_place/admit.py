"""A run that was killed is gone on with by its own rules and key only."""

from __future__ import annotations

from masker.errors import Refused
from masker.in_place.prepare import PreparedInPlace
from masker.in_place.resume import Resumed, torn_scopes, touched
from masker.names import TableName
from masker.ruleset.digest import table_digests
from masker.verify.gate import key_id


def require_same_run(ready: PreparedInPlace, resumed: Resumed) -> None:
    """Raise Refused if the run that is *resumed* began under other rules, with another key or other proofs."""
    database = ready.target.database
    anew = f"run again with the same, or restore {database} and begin anew"
    level = resumed.record.get("proofs", ["another version's"])[0]
    if level != ready.settings.verify:
        raise Refused(
            f"target {database}: run {resumed.run} proves its rows by --verify {level}, this one would by --verify"
            f" {ready.settings.verify}",
            hint=(
                f"go on with --verify {level}, or restore {database} and begin anew"
                if "proofs" in resumed.record
                else f"restore {database} and begin anew"
            ),
        )
    done = touched(resumed)
    now = table_digests(ready.resolution)
    before = {TableName(schema, name): digest for schema, name, digest in resumed.record["rules"]}
    if changed := sorted(str(name) for name in done if now.get(name) != before.get(name)):
        raise Refused(
            f"target {database}: run {resumed.run} has masked {', '.join(changed[:20])} by other rules", hint=anew
        )
    if resumed.record["key"] == key_id(ready.key):
        return
    if resumed.half_done:
        raise Refused(
            f"target {database}: run {resumed.run} has begun with {', '.join(resumed.half_done)} in batches with"
            " another key",
            hint=anew,
        )
    if torn := torn_scopes(ready.plan.scopes, resumed):
        raise Refused(
            f"target {database}: run {resumed.run} has masked some of the tables that share the"
            f" scope{'s' if len(torn) > 1 else ''} {', '.join(torn)} with another key, so they would not agree",
            hint=f"{anew}; with a key of your own (--key-env) a run can go on",
        )
