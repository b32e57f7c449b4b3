"""What is made of the schema once rows are there, as attempts: made on empty tables before any row is read, and taken
back.

So that what the target will not make (an index whose function looks for what it calls by the search_path, a policy for
a role that is not there, another version's syntax) is known in the first second and not after the last row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from masker.copy.steps import AddCheck, AddForeignKey, Attempt, BuildIndex, CopyStep, FinishSchema
from masker.lanes.step import Analyze, RefreshMaterializedView, StepId
from masker.postgres.entries import SchemaEntry

#: Entries that rest on nothing but tables and what is made before rows. Of any other nobody can say what it needs but
#: the dump's order.
_BY_THEMSELVES = frozenset({"TRIGGER", "POLICY", "ROW SECURITY", "ACL", "DEFAULT ACL"})

_COLUMN = r'(?:"[^"]+"|[a-z_]\w*)(?: DESC| ASC)?(?: NULLS (?:FIRST|LAST))?'
_PLAIN_INDEX = re.compile(rf" USING btree \({_COLUMN}(?:, {_COLUMN})*\)(?: INCLUDE \({_COLUMN}(?:, {_COLUMN})*\))?\Z")
_PLAIN_KEY = re.compile(r" USING INDEX | ATTACH PARTITION | CLUSTER ON | REPLICA IDENTITY | SET STATISTICS ")


def attempts(steps: Sequence[CopyStep]) -> tuple[Attempt, ...]:
    """Everything that *steps* make after rows, each after what it needs."""
    return tuple(_in_order(tuple(_made(steps, {step.id: step for step in steps}))))


def _made(steps: Sequence[CopyStep], by_id: Mapping[StepId, CopyStep]) -> Iterator[Attempt]:
    for step in steps:
        match step:
            case BuildIndex(name="keys", table=table, statements=statements) if statements:
                yield Attempt(
                    id=step.id,
                    title=f"keys of {table}",
                    statements=statements,
                    needs=step.needs,
                    locks=1 + len(statements),
                    is_plain=all(map(_PLAIN_KEY.search, statements)),
                )
            case BuildIndex(statements=statements) if statements:
                yield Attempt(
                    id=step.id, title=step.id, statements=statements, is_plain=all(map(_PLAIN_INDEX.search, statements))
                )
            case AddForeignKey(table=table, name=name, sql=sql):
                keys = frozenset(_keys(step.needs, by_id))
                yield Attempt(
                    id=step.id,
                    title=f"foreign key {name} of {table}",
                    statements=(sql,),
                    needs=keys,
                    locks=1 + len(keys),
                    is_plain=True,
                )
            case AddCheck(table=table, name=name, statements=statements):
                yield Attempt(id=step.id, title=f"check {name} of {table}", statements=statements, locks=4)
            case RefreshMaterializedView(view=view, statements=statements):
                yield from _view_attempts(step.id, f"materialized view {view}", statements)
            case FinishSchema(entries=entries):
                yield from (_entry_attempt(entry, f"{step.id} {at}") for at, entry in enumerate(entries))
            case _:
                pass


def _keys(needs: Iterable[StepId], by_id: Mapping[StepId, CopyStep]) -> Iterator[StepId]:
    """What a foreign key rests on: keys are made before statistics are gathered."""
    for need in needs:
        step = by_id.get(need)
        if isinstance(step, Analyze):
            yield from step.needs
        else:
            yield need


def _view_attempts(step_id: StepId, title: str, statements: Sequence[str]) -> Iterator[Attempt]:
    for at, statement in enumerate(statements):
        if statement.startswith("VACUUM"):
            continue  # which no transaction can hold, and no row needs
        is_filling = statement.startswith("REFRESH")
        yield Attempt(
            id=f"{step_id} {at}",
            title=title if is_filling else f"index of {title}",
            statements=(statement,),
            locks=8,
            is_filling=is_filling,
            is_alone=False,
        )


def _entry_attempt(entry: SchemaEntry, attempt_id: str) -> Attempt:
    return Attempt(id=attempt_id, title=str(entry), statements=(entry.sql,), is_alone=entry.type in _BY_THEMSELVES)


def _in_order(made: Sequence[Attempt]) -> Iterator[Attempt]:
    """Each after those it needs: a partition's key is made after its parent's, whatever their names."""
    by_id = {attempt.id: attempt for attempt in made}
    done: set[str] = set()

    def visit(attempt: Attempt) -> Iterator[Attempt]:
        if attempt.id in done:
            return
        done.add(attempt.id)
        for need in sorted(attempt.needs):
            if need in by_id:
                yield from visit(by_id[need])
        yield attempt

    for attempt in made:
        yield from visit(attempt)


def chunks(made: Sequence[Attempt], room: int) -> Iterator[list[Attempt]]:
    """*made* in as few transactions as *room* locks allow, each with what its attempts need.

    Where that is more than one, those are left out of which nobody knows what they need, and plain ones that no other
    needs: of thousands of tables' keys it would take as long as the load to make them twice.
    """
    if sum(attempt.locks for attempt in made) <= room:
        if made:
            yield list(made)
        return
    by_id = {attempt.id: attempt for attempt in made}
    tried: set[str] = set()
    chunk: dict[str, Attempt] = {}
    for attempt in made:
        if attempt.id in tried or not attempt.is_alone or attempt.is_plain:
            continue
        wanted = {a.id: a for a in _with_needs(attempt, by_id) if a.id not in chunk}
        if chunk and sum(a.locks for a in (*chunk.values(), *wanted.values())) > room:
            yield list(chunk.values())
            chunk, wanted = {}, {a.id: a for a in _with_needs(attempt, by_id)}
        if sum(a.locks for a in wanted.values()) <= room:
            chunk |= wanted
            tried |= wanted.keys()
    if chunk:
        yield list(chunk.values())


def _with_needs(attempt: Attempt, by_id: Mapping[str, Attempt]) -> Iterator[Attempt]:
    for need in sorted(attempt.needs):
        if need in by_id:
            yield from _with_needs(by_id[need], by_id)
    yield attempt
