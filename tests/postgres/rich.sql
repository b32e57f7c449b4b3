-- A preview with what can be spoilt beside its rows.
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN zip AS text CONSTRAINT digits CHECK (value ~ '^[0-9-]*$');
CREATE SEQUENCE free START 100;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.signins := NEW.signins; RETURN NEW; END $$;
CREATE FUNCTION fullname(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT a || ' ' || b $$;
CREATE AGGREGATE longest(text) (SFUNC = text_larger, STYPE = text);
CREATE TABLE roles (id integer PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE users (
  id bigserial PRIMARY KEY, email text NOT NULL, first_name text, tags text[], mood mood NOT NULL DEFAULT 'ok', signins integer NOT NULL DEFAULT 0 CONSTRAINT signins_pos CHECK (signins >= 0),
  zip zip, role_id integer NOT NULL DEFAULT 1 REFERENCES roles, other_id bigint
);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL CONSTRAINT to_user REFERENCES users, total integer NOT NULL, price double precision, at timestamptz NOT NULL);
CREATE TABLE pairs (a integer, b text, PRIMARY KEY (a, b));
CREATE TABLE in_pairs (a integer, b text, CONSTRAINT to_pair FOREIGN KEY (a, b) REFERENCES pairs MATCH FULL, CONSTRAINT to_pair_again FOREIGN KEY (a, b) REFERENCES pairs);
CREATE TABLE events (id integer, user_id bigint, payload text, CONSTRAINT events_user FOREIGN KEY (user_id) REFERENCES users) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (500);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (500) TO (5000);
INSERT INTO roles VALUES (1, 'user'), (2, 'admin');
INSERT INTO users (email, first_name, tags, mood, zip) SELECT 'u' || n || '@example.com', 'First' || n % 90, ARRAY['t' || n % 5], (ARRAY['sad', 'ok', 'happy'])[1 + n % 3]::mood, '123-4567' FROM generate_series(1, 1000) AS n;
INSERT INTO orders (user_id, total, price, at) SELECT 1 + n % 1000, n * 3 % 700, n / 7.0, timestamptz '2020-01-01 00:00+00' + n * interval '1 h' FROM generate_series(1, 2000) AS n;
INSERT INTO pairs SELECT n, 'b' || n FROM generate_series(1, 50) AS n;
INSERT INTO in_pairs SELECT 1 + n % 50, 'b' || 1 + n % 50 FROM generate_series(1, 100) AS n;
INSERT INTO in_pairs VALUES (NULL, NULL);
INSERT INTO events SELECT n, n, 'payload ' || n FROM generate_series(1, 900) AS n;
CREATE INDEX users_lower_email ON users (lower(email));
CREATE STATISTICS users_names (mcv, dependencies) ON first_name, mood FROM users;
CREATE VIEW adults AS SELECT id, email FROM users WHERE signins > 10;
CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(total) AS t FROM orders GROUP BY 1;
CREATE MATERIALIZED VIEW by_day AS SELECT date_trunc('day', at) AS day, count(*) AS n FROM orders GROUP BY 1;
CREATE MATERIALIZED VIEW prices AS SELECT user_id, sum(price) AS p FROM orders GROUP BY 1;
CREATE MATERIALIZED VIEW later AS SELECT 1 AS n WITH NO DATA;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE kept AS ON DELETE TO roles DO INSTEAD NOTHING;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON orders USING (user_id = 1);
CREATE PUBLICATION few FOR TABLE roles;
COMMENT ON TABLE users IS 'the users';
COMMENT ON COLUMN users.email IS 'login';
SELECT lo_from_bytea(900001, 'large object one'), lo_from_bytea(900002, decode(repeat('00ff', 700000), 'hex'));
COMMENT ON LARGE OBJECT 900001 IS 'one';
VACUUM ANALYZE;
