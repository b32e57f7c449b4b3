"""Documents: leaves masked by path, everything else kept or dropped, nothing a path could have reached let through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masker.catalog.read import read_catalog
from masker.errors import Position
from masker.in_place.server.rewrite import create_functions
from masker.masks.sql.bindings import FunctionBindings
from masker.names import TableName
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.tables.reading import mask_table, select
from tests.postgres.masking import _RULE, Masking
from tests.servers import Server


@pytest.fixture
def masking(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as session:
        session.run("CREATE TABLE docs (id bigint PRIMARY KEY, mail text, owner_id int, doc jsonb, raw json)")
        yield session


def _masked(masking: Masking, documents: list[Any], paths: dict[str, Any], other: str = "keep") -> list[Any]:
    """What becomes of *documents*, as jsonb and as json, which have to agree."""
    masking.run("TRUNCATE docs")
    with masking.conn.cursor() as cursor:
        for at, document in enumerate(documents, start=1):
            written = None if document is _NO_DOCUMENT else json.dumps(document)
            cursor.execute("INSERT INTO public.docs VALUES (%s, 'x', %s, %s, %s)", [at, at, written, written])
    rule = {"mask": "json", "paths": paths, "other": other, "scope": "doc"}
    rows = masking.rows("docs", {"doc": rule, "raw": rule})
    assert [row["doc"] for row in rows] == [row["raw"] for row in rows]
    return [
        _NO_DOCUMENT if row["doc"] is None and documents[at] is _NO_DOCUMENT else row["doc"]
        for at, row in enumerate(rows)
    ]


_NO_DOCUMENT = object()

_FIXED = {"mask": "fixed", "value": "M"}


@pytest.mark.parametrize(
    ("document", "kept", "dropped"),
    [
        ({"a": "x", "b": 1}, {"a": "M", "b": 1}, {"a": "M"}),
        ({"b": {"c": [1]}}, {"b": {"c": [1]}}, {}),
        ({"a": None}, {"a": None}, {"a": None}),
        ({"a": ""}, {"a": "M"}, {"a": "M"}),
        ({"a": 12.5}, {"a": "M"}, {"a": "M"}),
        ({"a": True}, {"a": "M"}, {"a": "M"}),
        ({}, {}, {}),
        ([], None, None),
        ([{"a": "x"}], None, None),
        ("a", None, None),
        (5, None, None),
        (True, None, None),
        (None, None, None),
    ],
)
def test_one_leaf(masking: Masking, document: Any, kept: Any, dropped: Any) -> None:
    assert _masked(masking, [document], {"$.a": _FIXED}) == [kept]
    assert _masked(masking, [document], {"$.a": _FIXED}, other="drop") == [dropped]


def test_a_row_without_a_document_stays_without_one(masking: Masking) -> None:
    assert _masked(masking, [_NO_DOCUMENT, {"a": 1}], {"$.a": "token"})[0] is _NO_DOCUMENT


def test_a_leaf_that_its_mask_makes_null_leaves_the_rest_of_the_document(masking: Masking) -> None:
    paths = {"$.a": {"sql": "nullif(mail, 'x')"}, "$.c.d": {"sql": "nullif(mail, 'x')"}, "$.none": "token"}
    document = {"a": "x", "b": 1, "c": {"d": 1, "e": 2}}
    assert _masked(masking, [document], paths) == [{"a": None, "b": 1, "c": {"d": None, "e": 2}}]
    assert _masked(masking, [document], paths, other="drop") == [{"a": None, "c": {"d": None}}]


@pytest.mark.parametrize("value", [{"deep": "secret"}, ["secret"], [["secret"]], {"a": {"a": "secret"}}])
def test_a_leaf_that_is_no_scalar_is_no_leaf_and_becomes_null(masking: Masking, value: Any) -> None:
    for leaf in ("email", "token", "lorem", "last_name"):
        assert _masked(masking, [{"a": value, "b": 1}], {"$.a": leaf}) == [{"a": None, "b": 1}]


@pytest.mark.parametrize("value", ["secret", 5, True, ["secret"], {"c": "other"}, None, {}])
def test_what_stands_where_an_object_was_expected_is_not_let_through(masking: Masking, value: Any) -> None:
    (found,) = _masked(masking, [{"a": value, "z": 1}], {"$.a.b": "token"})
    assert found == {"a": value if isinstance(value, dict) else None, "z": 1}


@pytest.mark.parametrize("value", ["secret", 5, {"0": "secret"}, None])
def test_what_stands_where_a_list_was_expected_is_not_let_through(masking: Masking, value: Any) -> None:
    assert _masked(masking, [{"a": value}], {"$.a[*]": "token"}) == [{"a": None}]
    assert _masked(masking, [value], {"$[*].a": "token"}) == [None]


def test_lists_of_lists_keep_order_and_length(masking: Masking) -> None:
    document = {
        "a": [[{"v": "xx", "n": 1}, {"n": 2}], [], [{"v": "yyy", "n": 3}, {"v": None, "n": 4}, 7, "s", None]],
        "b": [],
    }
    (found,) = _masked(masking, [document], {"$.a[*][*].v": "token", "$.b[*]": "token"})
    first, empty, last = found["a"]
    assert empty == [] == found["b"]
    assert [row["n"] for row in first] == [1, 2]
    assert "v" not in first[1]
    assert [row and row["n"] for row in last] == [3, 4, None, None, None]
    assert (len(first[0]["v"]), len(last[0]["v"]), last[1]["v"]) == (2, 3, None)


def test_elements_differ_and_rows_differ(masking: Masking) -> None:
    document = {"a": ["x" * 16] * 5, "b": [["x" * 16] * 3] * 4}
    rows = _masked(masking, [document] * 20, {"$.a[*]": "token", "$.b[*][*]": "token"})
    tokens = [token for row in rows for token in (*row["a"], *(t for inner in row["b"] for t in inner))]
    assert len(set(tokens)) == len(tokens) == 20 * 17


def test_keys_and_values_in_list_and_object_at_once(masking: Masking) -> None:
    paths = {"$.a.name": "token", "$.a[*].name": "token"}
    one, many = _masked(masking, [{"a": {"name": "xxxx"}}, {"a": [{"name": "xxxx"}, {"name": "yyyy"}]}], paths)
    assert re.fullmatch(r"[0-9a-f]{4}", one["a"]["name"])
    assert len({element["name"] for element in many["a"]} - {"xxxx", "yyyy"}) == 2


@pytest.mark.parametrize(
    "key", ["it's", "a.b", "日本語", "back\\slash", " ", "[*]", "$", "%s", "e\u0301", "{}", "-- x", "new\nline"]
)
def test_keys_of_any_spelling(masking: Masking, key: str) -> None:
    (found,) = _masked(
        masking,
        [{key: "secret", "x": {key: ["secret", "secret"]}, "y": 1}],
        {f'$."{key}"': _FIXED, f'$.x."{key}"[*]': "token"},
    )
    assert found[key] == "M"
    assert found["y"] == 1
    assert [len(v) for v in found["x"][key]] == [6, 6]
    assert "secret" not in found["x"][key]


def test_keep_and_null_of_whole_branches(masking: Masking) -> None:
    document = {"theme": {"dark": True, "list": [1]}, "secret": {"a": 1}, "rest": "x"}
    assert _masked(masking, [document], {"$.theme": "keep", "$.secret": None}, other="drop") == [
        {"theme": {"dark": True, "list": [1]}, "secret": None}
    ]


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, False])
def test_a_fixed_leaf_has_the_kind_of_its_value(masking: Masking, value: Any) -> None:
    assert _masked(masking, [{"a": "x"}, {"a": 1}], {"$.a": {"mask": "fixed", "value": value}}) == [{"a": value}] * 2


def test_empty_texts_stay_empty(masking: Masking) -> None:
    paths = {"$.a": "email", "$.b[*]": "last_name"}
    assert _masked(masking, [{"a": "", "b": ["", None]}], paths) == [{"a": "", "b": ["", None]}]


def test_a_leaf_agrees_with_a_column_of_its_scope(masking: Masking) -> None:
    documents = [{"email": "a@x", "name": {"family": "x"}, "friends": [{"mail": "Taro@x.jp"}]}] * 30
    _masked(masking, documents, {"$.email": "token"})
    masking.run("UPDATE docs SET mail = 'Taro@x.jp'")
    leaves = {
        "$.email": {"mask": "email", "scope": "person"},
        "$.name.family": {"mask": "last_name", "scope": "person", "by": "owner_id"},
        "$.friends[*].mail": {"mask": "email", "by": "value", "scope": "mail"},
    }
    rows = masking.rows(
        "docs",
        {"doc": {"mask": "json", "other": "drop", "paths": leaves}, "mail": {"mask": "email", "scope": "person"}},
    )
    assert all(row["doc"]["email"] == row["mail"] for row in rows)
    names = masking.rows(
        "docs",
        {"doc": {"mask": "json", "other": "drop", "paths": leaves}, "mail": {"mask": "last_name", "scope": "person"}},
    )
    assert all(row["doc"]["name"]["family"] == row["mail"] for row in names)
    by_value = masking.rows(
        "docs",
        {
            "doc": {"mask": "json", "other": "drop", "paths": leaves},
            "mail": {"mask": "email", "by": "value", "scope": "mail"},
        },
    )
    assert all(row["doc"]["friends"][0]["mail"] == row["mail"] for row in by_value)


def test_a_document_by_value_of_the_document(masking: Masking) -> None:
    masking.run(
        'INSERT INTO docs (id, doc) VALUES (1, \'{"a": "xxxxxxxx"}\'), (2, \'{"a": "xxxxxxxx"}\'), (3, \'{"a":'
        ' "xxxxxxxy"}\')'
    )
    first, second, third = masking.column(
        "docs.doc", {"mask": "json", "other": "drop", "paths": {"$.a": "token"}, "by": "value"}
    )
    assert first == second != third


def test_columns_named_like_parts_of_the_expression_are_not_caught(masking: Masking) -> None:
    masking.run(
        'CREATE TABLE odd (ordinality int PRIMARY KEY, value int, "number" text, element int, doc jsonb)',
        """INSERT INTO odd SELECT i, 1, 'x', 1, '["xxxxxxxx", "xxxxxxxx"]' FROM generate_series(1, 50) i""",
    )
    values = masking.column("odd.doc", {"mask": "json", "other": "drop", "paths": {"$[*]": "token"}})
    assert len({token for pair in values for token in pair}) == 100


_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.just("secret"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(documents=st.lists(_DOCUMENTS, min_size=1, max_size=8), other=st.sampled_from(["keep", "drop"]))
def test_any_document_is_what_a_walk_in_python_makes_of_it(documents: list[Any], other: str) -> None:
    paths = {"$.a": _FIXED, "$.b.a": None, "$.b.b[*]": _FIXED, "$.c[*].a": _FIXED, "$.c[*].b": "keep"}
    found = _masked(_OUTLIVING, documents, paths, other)
    assert found == [_walked(document, _TREE, other == "keep") for document in documents]


_TREE: dict[Any, Any] = {"a": "M", "b": {"a": None, "b": {"*": "M"}}, "c": {"*": {"a": "M", "b": "keep"}}}


def _walked(value: Any, tree: Any, keeps: bool) -> Any:
    if tree == "keep":
        return value
    if tree is None or value is None:
        return None
    if tree == "M":
        return "M"
    if "*" in tree:
        return [_walked(v, tree["*"], keeps) for v in value] if isinstance(value, list) else None
    if not isinstance(value, dict):
        return None
    base = value if keeps else {}
    return {**base, **{k: _walked(value[k], child, keeps) for k, child in tree.items() if k in value}}


_OUTLIVING: Masking


@pytest.fixture(scope="module", autouse=True)
def _session(production_server: Server) -> Iterator[None]:
    """A session that outlives the examples of one test."""
    global _OUTLIVING
    with production_server.forgetting(), Masking(production_server.create_database()) as _OUTLIVING:
        _OUTLIVING.run("CREATE TABLE docs (id bigint PRIMARY KEY, mail text, owner_id int, doc jsonb, raw json)")
        yield


def test_a_rewrite_computes_what_a_select_computes(masking: Masking) -> None:
    masking.run(
        """CREATE TABLE t (id bigint PRIMARY KEY, owner int, mail varchar(60), name text, tel text, zip char(8),
home text, born date, host inet, token text, pw text, bio text, code uuid,
           doc jsonb, list jsonb, "any" json)""",
        """INSERT INTO t SELECT i, nullif(i % 5, 0), 'm' || i, 'n', '03-1234-5678', '123-4567', 'h', '2000-01-01',
'::1', repeat('x', i * 9), 'p', repeat('b', i * 60), md5(i::text)::uuid,
           '{"a": "x", "b": {"c": "y", "d": "a word"}}', '["x", "y"]',
           json_build_object('n', i, 'w', 'word' || i, 'k@b', 'x y') FROM generate_series(1, 60) i""",
    )
    rules = {
        "mail": {"mask": "email", "by": "value"},
        "name": {"mask": "full_name", "by": "owner"},
        "tel": "phone",
        "zip": "postal_code",
        "home": "address",
        "born": "date_shift",
        "host": "ip",
        "token": {"mask": "token", "alphabet": "base58"},
        "pw": "password",
        "bio": "lorem",
        "code": "token",
        "doc": {"mask": "json", "other": "mask", "paths": {"$.a": "email", "$.b.c": "token"}},
        "list": {"mask": "json", "other": "mask", "paths": {"$[*]": "last_name"}},
        "any": {"mask": "json", "other": "mask"},
    }
    catalog = read_catalog(masking.conn)
    table = catalog.tables[TableName("public", "t")]
    columns = {
        name: ColumnDecision(
            column=next(c for c in table.columns if c.name == name),
            rule=_RULE.validate_python(rule),
            position=Position("r", 1, 1),
            locale="ja_JP",
        )
        for name, rule in rules.items()
    }
    bindings = FunctionBindings()
    read = mask_table(TableDecision(table=table, columns=columns), catalog, bindings, {}, [])
    create_functions(masking.conn)
    masking.set(bindings)
    statement = select(table, read)
    cursor = masking.conn.execute(f"{statement} ORDER BY ctid".encode())
    found = [dict(zip((c.name for c in cursor.description or ()), row, strict=True)) for row in cursor.fetchall()]
    assert found == masking.rows("t", rules)
    with_sub_select = {name for name, item in read.items.items() if "SELECT" in item}
    assert with_sub_select == {"doc", "list", "any"}


_SETTINGS: dict[str, Any] = {
    "name": "Sato Hanako",
    "mail": "hanako@bookshop.jp",
    "page": "https://example.jp/users/hanako?tab=2",
    "phone": "090-1234-5678",
    "code": "AB-1204",
    "zip": "1500001",
    "note": "東京都渋谷区の友人と会う約束をした。",
    "quote": 'She said "no: never"\\\n\tand left',
    "born": "1985-02-20",
    "seen": "2024-03-31T09:15:00.000Z",
    "left": "2024-03-31 09:15+09",
    "at": "2024-03-31 09:15:00 UTC",
    "uid": "5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a",
    "addresses": ["203.0.113.9", "2001:db8::1"],
    "visits": 1204,
    "balance": -12.5,
    "deep": [{"tags": ["red", "blue", "red", ""], "is_open": True, "left": None, "total": 0}, [], {}],
    "is_member": False,
    "by mail": {"hanako@bookshop.jp": 12, "0901234": 3, "plan": "pro"},
}


def _leaves_of(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves_of(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves_of(inner, f"{path}[{at}]")
    else:
        yield path, value


def test_documents_keep_their_shape_where_each_leaf_is_masked_by_what_it_looks_like(masking: Masking) -> None:
    made, other = _masked(masking, [_SETTINGS, {**_SETTINGS, "code": "CD-9"}], {}, other="mask")
    assert {**other, "code": None} == {**made, "code": None}
    assert list(made) == sorted(_SETTINGS, key=lambda key: (len(key), key))
    before, after = dict(_leaves_of({**_SETTINGS, "by mail": {}})), dict(_leaves_of({**made, "by mail": {}}))
    assert list(after) == sorted(after, key=list(after).index)
    assert before.keys() == after.keys()
    same = {path for path, value in before.items() if after[path] == value}
    assert same == {path for path, value in before.items() if value in (True, False, None, 0, "")}
    assert all(type(after[path]) is type(value) or isinstance(value, float) for path, value in before.items())
    assert re.fullmatch(r"[a-z.]*[0-9a-z]{12}@example\.com", made["mail"])
    assert made["page"].startswith("https://preview.invalid/")
    assert re.fullmatch(r"090-0\d{3}-\d{4}", made["phone"])
    assert re.fullmatch(r"[A-Z]{2}-\d{4}", made["code"])
    assert re.fullmatch(r"\d{7}", made["zip"])
    assert re.fullmatch(r"1985-02-[012]\d", made["born"])
    assert re.fullmatch(r"2024-03-[012]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z", made["seen"])
    assert re.fullmatch(r"2024-03-[012]\d [0-2]\d:[0-5]\d\+09", made["left"])
    assert re.fullmatch(r"2024-03-[012]\d [0-2]\d:[0-5]\d:[0-5]\d UTC", made["at"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["uid"])
    assert made["addresses"][0].startswith(("24", "25"))
    assert made["addresses"][1].startswith("2001:db8::")
    assert [len(made[key]) for key in ("note", "quote", "name")] == [
        len(_SETTINGS[key]) for key in ("note", "quote", "name")
    ]
    assert 0.8 * 1204 <= made["visits"] <= 1.2 * 1204
    assert -15 <= made["balance"] <= -10
    red, blue, again, _ = made["deep"][0]["tags"]
    assert red == again != blue
    assert sorted(len(key) for key in made["by mail"]) == [4, 20, 20]
    assert "hanako" not in json.dumps(made)


def test_what_paths_name_stands_in_a_document_whose_rest_is_masked(masking: Masking) -> None:
    document: dict[str, Any] = {
        "theme": "dark",
        "contact": {"email": "a@b.jp", "since": 2019, "names": ["x", "y"]},
        "list": [{"a": "long ago", "b": 1}],
    }
    paths = {"$.theme": "keep", "$.contact.email": _FIXED, "$.list[*].a": _FIXED, "$.gone": None}
    (made,) = _masked(masking, [document], paths, other="mask")
    assert (made["theme"], made["contact"]["email"], made["list"][0]["a"]) == ("dark", "M", "M")
    assert made["contact"].keys() == document["contact"].keys()
    assert made["list"][0]["b"] in range(10)
    assert len(made["contact"]["names"]) == 2


@pytest.mark.parametrize(
    "document",
    [{}, [], None, "x y", 12, True, [[{}]], {"a": {"b": []}}, {"": ":"}, {"a:": '":"'}, "\\", [1e300, -0.0001]],
)
def test_odd_documents_keep_their_shape_too(masking: Masking, document: Any) -> None:
    (made,) = _masked(masking, [document], {}, other="mask")
    assert [path for path, _ in _leaves_of(made)] == [path for path, _ in _leaves_of(document)]
    assert [type(value) for _, value in _leaves_of(made)] == [
        type(value) for _, value in _leaves_of(document)
    ] or document == [1e300, -0.0001]
