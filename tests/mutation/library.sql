-- A lending library with one of everything that a preview can lose or leak.
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE TYPE standing AS ENUM ('new', 'good', 'barred');
CREATE DOMAIN postcode AS text CHECK (VALUE ~ '^[0-9-]*$');
CREATE SEQUENCE receipt_numbers START 100;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed_at := now(); RETURN NEW; END $$;
CREATE FUNCTION title_case(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT initcap(a) $$;

CREATE TABLE branches (id integer PRIMARY KEY, name varchar NOT NULL UNIQUE);
INSERT INTO branches VALUES (1, 'Central'), (2, 'Harbour'), (3, 'Hill');

CREATE TABLE members (
  id bigserial PRIMARY KEY, email varchar NOT NULL UNIQUE, first_name varchar, phone varchar(20), card bytea, profile jsonb NOT NULL DEFAULT '{}',
  standing standing NOT NULL DEFAULT 'new', about text, remark text, labels text[], visits integer NOT NULL DEFAULT 0, zip postcode, picture oid,
  branch_id integer NOT NULL DEFAULT 1 REFERENCES branches, joined_at timestamp NOT NULL DEFAULT now(), changed_at timestamp NOT NULL DEFAULT now(),
  CONSTRAINT visits_positive CHECK (visits >= 0)
);
INSERT INTO members (email, first_name, phone, card, profile, standing, about, remark, labels, visits, zip, branch_id, joined_at)
SELECT 'member' || i || '@letters.test', 'Given' || i % 400, '090-1234-' || lpad((i % 10000)::text, 4, '0'), decode(md5(i::text), 'hex'),
       jsonb_build_object('email', 'member' || i || '@letters.test', 'theme', CASE WHEN i % 2 = 0 THEN 'dark' ELSE 'light' END, 'number', i),
       (ARRAY['new', 'good', 'barred'])[1 + i % 3]::standing, CASE WHEN i % 3 <> 0 THEN 'reads ' || md5(i::text) || ' at night' END, 'shelf ' || i,
       ARRAY['l' || i % 5, 'x'], i % 50, '123-4567', 1 + i % 3, timestamp '2020-01-01' + i * interval '1 minute'
FROM generate_series(1, 10500) i;

CREATE TABLE loans (id bigserial PRIMARY KEY, member_id bigint NOT NULL CONSTRAINT loans_member REFERENCES members, fee integer NOT NULL, note text, at timestamp NOT NULL);
INSERT INTO loans (member_id, fee, note, at)
SELECT 1 + i % 10500, i * 3 % 1000, 'ring 090-9999-' || i, timestamp '2020-01-01' + i * interval '1 minute' FROM generate_series(1, 15000) i;

CREATE TABLE audits (id bigserial PRIMARY KEY, who text, what text);
INSERT INTO audits (who, what) SELECT 'member' || i || '@letters.test', 'did ' || i FROM generate_series(1, 500) i;

CREATE TABLE events (id bigserial, member_id bigint, payload text, at timestamp NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE events_early PARTITION OF events FOR VALUES FROM (1) TO (2500);
CREATE TABLE events_late PARTITION OF events FOR VALUES FROM (2500) TO (1000000);
INSERT INTO events (member_id, payload, at) SELECT i % 10500, 'payload ' || md5(i::text), timestamp '2021-01-01' FROM generate_series(1, 5000) i;

CREATE TABLE visits_log (day integer, who text, door text);
INSERT INTO visits_log SELECT i, 'secret ' || md5(i::text), 'door ' || i FROM generate_series(1, 4000) i;

CREATE TABLE papers (id uuid PRIMARY KEY, plain json, binary_form jsonb, pairs hstore, address citext, scan bytea);
INSERT INTO papers SELECT md5(i::text)::uuid, json_build_object('mail', 'p' || i || '@letters.test', 'k', i),
       jsonb_build_object('a', jsonb_build_object('mail', 'p' || i || '@letters.test'), 'k', i), hstore('mail', 'p' || i || '@letters.test'),
       'P' || i || '@Letters.test', decode(md5(i::text), 'hex') FROM generate_series(1, 2000) i;

CREATE FUNCTION day_of(a timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT a::date $$;
CREATE TABLE renewals (id integer PRIMARY KEY, at timestamptz NOT NULL, day date GENERATED ALWAYS AS (day_of(at)) STORED);
INSERT INTO renewals (id, at) SELECT i, '2022-01-01 00:00+00'::timestamptz + i * interval '1 hour' FROM generate_series(1, 480) i;
CREATE INDEX renewals_day ON renewals (day_of(at));
CREATE MATERIALIZED VIEW renewed AS SELECT at::date AS day, count(*) AS n FROM renewals GROUP BY 1;

CREATE INDEX members_joined ON members (joined_at);
CREATE INDEX members_lower_email ON members (lower(email));
CREATE INDEX loans_member_id ON loans (member_id);
CREATE STATISTICS members_branch (dependencies, mcv) ON branch_id, standing FROM members;
CREATE SCHEMA planner;
CREATE STATISTICS planner.members_mail ON (upper(email)) FROM members;
CREATE VIEW regulars AS SELECT id, email, standing FROM members WHERE visits > 10;
CREATE MATERIALIZED VIEW fees AS SELECT member_id, sum(fee) AS total FROM loans GROUP BY 1;
CREATE UNIQUE INDEX fees_member ON fees (member_id);
CREATE TRIGGER touch_members BEFORE UPDATE ON members FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE keep_branches AS ON DELETE TO branches DO INSTEAD NOTHING;
ALTER TABLE loans ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_loans ON loans USING (member_id = 1);
COMMENT ON TABLE members IS 'who may borrow';
COMMENT ON COLUMN members.email IS 'login';
COMMENT ON INDEX members_lower_email IS 'for logins';
COMMENT ON FUNCTION touch() IS 'touches';
COMMENT ON POLICY own_loans ON loans IS 'for the kiosk';
SELECT lo_from_bytea(900001, 'a scanned letter'::bytea);
COMMENT ON LARGE OBJECT 900001 IS 'a letter';
UPDATE members SET picture = 900001 WHERE id = 1;
SELECT nextval('receipt_numbers'), nextval('receipt_numbers');
VACUUM ANALYZE;
