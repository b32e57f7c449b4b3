"""Defects planted in masker itself, as changes of its source: the run that has one must not publish.

Each replaces text that stands in exactly one place of the package, wherever that is, so that a defect goes with the
code it is about.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.executable import ROOT

Change = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Defect:
    """*changes* are pairs of what stands in the source and what stands there instead; each of *findings* the run has to
    say."""

    name: str
    changes: tuple[Change, ...]
    findings: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def plant(self, folder: Path) -> None:
        """Lay a copy of masker that has the defect into *folder*."""
        # what is compiled goes along: only the changed file is compiled anew
        shutil.copytree(ROOT / "masker", folder / "masker")
        shutil.copytree(ROOT / "rules", folder / "rules")
        texts = {path: path.read_text(encoding="utf-8") for path in (folder / "masker").rglob("*.py")}
        for old, new in self.changes:
            found = [path for path, text in texts.items() if old in text]
            if len(found) != 1 or texts[found[0]].count(old) != 1:
                raise AssertionError(f"expected in one place, found in {len(found)}: {old}")
            texts[found[0]] = texts[found[0]].replace(old, new)
            found[0].write_text(texts[found[0]], encoding="utf-8")


#: Tables are cut into parts only where they are large; here the larger ones of a small database are.
_SMALL_PARTS = (
    ("_PART_BYTES = 64 * 1024 * 1024", "_PART_BYTES = 64 * 1024"),
    ("self.share = max(total / max(1, lanes), _PART_BYTES)", "self.share = _PART_BYTES"),
)

#: Rows that are missing are missed by those that refer to them, or by the proof.
_LOST_ROWS = r"fail (rows|identity|proof): |violates foreign key constraint"

_CONDITIONS = '    conditions = [f"({read.limit})"] if read.limit else []\n    first, end = ctid'
_ITEMS = (
    'items = ", ".join(item if item == quote(name) else f"{item} AS {quote(name)}" for name, item in'
    " read.items.items())"
)
_MASKED = "            items[name] = render(expression)\n"
_KEPT = "            items[column.name] = render(column_expression(column.name))\n            continue"
_ROW = "                buffer += row\n                rows += 1\n"
_LAST = "    if buffer:\n        _send(target, bytes(buffer))\n"
_STEPS = '                self._execute(statements, f"{step.id} was made", step)\n'
_KEYS = '                self._execute((statement,), f"{step.id} was made", step)\n'
_REFRESHED = (
    '            self._execute(step.statements, f"{step.id} was made", step)\n        except NotYet as found:\n        '
    "    if not "
)
_TOGETHER = "        conn = sessions.computing(frozenset())\n"
_LOOKED = '                self._execute((statement,), f"{step.table} was looked through")\n'


def _together(*names: str) -> Defect:
    """Several of :data:`DEFECTS` in one run, each of which has to be found by its own finding."""
    defects = [next(defect for defect in DEFECTS if defect.name == name) for name in names]
    return Defect(
        " · ".join(names),
        tuple(change for defect in defects for change in defect.changes),
        tuple(finding for defect in defects for finding in defect.findings),
    )


def _rows(name: str, conditions: str) -> Defect:
    """Of the rows that the COPY reads."""
    return Defect(name, ((_CONDITIONS, f"    conditions = {conditions}\n    first, end = ctid"),), (_LOST_ROWS,))


def _mask(name: str, column: str, expression: str, finding: str) -> Defect:
    """Of a mask, wherever it is used: *expression* is Python, in which *made* is the mask's SQL and *own* the
    column's."""
    planted = (
        f"            if name == {column!r}:\n                made, own = items[name], quote(name)\n"
        f"                items[name] = {expression}\n"
    )
    return Defect(name, ((_MASKED, _MASKED + planted),), (finding,))


def _item(name: str, column: str, sql: str) -> Defect:
    """Of the COPY's select list alone."""
    planted = (
        f"if {column!r} in read.items:\n        import dataclasses\n\n"
        f"        read = dataclasses.replace(read, items={{**read.items, {column!r}: {sql!r}}})\n    "
    )
    return Defect(name, ((_ITEMS, planted + _ITEMS),), (rf"fail proof: \w+\.{column}\b",))


def _skipped(name: str, line: str, condition: str, finding: str) -> Defect:
    """Of a step that does nothing where *condition* holds."""
    indent = line[: len(line) - len(line.lstrip())]
    return Defect(name, ((line, f"{indent}if not ({condition}):\n    {line}"),), (finding,))


_LOST = (
    Defect(
        "a part of a table not read",
        (*_SMALL_PARTS, ("    for part in range(plan.parts):\n", "    for part in range(max(1, plan.parts - 1)):\n")),
        (_LOST_ROWS,),
    ),
    Defect(
        "parts that overlap, in a table without a key",
        (
            *_SMALL_PARTS,
            (
                "first = table.pages * part // plan.parts if part else None",
                "first = table.pages * part // plan.parts if part and table.row_key else None",
            ),
        ),
        (r"fail rows: visits_log",),
    ),
    _rows("tables read as empty", '["false"]'),
    _rows("one row in ten not read", '["(ctid::text::point)[1]::int % 10 <> 3"]'),
    _rows("rows that the rules leave out", "[]"),
    Defect(
        "the last block lost",
        ((_LAST, "    if len(buffer) > 130_000:\n        _send(target, bytes(buffer))\n"),),
        (r"fail|the source sent|unexpected|SQLSTATE",),
    ),
    Defect(
        "one row lost on the way",
        ((_ROW, "                buffer += row if rows != 500 else b''\n                rows += 1\n"),),
        (r"the source sent|fail rows",),
    ),
    Defect(
        "a bit turned over on the way",
        (
            (
                _ROW,
                (
                    "                buffer += row if rows % 900 != 899 else bytes(row[:-1]) + bytes([row[-1] ^ 1])\n  "
                    "              rows += 1\n"
                ),
            ),
        ),
        (r"fail proof|SQLSTATE",),
    ),
)

_UNMASKED = tuple(
    _mask(f"{column} as it is", column, "own", rf"{column}: its mask \w+ shows|fail masked: \w+\.{column}\b")
    for column in (
        "email",
        "first_name",
        "phone",
        "card",
        "profile",
        "about",
        "zip",
        "payload",
        "who",
        "plain",
        "binary_form",
        "address",
        "scan",
        "pairs",
    )
)

_PARTLY = (
    _mask(
        "given names as they are in 30 % of rows",
        "first_name",
        "f'CASE WHEN id % 10 < 3 THEN {own} ELSE {made} END'",
        r"members\.first_name: its mask \w+ shows|fail masked: members\.first_name",
    ),
    _mask(
        "e-mails as they are in 1 % of rows",
        "email",
        "f'CASE WHEN id % 100 = 3 THEN {own} ELSE {made} END'",
        r"members\.email: its mask \w+ shows|fail masked: members\.email",
    ),
    _mask(
        "one e-mail of 10,000 as it is",
        "email",
        "f'CASE WHEN id = 4711 THEN {own} ELSE {made} END'",
        r"members\.email: its mask \w+ shows|fail masked: members\.email",
    ),
    _mask(
        "one card of 10,000 as it is",
        "card",
        "f'CASE WHEN id = 4711 THEN {own} ELSE {made} END'",
        r"members\.card: its mask \w+ shows|fail masked: members\.card",
    ),
    _mask(
        "documents as they are in 5 % of rows",
        "profile",
        "f'CASE WHEN id % 20 = 3 THEN {own} ELSE {made} END'",
        r"members\.profile: its mask \w+ shows|fail masked: members\.profile",
    ),
    _mask(
        "texts without a key as they are in 30 % of rows",
        "who",
        "f'CASE WHEN day % 10 < 3 THEN {own} ELSE {made} END'",
        r"visits_log\.who: its mask \w+ shows|fail masked: visits_log\.who",
    ),
    _mask(
        "another column's original in a mask's place",
        "about",
        "'CASE WHEN about IS NULL THEN NULL ELSE email END'",
        r"members\.about: its mask lorem shows email of its own row",
    ),
    _mask("one value for a whole column", "first_name", "\"'X'::varchar\"", r"fail \w+: members\.first_name"),
)

_COPIED = (
    _item("e-mails copied as they are", "email", '"email"'),
    _item("a kept column in an e-mail's place", "email", "remark"),
    _item("one given name of 10,000 copied as it is", "first_name", "CASE WHEN id = 4711 THEN first_name ELSE 'x' END"),
    _item("NULLs filled", "about", "'y'::text"),
    _item("a kept column NULL", "remark", "NULL::text"),
    _item("a kept column 0", "visits", "0"),
    _item("a kept column with an original", "remark", "email"),
    _item("a kept column cut", "remark", "left(remark, 8)"),
    _item("references moved", "member_id", "1 + member_id % 10000"),
)

_LOST_BY_THE_PLAN = (
    Defect(
        "a table that the plan forgets",
        (
            (
                'if d.table.has_storage and d.rows != "none" and d.table.extension is None',
                'if d.table.has_storage and d.rows != "none" and d.table.name.name != "papers"',
            ),
            (
                'if d.table.kind != "p" and (d.table.extension is None or is_carried(d))',
                'if d.table.kind != "p" and d.table.name.name != "papers"',
            ),
        ),
        (r"fail rules: papers: the plan has lost it",),
    ),
    Defect(
        "a mask that the plan forgets",
        (
            (
                "if found is None or isinstance(found.rule, Keep):\n            (free",
                'if found is None or column.name == "zip" or isinstance(found.rule, Keep):\n            (free',
            ),
        ),
        (r"fail rules: members: the plan leaves zip as it is",),
    ),
    Defect(
        "a condition that the plan forgets",
        (
            (
                "    predicate = condition(decision.predicate, ",
                "    predicate = None and condition(decision.predicate, ",
            ),
        ),
        (r"fail rules: loans: rows: the plan does not go by the rule's condition",),
    ),
    Defect(
        "a table that the plan empties",
        (
            (
                '        if decision.rows == "none":\n            reason = (',
                '        if decision.rows == "none" or table.name.name == "visits_log":\n            reason = (',
            ),
        ),
        (r"fail rules: visits_log: rows: the rule says all, the plan empty|fail rows: visits_log",),
    ),
)

_STEPS_SKIPPED = (
    _skipped(
        "an index not made",
        _STEPS,
        '"members_joined" in str(statements)',
        r"fail schema: index public\.members_joined: missing",
    ),
    _skipped(
        "a materialized view not filled", _REFRESHED, "True", r"fail schema: rows of materialized view public\.fees"
    ),
    _skipped("foreign keys not made", _KEYS, "True", r"fail schema: constraint public\.loans\.loans_member: missing"),
    _skipped(
        "foreign keys not validated",
        _KEYS,
        "isinstance(step, ValidateForeignKey)",
        r"fail schema: constraint public\.loans\.loans_member",
    ),
    _skipped("tables not analyzed", _LOOKED, "isinstance(step, Analyze)", r"fail statistics: "),
    Defect(
        "tables of many parts not vacuumed",
        (*_SMALL_PARTS, (_LOOKED, f"                if not isinstance(step, Vacuum):\n    {_LOOKED}")),
        (r"fail statistics: pages of members",),
    ),
    Defect(
        "rows not loaded frozen",
        (('freeze = ", FREEZE" if is_whole else ""', 'freeze = ""'),),
        (r"fail statistics: pages of members",),
    ),
    _skipped(
        "triggers, rules and policies not made",
        "                self._apply(entries)\n",
        'step.id == "finish"',
        r"policy .* does not exist",
    ),
    _skipped(
        "comments not made", "                self._apply(entries)\n", 'step.id == "last"', r"fail schema: comment "
    ),
    _skipped("sequences not set", "                self._set_sequences(step)\n", "True", r"(fail|not-run) sequences: "),
    Defect(
        "large objects not copied",
        (("    for oid, comment in found:\n", "    for oid, comment in found[:0]:\n"),),
        (r"fail large objects",),
    ),
    Defect(
        "large objects cut",
        (
            (
                '    return bytes(row[0]) if row else b""\n',
                '    return bytes(row[0])[:3] if row and offset == 0 else b""\n',
            ),
        ),
        (r"fail large objects",),
    ),
    _skipped(
        "the source not asked",
        "                return self._anew(step, lambda: self._witness(step)), 0\n",
        "True",
        r"not-run (proof|rows|identity): ",
    ),
    _skipped(
        "the target not asked",
        "                return self._anew(step, lambda: self._prove(step)), 0\n",
        "True",
        r"not-run (proof|rows|identity): ",
    ),
)

_GIVEN = "        settings.give(besides=besides)\n        return conn\n"
_ELSEWHERE = """        settings.give(besides=besides)
        conn.execute("SET timezone = 'Asia/Tokyo'")
        return conn
"""

#: What the schema computes goes by the session's settings, which have to be the preview's.
_COMPUTED = (
    Defect("rows loaded in another time zone", ((_GIVEN, _ELSEWHERE),), (r'fail computed: renewals "day"',)),
    Defect(
        "an index made in another time zone",
        (
            (
                _STEPS,
                f"""                if "renewals_day" in str(statements):
                    self._sessions.computing().execute("SET timezone = 'Asia/Tokyo'")
{_STEPS}""",
            ),
            (
                _TOGETHER,
                f"""        if "renewals_day" in str(statements):
            sessions.computing(frozenset()).execute("SET timezone = 'Asia/Tokyo'")
{_TOGETHER}""",
            ),
        ),
        (r"fail computed: renewals_day of renewals: ",),
    ),
    Defect(
        "a materialized view filled in another time zone",
        (
            (
                _REFRESHED,
                f"""            self._sessions.computing().execute("SET timezone = 'Asia/Tokyo'")\n{_REFRESHED}""",
            ),
        ),
        (r"fail views: renewed: it does not hold what its query says",),
    ),
)

DEFECTS = (*_LOST, *_LOST_BY_THE_PLAN, *_UNMASKED, *_PARTLY, *_COPIED, *_STEPS_SKIPPED, *_COMPUTED)

#: What is found at the same time, before anything is copied or after all was.
GROUPS = (
    _together(
        *(
            f"{column} as it is"
            for column in ("email", "phone", "profile", "about", "payload", "who", "plain", "binary_form", "address")
        )
    ),
    _together(*(f"{column} as it is" for column in ("first_name", "card", "zip", "scan", "pairs"))),
    _together(
        "e-mails as they are in 1 % of rows",
        "documents as they are in 5 % of rows",
        "texts without a key as they are in 30 % of rows",
        "another column's original in a mask's place",
    ),
    _together("given names as they are in 30 % of rows", "one card of 10,000 as it is"),
    _together("one e-mail of 10,000 as it is", "one value for a whole column", "a kept column cut"),
    _together(
        "a table that the plan forgets",
        "a mask that the plan forgets",
        "a condition that the plan forgets",
        "a table that the plan empties",
    ),
    _together(
        "a kept column in an e-mail's place",
        "one given name of 10,000 copied as it is",
        "NULLs filled",
        "a kept column NULL",
        "a kept column 0",
        "references moved",
    ),
    _together("e-mails copied as they are", "a kept column with an original"),
    _together(
        "an index not made",
        "a materialized view not filled",
        "foreign keys not made",
        "tables not analyzed",
        "comments not made",
        "sequences not set",
        "large objects not copied",
    ),
    _together("foreign keys not validated", "tables of many parts not vacuumed", "large objects cut"),
    _together(
        "rows loaded in another time zone", "a materialized view filled in another time zone", "rows not loaded frozen"
    ),
)
