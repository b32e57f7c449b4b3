"""What the planner keeps of columns, looked for in their rows: of every type, by itself or by its text."""

from __future__ import annotations

from masker.findings import Outcome
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.sides import Side
from masker.verify.statistics import check_current

#: A value for each row n, by type.
_VALUES = {
    "text": "'t' || n",
    "varchar(20)": "'v' || n % 7",
    "char(9)": "'c' || n",
    "date": "date '2001-02-03' + n",
    "timestamp": "timestamp '2001-02-03 04:05:06.789' + n * interval '1 minute'",
    "timestamptz": "timestamptz '2001-02-03 04:05:06.789' + n * interval '1 minute'",
    "inet": "'10.0.0.0/8'::inet + n",
    "jsonb": """jsonb_build_object('n', n / 10.0, 'it''s "it"', n % 3)""",
    "smallint": "n",
    "integer": "n % 40",
    "bigint": "n * 5000000000",
    "numeric": "n / 8.0",
    "uuid": "md5(n::text)::uuid",
    "text[]": "ARRAY['e' || n % 90, 'f']",
    "boolean": "n % 2 = 0",
}


def test_whatever_the_type_what_is_kept_of_rows_that_are_gone_is_found(database: str) -> None:
    columns = [f"c{at}" for at in range(len(_VALUES))]
    with connect(parse_url(database, Side.TARGET)) as conn:
        declared = ", ".join(f"{name} {kind}" for name, kind in zip(columns, _VALUES, strict=True))
        items = ", ".join(f"({value})::{kind}" for kind, value in _VALUES.items())
        conn.execute(f"CREATE TABLE public.kept ({declared}, filler text)".encode())
        conn.execute(f"INSERT INTO public.kept SELECT {items}, '' FROM generate_series(1, 4500) AS n".encode())
        conn.execute("CREATE INDEX lowered ON public.kept (lower(c0)); INSERT INTO public.kept DEFAULT VALUES")
        conn.execute("ALTER TABLE public.kept SET (autovacuum_enabled = false); ANALYZE public.kept")
        masked = {TableName("public", "kept"): columns}
        assert {f.outcome for f in check_current(conn, masked, views=False)} == {Outcome.PASSED}
        conn.execute(f"UPDATE public.kept SET {', '.join(f'{name} = NULL' for name in columns)}".encode())
        found = {f.subject for f in check_current(conn, masked, views=False) if f.outcome is Outcome.FAILED}
        assert found == {f"values of kept: {name}" for name in (*columns, "index lowered")}
