-- A harbour: every kind of table that a delta writes to.
CREATE TYPE flag AS ENUM ('jp', 'gr', 'pa');
CREATE TABLE owners (id bigserial PRIMARY KEY, name text NOT NULL, email varchar NOT NULL UNIQUE, seat integer UNIQUE, parent_id bigint REFERENCES owners);
CREATE TABLE ships (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id bigint NOT NULL REFERENCES owners, name text NOT NULL, flag flag NOT NULL DEFAULT 'pa',
  rank integer NOT NULL UNIQUE, note text, loud text GENERATED ALWAYS AS (upper(name)) STORED, touched_at timestamptz
);
CREATE TABLE crews (
  ship_id bigint NOT NULL REFERENCES ships ON DELETE CASCADE, sailor uuid NOT NULL, name text NOT NULL, joined timestamptz NOT NULL,
  PRIMARY KEY (ship_id, sailor)
);
CREATE TABLE calls (id bigserial, ship_id bigint NOT NULL, berth integer NOT NULL, memo text, year integer NOT NULL, PRIMARY KEY (year, id)) PARTITION BY LIST (year);
CREATE TABLE calls_2024 PARTITION OF calls FOR VALUES IN (2024);
CREATE TABLE calls_2025 PARTITION OF calls FOR VALUES IN (2025);
CREATE TABLE weather (at timestamp, reading numeric, seen_by text);
CREATE TABLE sessions (id bigserial PRIMARY KEY, token text);
CREATE TABLE lights (code char(4) PRIMARY KEY, name text, keeper text);
CREATE TABLE links (a bigint, b bigint, PRIMARY KEY (a, b));
CREATE TABLE tickets (h uuid PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY, t text);
CREATE TABLE visits (id bigserial PRIMARY KEY, at timestamptz NOT NULL, who text);

INSERT INTO owners (name, email, seat) SELECT 'canary owner ' || i, 'canary' || i || '@owners.test', i FROM generate_series(1, 300) AS i;
UPDATE owners SET parent_id = id - 100 WHERE id > 100;
INSERT INTO ships (owner_id, name, flag, rank, note) SELECT 1 + i % 300, 'ship ' || i, (ARRAY['jp', 'gr', 'pa'])[1 + i % 3]::flag, i, 'canary note ' || i FROM generate_series(1, 2000) AS i;
INSERT INTO crews SELECT 1 + i % 2000, md5(i::text)::uuid, 'canary sailor ' || i, '2020-01-01'::timestamptz + i * interval '1 hour' FROM generate_series(1, 6000) AS i;
INSERT INTO calls (ship_id, berth, memo, year) SELECT 1 + i % 2000, i % 40, 'canary memo ' || i, 2024 + i % 2 FROM generate_series(1, 4000) AS i;
INSERT INTO weather SELECT '2024-01-01'::timestamp + i * interval '1 hour', i / 7.0, 'canary watch ' || i FROM generate_series(1, 200) AS i;
INSERT INTO sessions (token) SELECT md5(i::text) FROM generate_series(1, 50) AS i;
INSERT INTO lights SELECT lpad(i::text, 3, '0'), 'light ' || i, 'canary keeper ' || i FROM generate_series(1, 100) AS i;
INSERT INTO links SELECT i, i * 2 FROM generate_series(1, 500) AS i;
INSERT INTO tickets (h, t) SELECT md5(i::text)::uuid, 'canary ticket ' || i FROM generate_series(1, 300) AS i;
INSERT INTO visits (at, who) SELECT now() - i * interval '1 hour', 'canary guest ' || i FROM generate_series(1, 400) AS i;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched_at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch_ships BEFORE INSERT OR UPDATE ON ships FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION note_call() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.memo := 'canary by a trigger ' || NEW.id; RETURN NEW; END $$;
CREATE TRIGGER note_calls BEFORE UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION note_call();
CREATE FUNCTION jp() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT ships FROM public.flags WHERE flag = 'jp'); END $$;
CREATE INDEX crews_name ON crews (name);
CREATE INDEX ships_owner ON ships (owner_id);
CREATE MATERIALIZED VIEW flags AS SELECT flag, count(*) AS ships FROM ships GROUP BY 1;
CREATE MATERIALIZED VIEW an_early_one AS SELECT public.jp() AS ships;
CREATE VIEW loud_ships AS SELECT id, loud FROM ships;
VACUUM ANALYZE;
