-- A log of what people watch: works with episodes, users with profiles, and what they record, rate, comment and follow.

CREATE TABLE users (
    id bigserial PRIMARY KEY, username varchar NOT NULL, email varchar NOT NULL, encrypted_password varchar NOT NULL DEFAULT '', role integer NOT NULL DEFAULT 0,
    sign_in_count integer NOT NULL DEFAULT 0, current_sign_in_at timestamp, current_sign_in_ip varchar, last_sign_in_ip varchar, confirmation_token varchar,
    confirmed_at timestamp, unconfirmed_email varchar, reset_password_token varchar, time_zone varchar NOT NULL, locale varchar NOT NULL, state varchar NOT NULL DEFAULT 'published',
    records_count integer NOT NULL DEFAULT 0, deleted_at timestamp, created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
CREATE TABLE profiles (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, name varchar NOT NULL DEFAULT '', description varchar NOT NULL DEFAULT '', url varchar, avatar_file_name varchar, image_data text,
    location varchar, created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
CREATE TABLE works (
    id bigserial PRIMARY KEY, title varchar NOT NULL, title_kana varchar NOT NULL DEFAULT '', title_en varchar NOT NULL DEFAULT '', media integer NOT NULL, season_year integer, season_name integer,
    synopsis text NOT NULL DEFAULT '', official_site_url varchar NOT NULL DEFAULT '', watchers_count integer NOT NULL DEFAULT 0, score float8, started_on date, deleted_at timestamp,
    created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
CREATE TABLE people (
    id bigserial PRIMARY KEY, name varchar NOT NULL, name_kana varchar NOT NULL DEFAULT '', name_en varchar NOT NULL DEFAULT '', gender varchar, birthday date, prefecture varchar, url varchar,
    casts_count integer NOT NULL DEFAULT 0, created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
CREATE TABLE casts (
    id bigserial PRIMARY KEY, work_id bigint NOT NULL, person_id bigint NOT NULL, name varchar NOT NULL, part varchar NOT NULL, sort_number integer NOT NULL DEFAULT 0, created_at timestamp NOT NULL);
CREATE TABLE episodes (
    id bigserial PRIMARY KEY, work_id bigint NOT NULL, number varchar, title varchar, sort_number integer NOT NULL DEFAULT 0, score float8, deleted_at timestamp, created_at timestamp NOT NULL);
CREATE TABLE records (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, work_id bigint NOT NULL, watched_at timestamp NOT NULL, deleted_at timestamp, created_at timestamp NOT NULL);
CREATE TABLE episode_records (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, work_id bigint NOT NULL, episode_id bigint NOT NULL, record_id bigint NOT NULL, body text, rating_state varchar, locale varchar NOT NULL DEFAULT 'other',
    likes_count integer NOT NULL DEFAULT 0, shared_url_hash varchar, deleted_at timestamp, created_at timestamp NOT NULL);
CREATE TABLE statuses (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, work_id bigint NOT NULL, kind integer NOT NULL, note text NOT NULL DEFAULT '', created_at timestamp NOT NULL);
CREATE TABLE comments (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, episode_record_id bigint NOT NULL, work_id bigint, body text NOT NULL, locale varchar NOT NULL DEFAULT 'other', likes_count integer NOT NULL DEFAULT 0,
    created_at timestamp NOT NULL);
CREATE TABLE activities (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, trackable_type varchar NOT NULL, trackable_id bigint NOT NULL, action varchar NOT NULL, created_at timestamp NOT NULL);
CREATE TABLE follows (id bigserial PRIMARY KEY, user_id bigint NOT NULL, following_id bigint NOT NULL, created_at timestamp NOT NULL);
CREATE TABLE tags (id bigserial PRIMARY KEY, name varchar NOT NULL, taggings_count integer NOT NULL DEFAULT 0);
CREATE TABLE taggings (id bigserial PRIMARY KEY, user_id bigint NOT NULL, work_id bigint NOT NULL, tag_id bigint NOT NULL, created_at timestamp NOT NULL);
CREATE TABLE providers (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, name varchar NOT NULL, uid varchar NOT NULL, token varchar NOT NULL, token_secret varchar, token_expires_at integer, created_at timestamp NOT NULL);
CREATE TABLE sign_ins (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, ip_address inet NOT NULL, user_agent text, referrer varchar, properties jsonb NOT NULL DEFAULT '{}', created_at timestamp NOT NULL);

INSERT INTO users (id, username, email, encrypted_password, sign_in_count, current_sign_in_at, current_sign_in_ip, last_sign_in_ip, confirmation_token, confirmed_at, unconfirmed_email, reset_password_token,
                   time_zone, locale, state, records_count, deleted_at, created_at, updated_at)
    SELECT id, lower(left(given_en, 6)) || CASE pg_temp.pick(id, 10, 3) WHEN 0 THEN '_' ELSE '' END || id * 7 % 999983, email, '$2a$12$' || pg_temp.hex(id, 11, 53), pg_temp.zipf(id, 12, 400, 2),
           pg_temp.moment(id, 13, 400), pg_temp.ip(id), pg_temp.ip(id + 3), CASE WHEN pg_temp.part(id, 14) < 0.05 THEN pg_temp.hex(id, 14, 20) END,
           CASE WHEN pg_temp.part(id, 14) >= 0.05 THEN pg_temp.moment(id, 15, 2000) END, CASE WHEN pg_temp.part(id, 16) < 0.02 THEN 'new.' || email END,
           CASE WHEN pg_temp.part(id, 17) < 0.01 THEN pg_temp.hex(id, 17, 64) END, pg_temp.one(ARRAY['Asia/Tokyo', 'Asia/Tokyo', 'Asia/Tokyo', 'UTC', 'America/New_York'], id, 18),
           CASE WHEN id % 5 = 0 THEN 'en' ELSE 'ja' END, CASE WHEN pg_temp.part(id, 19) < 0.04 THEN 'hidden' ELSE 'published' END, (pg_temp.many(200000) / (id + 60) / ln(1 + pg_temp.many(30000) / 60.0))::integer,
           CASE WHEN pg_temp.part(id, 19) < 0.04 THEN pg_temp.moment(id, 20, 900) END,
           pg_temp.moment(id, 21, 2500), pg_temp.moment(id, 13, 400)
    FROM persons WHERE id <= pg_temp.many(30000) ORDER BY id;
INSERT INTO profiles (user_id, name, description, url, avatar_file_name, image_data, location, created_at, updated_at)
    SELECT p.id, CASE WHEN p.id % 5 = 0 THEN given_en || ' ' || family_en WHEN p.id % 3 = 0 THEN given_ja ELSE family_ja || given_ja END,
           CASE WHEN pg_temp.part(p.id, 30) < 0.4 THEN left(CASE WHEN p.id % 5 = 0 THEN texts.en ELSE texts.ja END, 250) ELSE '' END,
           CASE WHEN pg_temp.part(p.id, 31) < 0.2 THEN 'https://' || lower(family_en) || '.' || (ARRAY['example.com', 'blog.jp', 'note.com'])[1 + pg_temp.pick(p.id, 32, 3)] || '/' || lower(given_en) END,
           CASE WHEN pg_temp.part(p.id, 33) < 0.5 THEN pg_temp.hex(p.id, 33, 12) || '.jpg' END,
           CASE WHEN pg_temp.part(p.id, 33) < 0.5 THEN jsonb_build_object('id', pg_temp.hex(p.id, 34, 32) || '.jpg', 'storage', 'store', 'metadata',
               jsonb_build_object('size', pg_temp.pick(p.id, 35, 900000), 'mime_type', 'image/jpeg', 'filename', pg_temp.hex(p.id, 33, 12) || '.jpg'))::text END,
           CASE WHEN pg_temp.part(p.id, 36) < 0.3 THEN CASE WHEN p.id % 5 = 0 THEN town_en ELSE region_ja || town_ja END END, pg_temp.moment(p.id, 21, 2500), pg_temp.moment(p.id, 13, 400)
    FROM persons p JOIN texts ON texts.id = p.id WHERE p.id <= pg_temp.many(30000) ORDER BY p.id;
INSERT INTO works (id, title, title_kana, title_en, media, season_year, season_name, synopsis, official_site_url, watchers_count, score, started_on, deleted_at, created_at, updated_at)
    SELECT n, a.ja || b.ja || CASE WHEN n % 7 = 0 THEN ' 第' || 2 + n % 3 || '期' ELSE '' END, '', CASE WHEN n % 4 = 0 THEN initcap(a.en || ' ' || b.en) ELSE '' END, pg_temp.zipf(n, 40, 6, 1), 1990 + 36 - pg_temp.zipf(n, 41, 36, 6),
           1 + pg_temp.pick(n, 42, 4), CASE WHEN n % 3 > 0 THEN t.ja ELSE '' END, CASE WHEN n % 5 > 0 THEN 'https://' || b.en || n || '.example.jp/' ELSE '' END,
           (pg_temp.many(150000) / (n + 60) / ln(1 + pg_temp.many(8000) / 60.0))::integer, CASE WHEN n % 2 = 0 THEN round((100 * pg_temp.part(n, 43))::numeric, 2) END, date '2026-06-01' - (pg_temp.zipf(n, 41, 36, 6) * 365 + n % 365)::integer, CASE WHEN n % 60 = 0 THEN pg_temp.moment(n, 44, 900) END,
           pg_temp.moment(n, 45, 3000), pg_temp.moment(n, 46, 300)
    FROM generate_series(1::bigint, pg_temp.many(8000)) AS n JOIN words a ON a.i = pg_temp.zipf(n, 47, 5000, 50) JOIN words b ON b.i = pg_temp.zipf(n, 48, 5000, 50) JOIN texts t ON t.id = n
    ORDER BY n;
INSERT INTO people (id, name, name_kana, name_en, gender, birthday, prefecture, url, created_at, updated_at)
    SELECT id, family_ja || given_ja, family_kana || given_kana, CASE WHEN id % 4 = 0 THEN given_en || ' ' || family_en ELSE '' END, pg_temp.one(ARRAY['male', 'female', 'female', NULL], id, 50),
           CASE WHEN pg_temp.part(id, 51) < 0.6 THEN date '1950-01-01' + pg_temp.pick(id, 52, 20000)::integer END, CASE WHEN pg_temp.part(id, 53) < 0.5 THEN region_ja END,
           CASE WHEN id % 6 = 0 THEN 'https://' || lower(family_en) || '.example.jp/' || id END, pg_temp.moment(id, 54, 2500), pg_temp.moment(id, 55, 500)
    FROM persons WHERE id <= pg_temp.many(20000) ORDER BY id;
INSERT INTO casts (id, work_id, person_id, name, part, sort_number, created_at)
    SELECT n, 1 + pg_temp.pick(n, 60, pg_temp.many(8000)), p.id, p.name, w.ja || 'さん', n % 20, pg_temp.moment(n, 62, 2500)
    FROM generate_series(1::bigint, pg_temp.many(60000)) AS n JOIN people p ON p.id = 1 + pg_temp.zipf(n, 61, pg_temp.many(20000), 100) JOIN words w ON w.i = pg_temp.zipf(n, 63, 5000, 20) ORDER BY n;
INSERT INTO episodes (id, work_id, number, title, sort_number, score, deleted_at, created_at)
    SELECT n, 1 + pg_temp.zipf(n, 70, pg_temp.many(8000), 500), '第' || 1 + n % 24 || '話', a.ja || 'と' || b.ja, n % 24 * 10, CASE WHEN n % 3 = 0 THEN round((100 * pg_temp.part(n, 73))::numeric, 1) END,
           CASE WHEN n % 80 = 0 THEN pg_temp.moment(n, 74, 900) END, pg_temp.moment(n, 75, 2500)
    FROM generate_series(1::bigint, pg_temp.many(60000)) AS n JOIN words a ON a.i = pg_temp.zipf(n, 71, 5000, 30) JOIN words b ON b.i = pg_temp.zipf(n, 72, 5000, 30) ORDER BY n;
INSERT INTO records (id, user_id, work_id, watched_at, deleted_at, created_at)
    SELECT n, 1 + pg_temp.zipf(n, 80, pg_temp.many(30000), 60), e.work_id, pg_temp.moment(n, 82, 2200), CASE WHEN n % 50 = 0 THEN pg_temp.moment(n, 83, 300) END, pg_temp.moment(n, 82, 2200)
    FROM generate_series(1::bigint, pg_temp.many(200000)) AS n JOIN episodes e ON e.id = 1 + pg_temp.zipf(n, 81, pg_temp.many(60000), 300) ORDER BY n;
INSERT INTO episode_records (id, user_id, work_id, episode_id, record_id, body, rating_state, locale, likes_count, shared_url_hash, deleted_at, created_at)
    SELECT n, r.user_id, r.work_id, 1 + pg_temp.zipf(n, 81, pg_temp.many(60000), 300), n,
           CASE WHEN pg_temp.part(n, 90) < 0.5 THEN CASE WHEN r.user_id % 5 = 0 THEN t.en ELSE t.ja END WHEN pg_temp.part(n, 90) < 0.6 THEN '' END,
           pg_temp.one(ARRAY['great', 'great', 'good', 'good', 'average', 'bad', NULL, NULL], n, 91), CASE WHEN pg_temp.part(n, 90) >= 0.5 THEN 'other' WHEN r.user_id % 5 = 0 THEN 'en' ELSE 'ja' END,
           pg_temp.zipf(n, 92, 40, 0.1), CASE WHEN n % 20 = 0 THEN pg_temp.hex(n, 93, 10) END, r.deleted_at, r.created_at
    FROM generate_series(1::bigint, pg_temp.many(200000)) AS n JOIN records r ON r.id = n LEFT JOIN texts t ON t.id = 1 + n * 3 % pg_temp.many(100000) ORDER BY n;
INSERT INTO statuses (id, user_id, work_id, kind, note, created_at)
    SELECT n, 1 + pg_temp.zipf(n, 100, pg_temp.many(30000), 400), 1 + pg_temp.zipf(n, 101, pg_temp.many(8000), 60), 1 + pg_temp.zipf(n, 102, 5, 1), CASE WHEN n % 30 = 0 THEN left(t.ja, 80) ELSE '' END, pg_temp.moment(n, 103, 2200)
    FROM generate_series(1::bigint, pg_temp.many(150000)) AS n JOIN texts t ON t.id = 1 + n % pg_temp.many(100000) ORDER BY n;
INSERT INTO comments (id, user_id, episode_record_id, work_id, body, locale, likes_count, created_at)
    SELECT n, 1 + pg_temp.zipf(n, 110, pg_temp.many(30000), 40), r.id, r.work_id, CASE WHEN r.user_id % 5 = 0 THEN t.en ELSE t.ja END, CASE WHEN r.user_id % 5 = 0 THEN 'en' ELSE 'ja' END, pg_temp.zipf(n, 111, 20, 0.1), pg_temp.moment(n, 112, 2000)
    FROM generate_series(1::bigint, pg_temp.many(60000)) AS n JOIN episode_records r ON r.id = 1 + pg_temp.zipf(n, 113, pg_temp.many(200000), 3000) JOIN texts t ON t.id = 1 + n % pg_temp.many(100000) ORDER BY n;
INSERT INTO activities (id, user_id, trackable_type, trackable_id, action, created_at)
    SELECT row_number() OVER (ORDER BY created_at, kind, id), user_id, kind, id, action, created_at
    FROM (SELECT user_id, 'Status' AS kind, id, 'statuses.create' AS action, created_at FROM statuses WHERE id % 2 = 0 UNION ALL SELECT user_id, 'EpisodeRecord', id, 'records.create', created_at FROM episode_records WHERE id % 2 = 0) AS done;
INSERT INTO follows (user_id, following_id, created_at)
    SELECT DISTINCT ON (1, 2) 1 + pg_temp.zipf(n, 120, pg_temp.many(30000), 300), 1 + pg_temp.zipf(n, 121, pg_temp.many(30000), 20), pg_temp.moment(n, 122, 2000) FROM generate_series(1::bigint, pg_temp.many(80000)) AS n;
INSERT INTO tags (id, name) SELECT 1 + i, ja || i % 7 FROM words WHERE i < pg_temp.many(2500);
INSERT INTO taggings (user_id, work_id, tag_id, created_at)
    SELECT 1 + pg_temp.zipf(n, 130, pg_temp.many(30000), 30), 1 + pg_temp.zipf(n, 131, pg_temp.many(8000), 60), 1 + pg_temp.zipf(n, 132, pg_temp.many(2500), 3), pg_temp.moment(n, 133, 2000) FROM generate_series(1::bigint, pg_temp.many(50000)) AS n;
INSERT INTO providers (user_id, name, uid, token, token_secret, token_expires_at, created_at)
    SELECT id, pg_temp.one(ARRAY['twitter', 'twitter', 'twitter', 'facebook'], id, 140), pg_temp.pick(id, 141, 3000000000)::text, id || '-' || pg_temp.hex(id, 142, 40), CASE WHEN id % 4 > 0 THEN pg_temp.hex(id, 143, 45) END, NULL,
           pg_temp.moment(id, 144, 2000) FROM persons WHERE id <= pg_temp.many(30000) AND pg_temp.part(id, 145) < 0.6 ORDER BY id;
INSERT INTO sign_ins (user_id, ip_address, user_agent, referrer, properties, created_at)
    SELECT person, pg_temp.ip(person + n % 3)::inet, b.name, CASE WHEN pg_temp.part(n, 151) < 0.3 THEN 'https://' || pg_temp.one(ARRAY['t.co', 'www.google.co.jp', 'www.google.com', 'search.yahoo.co.jp'], n, 152) || '/' || CASE WHEN n % 3 = 0 THEN pg_temp.hex(n % 900, 153, 8) ELSE '' END END,
           jsonb_build_object('device', pg_temp.one(ARRAY['phone', 'phone', 'desktop', 'tablet'], n, 154), 'page', pg_temp.zipf(n, 155, 300, 3), 'email', CASE WHEN n % 9 = 0 THEN persons.email END, 'ab', jsonb_build_array('a' || n % 2, 'c' || n % 5)),
           pg_temp.moment(n, 156, 500)
    FROM (SELECT n, 1 + pg_temp.zipf(n, 150, pg_temp.many(30000), 500) AS person FROM generate_series(1::bigint, pg_temp.many(120000)) AS n) AS signed
    JOIN browsers b ON b.i = pg_temp.zipf(person, 157, 400, 4) JOIN persons ON persons.id = person ORDER BY n;

CREATE UNIQUE INDEX ON users (email);
CREATE UNIQUE INDEX ON users (username);
CREATE INDEX ON users (state);
CREATE INDEX ON users (created_at);
CREATE UNIQUE INDEX ON users (confirmation_token);
CREATE INDEX ON users (current_sign_in_ip);
CREATE UNIQUE INDEX ON profiles (user_id);
CREATE INDEX ON profiles (name);
CREATE INDEX ON profiles (location);
CREATE INDEX ON works (season_year, season_name);
CREATE INDEX ON works (score);
CREATE INDEX ON works (watchers_count);
CREATE INDEX ON people (name);
CREATE INDEX ON people (prefecture);
CREATE INDEX ON casts (work_id);
CREATE INDEX ON casts (person_id);
CREATE INDEX ON episodes (work_id);
CREATE INDEX ON records (user_id);
CREATE INDEX ON records (work_id);
CREATE INDEX ON records (watched_at);
CREATE INDEX ON episode_records (user_id);
CREATE INDEX ON episode_records (work_id);
CREATE INDEX ON episode_records (episode_id, deleted_at);
CREATE INDEX ON episode_records (rating_state);
CREATE UNIQUE INDEX ON episode_records (record_id);
CREATE INDEX ON episode_records USING gin (to_tsvector('simple', body));
CREATE INDEX ON statuses (user_id);
CREATE INDEX ON statuses (work_id);
CREATE INDEX ON comments (user_id);
CREATE INDEX ON comments (episode_record_id);
CREATE INDEX ON activities (user_id);
CREATE INDEX ON activities (created_at);
CREATE INDEX ON activities (trackable_id, trackable_type);
CREATE UNIQUE INDEX ON follows (user_id, following_id);
CREATE INDEX ON follows (following_id);
CREATE UNIQUE INDEX ON tags (name);
CREATE INDEX ON taggings (work_id);
CREATE INDEX ON taggings (tag_id);
CREATE UNIQUE INDEX ON providers (name, uid);
CREATE INDEX ON providers (user_id);
CREATE INDEX ON sign_ins (user_id);
CREATE INDEX ON sign_ins (ip_address);
CREATE INDEX ON sign_ins (user_agent);
CREATE INDEX ON sign_ins USING gin (properties);
ALTER TABLE profiles ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE episodes ADD FOREIGN KEY (work_id) REFERENCES works;
ALTER TABLE casts ADD FOREIGN KEY (work_id) REFERENCES works, ADD FOREIGN KEY (person_id) REFERENCES people;
ALTER TABLE records ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (work_id) REFERENCES works;
ALTER TABLE episode_records ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (episode_id) REFERENCES episodes, ADD FOREIGN KEY (record_id) REFERENCES records;
ALTER TABLE statuses ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (work_id) REFERENCES works;
ALTER TABLE comments ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (episode_record_id) REFERENCES episode_records;
ALTER TABLE activities ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE follows ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (following_id) REFERENCES users;
ALTER TABLE taggings ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (tag_id) REFERENCES tags;
ALTER TABLE providers ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE sign_ins ADD FOREIGN KEY (user_id) REFERENCES users;
