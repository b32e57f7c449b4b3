"""The database that is copied: a shop of N users, 2N orders, 2N messages and 4N line items, with the indexes and keys a
Rails application has."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

#: The columns of users that a masked copy masks.
MASKED_COLUMNS = (
    "email", "encrypted_password", "reset_password_token", "first_name", "last_name", "last_name_kana", "phone",
    "postal_code", "address", "birthday", "current_sign_in_ip", "last_sign_in_ip",
)  # fmt: skip

TABLES = ("users", "orders", "messages", "line_items")

_SCHEMA = """
CREATE TABLE users (
  id bigserial PRIMARY KEY,
  email varchar NOT NULL, encrypted_password varchar NOT NULL DEFAULT '', reset_password_token varchar,
  first_name varchar, last_name varchar, last_name_kana varchar, phone varchar, postal_code varchar, address text,
  birthday date,
  current_sign_in_ip inet, last_sign_in_ip inet,
  sign_in_count int NOT NULL DEFAULT 0, role int NOT NULL DEFAULT 0, locale varchar NOT NULL DEFAULT 'ja', bio text,
  settings jsonb NOT NULL DEFAULT '{}',
  created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE TABLE orders (
  id bigserial PRIMARY KEY, user_id bigint NOT NULL, status int NOT NULL, total_cents bigint NOT NULL,
  currency varchar(3) NOT NULL,
  shipping_name varchar, shipping_phone varchar, shipping_address text, created_at timestamp(6) NOT NULL,
  updated_at timestamp(6) NOT NULL);
CREATE TABLE messages (
  id bigserial PRIMARY KEY, sender_id bigint NOT NULL, order_id bigint, body text NOT NULL, read_at timestamp(6),
  created_at timestamp(6) NOT NULL);
CREATE TABLE line_items (
  id bigserial PRIMARY KEY, order_id bigint NOT NULL, sku varchar NOT NULL, quantity int NOT NULL,
  price_cents int NOT NULL, created_at timestamp(6) NOT NULL);
"""

_ROWS = (
    """
INSERT INTO users (email, encrypted_password, reset_password_token, first_name, last_name, last_name_kana, phone,
postal_code, address, birthday,
                   current_sign_in_ip, last_sign_in_ip, sign_in_count, role, locale, bio, settings, created_at,
                   updated_at)
SELECT 'customer.' || encode(sha256(n::text::bytea), 'hex')::varchar(28) || '@mail' || n %% 40 || '.co.jp',
       '$2a$12$' || left(encode(sha256(('p' || n)::bytea), 'hex'), 53),
       CASE WHEN n %% 12 = 0 THEN encode(sha256(('t' || n)::bytea), 'hex') END,
       (ARRAY['さくら', '翔太', '美咲', '大輔', '恵', '直樹', 'Emma', 'Liam', 'Noah', 'Olivia'])[1 + n %% 10],
       (ARRAY['小林', '加藤', '吉田', '山田', '松本', '井上', 'Brown', 'Davis', 'Evans', 'Green'])[1 + n / 10 %% 10],
       (ARRAY['コバヤシ', 'カトウ', 'ヨシダ', 'ヤマダ', 'マツモト', 'イノウエ'])[1 + n / 10 %% 6],
       '080-' || lpad((n %% 9973)::text, 4, '0') || '-' || lpad((n / 97 %% 10000)::text, 4, '0'),
       lpad((n %% 1000)::text, 3, '0') || '-' || lpad((n %% 9967)::text, 4, '0'),
       '大阪府大阪市北区梅田' || n %% 9 + 1 || '-' || n %% 30 || ' コーポ' || left(encode(sha256(('a' || n)::bytea),
       'hex'), 8) || ' ' || n %% 999 || '号室',
       date '1948-01-01' + n * 41 %% 21000,
       ('10.' || n %% 251 || '.' || n / 251 %% 256 || '.' || n / 65536 %% 256)::inet, ('172.16.' || n %% 256 || '.'
       || n / 256 %% 256)::inet,
       n %% 350, n %% 5, CASE WHEN n %% 6 = 0 THEN 'en' ELSE 'ja' END,
       CASE WHEN n %% 3 = 0 THEN repeat('はじめまして ' || left(encode(sha256(('b' || n)::bytea), 'hex'), 32) || ' ',
       3) END,
       jsonb_build_object('theme', CASE n %% 2 WHEN 0 THEN 'dark' ELSE 'light' END, 'mail', n %% 3 = 0, 'page', n %% 80,
       'contact', 'customer.' || n || '@x.jp'),
       timestamp '2014-01-01' + n * interval '1 minute', timestamp '2021-01-01' + n * interval '1 minute'
FROM generate_series(1, %(rows)s) AS n
""",
    """
INSERT INTO orders (user_id, status, total_cents, currency, shipping_name, shipping_phone, shipping_address, created_at,
updated_at)
SELECT 1 + n::bigint * 7907 %% %(rows)s, n %% 6, n * 17::bigint %% 900000, 'JPY', 'Customer ' || n %% 5000, '06-'
|| lpad((n %% 9973)::text, 4, '0') || '-4321',
       'Osaka ' || left(encode(sha256(n::text::bytea), 'hex'), 20), timestamp '2015-01-01' + n * interval '1 minute',
       timestamp '2021-01-01' + n * interval '1 minute'
FROM generate_series(1, %(rows)s * 2) AS n
""",
    """
INSERT INTO messages (sender_id, order_id, body, created_at)
SELECT 1 + n::bigint * 104723 %% %(rows)s, 1 + n %% (%(rows)s * 2),
       repeat('When will ' || left(encode(sha256(n::text::bytea), 'hex'), 32) || ' arrive? Please call 080-1111-2222. ',
       1 + n %% 4),
       timestamp '2015-01-01' + n * interval '1 minute'
FROM generate_series(1, %(rows)s * 2) AS n
""",
    """
INSERT INTO line_items (order_id, sku, quantity, price_cents, created_at)
SELECT 1 + n %% (%(rows)s * 2), 'SKU-' || n %% 12000, 1 + n %% 5, n %% 9000,
timestamp '2015-01-01' + n * interval '1 minute'
FROM generate_series(1, %(rows)s * 4) AS n
""",
)

#: Built after the rows, here and by every rival.
_KEYS = """
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE UNIQUE INDEX index_users_on_reset_password_token ON users (reset_password_token);
CREATE INDEX index_users_on_lower_email ON users (lower(email));
CREATE INDEX index_users_on_created_at ON users (created_at);
CREATE INDEX index_users_on_role ON users (role);
CREATE INDEX index_orders_on_user_id ON orders (user_id);
CREATE INDEX index_orders_on_created_at ON orders (created_at);
CREATE INDEX index_orders_on_status ON orders (status);
CREATE INDEX index_messages_on_sender_id ON messages (sender_id);
CREATE INDEX index_messages_on_order_id ON messages (order_id);
CREATE INDEX index_line_items_on_order_id ON line_items (order_id);
ALTER TABLE orders ADD CONSTRAINT fk_orders_users FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE messages ADD CONSTRAINT fk_messages_users FOREIGN KEY (sender_id) REFERENCES users;
ALTER TABLE messages ADD CONSTRAINT fk_messages_orders FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE line_items ADD CONSTRAINT fk_line_items_orders FOREIGN KEY (order_id) REFERENCES orders;
"""

#: Today's ``rake mask_users``: one statement over the restored table.
MASK_USERS = """
UPDATE users SET
  email = 'user' || id || '@example.com', encrypted_password =
  '$2a$12$K0ByB.6YI2/OYrB4fQOYLe6Tv0datUVf6VZ/2Jzwm879BW5K1cHey',
  reset_password_token = CASE WHEN reset_password_token IS NOT NULL THEN md5('t' || id) END,
  first_name = 'First' || id % 1000, last_name = 'Last' || id % 1000, last_name_kana = 'カナ',
  phone = '000-' || lpad((id % 10000)::text, 4, '0') || '-0000', postal_code = '000-0000', address = 'Address ' || id,
  birthday = birthday + (id % 60 - 30)::int, current_sign_in_ip = '192.0.2.1', last_sign_in_ip = '192.0.2.2'
"""


def make(conn: psycopg.Connection, rows: int) -> None:
    """The fixture in the empty database of *conn* (autocommit), *rows* users, vacuumed and analyzed."""
    conn.execute(_SCHEMA)
    if rows:
        for query in _ROWS:
            conn.execute(query, {"rows": rows})
    conn.execute(_KEYS)
    conn.execute("VACUUM (ANALYZE)")


def count(conn: psycopg.Connection) -> Mapping[str, int]:
    """Rows of each table, and how many indexes and foreign keys there are."""
    query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in TABLES)
    query += (
        " UNION ALL SELECT 'indexes', count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE"
        " c.relnamespace = 'public'::regnamespace AND indisvalid"
    )
    query += " UNION ALL SELECT 'foreign keys', count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated"
    return {str(name): int(number) for name, number in conn.execute(query.encode()).fetchall()}


def bytes_of(conn: psycopg.Connection) -> tuple[int, int]:
    """Bytes of the tables, TOAST included, and of their indexes."""
    query = (
        "SELECT sum(pg_table_size(oid))::int8, sum(pg_indexes_size(oid))::int8 FROM pg_class WHERE relkind = 'r' AND"
        " relnamespace = 'public'::regnamespace"
    )
    row = conn.execute(query).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
