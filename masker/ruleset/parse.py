"""From rule files to a RuleSet, or every problem in all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from masker.errors import Position, Problem, RuleErrors
from masker.masks.cases import Cases, place_of
from masker.masks.json_rule import Json
from masker.masks.lists import BESIDE
from masker.masks.rule import MaskRule
from masker.ruleset.ahead import ApplicationSchema, parse_schema
from masker.ruleset.complaints import complaints, did_you_mean, suggestion
from masker.ruleset.document import Document, read_document
from masker.ruleset.document import Path as Path_
from masker.ruleset.facts import Facts, parse_facts
from masker.ruleset.files import is_library, read_library, read_schema_text, read_text, reads_beside, shipped_rule_sets
from masker.ruleset.model import DefaultModel, RuleFileModel, TableModel, TolerateModel
from masker.ruleset.subset_model import SubsetModel
from masker.ruleset.subset_types import RootRule, SubsetRules
from masker.ruleset.types import ColumnRule, DefaultRule, ReferenceRule, RuleFile, RuleSet, TableRules, Tolerate
from masker.ruleset.unclear import unclear

#: Bytes of a document of facts.
_MOST_OF_FACTS = 8 * 1024 * 1024


def read_rules(paths: Sequence[Path], schema: Path | None = None) -> RuleSet:
    """The rule files at *paths*, in the order of the command line, the shipped sets they include, and the application's
    *schema*.

    Raises RuleErrors.
    """
    problems: list[Problem] = []
    files: list[RuleFile] = []
    names: dict[str, Position] = {}
    libraries: dict[str, RuleFile] = {}
    for path in paths:
        text = read_text(path)
        if isinstance(text, Problem):
            problems.append(text)
            continue
        document = read_document(text, str(path))
        file = parse_rules(document, problems)
        names |= _included(document, problems, libraries)
        if file is not None and file.locked:
            found = (
                "locked: true is for files that others include: nobody's rules give way to those of a run's own file"
            )
            problems.append(Problem("locked", found, "leave it out", document.key_position(("locked",))))
        elif file is not None:
            files.append(file)
    included = [*libraries.values(), *(read_shipped(name) for name in names)] if not problems else []
    ahead = _schema(schema) if schema is not None else None
    if isinstance(ahead, Problem):
        problems.append(ahead)
        ahead = None
    if problems:
        raise RuleErrors(problems)
    return RuleSet(files=tuple(files), included=tuple(included), schema=ahead)


def read_facts(path: Path) -> Facts:
    """What an application says of itself, in the file at *path*. Raises RuleErrors."""
    text = read_text(path, given="--facts or under `facts:`", most=_MOST_OF_FACTS)
    found = [text] if isinstance(text, Problem) else parse_facts(text, str(path))
    if isinstance(found, list):
        raise RuleErrors(found)
    return found


def _schema(path: Path) -> ApplicationSchema | Problem:
    text = read_schema_text(path)
    return text if isinstance(text, Problem) else parse_schema(text, str(path))


def read_shipped(name: str) -> RuleFile:
    """The rule set *name* that comes with masker."""
    text = shipped_rule_sets()[name].read_text(encoding="utf-8")
    problems: list[Problem] = []
    file = parse_rules(read_document(text, f"rules/{name}.yml"), problems)
    if file is None:
        raise RuleErrors(problems)
    return file


def parse_rules(document: Document, problems: list[Problem]) -> RuleFile | None:
    """The rules *document* holds; None, and *problems* added to, if something is wrong with it."""
    if document.value is None and document.problems:
        problems += document.problems
        return None
    found = list(document.problems)
    model: RuleFileModel | None = None
    try:
        model = RuleFileModel.model_validate(document.value, context={BESIDE: reads_beside(document.file)})
    except ValidationError as error:
        found += complaints(error.errors(include_url=False), document)
    found += unclear(document, {problem.position for problem in found if problem.position is not None})
    problems += found
    return _file(model, document) if model is not None and not found else None


def _library(
    name: str, document: Document, position: Position, libraries: dict[str, RuleFile], problems: list[Problem]
) -> Mapping[str, Position]:
    """The library of rules *name* is added to *libraries*, and those it includes itself; the shipped sets that these
    name come back."""
    title, text = read_library(name, document.file)
    if title in libraries:
        return {}
    if isinstance(text, Problem):
        problems.append(Problem("include", f"{text.subject}: {text.found}", text.hint, position))
        return {}
    inner = read_document(text, title)
    file = parse_rules(inner, problems)
    if file is None:
        return {}
    libraries[title] = file
    return _included(inner, problems, libraries)


def _included(document: Document, problems: list[Problem], libraries: dict[str, RuleFile]) -> Mapping[str, Position]:
    """The shipped sets that *document* names, whatever else is wrong with it; libraries of the user's are added to
    *libraries*."""
    shipped = shipped_rule_sets()
    named = document.value.get("include") if isinstance(document.value, dict) else None
    known: dict[str, Position] = {}
    for at, name in enumerate([named] if isinstance(named, str) else named if isinstance(named, list) else []):
        position = document.value_position(("include", at))
        if name in shipped:
            known[name] = position
        elif isinstance(name, str) and is_library(name):
            known |= _library(name, document, position, libraries, problems)
        elif isinstance(name, str):
            listed = f"there are {', '.join(shipped)}; a file of your own ends in .yml"
            problems.append(
                Problem(
                    "include",
                    f'there is no rule set "{name}"',
                    suggestion(did_you_mean(name, shipped), listed),
                    position,
                )
            )
    return known


def _file(model: RuleFileModel, document: Document) -> RuleFile:
    said = model.model_fields_set
    return RuleFile(
        name=document.file,
        locale=model.locale,
        include=model.include or (),
        tables=tuple(_table(name, table, document) for name, table in model.tables.items()),
        defaults=tuple(_defaults(model.defaults, document)),
        undecided=model.undecided if "undecided" in said else None,
        undecided_position=document.key_position(("undecided",)) if "undecided" in said else None,
        large_objects=model.large_objects,
        tolerate=_tolerate(model.tolerate),
        facts=model.facts,
        locked=model.locked,
        subset=_subset(model.subset, document) if model.subset is not None else None,
    )


def _tolerate(model: TolerateModel | None) -> Tolerate:
    if model is None:
        return Tolerate()
    return Tolerate(
        foreign_keys=model.foreign_keys is not None, checks=model.checks is not None, unique=model.unique is not None
    )


def _subset(model: SubsetModel, document: Document) -> SubsetRules:
    path: Path_ = ("subset",)
    of_roots = (*path, "roots") if (*path, "roots") in document.values else path
    named = {key: getattr(model, key) or () for key in ("children", "without", "along", "whole")}
    return SubsetRules(
        position=document.key_position(path),
        roots=tuple(
            RootRule(
                written=name,
                share=root.share,
                where=root.where,
                position=document.key_position((*of_roots, name)),
                where_position=document.key_position((*of_roots, name, "where")),
            )
            for name, root in model.roots.items()
        ),
        others=model.others,
        places={
            (key, name): document.value_position((*path, key, at))
            for key, names in named.items()
            for at, name in enumerate(names)
        },
        **named,
    )


def _table(name: str, model: TableModel, document: Document) -> TableRules:
    path = ("tables", name)
    rows = model.rows
    return TableRules(
        written=name,
        position=document.key_position(path),
        columns=tuple(
            ColumnRule(
                column=column,
                rule=rule,
                position=document.key_position((*path, "columns", column)),
                by_position=_by(rule, (*path, "columns", column), document),
                places=_places(rule, (*path, "columns", column), document),
            )
            for column, rule in model.columns.items()
        ),
        references=tuple(
            ReferenceRule(
                column=column,
                position=document.key_position((*path, "references", column)),
                to=found.to,
                type=found.type,
                classes=found.classes,
                is_global_id=found.global_id,
                other=found.other,
            )
            for column, found in model.references.items()
        ),
        rows=None if rows is None else rows if rows in {"all", "none"} else "predicate",  # type: ignore[arg-type]  # narrowed by the set
        predicate=rows if rows not in {None, "all", "none"} else None,
        rows_position=document.key_position((*path, "rows")) if rows is not None else None,
        where=model.where,
        where_position=document.key_position((*path, "where")) if model.where is not None else None,
        strategy=model.strategy,
        strategy_position=document.key_position((*path, "strategy")) if model.strategy is not None else None,
    )


def _defaults(entries: Sequence[DefaultModel], document: Document) -> Iterator[DefaultRule]:
    for at, entry in enumerate(entries):
        path = ("defaults", at)
        yield DefaultRule(
            columns=entry.columns,
            types=entry.types or (),
            tables=entry.tables or (),
            rule=entry.rule,
            position=document.value_position(path),
            types_position=document.value_position((*path, "types")),
            by_position=_by(entry.rule, path, document),
            places=_places(entry.rule, path, document),
        )


def _places(rule: MaskRule, path: Path_, document: Document) -> Mapping[str, Position]:
    """Where each path of a document stands, each condition, and each mask of a list."""
    paths = (
        {leaf: document.key_position((*path, "paths", leaf)) for leaf in rule.paths} if isinstance(rule, Json) else {}
    )
    if isinstance(rule, Cases):
        is_list = (*path, 0) in document.values
        for at in range(len(rule.cases)):
            item = (*path, at) if is_list else (*path, "cases", at)
            paths[place_of(at)] = document.value_position(item)
            paths[place_of(at, "when")] = document.value_position((*item, "when"))
        end = (*path, len(rule.cases), "else") if is_list else (*path, "else")
        paths[place_of(len(rule.cases))] = document.value_position(end)
    return paths | {
        word: document.value_position((*path, word)) for word in ("where", "unless") if (*path, word) in document.values
    }


def _by(rule: MaskRule, path: tuple[str | int, ...], document: Document) -> Position | None:
    return document.value_position((*path, "by")) if rule.by is not None else None
