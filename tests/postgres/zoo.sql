-- One of every kind of object and of every kind of value PostgreSQL knows, the nastier the better.
-- A section begins with `--% needs …` and is made only where both servers of a test have what it names:
-- a major version, `xml`, `lz4`, `icu`, or `superuser`. See zoo.py.

--% needs 13
SET check_function_bodies = off;
CREATE SCHEMA ext;
CREATE SCHEMA zoo;
COMMENT ON SCHEMA zoo IS 'animals';
CREATE SCHEMA "a""b
;--";
CREATE EXTENSION citext;
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION pg_trgm WITH SCHEMA ext;
CREATE EXTENSION btree_gist WITH SCHEMA ext;
CREATE EXTENSION ltree;
CREATE EXTENSION cube;

-- Types.
CREATE TYPE zoo.mood AS ENUM ('sad', 'so''so', 'happy "quoted"', '嬉しい', '');
CREATE TYPE public.color AS ENUM ('red', 'green');
ALTER TYPE public.color ADD VALUE 'amber' BEFORE 'green';
CREATE DOMAIN zoo.positive AS integer NOT NULL CHECK (VALUE > 0);
CREATE DOMAIN zoo.short AS varchar(12) DEFAULT 'x' CONSTRAINT no_space CHECK (VALUE !~ ' ');
CREATE DOMAIN zoo.shorter AS zoo.short CHECK (length(VALUE) < 10);
CREATE DOMAIN zoo.tags AS text[] CHECK (array_length(VALUE, 1) IS NULL OR array_length(VALUE, 1) < 5);
CREATE DOMAIN zoo.later AS integer;
ALTER DOMAIN zoo.later ADD CONSTRAINT not_yet CHECK (VALUE < 1000) NOT VALID;
COMMENT ON CONSTRAINT no_space ON DOMAIN zoo.short IS 'none';
CREATE TYPE zoo.pair AS (a integer, b zoo.shorter, c text COLLATE "C");
ALTER TYPE zoo.pair ADD ATTRIBUTE gone integer, ADD ATTRIBUTE d numeric(6, 2);
ALTER TYPE zoo.pair DROP ATTRIBUTE gone;
CREATE TYPE zoo.nested AS (p zoo.pair, many zoo.pair[], mood zoo.mood);
COMMENT ON TYPE zoo.pair IS 'two';
COMMENT ON COLUMN zoo.pair.b IS 'the second';
CREATE DOMAIN zoo.pair_checked AS zoo.pair CHECK ((VALUE).a > 0);
CREATE FUNCTION zoo.float_gap(double precision, double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE zoo.floats AS RANGE (subtype = double precision, subtype_diff = zoo.float_gap);
CREATE TYPE zoo.moods AS RANGE (subtype = zoo.mood);
CREATE COLLATION zoo.plain (provider = libc, locale = 'C');
COMMENT ON COLLATION zoo.plain IS 'plain';

-- Functions, procedures, aggregates, operators, casts; a body that looks like a dump.
CREATE FUNCTION zoo.like_a_dump(INOUT n integer DEFAULT 1, VARIADIC more text[] DEFAULT '{}') LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = 'pg_catalog', 'zoo' SET work_mem = '5MB' AS $body$
BEGIN
  -- the next lines are text in a function and no heading
  n := n + 1;

--
-- Name: x; Type: TABLE; Schema: public; Owner: -
--

  n := n * 2; -- it's "odd" $$ here
/*
--
-- PostgreSQL database dump complete
--
*/
END;
$body$;
CREATE FUNCTION zoo.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := coalesce(NEW.touched, 0) + 1; RETURN NEW; END $$;
CREATE FUNCTION zoo.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only: %', OLD; END $$;
CREATE FUNCTION zoo.notice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION zoo.of_row("Ünïcode arg" text, OUT a integer, OUT b text) RETURNS SETOF record LANGUAGE sql ROWS 3 COST 7 PARALLEL SAFE AS 'SELECT 1, $1';
CREATE FUNCTION zoo."select"(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION zoo."select"(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION zoo.code() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT 'c' || nextval('zoo.codes') $$;
CREATE PROCEDURE zoo.act(INOUT n integer, text DEFAULT 'é\\x') LANGUAGE plpgsql AS $$ BEGIN n := n + 1; COMMIT; END $$;
CREATE FUNCTION zoo.add_up(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, 0) + coalesce($2, 0)';
CREATE AGGREGATE zoo.total(integer) (SFUNC = zoo.add_up, STYPE = integer, INITCOND = '0', PARALLEL = SAFE, COMBINEFUNC = zoo.add_up);
COMMENT ON FUNCTION zoo.like_a_dump(integer, text[]) IS E'two\nlines; -- and a comment';
COMMENT ON PROCEDURE zoo.act(integer, text) IS 'acts';
COMMENT ON AGGREGATE zoo.total(integer) IS 'adds';
CREATE OPERATOR zoo.@+ (FUNCTION = zoo.add_up, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(zoo.@+));
COMMENT ON OPERATOR zoo.@+ (integer, integer) IS 'plus';
-- A negator that was named and never made stays behind as an operator without a function.
CREATE FUNCTION zoo.same(boolean, boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 IS NOT DISTINCT FROM $2';
CREATE OPERATOR zoo.=== (FUNCTION = zoo.same, LEFTARG = boolean, RIGHTARG = boolean, NEGATOR = OPERATOR(zoo.!==));
DROP OPERATOR zoo.=== (boolean, boolean);
CREATE FUNCTION zoo.mood_number(zoo.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN $1 = 'sad' THEN 0 ELSE 1 END $$;
CREATE CAST (zoo.mood AS integer) WITH FUNCTION zoo.mood_number(zoo.mood) AS ASSIGNMENT;
COMMENT ON CAST (zoo.mood AS integer) IS 'counts';
CREATE TEXT SEARCH DICTIONARY zoo.words (TEMPLATE = pg_catalog.simple, stopwords = 'english');
CREATE TEXT SEARCH CONFIGURATION zoo.search (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION zoo.search ALTER MAPPING FOR asciiword WITH zoo.words, pg_catalog.english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION zoo.search IS 'finds';
COMMENT ON TEXT SEARCH DICTIONARY zoo.words IS 'words';
CREATE CONVERSION zoo.swapped FOR 'LATIN1' TO 'UTF8' FROM pg_catalog.iso8859_1_to_utf8;
COMMENT ON CONVERSION zoo.swapped IS 'there and back';
COMMENT ON DOMAIN zoo.positive IS 'above zero';

-- Sequences.
CREATE SEQUENCE zoo.codes START 41 INCREMENT 7 CACHE 10;
CREATE SEQUENCE zoo.down AS smallint INCREMENT -1 MAXVALUE -1 MINVALUE -9 START -3 CYCLE;
CREATE SEQUENCE zoo.never AS integer START 17;
CREATE SEQUENCE zoo.once START 17;
CREATE SEQUENCE zoo.shared START 1000;
CREATE SEQUENCE zoo."Big ""one""" MINVALUE -9223372036854775808 START -9223372036854775808;
CREATE SEQUENCE zoo.at_end MAXVALUE 3;
SELECT nextval('zoo.codes'), nextval('zoo.codes'), nextval('zoo.down'), nextval('zoo.down'), nextval('zoo.down'), nextval('zoo.once'), setval('zoo.shared', 5000), setval('zoo.at_end', 3);
COMMENT ON SEQUENCE zoo.down IS 'downwards';

-- Every type, in a table with holes where columns were.
CREATE TABLE zoo.everything (
  gone_first text, id bigint PRIMARY KEY, gone_middle integer,
  i2 smallint, i4 integer, n numeric, n_limited numeric(12, 3), f4 real, f8 double precision, m money, b boolean,
  t text, vc varchar, vc_short varchar(8), c char(5), "char" "char", nm name, ci citext, u uuid,
  d date, ts timestamp, tsz timestamptz(3), tm time(4), tmz timetz, iv interval, iv_year interval year to month,
  ip inet, net cidr, mac macaddr, mac8 macaddr8, j json, jb jsonb, jp jsonpath, by bytea, bits bit(3), vbits varbit,
  tsv tsvector, tsq tsquery, pt point, ln line, ls lseg, bx box, pth path, pg polygon, ci_rcle circle, lsn pg_lsn, snap txid_snapshot, x8 xid8, o oid, reg regclass, ty regtype, fn regprocedure,
  r4 int4range, rn numrange, rts tsrange, rd daterange, own_range zoo.floats, mood_range zoo.moods,
  ta text[], ia integer[], i2d integer[][], ea zoo.mood[], pa zoo.pair[], ra int4range[], na numeric(8, 2)[], da zoo.shorter[], ja jsonb[], cia citext[], vector int2vector, ov oidvector,
  e zoo.mood, dom zoo.shorter, pos zoo.positive, tags zoo.tags, late zoo.later, p zoo.pair, deep zoo.nested, pc zoo.pair_checked,
  hs ext.hstore, hsa ext.hstore[], lt public.ltree, lta public.ltree[], lq public.lquery, cu public.cube, gone_last text
);
ALTER TABLE zoo.everything DROP COLUMN gone_first, DROP COLUMN gone_middle, DROP COLUMN gone_last;
ALTER TABLE zoo.everything ADD COLUMN added_later text DEFAULT 'fast default' NOT NULL;
INSERT INTO zoo.everything (id, pos) SELECT n, 1 FROM generate_series(1, 3) AS n;
INSERT INTO zoo.everything VALUES (
  10, -32768, 2147483647, 'NaN', '-123456789.125', '-0', 'NaN', '-92233720368547758.08', true,
  E'back\\slash \t tab \r\n newline \\N \\. é e\u0301 😀👨‍👩‍👧 ﷽', '', '  髙橋  ', 'a', 'x', 'name', 'CaSe', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '-infinity', 'infinity', '0044-03-15 12:00:00.5+00 BC', '24:00:00', '23:59:59.999999-15:59', '-178000000 years', '1 year 2 months',
  '::ffff:1.2.3.4/128', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', ' {"b": 1, "a":  [1, 2.50, null], "b": 2}', '{"n": 1e100, "s": "\u00e9\\u0041\"", "deep": [[[{}]]]}', '$.a[*] ? (@ > 1)',
  '\x00ff5c0a09', B'101', B'', 'a:1A fat:2B,4C cat''s:5'::tsvector, 'fat & (rat | !cat)'::tsquery, '(-0,1e300)', '{1,-1,0}', '((0,0),(1,1))', '((1,1),(0,0))', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0,0),1>', '16/B374D848', '10:20:10,14,15', '18446744073709551615', 4294967295, 'zoo.everything', 'zoo.mood[]', 'zoo.mood_number(zoo.mood)',
  'empty', '[1.5,)', '(,)', '[-infinity,infinity]', '[-Infinity,NaN)', '[sad,"happy ""quoted""")',
  '{}', '{1,NULL,3}', '[2:3][0:1]={{1,2},{3,NULL}}', ARRAY['sad', NULL, '', '嬉しい']::zoo.mood[], ARRAY[(1, 'b', E'c,"\\', 2.5), NULL]::zoo.pair[], '{"[1,5)",empty}', '{1.25,NaN}', '{a,"",NULL,"x\"y\\z"}', ARRAY['{"a": 1}', 'null']::jsonb[], '{A,a}', '1 2 3', '4 5',
  '', 'q', 2147483647, '{"a,b","c d",NULL,""}', 5, ROW(NULL, NULL, '', 'NaN'), ROW(ROW(1, 'b', NULL, 0), ARRAY[ROW(2, 'b', E'\n', 0)::zoo.pair, NULL], 'sad'), ROW(1, NULL, 'x', NULL),
  '"a\"b"=>"c,d", "null"=>NULL, ""=>"😀"', '{"\"k\"=>\"v\"",NULL}', 'Top.Science_1.Astronomy', '{a.b,c}', '*.foo|bar*.!baz{2,}', '(1,2),(3,4)', 'later'
);
INSERT INTO zoo.everything (id, pos, f4, f8, n, t, vc, d, ts, tsz, iv, m, c, by, i4, jb) VALUES
  (11, 1, 'Infinity', '-Infinity', '1e-1000', repeat('長い', 5000), repeat(E'\\.\n', 3000), '4713-01-01 BC', '294276-12-31 23:59:59.999999', 'infinity', '-1 mons +1 day -00:00:00.000001', '0.01', '', '\x', -2147483648, 'null'),
  (12, 1, '1e-45', '4.94065645841247e-324', '-99999999999999999999999999999999999999.99999999999999', E'\u0001\u007f', E'\\N', '5874897-12-31', '-infinity', '-infinity', '00:00:00', '92233720368547758.07', '     ', decode(repeat('5c', 20000), 'hex'), 0, '"\\\\N"');

-- Constraints.
CREATE TABLE zoo.parents (
  id integer GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 10), a integer NOT NULL, b text COLLATE zoo.plain NOT NULL, c integer, note text,
  CONSTRAINT parents_pk PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "Odd ""unique""" UNIQUE (b, a) INCLUDE (c), CONSTRAINT late_unique UNIQUE (c) DEFERRABLE,
  CONSTRAINT positive CHECK (a > 0), CONSTRAINT local_only CHECK (c > -5) NO INHERIT
);
CREATE TABLE zoo.children (
  id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, parent_a integer, parent_b text, self_id integer REFERENCES zoo.children DEFERRABLE INITIALLY DEFERRED, other_self integer,
  shared bigint DEFAULT nextval('zoo.shared'), code text DEFAULT zoo.code(), made timestamptz DEFAULT '2020-01-01 00:00:00+00', touched integer,
  doubled integer GENERATED ALWAYS AS (touched * 2) STORED, label text GENERATED ALWAYS AS (upper(parent_b)) STORED,
  CONSTRAINT to_parent FOREIGN KEY (parent_b, parent_a) REFERENCES zoo.parents (b, a) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL
);
CREATE TABLE zoo.egg (id integer PRIMARY KEY, hen_id integer NOT NULL);
CREATE TABLE zoo.hen (id integer PRIMARY KEY, egg_id integer NOT NULL REFERENCES zoo.egg DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE zoo.egg ADD FOREIGN KEY (hen_id) REFERENCES zoo.hen DEFERRABLE INITIALLY DEFERRED;
COMMENT ON TABLE zoo.parents IS E'it''s a table; -- "really"\nwith two lines';
COMMENT ON COLUMN zoo.parents.b IS '列';
COMMENT ON CONSTRAINT positive ON zoo.parents IS 'above zero';
COMMENT ON CONSTRAINT to_parent ON zoo.children IS 'up';
COMMENT ON CONSTRAINT parents_pk ON zoo.parents IS 'key';
COMMENT ON INDEX zoo.parents_pk IS 'key index';
INSERT INTO zoo.parents (a, b, c) SELECT n, 'b' || n, nullif(n, 3) FROM generate_series(1, 200) AS n;
INSERT INTO zoo.children (parent_a, parent_b, self_id, other_self, touched) SELECT n % 200 + 1, 'b' || (n % 200 + 1), nullif(n, 1) / 2 + 1, NULL, n % 2 FROM generate_series(1, 500) AS n;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE zoo.children SET other_self = 99999, touched = 7 WHERE id = 3;
ALTER TABLE zoo.children ADD CONSTRAINT to_self FOREIGN KEY (other_self) REFERENCES zoo.children (id) ON DELETE CASCADE NOT VALID, ADD CONSTRAINT unchecked CHECK (touched < 3) NOT VALID;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO zoo.egg VALUES (1, 1);
INSERT INTO zoo.hen VALUES (1, 1);
SET CONSTRAINTS ALL IMMEDIATE;
CREATE TABLE zoo.bookings (room integer, during tsrange, state text, EXCLUDE USING gist (room WITH OPERATOR(pg_catalog.=), during WITH &&) WHERE (state <> 'cancelled') DEFERRABLE, CONSTRAINT apart EXCLUDE USING gist (tsrange(lower(during), upper(during)) WITH &&) WHERE (state = 'alone'));
INSERT INTO zoo.bookings SELECT n, tsrange('2020-01-01'::timestamp + n * interval '1 h', '2020-01-01'::timestamp + (n + 1) * interval '1 h'), 'alone' FROM generate_series(1, 50) AS n;

-- Indexes, storage, statistics.
CREATE TABLE zoo.indexed (id bigserial PRIMARY KEY, email citext, name text, tags text[], body text, at timestamptz, doc jsonb, search tsvector, flag boolean, pic bytea)
  WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false, parallel_workers = 2, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX "indexed Email" ON zoo.indexed (email) WHERE flag;
CREATE UNIQUE INDEX indexed_lower ON zoo.indexed (lower(name) text_pattern_ops DESC NULLS LAST) INCLUDE (id);
CREATE INDEX indexed_trgm ON zoo.indexed USING gin (name ext.gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX indexed_tags ON zoo.indexed USING gin (tags);
CREATE INDEX indexed_at ON zoo.indexed USING brin (at) WITH (pages_per_range = 16);
CREATE INDEX indexed_hash ON zoo.indexed USING hash (body);
CREATE INDEX indexed_doc ON zoo.indexed USING gin (doc jsonb_path_ops);
CREATE INDEX indexed_expression ON zoo.indexed ((name || ' '::text || body), (doc ->> 'a'));
CREATE INDEX indexed_collated ON zoo.indexed (name COLLATE "C" DESC, at) WITH (fillfactor = 55, deduplicate_items = off);
CREATE INDEX indexed_search ON zoo.indexed USING gist (search);
ALTER INDEX zoo.indexed_expression ALTER COLUMN 1 SET STATISTICS 500;
ALTER TABLE zoo.indexed CLUSTER ON indexed_collated;
ALTER TABLE zoo.indexed ALTER COLUMN name SET STATISTICS 777, ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN pic SET STORAGE MAIN, ALTER COLUMN at SET (n_distinct = -0.5), ALTER COLUMN tags SET STORAGE PLAIN;
CREATE STATISTICS zoo.together (dependencies, ndistinct) ON name, flag FROM zoo.indexed;
CREATE STATISTICS zoo.often (mcv) ON flag, at FROM zoo.indexed;
ALTER STATISTICS zoo.often SET STATISTICS 33;
COMMENT ON STATISTICS zoo.together IS 'correlated';
COMMENT ON INDEX zoo."indexed Email" IS 'mail';
INSERT INTO zoo.indexed (email, name, tags, body, at, doc, search, flag, pic)
  SELECT 'User' || n || '@Example.com', 'name ' || n, ARRAY['t' || n % 7, 't'], repeat('b' || n, n % 30), '2020-01-01'::timestamptz + n * interval '1 h', jsonb_build_object('a', n), to_tsvector('simple', 'word' || n % 10), n % 3 = 0, decode(repeat('ab', n), 'hex') FROM generate_series(1, 2000) AS n;
CREATE TABLE zoo.by_index (a integer NOT NULL, b text NOT NULL);
CREATE UNIQUE INDEX by_index_key ON zoo.by_index (b, a);
ALTER TABLE zoo.by_index REPLICA IDENTITY USING INDEX by_index_key;
CREATE TABLE zoo.by_row (a integer, b text);
ALTER TABLE zoo.by_row REPLICA IDENTITY FULL;
CREATE TABLE zoo.by_nothing (a integer PRIMARY KEY);
ALTER TABLE zoo.by_nothing REPLICA IDENTITY NOTHING;
CREATE TABLE zoo.by_key (a integer PRIMARY KEY);
ALTER TABLE zoo.by_key REPLICA IDENTITY USING INDEX by_key_pkey, CLUSTER ON by_key_pkey;
INSERT INTO zoo.by_row VALUES (1, 'same'), (1, 'same'), (1, 'same'), (NULL, NULL), (NULL, NULL), (NULL, '');

-- Tables with little in them.
CREATE TABLE zoo.no_columns ();
INSERT INTO zoo.no_columns SELECT FROM generate_series(1, 5);
CREATE TABLE zoo.no_columns_left (a text);
INSERT INTO zoo.no_columns_left VALUES ('x'), ('y');
ALTER TABLE zoo.no_columns_left DROP COLUMN a;
CREATE TABLE zoo.only_identity (id bigint GENERATED ALWAYS AS IDENTITY);
INSERT INTO zoo.only_identity OVERRIDING SYSTEM VALUE VALUES (5), (5), (-1);
CREATE TABLE zoo.only_generated (n integer GENERATED ALWAYS AS (42) STORED);
INSERT INTO zoo.only_generated SELECT FROM generate_series(1, 3);
CREATE TABLE zoo.one_text (t text);
INSERT INTO zoo.one_text VALUES (''), (NULL), (E'\\.'), (E'\\N'), ('NULL'), (E'a\nb'), ('"');
CREATE TABLE zoo.empty (id integer PRIMARY KEY, v text UNIQUE);
CREATE UNLOGGED TABLE zoo.unlogged (id serial PRIMARY KEY, v text);
INSERT INTO zoo.unlogged (v) SELECT 'v' || n FROM generate_series(1, 100) AS n;
CREATE TABLE zoo.row_typed OF zoo.pair (PRIMARY KEY (a), b WITH OPTIONS DEFAULT 'd');
INSERT INTO zoo.row_typed VALUES (1, 'x', 'y', 1.5);
CREATE TABLE zoo.has_rows (id integer, one zoo.parents, many zoo.by_row[]);
INSERT INTO zoo.has_rows SELECT 1, p, ARRAY[(1, 'x')::zoo.by_row, NULL] FROM zoo.parents AS p LIMIT 3;
CREATE TABLE zoo.wide_rows (id integer PRIMARY KEY, big text, bytes bytea);
INSERT INTO zoo.wide_rows SELECT n, repeat(md5(n::text), 40000), decode(repeat(md5(n::text), 30000), 'hex') FROM generate_series(1, 4) AS n;

-- Names.
CREATE TABLE public."Mixed Case.dotted" ("select" integer PRIMARY KEY, "a""b" text, "new
line" text DEFAULT E'd\\', "tab	" integer, "percent %s %(x)s {visible}" text, "😀" text UNIQUE, "ctid " integer);
INSERT INTO public."Mixed Case.dotted" SELECT n, 'x', 'y', n, '%s', '😀' || n, 1 FROM generate_series(1, 20) AS n;
CREATE INDEX "Mixed Index
two lines" ON public."Mixed Case.dotted" ("a""b", "new
line");
CREATE TABLE "a""b
;--"."t""
;--" (id serial PRIMARY KEY, "c""
;--" text CONSTRAINT "k""
;--" CHECK ("c""
;--" <> 'q'), parent integer CONSTRAINT "f""
;--" REFERENCES "a""b
;--"."t""
;--", UNIQUE ("c""
;--"));
INSERT INTO "a""b
;--"."t""
;--" ("c""
;--", parent) VALUES ('v', 1), (NULL, 1);
COMMENT ON COLUMN "a""b
;--"."t""
;--"."c""
;--" IS 'odd';
CREATE VIEW "a""b
;--"."v""
;--" AS SELECT * FROM "a""b
;--"."t""
;--";
CREATE TABLE zoo.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij (abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij integer PRIMARY KEY);
INSERT INTO zoo.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij VALUES (1);
CREATE TABLE zoo."ééééééééééééééééééééééééééééééé" ("ééééééééééééééééééééééééééééééé" integer UNIQUE);
CREATE TABLE zoo."order" ("table" integer, "user" text);
CREATE INDEX "order" ON "a""b
;--"."t""
;--" (parent);

-- Partitions.
CREATE TABLE zoo.by_date (id bigint GENERATED BY DEFAULT AS IDENTITY, day date NOT NULL, kind text NOT NULL, v integer, PRIMARY KEY (day, kind, id), UNIQUE (id, day, kind)) PARTITION BY RANGE (day);
CREATE TABLE zoo.by_date_2020 PARTITION OF zoo.by_date FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE zoo.by_date_2021 PARTITION OF zoo.by_date FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (kind);
CREATE TABLE zoo.by_date_2021_ab PARTITION OF zoo.by_date_2021 FOR VALUES IN ('a', 'b');
CREATE TABLE zoo.by_date_2021_rest PARTITION OF zoo.by_date_2021 DEFAULT;
CREATE TABLE zoo.by_date_old (v integer, kind text NOT NULL, dropped text, id bigint NOT NULL, day date NOT NULL);
ALTER TABLE zoo.by_date_old DROP COLUMN dropped;
ALTER TABLE zoo.by_date ATTACH PARTITION zoo.by_date_old FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE zoo.by_date_default PARTITION OF zoo.by_date (v DEFAULT 5, CHECK (v > -1)) DEFAULT;
CREATE INDEX by_date_v ON zoo.by_date (v);
CREATE INDEX own_index ON zoo.by_date_2020 (kind, v);
CREATE INDEX only_top ON ONLY zoo.by_date (kind);
CREATE INDEX only_top_2020 ON zoo.by_date_2020 (kind);
ALTER INDEX zoo.only_top ATTACH PARTITION zoo.only_top_2020;
INSERT INTO zoo.by_date (day, kind, v) SELECT '2019-01-01'::date + n, chr(97 + n % 5), n FROM generate_series(1, 2000) AS n;
CREATE TABLE zoo.by_hash (id integer, v text, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE zoo.by_hash_0 PARTITION OF zoo.by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE "a""b
;--".by_hash_1 PARTITION OF zoo.by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1) WITH (fillfactor = 50);
CREATE TABLE zoo.by_expression (id integer, at timestamp) PARTITION BY RANGE (extract(month FROM at), (id % 2));
CREATE TABLE zoo.without_partitions (id integer) PARTITION BY RANGE (id);
CREATE INDEX ON zoo.without_partitions (id);
INSERT INTO zoo.by_hash SELECT n, 'v' || n FROM generate_series(1, 300) AS n;
CREATE TABLE zoo.from_and_to_partitions (id integer REFERENCES zoo.by_hash ON DELETE CASCADE, parent integer) PARTITION BY LIST (parent);
CREATE TABLE zoo.from_and_to_partitions_1 PARTITION OF zoo.from_and_to_partitions FOR VALUES IN (1, NULL);
CREATE TABLE zoo.from_and_to_partitions_2 PARTITION OF zoo.from_and_to_partitions FOR VALUES IN (2);
ALTER TABLE zoo.from_and_to_partitions ADD CONSTRAINT up FOREIGN KEY (parent) REFERENCES zoo.children (id);
ALTER TABLE zoo.from_and_to_partitions_2 ADD CONSTRAINT own FOREIGN KEY (parent) REFERENCES zoo.egg DEFERRABLE INITIALLY DEFERRED NOT VALID;
INSERT INTO zoo.from_and_to_partitions SELECT n, 1 FROM generate_series(1, 100) AS n;

-- Inheritance.
CREATE TABLE zoo.animal (id integer PRIMARY KEY, name text NOT NULL DEFAULT 'none', CHECK (id > 0));
CREATE TABLE zoo.animal_flying (wings integer, CONSTRAINT wings CHECK (wings <> 1));
CREATE TABLE zoo.bird (beak text, name text DEFAULT 'bird') INHERITS (zoo.animal, zoo.animal_flying);
CREATE TABLE zoo.hummingbird () INHERITS (zoo.bird);
CREATE INDEX bird_name ON zoo.bird (name);
INSERT INTO zoo.animal VALUES (1, 'a'), (2, 'b');
INSERT INTO zoo.bird VALUES (1, 'c', 2, 'd'), (4, 'e', 2, 'f');
INSERT INTO zoo.hummingbird VALUES (1, 'g', 2, 'h');

-- Views.
CREATE VIEW zoo.first_view AS SELECT c.id, c.code, p.note FROM zoo.children AS c LEFT JOIN zoo.parents AS p ON p.b = c.parent_b AND p.a = c.parent_a;
CREATE VIEW zoo.second_view WITH (security_barrier) AS SELECT id, upper(code) AS code FROM zoo.first_view WHERE id % 2 = 0;
CREATE VIEW zoo.grouped AS SELECT h.id, h.egg_id, count(*) AS n FROM zoo.hen AS h GROUP BY h.id;
CREATE VIEW zoo.on_grouped AS SELECT * FROM zoo.grouped;
CREATE VIEW zoo.checked AS SELECT id, v FROM zoo.empty WHERE id > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW zoo.with_default AS SELECT id, name FROM zoo.animal;
ALTER VIEW zoo.with_default ALTER COLUMN name SET DEFAULT 'from view';
CREATE RECURSIVE VIEW zoo.counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 3;
COMMENT ON VIEW zoo.grouped IS 'needs the key';
COMMENT ON COLUMN zoo.grouped.n IS 'how many';
CREATE MATERIALIZED VIEW zoo.z_first AS SELECT id, code FROM zoo.second_view WITH DATA;
CREATE MATERIALIZED VIEW zoo.a_second AS SELECT count(*) AS n, max(code) AS code FROM zoo.z_first;
CREATE VIEW zoo.between AS SELECT * FROM zoo.a_second;
CREATE MATERIALIZED VIEW zoo.a_third WITH (fillfactor = 60) AS SELECT * FROM zoo.between;
CREATE MATERIALIZED VIEW zoo.not_yet AS SELECT * FROM zoo.z_first WITH NO DATA;
CREATE MATERIALIZED VIEW zoo.grouped_stored AS SELECT e.id, e.hen_id FROM zoo.egg AS e GROUP BY e.id;
CREATE UNIQUE INDEX z_first_id ON zoo.z_first (id);
CREATE INDEX z_first_code ON zoo.z_first (lower(code));
CREATE INDEX not_yet_id ON zoo.not_yet (id);
ALTER MATERIALIZED VIEW zoo.z_first CLUSTER ON z_first_id;
ALTER MATERIALIZED VIEW zoo.z_first ALTER COLUMN code SET STATISTICS 55;
CREATE STATISTICS zoo.of_matview ON id, code FROM zoo.z_first;
COMMENT ON MATERIALIZED VIEW zoo.a_third IS 'third';
COMMENT ON COLUMN zoo.a_third.n IS 'how many';
COMMENT ON INDEX zoo.z_first_code IS 'by code';

-- Triggers, rules, row security.
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE OF touched ON zoo.children FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION zoo.stamp('arg''1', E'\\x');
CREATE TRIGGER refuse BEFORE DELETE OR UPDATE ON zoo.by_row FOR EACH ROW EXECUTE FUNCTION zoo.refuse();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON zoo.by_row FOR EACH STATEMENT EXECUTE FUNCTION zoo.refuse();
CREATE TRIGGER off BEFORE INSERT ON zoo.parents FOR EACH ROW EXECUTE FUNCTION zoo.refuse();
CREATE TRIGGER always AFTER INSERT ON zoo.parents REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION zoo.notice();
CREATE TRIGGER on_replica AFTER INSERT ON zoo.parents FOR EACH ROW EXECUTE FUNCTION zoo.notice();
ALTER TABLE zoo.parents DISABLE TRIGGER off, ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER on_replica;
CREATE CONSTRAINT TRIGGER in_the_end AFTER INSERT ON zoo.egg DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION zoo.notice();
CREATE TRIGGER instead INSTEAD OF INSERT ON zoo.second_view FOR EACH ROW EXECUTE FUNCTION zoo.notice();
CREATE TRIGGER of_partitions AFTER INSERT ON zoo.by_date FOR EACH ROW EXECUTE FUNCTION zoo.notice();
ALTER TABLE zoo.by_date_2020 DISABLE TRIGGER of_partitions;
COMMENT ON TRIGGER stamp ON zoo.children IS 'stamps';
CREATE RULE quiet AS ON DELETE TO zoo.animal WHERE OLD.id < 0 DO INSTEAD NOTHING;
CREATE RULE loud AS ON INSERT TO zoo.with_default DO INSTEAD INSERT INTO zoo.animal VALUES (NEW.id, NEW.name) RETURNING id, name;
ALTER TABLE zoo.animal DISABLE RULE quiet;
COMMENT ON RULE loud ON zoo.with_default IS 'goes through';
CREATE POLICY own_rows ON zoo.hen AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (id > 0) WITH CHECK (egg_id > 0);
CREATE POLICY see ON zoo.hen FOR SELECT USING (EXISTS (SELECT FROM zoo.egg AS e WHERE e.id = egg_id));
ALTER TABLE zoo.hen ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE zoo.empty ENABLE ROW LEVEL SECURITY;
COMMENT ON POLICY see ON zoo.hen IS 'with an egg';

-- Publications and large objects.
CREATE PUBLICATION "some" FOR TABLE zoo.parents, zoo.by_key WITH (publish = 'insert, update');
CREATE PUBLICATION nothing;
COMMENT ON PUBLICATION "some" IS 'some';
SELECT lo_from_bytea(900001, '\x00ff5c'), lo_from_bytea(900002, ''), lo_from_bytea(900003, decode(repeat('abcdef00', 600000), 'hex'));
COMMENT ON LARGE OBJECT 900001 IS E'a picture; -- "old"\n嬉しい';
COMMENT ON LARGE OBJECT 900002 IS 'nothing';

--% needs superuser
CREATE EXTENSION postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '192.0.2.1', dbname 'it''s', connect_timeout '2');
COMMENT ON SERVER elsewhere IS 'far away';
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'u', password 'secret');
CREATE FOREIGN TABLE zoo.far (id integer OPTIONS (column_name 'ID'), v text NOT NULL DEFAULT 'x', CHECK (id > 0)) SERVER elsewhere OPTIONS (table_name 'far');
CREATE TABLE zoo.partly_far (id integer, v text) PARTITION BY LIST (id);
CREATE TABLE zoo.partly_far_1 PARTITION OF zoo.partly_far FOR VALUES IN (1);
CREATE FOREIGN TABLE zoo.partly_far_2 PARTITION OF zoo.partly_far FOR VALUES IN (2) SERVER elsewhere;
INSERT INTO zoo.partly_far SELECT 1, 'near' FROM generate_series(1, 10);
CREATE AGGREGATE zoo.middle(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE FUNCTION zoo.leakproof(text) RETURNS text LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT $1';
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish_via_partition_root = true);
CREATE OPERATOR FAMILY zoo.family USING btree;
COMMENT ON OPERATOR FAMILY zoo.family USING btree IS 'all of them';
CREATE OPERATOR CLASS zoo.backwards FOR TYPE integer USING btree FAMILY zoo.family AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 zoo.add_up(integer, integer);
COMMENT ON OPERATOR CLASS zoo.backwards USING btree IS 'the other way round';
CREATE CAST (zoo.mood AS public.color) WITH INOUT;
CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER heap_tableam_handler;
COMMENT ON ACCESS METHOD other_heap IS 'the same heap';
CREATE TABLE zoo.by_other_method (id integer PRIMARY KEY, v text) USING other_heap;
INSERT INTO zoo.by_other_method VALUES (1, 'x');
CREATE TABLE zoo.ddl (tag text);
CREATE FUNCTION zoo.log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO zoo.ddl VALUES (tg_tag); END $$;
CREATE FUNCTION zoo.forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no % here', tg_tag; END $$;
CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION zoo.log_ddl();
CREATE EVENT TRIGGER "no drop" ON sql_drop WHEN tag IN ('DROP TABLE', 'DROP SCHEMA') EXECUTE FUNCTION zoo.forbid();
CREATE EVENT TRIGGER off ON ddl_command_start EXECUTE FUNCTION zoo.forbid();
ALTER EVENT TRIGGER off DISABLE;
ALTER EVENT TRIGGER log_ddl ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER log_ddl IS 'logs';

--% needs 14
CREATE TABLE zoo.multi (id integer PRIMARY KEY, m4 int4multirange, mts tstzmultirange, own zoo.floats_multirange, many int4multirange[], n numeric, packed text COMPRESSION pglz);
CREATE TYPE zoo.times AS RANGE (subtype = time, multirange_type_name = zoo.many_times);
ALTER TABLE zoo.multi ADD COLUMN times zoo.many_times;
INSERT INTO zoo.multi VALUES (1, '{[1,3),[5,7)}', '{(,2020-01-01),[2021-01-01,)}', '{[-Infinity,0),[1,NaN)}', '{"{[1,2)}","{}",NULL}', 'Infinity', repeat('x', 9000), '{[00:00,01:00)}'), (2, '{}', NULL, '{(,)}', '{}', '-Infinity', NULL, NULL);
CREATE STATISTICS zoo.of_expressions ON (lower(name)), (flag::integer) FROM zoo.indexed;
CREATE STATISTICS zoo.of_one_expression ON (id % 10) FROM zoo.indexed;
CREATE FUNCTION zoo.atomic(n integer) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM zoo.animal WHERE id > n; SELECT 2; END;
CREATE PROCEDURE zoo.with_out(OUT a integer, IN b text) LANGUAGE plpgsql AS $$ BEGIN a := 1; END $$;
CREATE INDEX indexed_bloom ON zoo.indexed USING brin (id int8_bloom_ops, at timestamptz_minmax_multi_ops);
CREATE FUNCTION zoo.after_attach(integer, text) RETURNS boolean LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT $1 > 0 AND zoo."select"($2) IS NOT NULL; END;
ALTER TABLE zoo.empty ADD CONSTRAINT by_function CHECK (zoo.after_attach(id, v));

--% needs lz4
CREATE TABLE zoo.packed (t text COMPRESSION lz4);
INSERT INTO zoo.packed VALUES (repeat('packed', 5000));

--% needs 15
CREATE TABLE zoo.nulls_equal (a integer, b text, UNIQUE NULLS NOT DISTINCT (a, b));
CREATE UNIQUE INDEX nulls_equal_b ON zoo.nulls_equal (b) NULLS NOT DISTINCT WHERE a IS NOT NULL;
INSERT INTO zoo.nulls_equal VALUES (1, NULL), (NULL, NULL), (NULL, 'x');
CREATE UNLOGGED SEQUENCE zoo.unlogged_sequence START 5;
CREATE VIEW zoo.invoked WITH (security_invoker = true) AS SELECT * FROM zoo.empty;
CREATE PUBLICATION filtered FOR TABLE zoo.children (id, code) WHERE (id > 10);
CREATE TABLE zoo.sets_columns (id integer PRIMARY KEY, a integer, b integer, FOREIGN KEY (b) REFERENCES zoo.egg ON DELETE SET NULL (b));

--% needs 15 superuser
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA "a""b
;--";

--% needs icu
CREATE COLLATION zoo.numeric_order (provider = icu, locale = 'und-u-kn-true', deterministic = false);
CREATE TABLE zoo.sorted (v text COLLATE zoo.numeric_order PRIMARY KEY);
INSERT INTO zoo.sorted VALUES ('a10'), ('a9');

--% needs 16
CREATE TABLE zoo.stored_as (t text STORAGE EXTERNAL);
ALTER TABLE zoo.indexed ALTER COLUMN name SET STORAGE DEFAULT;

--% needs 17
CREATE TABLE zoo.identity_partitioned (id bigint GENERATED ALWAYS AS IDENTITY, day integer NOT NULL) PARTITION BY LIST (day);
CREATE TABLE zoo.identity_partitioned_1 PARTITION OF zoo.identity_partitioned FOR VALUES IN (1);
INSERT INTO zoo.identity_partitioned (day) SELECT 1 FROM generate_series(1, 7);
CREATE TABLE zoo.long_interval (i interval);
INSERT INTO zoo.long_interval VALUES ('infinity'), ('-infinity');
CREATE STATISTICS zoo.on_parent ON id, day FROM zoo.identity_partitioned;

--% needs 18
-- 17 knows exclusion constraints of partitioned tables, yet cannot restore its own dump of them.
CREATE TABLE zoo.excluded_partitioned (room integer, day integer, during tsrange, EXCLUDE USING gist (day WITH OPERATOR(pg_catalog.=), during WITH &&)) PARTITION BY LIST (day);
CREATE TABLE zoo.excluded_partitioned_1 PARTITION OF zoo.excluded_partitioned FOR VALUES IN (1);
INSERT INTO zoo.excluded_partitioned SELECT n, 1, tsrange('2020-01-01'::timestamp + n * interval '1 h', '2020-01-01'::timestamp + (n + 1) * interval '1 h') FROM generate_series(1, 20) AS n;
CREATE TABLE zoo.virtual (id integer PRIMARY KEY, a integer, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL, c text GENERATED ALWAYS AS ('n' || a) STORED, d integer GENERATED ALWAYS AS (a + 1));
INSERT INTO zoo.virtual (id, a) SELECT n, n * 3 FROM generate_series(1, 50) AS n;
CREATE TABLE zoo.periods (room integer, during tsrange, PRIMARY KEY (room, during WITHOUT OVERLAPS), extra integer, UNIQUE (extra, during WITHOUT OVERLAPS) DEFERRABLE);
INSERT INTO zoo.periods VALUES (1, '[2020-01-01,2020-02-01)'), (1, '[2020-02-01,2020-03-01)');
CREATE TABLE zoo.within_periods (room integer, during tsrange, FOREIGN KEY (room, PERIOD during) REFERENCES zoo.periods (room, PERIOD during));
INSERT INTO zoo.within_periods VALUES (1, '[2020-01-15,2020-02-15)');
CREATE TABLE zoo.named_nulls (id integer CONSTRAINT "must be" NOT NULL, a integer, b integer NOT NULL NO INHERIT, c integer, egg integer CONSTRAINT not_enforced REFERENCES zoo.egg NOT ENFORCED, CONSTRAINT soft CHECK (a > 0) NOT ENFORCED);
ALTER TABLE zoo.named_nulls ADD CONSTRAINT later NOT NULL c NOT VALID;
COMMENT ON CONSTRAINT "must be" ON zoo.named_nulls IS 'named';
INSERT INTO zoo.named_nulls VALUES (1, -1, 2, 3, 999);
CREATE TABLE zoo.partitioned_unchecked (id integer, egg integer) PARTITION BY LIST (id);
CREATE TABLE zoo.partitioned_unchecked_1 PARTITION OF zoo.partitioned_unchecked FOR VALUES IN (1);
INSERT INTO zoo.partitioned_unchecked VALUES (1, 999);
ALTER TABLE zoo.partitioned_unchecked ADD CONSTRAINT not_checked FOREIGN KEY (egg) REFERENCES zoo.egg NOT VALID;
CREATE INDEX virtual_c ON zoo.virtual (c);

--% needs xml
CREATE TABLE zoo.documents (id integer PRIMARY KEY, x xml, xs xml[]);
INSERT INTO zoo.documents VALUES (1, '<?xml version="1.0"?><a b="&lt;é&#10;">text<!-- c --></a>', ARRAY['<x/>'::xml, NULL]), (2, 'no <b>element</b>', '{}'), (3, NULL, NULL);

--% needs superuser
-- Last: an index that a CREATE INDEX CONCURRENTLY gave up, and the planner's own view of what there is.
CREATE INDEX given_up ON zoo.by_row (a);
CREATE INDEX given_up_too ON zoo.z_first (code);
UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('zoo.given_up'::regclass, 'zoo.given_up_too'::regclass);
TRUNCATE zoo.ddl;
