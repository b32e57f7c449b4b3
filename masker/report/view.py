"""What a report says, from a run's document: two pages for who answers for the data, then the engineer's part. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from masker.figures import amount, size
from masker.report.checked import by_weight, checks
from masker.report.drawing import lanes, legend, shares
from masker.report.reading import columns_of, databases_of, findings_of, tables_of

#: Names told in one cell of the first two pages; the engineer's part has all.
_NAMED = 4

#: Rows of one table of the page; the files beside it have all.
_MOST = 3000

_VERDICTS = {
    "verified": ("good", "Verified", "every check was run and passed; the gate is open"),
    "unverified": ("bad", "Not verified", "published without proof of its rows; the gate is shut"),
    "failed": ("bad", "Failed", "the run ended before its time; nothing new was published"),
    "refused": ("bad", "Refused", "the run was not carried out"),
    "interrupted": ("bad", "Interrupted", "the run was ended by a signal"),
    "running": ("bad", "Not ended", "the run began and has not said how it ended: it goes on, or was killed"),
}

#: Where a run writes what is live.
_FAILED_HALFWAY = {
    "direct": "the run ended before its time; the target may be empty, or filled in part",
    "in place": "the run ended before its time; the target may be masked in part, and hold originals",
}

_PUBLISHED = ("bad", "Half done", "the database is published and verified, and what came after it has failed")

FATES = {
    "masked": "masked",
    "kept": "kept by a rule",
    "no rule needed": "copied, its type holds nothing personal",
    "not copied": "not copied",
}

_FATE_CLASS = {"masked": "masked", "kept": "kept", "no rule needed": "free", "not copied": "none"}

#: Groups of steps, as a drawing's legend tells them.
GROUPS = {
    "read": "reading and masking",
    "index": "indexes and keys",
    "prove": "proof",
    "check": "verification",
    "other": "schema, statistics, the rest",
}

_GROUP_OF = {
    **dict.fromkeys(("CopyPart", "CopyLargeObjects", "Rewrite", "UpdateBatches", "CutBatches", "DeleteRows"), "read"),
    **dict.fromkeys(("BuildIndex", "AddForeignKey", "ValidateForeignKey", "AddCheck", "Reindex"), "index"),
    **dict.fromkeys(
        ("WitnessTable", "ProveTable", "SeekOriginals", "WitnessKept", "ProveKept", "ProveStatistics"), "prove"
    ),
    "Verify": "check",
}


def view(
    document: Mapping[str, Any], *, comparison: Mapping[str, Any] | None, shape: Mapping[str, Any] | None
) -> dict[str, Any]:
    """All that the page's template says: of the ``first`` database, of further ones in ``databases``."""
    (_, first), *others = databases_of(document)
    verdict = _verdict(document)
    told = _database(first)
    # Files and buckets are told once, with the first.
    further = [{"name": name, **_database({**part, "sync": None, "sync_is_expected": True})} for name, part in others]
    return {
        "first": told,
        "databases": further,
        "unreached": list(dict.fromkeys(each for of in (told, *further) for each in of["unreached"])),
        "verdict": {"class": verdict[0], "word": verdict[1], "text": verdict[2]},
        "shape": _shape(shape),
        "sync": [_pair(pair) for pair in (document.get("sync") or {}).get("pairs", ())],
        "comparison": comparison,
    }


def _database(document: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of one database."""
    columns = columns_of(document)
    return {
        "document": {"error": None, "result": None, **document},
        "facts": list(_facts(document)),
        "how": _how(document),
        "numbers": _numbers(document, columns),
        "fates": shares(
            [(_FATE_CLASS[fate], word, sum(c["fate"] == fate for c in columns)) for fate, word in FATES.items()],
            "columns by what becomes of them",
        ),
        "fates_legend": legend({_FATE_CLASS[fate]: word for fate, word in FATES.items()}),
        "masks": list(_masks(document, columns)),
        "kept": _kept(columns),
        "left_out": _left_out(document),
        "tolerated": (document.get("result") or {}).get("tolerated", ()),
        "shown": [(f"{c['shown']}.{c['column']}", c["shows"], c["reason"]) for c in columns if c["shows"]],
        "checks": list(checks(findings_of(document))),
        "unreached": list(_unreached(document)),
        "timeline": lanes(document.get("timeline") or (), _GROUP_OF, "what each lane did when"),
        "timeline_legend": legend(GROUPS),
        "where": list(_where(document.get("timeline") or ())),
        "tables": list(_tables(document)),
        "columns": [{**c, "class": _FATE_CLASS[c["fate"]]} for c in columns[:_MOST]],
        "columns_left": max(0, len(columns) - _MOST),
        "cards": sorted(document["plan"]["masks"].items()),
        "findings": by_weight(findings_of(document))[:_MOST],
        "findings_left": max(0, len(findings_of(document)) - _MOST),
    }


def _verdict(document: Mapping[str, Any]) -> tuple[str, str, str]:
    """A class, a word and a sentence."""
    if document.get("error") and document.get("result"):
        return _PUBLISHED
    how, word, text = _VERDICTS[document["status"]]
    if document["status"] == "failed":
        text = _FAILED_HALFWAY.get(document["publish"], text)
    return how, word, text


def _facts(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    rules = document["rules"]
    source = document["source"]
    yield "from", f"{source['place']} (PostgreSQL {source['version']}), only read" if source else "the restored copy"
    yield "to", f"{document['target']['place']}, {_way(document)}"
    yield "when", _span(document)
    for file in rules["files"]:
        yield "by the rules", f"{file['path']} (SHA-256 {file['sha256'][:16]}…)"
    yield "signed by", _signed(rules.get("signed"))
    yield "key", f"{rules['key']} (its name, not the key)" if rules["key"] else "drawn for this run and forgotten"
    yield "rows proved", {"sample": "10,000 or more of each table", "full": "all", "none": "none"}[document["verify"]]
    yield "run", f"{document['run']}, masker {document['masker']}"
    if document.get("digest"):
        yield "evidence", f"SHA-256 {document['digest']}, which stands in the preview's marker too"


def _signed(signed: Mapping[str, Any] | None) -> str:
    if signed is None:
        return "nobody: the rule files carry no signature"
    how = "proven by an SSH signature" if signed["proven"] else "recorded, not proven"
    left = len(signed["unsigned"])
    return f"{signed['by']} on {signed['at'][:10]}, {how}" + (
        f"; {left} decisions since then are signed by nobody: {', '.join(signed['unsigned'][:_NAMED])}" if left else ""
    )


def _way(document: Mapping[str, Any]) -> str:
    ways = {
        "swap": "filled beside the live one and renamed over it",
        "schema": "filled in new schemas beside the live ones, which took their names in one transaction",
        "direct": "emptied and filled",
        "delta": "brought what had changed since the run before, in one transaction",
        "in place": "masked where it stood",
    }
    return ways.get(document["publish"], str(document["publish"]))


def _how(document: Mapping[str, Any]) -> str:
    where = (
        "Rows were masked where they stood, in a database that a restore had filled, before anybody was let in."
        if document["publish"] == "in place"
        else "Rows were masked by production's own server while they were read: no masked original has left it."
    )
    return (
        f"{where} What stands in a masked value's place was made as the rules say, most of it from lists of invented"
        " or public things, drawn by a secret key and the row's identity. Every column was decided before anything"
        " moved; one that no rule decides ends a run."
    )


def _span(document: Mapping[str, Any]) -> str:
    begun = _moment(document["begun_at"])
    if not document.get("finished_at"):
        return f"begun {begun}"
    return f"{begun} to {_moment(document['finished_at'])}, {seconds(document['seconds'])}"


def _moment(text: str) -> str:
    return f"{text[:10]} {text[11:19]} UTC"


def seconds(count: float) -> str:
    """A duration as people read it.

    >>> seconds(3725), seconds(75), seconds(0.42)
    ('1 h 2 min', '1 min 15 s', '0.42 s')
    """
    if count < 60:
        return f"{count:.2g} s" if count < 10 else f"{count:.0f} s"
    minutes, rest = divmod(round(count), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _numbers(document: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    fates = Counter(column["fate"] for column in columns)
    rows = (document.get("result") or {}).get("rows")
    found = findings_of(document)
    outcomes = Counter(finding["outcome"] for finding in found)
    run = outcomes.total() - outcomes["left-out"]
    return [
        (f"{len(document['plan']['tables']):,}", "tables"),
        (amount(rows) if rows is not None else "–", "rows"),
        (f"{fates['masked']:,}", "columns masked"),
        (f"{fates['kept']:,}", "columns kept"),
        (f"{outcomes['pass']:,} of {run:,}" if found else "–", "checks passed"),
    ]


def _masks(document: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """What was masked by each mask, most columns first."""
    by_mask: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for column in columns:
        if column["fate"] == "masked":
            by_mask[column["mask"]].append((column["shown"], column["column"]))
    cards = document["plan"]["masks"]
    for name, names in sorted(by_mask.items(), key=lambda each: (-len(each[1]), each[0])):
        card = cards.get(name, {})
        yield {
            "mask": name,
            "columns": named(names),
            "count": len(names),
            "makes": str(card.get("summary", "")).split("\n")[0].replace("*", ""),
            "left": _left_of_original(card, has_key=bool(document["rules"]["key"])),
        }


def _left_of_original(card: Mapping[str, Any], *, has_key: bool) -> str:
    left = card.get("shows") or "nothing"
    if card.get("is_reversible"):
        left += "; who has the key can compute it" if has_key else "; its key is forgotten, so nobody computes it"
    return left


def named(columns: Sequence[tuple[str, str]]) -> str:
    """Some columns, table by table, and how many more there are.

    >>> named([("users", "email"), ("users", "name"), ("orders", "note"), ("orders", "code"), ("orders", "phone")])
    'users email, name; orders note, code and 1 more'
    """
    by_table: dict[str, list[str]] = defaultdict(list)
    for table, column in columns[:_NAMED]:
        by_table[table].append(column)
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return "; ".join(f"{table} {', '.join(names)}" for table, names in by_table.items()) + more


def _kept(columns: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, str]]:
    """Kept columns by the reason that their rules give, and those that need none."""
    by_reason: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for column in columns:
        if column["fate"] in {"kept", "no rule needed"}:
            said = column["reason"] or ("a rule keeps it and gives no reason" if column["fate"] == "kept" else "")
            by_reason[column["fate"], said].append((column["shown"], column["column"]))
    return [
        (reason, len(names), named(names))
        for (_, reason), names in sorted(by_reason.items(), key=lambda each: (each[0][0], -len(each[1])))
    ]


def _left_out(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Tables of which no row, or not every row, was copied, by the reason."""
    found: dict[str, list[str]] = defaultdict(list)
    for table in document["plan"]["tables"]:
        if table["action"] in {"empty", "skip"}:
            found[table["reason"] or "no rows"].append(table["shown"])
        elif table.get("subset"):
            found["only rows of the subset that the rules take"].append(table["shown"])
        elif table["rows_where"]:
            found[f"only rows where {' '.join(table['rows_where'].split())}"].append(table["shown"])
    return [(", ".join(names), why) for why, names in found.items()]


def _unreached(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    in_place = document["publish"] == "in place"
    linked = (
        "ids, times and amounts that are kept lead who knows an order's time and total to its customer: the preview is"
        " pseudonymous, not anonymous"
    )
    yield "what can be linked", linked
    if in_place:
        yield "write-ahead log, backups, forks", "those made before hold originals until they are recycled or dropped"
        yield "the target's server log", "what was logged before the run; statements that failed on a row"
    else:
        yield "earlier copies", "backups and forks of former previews, and dumps on people's machines"
    yield "other stores", "caches, queues, search indexes, mail and error trackers beside the database"
    if document.get("sync") is None and not document.get("sync_is_expected"):
        yield "buckets", "no buckets were part of this run"
    yield "long texts", "kept values over 256 kB are not searched for originals"
    for note in document["plan"]["notes"]:
        if note["subject"] in {"foreign tables", "large objects", "out of reach"}:
            yield note["subject"], note["text"]


def _where(bars: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, int, str, str, str]]:
    """Lanes' time by kind of step, the longest first."""
    of: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for bar in bars:
        of[bar["kind"]].append(bar)
    for kind, those in sorted(of.items(), key=lambda each: -sum(bar["seconds"] for bar in each[1])):
        rows, moved = sum(bar["rows"] for bar in those), sum(bar["bytes"] for bar in those)
        yield (
            kind,
            sum(bar["steps"] for bar in those),
            seconds(sum(bar["seconds"] for bar in those)),
            f"{rows:,}" if rows else "",
            size(moved) if moved else "",
        )


def _tables(document: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    for table in tables_of(document)[:_MOST]:
        took = table["seconds"]
        yield {
            "name": table["shown"],
            "action": table["action"],
            "size": size(table["size"]),
            "before": _count(table["before"]),
            "after": _count(table["after"]),
            "seconds": seconds(took) if took else "",
            "rows_rate": amount(table["after"] / took) if took and table["after"] else "",
            "bytes_rate": f"{size(table['bytes'] / took)}/s" if took and table["bytes"] else "",
        }


def _count(count: int | None) -> str:
    return f"{count:,}" if count is not None else ""


def _shape(shape: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if shape is None:
        return None
    return {
        "figure": shape.get("figure"),
        "measures": shape.get("measures", ()),
        "shares": shape.get("shares", ()),
        "bad": [each for each in shape.get("compared", ()) if each["outcome"] != "pass"][:_MOST],
    }


def _pair(pair: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": pair["source"],
        "target": pair["target"],
        "facts": [
            (key.replace("_", " "), f"{value:,}" if isinstance(value, int) else value)
            for key, value in pair.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and value
        ],
        "files": _files(pair),
        "notes": [note["text"] if isinstance(note, Mapping) else str(note) for note in pair.get("notes", ())],
    }


def _files(pair: Mapping[str, Any]) -> str:
    """What became of a bucket's objects, for who answers for the data."""
    words = {
        "copied": "copied as they are",
        "placeholders": "replaced by placeholders without their content",
        "made_public": "of those copied anybody may read, as in production",
        "deleted": "deleted from the preview's bucket",
    }
    said = [f"{pair[key]:,} {word}" for key, word in words.items() if pair.get(key)]
    unchanged = pair.get("planned", {}).get("unchanged")
    return ", ".join([*said, *([f"{unchanged:,} there already"] if unchanged else [])]) or "nothing was to be done"
