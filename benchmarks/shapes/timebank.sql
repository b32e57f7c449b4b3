-- Banks of time: organizations whose members offer and seek help, and pay each other in hours.

CREATE TABLE organizations (
    id serial PRIMARY KEY, name varchar(255) NOT NULL, email varchar, phone varchar, web varchar, public_opening_times text, description text, address text, neighborhood varchar, city varchar,
    domain varchar, theme varchar, highlighted boolean DEFAULT false, created_at timestamp, updated_at timestamp);
CREATE TABLE users (
    id serial PRIMARY KEY, username varchar NOT NULL, email varchar NOT NULL, date_of_birth date, phone varchar, alt_phone varchar, address text, postcode varchar, gender varchar, description text,
    active boolean DEFAULT true, encrypted_password varchar NOT NULL DEFAULT '', reset_password_token varchar, sign_in_count integer DEFAULT 0, current_sign_in_at timestamp, current_sign_in_ip varchar,
    last_sign_in_ip varchar, confirmation_token varchar, unconfirmed_email varchar, unlock_token varchar, locale varchar DEFAULT 'es', notifications boolean DEFAULT true, deleted_at timestamp,
    created_at timestamp, updated_at timestamp);
CREATE TABLE members (
    id serial PRIMARY KEY, user_id integer, organization_id integer, manager boolean, entry_date date, member_uid integer NOT NULL, active boolean DEFAULT true, tags text[] DEFAULT '{}',
    created_at timestamp, updated_at timestamp);
CREATE TABLE accounts (
    id serial PRIMARY KEY, accountable_id integer, accountable_type varchar, organization_id integer, balance integer DEFAULT 0, max_allowed_balance integer, flagged boolean, created_at timestamp, updated_at timestamp);
CREATE TABLE categories (id serial PRIMARY KEY, name_translations jsonb NOT NULL DEFAULT '{}', icon_name varchar, created_at timestamp);
CREATE TABLE posts (
    id serial PRIMARY KEY, title varchar, type varchar, category_id integer, user_id integer, organization_id integer, description text, start_on date, end_on date, tags text[], active boolean DEFAULT true,
    is_group boolean DEFAULT false, tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce(title, '') || ' ' || coalesce(description, ''))) STORED, created_at timestamp, updated_at timestamp);
CREATE TABLE transfers (id serial PRIMARY KEY, post_id integer, reason text, operator_id integer, created_at timestamp, updated_at timestamp);
CREATE TABLE movements (id serial PRIMARY KEY, account_id integer, transfer_id integer, amount integer, created_at timestamp);
CREATE TABLE events (id serial PRIMARY KEY, action integer NOT NULL, post_id integer, member_id integer, transfer_id integer, created_at timestamp);
CREATE TABLE device_tokens (id serial PRIMARY KEY, user_id integer NOT NULL, token varchar NOT NULL, created_at timestamp);
CREATE TABLE push_notifications (
    id serial PRIMARY KEY, event_id integer NOT NULL, device_token_id integer NOT NULL, title varchar NOT NULL DEFAULT '', body varchar NOT NULL DEFAULT '', data json NOT NULL DEFAULT '{}', processed_at timestamp,
    created_at timestamp NOT NULL);
CREATE TABLE invoices (
    id serial PRIMARY KEY, organization_id integer NOT NULL, owner_email varchar NOT NULL, billing_name varchar NOT NULL, billing_city varchar, billing_zip varchar, external_customer_id varchar, total_cents integer NOT NULL,
    details jsonb NOT NULL DEFAULT '{}', created_at timestamp);
CREATE TABLE active_admin_comments (id serial PRIMARY KEY, namespace varchar, body text, resource_id varchar NOT NULL, resource_type varchar NOT NULL, author_id integer, created_at timestamp);

INSERT INTO organizations (id, name, email, phone, web, public_opening_times, description, address, neighborhood, city, domain, theme, highlighted, created_at, updated_at)
    SELECT p.id, 'Banco del tiempo ' || town_en || ' ' || p.id, 'info@' || lower(town_en) || '.test', CASE WHEN p.id % 4 > 0 THEN phone END, 'https://' || lower(town_en) || '.example/' || p.id,
           CASE WHEN p.id % 3 = 0 THEN 'Mon-Fri 10-' || 13 + p.id % 6 END, t.en, 'Calle ' || family_en || ', ' || 1 + p.id % 90, CASE WHEN p.id % 2 = 0 THEN 'Barrio ' || family_en END, town_en,
           CASE WHEN p.id % 5 = 0 THEN lower(town_en) || '.test' END, pg_temp.one(ARRAY['blue', 'green', NULL], p.id, 1), p.id % 20 = 0, pg_temp.moment(p.id, 2, 3000), pg_temp.moment(p.id, 3, 300)
    FROM persons p JOIN texts t ON t.id = p.id WHERE p.id <= pg_temp.many(400) ORDER BY p.id;
INSERT INTO users (id, username, email, date_of_birth, phone, alt_phone, address, postcode, gender, description, active, encrypted_password, reset_password_token, sign_in_count, current_sign_in_at,
                   current_sign_in_ip, last_sign_in_ip, confirmation_token, unconfirmed_email, unlock_token, locale, notifications, deleted_at, created_at, updated_at)
    SELECT p.id, given_en || ' ' || family_en, email, CASE WHEN pg_temp.part(p.id, 10) < 0.7 THEN date '1940-01-01' + pg_temp.pick(p.id, 11, 24000)::integer END, CASE WHEN pg_temp.part(p.id, 12) < 0.8 THEN phone END,
           CASE WHEN pg_temp.part(p.id, 13) < 0.1 THEN '0' || right(phone, 9) END,
           CASE WHEN pg_temp.part(p.id, 14) < 0.6 THEN 'Calle ' || f.en || ' ' || 1 + pg_temp.zipf(p.id, 15, 200, 10) || ', ' || town_en END, CASE WHEN pg_temp.part(p.id, 14) < 0.7 THEN '0' || town_code END,
           pg_temp.one(ARRAY['male', 'female', 'female', 'others', NULL], p.id, 16), CASE WHEN pg_temp.part(p.id, 17) < 0.35 THEN t.en ELSE '' END, pg_temp.part(p.id, 18) < 0.9, '$2a$10$' || pg_temp.hex(p.id, 19, 53),
           CASE WHEN pg_temp.part(p.id, 20) < 0.02 THEN pg_temp.hex(p.id, 20, 64) END, pg_temp.zipf(p.id, 21, 300, 1), pg_temp.moment(p.id, 22, 700), pg_temp.ip(p.id), pg_temp.ip(p.id + 1),
           CASE WHEN pg_temp.part(p.id, 23) < 0.1 THEN pg_temp.hex(p.id, 23, 20) END, CASE WHEN pg_temp.part(p.id, 24) < 0.01 THEN 'new.' || email END, NULL,
           pg_temp.one(ARRAY['es', 'es', 'ca', 'en', 'pt-BR'], p.id, 25), pg_temp.part(p.id, 26) < 0.8, CASE WHEN pg_temp.part(p.id, 27) < 0.05 THEN pg_temp.moment(p.id, 28, 800) END, pg_temp.moment(p.id, 29, 3000), pg_temp.moment(p.id, 22, 700)
    FROM persons p JOIN texts t ON t.id = p.id JOIN families f ON f.i = pg_temp.zipf(p.id, 30, 11520, 30) WHERE p.id <= pg_temp.many(40000) ORDER BY p.id;
INSERT INTO members (user_id, organization_id, manager, entry_date, member_uid, active, tags, created_at, updated_at)
    SELECT 1 + n % pg_temp.many(40000), organization, pg_temp.part(n, 41) < 0.03, pg_temp.moment(n, 42, 2500)::date, row_number() OVER (PARTITION BY organization ORDER BY n), pg_temp.part(n, 43) < 0.85,
           CASE WHEN pg_temp.part(n, 44) < 0.5 THEN ARRAY[a.en, b.en] WHEN pg_temp.part(n, 44) < 0.7 THEN ARRAY[a.en] ELSE '{}' END, pg_temp.moment(n, 42, 2500), pg_temp.moment(n, 45, 400)
    FROM (SELECT n, 1 + pg_temp.zipf(n, 40, pg_temp.many(400), 8) AS organization FROM generate_series(1::bigint, pg_temp.many(50000)) AS n) AS joined
    JOIN words a ON a.i = pg_temp.zipf(n, 46, 600, 2) JOIN words b ON b.i = pg_temp.zipf(n, 47, 600, 2) ORDER BY n;
INSERT INTO accounts (id, accountable_id, accountable_type, organization_id, balance, max_allowed_balance, flagged, created_at, updated_at)
    SELECT id, id, 'Member', organization_id, pg_temp.zipf(id, 50, 90000, 20) - 3000, CASE WHEN id % 3 = 0 THEN 18000 END, id % 200 = 0, created_at, updated_at FROM members ORDER BY id;
INSERT INTO categories (id, name_translations, icon_name, created_at)
    SELECT i, jsonb_build_object('es', a.en, 'en', a.en || 'ing', 'ca', a.en || 's'), 'icon' || i, timestamp '2020-01-01' FROM words a WHERE i BETWEEN 1 AND 30;
INSERT INTO posts (id, title, type, category_id, user_id, organization_id, description, start_on, end_on, tags, active, is_group, created_at, updated_at)
    SELECT n, initcap(a.en) || ' ' || b.en || CASE WHEN n % 2 = 0 THEN ' ' || c.en ELSE '' END, pg_temp.one(ARRAY['Offer', 'Offer', 'Inquiry'], n, 60), 1 + pg_temp.zipf(n, 61, 30, 3), m.user_id, m.organization_id, CASE WHEN n % 12 > 0 THEN t.en END,
           pg_temp.moment(n, 62, 2000)::date, CASE WHEN n % 4 = 0 THEN pg_temp.moment(n, 62, 2000)::date + 90 END, CASE WHEN pg_temp.part(n, 63) < 0.6 THEN ARRAY[a.en, c.en] WHEN pg_temp.part(n, 63) < 0.8 THEN ARRAY[b.en] END,
           pg_temp.part(n, 64) < 0.7, n % 9 = 0, pg_temp.moment(n, 62, 2000), pg_temp.moment(n, 65, 500)
    FROM generate_series(1::bigint, pg_temp.many(80000)) AS n JOIN members m ON m.id = 1 + pg_temp.zipf(n, 66, pg_temp.many(50000), 900) JOIN texts t ON t.id = 1 + n * 7 % pg_temp.many(100000)
    JOIN words a ON a.i = pg_temp.zipf(n, 67, 600, 2) JOIN words b ON b.i = pg_temp.zipf(n, 68, 5000, 6) JOIN words c ON c.i = pg_temp.zipf(n, 69, 600, 4) ORDER BY n;
INSERT INTO transfers (id, post_id, reason, operator_id, created_at, updated_at)
    SELECT n, CASE WHEN n % 5 > 0 THEN 1 + pg_temp.zipf(n, 70, pg_temp.many(80000), 3000) END, CASE WHEN pg_temp.part(n, 71) < 0.3 THEN left(t.en, 60) WHEN pg_temp.part(n, 71) < 0.5 THEN 'Gracias' WHEN pg_temp.part(n, 71) < 0.6 THEN '' END,
           CASE WHEN n % 6 = 0 THEN 1 + pg_temp.zipf(n, 72, pg_temp.many(40000), 5) END, pg_temp.moment(n, 73, 2000), pg_temp.moment(n, 73, 2000)
    FROM generate_series(1::bigint, pg_temp.many(100000)) AS n JOIN texts t ON t.id = 1 + n % pg_temp.many(100000) ORDER BY n;
INSERT INTO movements (account_id, transfer_id, amount, created_at)
    SELECT 1 + pg_temp.zipf(n * 2 + side, 80, pg_temp.many(50000), 500), n, (1 - 2 * side) * 900 * (1 + pg_temp.zipf(n, 81, 20, 2)), pg_temp.moment(n, 73, 2000)
    FROM generate_series(1::bigint, pg_temp.many(100000)) AS n, generate_series(0, 1) AS side ORDER BY n, side;
INSERT INTO events (action, post_id, member_id, transfer_id, created_at)
    SELECT n % 3, CASE WHEN n % 3 = 0 THEN 1 + pg_temp.pick(n, 90, pg_temp.many(80000)) END, CASE WHEN n % 3 = 1 THEN 1 + pg_temp.pick(n, 91, pg_temp.many(50000)) END, CASE WHEN n % 3 = 2 THEN 1 + pg_temp.pick(n, 92, pg_temp.many(100000)) END,
           pg_temp.moment(n, 93, 1500) FROM generate_series(1::bigint, pg_temp.many(60000)) AS n;
INSERT INTO device_tokens (user_id, token, created_at)
    SELECT 1 + pg_temp.pick(n, 100, pg_temp.many(40000)), 'ExponentPushToken[' || pg_temp.hex(n, 101, 22) || ']', pg_temp.moment(n, 102, 900) FROM generate_series(1::bigint, pg_temp.many(20000)) AS n;
INSERT INTO push_notifications (event_id, device_token_id, title, body, data, processed_at, created_at)
    SELECT 1 + pg_temp.pick(n, 110, pg_temp.many(60000)), 1 + pg_temp.zipf(n, 111, pg_temp.many(20000), 500), pg_temp.one(ARRAY['New offer', 'New inquiry', 'Transfer received'], n, 112), left(t.en, 100),
           json_build_object('url', '/posts/' || pg_temp.zipf(n, 113, pg_temp.many(80000), 900), 'kind', n % 3, 'from', CASE WHEN n % 4 = 0 THEN p.given_en END), CASE WHEN n % 10 > 0 THEN pg_temp.moment(n, 114, 800) END, pg_temp.moment(n, 114, 800)
    FROM generate_series(1::bigint, pg_temp.many(80000)) AS n JOIN texts t ON t.id = 1 + n % pg_temp.many(100000) JOIN persons p ON p.id = 1 + n % pg_temp.many(60000) ORDER BY n;
INSERT INTO invoices (organization_id, owner_email, billing_name, billing_city, billing_zip, external_customer_id, total_cents, details, created_at)
    SELECT 1 + owner % pg_temp.many(400), p.email, given_en || ' ' || family_en, town_en, '0' || town_code, 'cus_' || pg_temp.hex(owner, 121, 14), 100 * pg_temp.zipf(n, 122, 900, 5),
           jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('item', a.en, 'cents', 100 * pg_temp.zipf(n, 123, 300, 3))), 'payer', jsonb_build_object('email', p.email, 'city', town_en), 'paid', n % 7 > 0), pg_temp.moment(n, 124, 1500)
    FROM (SELECT n, 1 + pg_temp.zipf(n, 120, pg_temp.many(4000), 60) AS owner FROM generate_series(1::bigint, pg_temp.many(40000)) AS n) AS billed
    JOIN persons p ON p.id = owner JOIN words a ON a.i = pg_temp.zipf(n, 125, 600, 2) ORDER BY n;
INSERT INTO active_admin_comments (namespace, body, resource_id, resource_type, author_id, created_at)
    SELECT 'admin', t.en, pg_temp.pick(t.id, 130, pg_temp.many(40000))::text, pg_temp.one(ARRAY['User', 'Organization', 'Post'], t.id, 131), 1 + t.id % 9, pg_temp.moment(t.id, 132, 900) FROM texts t WHERE t.id <= pg_temp.many(5000);

CREATE UNIQUE INDEX ON organizations (name);
CREATE INDEX ON organizations (city);
CREATE UNIQUE INDEX ON users (email);
CREATE INDEX ON users (username);
CREATE INDEX ON users (postcode);
CREATE INDEX ON users (phone);
CREATE INDEX ON members (organization_id);
CREATE UNIQUE INDEX ON members (organization_id, member_uid);
CREATE INDEX ON members (user_id);
CREATE INDEX ON members USING gin (tags);
CREATE INDEX ON accounts (accountable_type, accountable_id);
CREATE INDEX ON accounts (organization_id);
CREATE INDEX ON posts (category_id);
CREATE INDEX ON posts (organization_id);
CREATE INDEX ON posts (user_id);
CREATE INDEX ON posts USING gin (tags);
CREATE INDEX ON posts USING gin (tsv);
CREATE INDEX ON transfers (post_id);
CREATE INDEX ON transfers (operator_id);
CREATE INDEX ON movements (account_id);
CREATE INDEX ON movements (transfer_id);
CREATE INDEX ON events (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX ON events (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX ON events (transfer_id) WHERE transfer_id IS NOT NULL;
CREATE UNIQUE INDEX ON device_tokens (user_id, token);
CREATE INDEX ON push_notifications (event_id);
CREATE INDEX ON push_notifications (device_token_id);
CREATE INDEX ON invoices (organization_id);
CREATE INDEX ON invoices (owner_email);
CREATE INDEX ON invoices (external_customer_id);
CREATE INDEX ON invoices (billing_city);
CREATE INDEX ON active_admin_comments (resource_type, resource_id);
ALTER TABLE members ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (organization_id) REFERENCES organizations;
ALTER TABLE accounts ADD FOREIGN KEY (organization_id) REFERENCES organizations;
ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (organization_id) REFERENCES organizations, ADD FOREIGN KEY (category_id) REFERENCES categories;
ALTER TABLE transfers ADD FOREIGN KEY (post_id) REFERENCES posts;
ALTER TABLE movements ADD FOREIGN KEY (account_id) REFERENCES accounts, ADD FOREIGN KEY (transfer_id) REFERENCES transfers;
ALTER TABLE device_tokens ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE push_notifications ADD FOREIGN KEY (event_id) REFERENCES events, ADD FOREIGN KEY (device_token_id) REFERENCES device_tokens;
ALTER TABLE invoices ADD FOREIGN KEY (organization_id) REFERENCES organizations;
