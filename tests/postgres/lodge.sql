-- A database in which something hangs on nearly every masked column. Needs no superuser. {canary} is put in front of every original.
CREATE SCHEMA app;
CREATE SCHEMA "odd ""one""";
CREATE TYPE app.state AS ENUM ('new', 'old');
CREATE DOMAIN app.mail AS varchar(80) CHECK (VALUE LIKE '%@%');

CREATE TABLE guests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL, mail app.mail, name varchar(40) COLLATE "C" NOT NULL DEFAULT 'nobody', phone text, city text, bio text, profile jsonb,
  born date, vip boolean NOT NULL DEFAULT false, visits integer NOT NULL DEFAULT 0 CHECK (visits >= 0),
  CONSTRAINT email_is_long CHECK (length(email) > 3)
);
ALTER TABLE guests ALTER COLUMN email SET STORAGE EXTERNAL, ALTER COLUMN name SET STORAGE EXTERNAL, ALTER COLUMN bio SET STORAGE EXTERNAL, ALTER COLUMN phone SET STORAGE MAIN,
  ALTER COLUMN email SET STATISTICS 250, ALTER COLUMN city SET (n_distinct = -0.3);
CREATE UNIQUE INDEX guests_email ON guests (lower(email));
CREATE INDEX guests_name ON guests (name, city) WHERE vip;
CREATE INDEX guests_hash ON guests USING hash (phone);
CREATE INDEX guests_words ON guests ((left(bio, 40)));
CREATE INDEX guests_email_length ON guests ((length(email)));
ALTER INDEX guests_email_length ALTER COLUMN 1 SET STATISTICS 333;
ALTER TABLE guests CLUSTER ON guests_email;
CREATE STATISTICS app.where_from (mcv, dependencies) ON city, vip FROM guests;
COMMENT ON TABLE guests IS 'who stays';
COMMENT ON COLUMN guests.email IS 'where to write';
COMMENT ON INDEX guests_email IS 'one each';
COMMENT ON CONSTRAINT email_is_long ON guests IS 'no stubs';
ALTER TABLE guests REPLICA IDENTITY FULL;

-- Views on views, with options, privileges, comments, defaults, rules and triggers of their own.
CREATE VIEW app.plain WITH (security_barrier = true) AS SELECT id, email, name AS "Full ""name""" FROM guests WHERE vip OR city IS NOT NULL;
CREATE VIEW app.stacked AS SELECT p.id, upper(p.email) AS shout, p."Full ""name""" FROM app.plain p;
CREATE RECURSIVE VIEW app.counted (n, email) AS SELECT 1, min(email) FROM guests UNION ALL SELECT n + 1, email FROM counted WHERE n < 3;
CREATE VIEW app.checked AS SELECT id, email, city, vip FROM guests WHERE vip WITH LOCAL CHECK OPTION;
CREATE VIEW app.untouched AS SELECT id, vip FROM guests;
ALTER VIEW app.plain ALTER COLUMN email SET DEFAULT 'none@example.com';
COMMENT ON VIEW app.plain IS 'it''s plain';
COMMENT ON COLUMN app.plain."Full ""name""" IS 'the name';
CREATE RULE no_insert AS ON INSERT TO app.plain DO INSTEAD NOTHING;
COMMENT ON RULE no_insert ON app.plain IS 'none';
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER instead INSTEAD OF UPDATE ON app.stacked FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE MATERIALIZED VIEW app.cities AS SELECT city, count(*) AS guests, min(email) AS first_email FROM guests GROUP BY city;
CREATE UNIQUE INDEX cities_city ON app.cities (city);
CREATE INDEX cities_email ON app.cities (lower(first_email));
COMMENT ON INDEX app.cities_email IS 'by mail';
ALTER MATERIALIZED VIEW app.cities ALTER COLUMN city SET STATISTICS 50;
CREATE MATERIALIZED VIEW app.second WITH (fillfactor = 80) AS SELECT c.city, c.first_email, s.shout FROM app.cities c JOIN app.stacked s ON s.shout = upper(c.first_email);
CREATE MATERIALIZED VIEW app.never_filled AS SELECT email FROM guests WITH NO DATA;
CREATE MATERIALIZED VIEW app.far AS SELECT vip, count(*) FROM app.untouched GROUP BY vip;
COMMENT ON MATERIALIZED VIEW app.cities IS 'towns';
GRANT SELECT ON app.plain TO PUBLIC;
GRANT SELECT (city), UPDATE (city) ON app.checked TO PUBLIC;
GRANT SELECT ON app.cities TO PUBLIC;
REVOKE ALL ON app.stacked FROM CURRENT_USER;
GRANT SELECT, TRIGGER ON app.stacked TO CURRENT_USER;

-- Triggers, one in every state; an audit table that a trigger fills; rules.
CREATE TABLE audits (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), before text);
ALTER TABLE audits ALTER COLUMN before SET STORAGE EXTERNAL;
CREATE FUNCTION app.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audits (before) VALUES (OLD.email); NEW.visits := NEW.visits + 1; RETURN NEW; END $$;
CREATE TRIGGER audit BEFORE UPDATE ON guests FOR EACH ROW EXECUTE FUNCTION app.audit();
CREATE TRIGGER on_email BEFORE UPDATE OF email, city ON guests FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION app.audit();
CREATE TRIGGER off BEFORE UPDATE OF phone ON guests FOR EACH ROW EXECUTE FUNCTION app.audit();
CREATE CONSTRAINT TRIGGER later AFTER UPDATE OF bio ON guests DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.refuse();
ALTER TABLE guests DISABLE TRIGGER off;
ALTER TABLE guests ENABLE REPLICA TRIGGER later;
ALTER TABLE guests ENABLE ALWAYS TRIGGER audit;
COMMENT ON TRIGGER on_email ON guests IS 'tells';
CREATE RULE keep_vips AS ON DELETE TO guests WHERE OLD.vip AND OLD.email IS NOT NULL DO INSTEAD NOTHING;
ALTER TABLE guests DISABLE RULE keep_vips;

-- Policies, here and on a table that looks at it.
ALTER TABLE guests ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_mail ON guests AS RESTRICTIVE FOR SELECT TO PUBLIC USING (email = current_user OR vip);
CREATE POLICY change ON guests FOR UPDATE USING (name <> '') WITH CHECK (email LIKE '%@%');
COMMENT ON POLICY own_mail ON guests IS 'only one''s own';
CREATE TABLE stays (id bigserial PRIMARY KEY, guest_id bigint NOT NULL REFERENCES guests ON DELETE CASCADE, guest_name text, note text, at timestamptz NOT NULL, state app.state NOT NULL DEFAULT 'new');
ALTER TABLE stays ALTER COLUMN note SET STORAGE EXTERNAL, ALTER COLUMN guest_name SET STORAGE EXTERNAL;
ALTER TABLE stays ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_vips ON stays USING (EXISTS (SELECT FROM guests g WHERE g.id = stays.guest_id AND g.email <> ''));
CREATE VIEW app.both AS SELECT g.email, s.note, s.guest_name FROM guests g JOIN stays s ON s.guest_id = g.id;
GRANT SELECT ON app.both TO PUBLIC;

-- Partitions two levels deep, with triggers that are copied down; inheritance; a generated column; keys between masked columns.
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, who text, extra jsonb, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (id);
CREATE TABLE events_2020_odd PARTITION OF events_2020 FOR VALUES IN (1, 3, 5, 7, 9);
CREATE TABLE events_2020_rest PARTITION OF events_2020 DEFAULT;
CREATE TABLE events_later (extra jsonb, at date NOT NULL, gone integer, id bigint NOT NULL, who text);
ALTER TABLE events_later DROP COLUMN gone;
ALTER TABLE events ATTACH PARTITION events_later DEFAULT;
ALTER TABLE events ALTER COLUMN who SET STORAGE EXTERNAL;
CREATE INDEX events_who ON events (who);
CREATE TRIGGER on_who AFTER UPDATE OF who ON events FOR EACH ROW WHEN (NEW.who IS NOT NULL) EXECUTE FUNCTION app.refuse();
ALTER TABLE events_2020_odd DISABLE TRIGGER on_who;
CREATE VIEW app.recent AS SELECT who, at FROM events_later;
CREATE TABLE animals (id integer PRIMARY KEY, owner text);
CREATE TABLE dogs (breed text, PRIMARY KEY (id)) INHERITS (animals);
ALTER TABLE animals ALTER COLUMN owner SET STORAGE EXTERNAL;
ALTER TABLE dogs ALTER COLUMN owner SET STORAGE EXTERNAL, ALTER COLUMN breed SET STORAGE EXTERNAL;
CREATE TABLE cards (id serial PRIMARY KEY, holder text NOT NULL, number text NOT NULL UNIQUE, search text GENERATED ALWAYS AS (lower(holder)) STORED, uses integer NOT NULL DEFAULT 0);
ALTER TABLE cards ALTER COLUMN holder SET STORAGE EXTERNAL, ALTER COLUMN search SET STORAGE EXTERNAL, ALTER COLUMN number SET STORAGE EXTERNAL;
CREATE INDEX cards_search ON cards (search);
CREATE FUNCTION app.count_use() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.uses := NEW.uses + 1; RETURN NEW; END $$;
CREATE TRIGGER use BEFORE UPDATE ON cards FOR EACH ROW EXECUTE FUNCTION app.count_use();
CREATE RULE copy_cards AS ON UPDATE TO cards DO ALSO INSERT INTO audits (before) VALUES (OLD.holder);
CREATE TABLE codes (code text PRIMARY KEY, title text);
CREATE TABLE uses (id integer PRIMARY KEY, code varchar(40) CONSTRAINT uses_code REFERENCES codes ON UPDATE CASCADE, parent_code text REFERENCES codes DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE codes ALTER COLUMN code SET STORAGE EXTERNAL;
ALTER TABLE uses ALTER COLUMN code SET STORAGE EXTERNAL, ALTER COLUMN parent_code SET STORAGE EXTERNAL;
COMMENT ON CONSTRAINT uses_code ON uses IS 'to its code';
CREATE TABLE lists (id integer PRIMARY KEY, doc jsonb);
CREATE TABLE "odd ""one"""."Keyless %s" (word text, n integer);
ALTER TABLE "odd ""one"""."Keyless %s" ALTER COLUMN word SET STORAGE EXTERNAL;
CREATE TABLE row_users (id integer PRIMARY KEY, one stays);
CREATE TABLE sessions (id serial PRIMARY KEY, data text, user_agent text NOT NULL DEFAULT '', seen text GENERATED ALWAYS AS (left(data, 3)) STORED);
ALTER TABLE sessions ALTER COLUMN data SET STORAGE EXTERNAL, ALTER COLUMN user_agent SET STORAGE EXTERNAL;
CREATE TABLE session_marks (session_id integer REFERENCES sessions, mark text);
CREATE VIEW app.agents AS SELECT user_agent FROM sessions;
CREATE TABLE logs (id serial PRIMARY KEY, line text, at date NOT NULL);
ALTER TABLE logs ALTER COLUMN line SET STORAGE EXTERNAL;

INSERT INTO guests (email, mail, name, phone, city, bio, profile, born, vip)
SELECT '{canary}' || lpad(i::text, 5, '0') || '@mail.test', '{canary}' || lpad((i + 3000)::text, 5, '0') || '@m.test', '{canary}' || lpad((i + 6000)::text, 5, '0'),
       CASE WHEN i % 7 > 0 THEN '03-1234-' || lpad(i::text, 4, '0') END, '{canary}' || lpad((9000 + i % 20)::text, 5, '0'), '{canary}' || lpad((10000 + i)::text, 5, '0') || repeat('x', 20 + 3000 * (i % 50 / 49)),
       jsonb_build_object('email', '{canary}' || lpad((13000 + i)::text, 5, '0'), 'n', i), '1980-01-01'::date + i, i % 3 = 0
FROM generate_series(1, 1500) i;
INSERT INTO stays (guest_id, guest_name, note, at) SELECT 1 + i % 1500, '{canary}' || lpad((6001 + i % 1500)::text, 5, '0'), CASE WHEN i % 2 = 0 THEN '{canary}' || lpad((16000 + i)::text, 5, '0') END, '2020-01-01'::timestamptz + i * interval '1 h' FROM generate_series(1, 2000) i;
INSERT INTO events SELECT i, '2020-06-01'::date + i, '{canary}' || lpad((20000 + i)::text, 5, '0'), jsonb_build_object('email', 'event' || i || '@mail.test') FROM generate_series(1, 600) i;
INSERT INTO animals SELECT i, '{canary}' || lpad((22000 + i)::text, 5, '0') FROM generate_series(1, 50) i;
INSERT INTO dogs SELECT i, '{canary}' || lpad((22000 + i)::text, 5, '0'), 'mutt' FROM generate_series(51, 99) i;
INSERT INTO cards (holder, number) SELECT '{canary}' || lpad((23000 + i)::text, 5, '0'), '{canary}' || lpad((26000 + i)::text, 5, '0') FROM generate_series(1, 1000) i;
INSERT INTO codes SELECT '{canary}' || lpad((28000 + i)::text, 5, '0'), 'title ' || i FROM generate_series(1, 300) i;
INSERT INTO codes SELECT 'c' || i, 'short ' || i FROM generate_series(1, 20) i;
INSERT INTO uses SELECT i, '{canary}' || lpad((28000 + 1 + i % 300)::text, 5, '0'), CASE WHEN i % 2 = 0 THEN '{canary}' || lpad((28000 + 1 + i % 200)::text, 5, '0') END FROM generate_series(1, 500) i;
INSERT INTO uses SELECT 1000 + i, 'c' || i, 'c' || 21 - i FROM generate_series(1, 20) i;
INSERT INTO lists SELECT i, jsonb_build_object('people', jsonb_build_array(jsonb_build_object('email', 'person' || i || '@mail.test'), jsonb_build_object('email', 'other' || i || '@mail.test'))) FROM generate_series(1, 40) i;
INSERT INTO "odd ""one"""."Keyless %s" SELECT '{canary}' || lpad((30000 + i % 60)::text, 5, '0'), i FROM generate_series(1, 200) i;
INSERT INTO sessions (data, user_agent) SELECT '{canary}' || lpad((31000 + i)::text, 5, '0'), '{canary}' || lpad((33000 + i % 9)::text, 5, '0') FROM generate_series(1, 300) i;
INSERT INTO session_marks SELECT i, 'm' FROM generate_series(1, 300) i;
INSERT INTO audits (before) SELECT '{canary}' || lpad((35000 + i)::text, 5, '0') FROM generate_series(1, 300) i;
INSERT INTO logs (line, at) SELECT '{canary}' || lpad((37000 + i)::text, 5, '0'), '2020-01-01'::date + i FROM generate_series(1, 300) i;
REFRESH MATERIALIZED VIEW app.cities;
REFRESH MATERIALIZED VIEW app.second;
REFRESH MATERIALIZED VIEW app.far;
ANALYZE;
