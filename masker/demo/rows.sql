-- The bookshop's rows, made set by set on the server. Every value is a function of the row's number, of demo.users and of demo.as_of
-- (session settings), so that two fills agree. Sections are run in order; the words come in as temporary tables.

-- [people] -----------------------------------------------------------------------------------------------------------------------------
-- 0 … count - 1, by number and purpose
CREATE FUNCTION pg_temp.pick(number bigint, purpose integer, count bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT (hashint8extended(number, purpose) & 9223372036854775807) % count';
-- the same with the first ones more often
CREATE FUNCTION pg_temp.pick_early(number bigint, purpose integer, count bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
    'SELECT floor(count * power(pg_temp.pick(number, purpose, 1000000) / 1000000.0::float8, 1.7))::integer';
-- a moment within the last days
CREATE FUNCTION pg_temp.moment(number bigint, purpose integer, days bigint) RETURNS timestamp LANGUAGE sql STABLE AS
    $$SELECT current_setting('demo.as_of')::timestamp - make_interval(secs => pg_temp.pick(number, purpose, days * 86400))$$;
CREATE FUNCTION pg_temp.users() RETURNS integer LANGUAGE sql STABLE AS $$SELECT current_setting('demo.users')::integer$$;
CREATE FUNCTION pg_temp.products() RETURNS integer LANGUAGE sql STABLE AS 'SELECT greatest(300, pg_temp.users() / 10)';
CREATE FUNCTION pg_temp.price(product bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 660 + 110 * pg_temp.pick(product, 90, 40)::integer';
CREATE FUNCTION pg_temp.hex(number bigint, purpose integer, length integer) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT left(encode(sha256(convert_to(purpose || ':' || number, 'UTF8')), 'hex'), length)$$;

-- 100.64.0.0/10 is nobody's address: providers use it inside their networks.
CREATE FUNCTION pg_temp.ip(number bigint) RETURNS inet LANGUAGE sql IMMUTABLE AS
    $$SELECT '100.64.0.0'::inet + pg_temp.pick(number, 91, 4194304)$$;

-- Mobile numbers whose fourth digit is 0 are given to nobody; addresses at example.* are reserved.
CREATE TEMPORARY TABLE people AS
    SELECT id, last_name, first_name, last_name_kana, first_name_kana,
           CASE WHEN id <= 8 THEN lower(romaji) || '@bookshop.example'
                ELSE lower(romaji) || id || (ARRAY['@example.jp', '@example.ne.jp', '@mail.example.jp', '@example.co.jp'])[1 + pg_temp.pick(id, 3, 4)]
           END AS email,
           '0' || (ARRAY['70', '80', '90', '90'])[1 + pg_temp.pick(id, 4, 4)] || '-0' || lpad(pg_temp.pick(id, 5, 1000)::text, 3, '0')
               || '-' || lpad(pg_temp.pick(id, 6, 10000)::text, 4, '0') AS phone,
           pg_temp.pick_early(id, 7, (SELECT count(*) FROM places)) AS place,
           (1 + pg_temp.pick(id, 8, 6)) || '-' || (1 + pg_temp.pick(id, 9, 28)) || '-' || (1 + pg_temp.pick(id, 10, 19)) AS block,
           pg_temp.pick(id, 11, 100) AS percentile,
           pg_temp.moment(id, 12, 2200) AS created_at
    FROM (
        SELECT id,
               coalesce(foreigners.last_name, families.kanji) AS last_name, coalesce(foreigners.first_name, givens.kanji) AS first_name,
               coalesce(foreigners.last_name_kana, families.kana) AS last_name_kana, coalesce(foreigners.first_name_kana, givens.kana) AS first_name_kana,
               coalesce(regexp_replace(translate(foreigners.first_name || '.' || foreigners.last_name, 'ü', 'u'), '[^A-Za-z.]', '', 'g'),
                        givens.romaji || '.' || families.romaji) AS romaji
        FROM generate_series(1::bigint, pg_temp.users()) AS id
        JOIN families ON families.i = pg_temp.pick_early(id, 1, (SELECT count(*) FROM families))
        JOIN givens ON givens.i = pg_temp.pick(id, 2, (SELECT count(*) FROM givens))
        LEFT JOIN foreigners ON id > 8 AND foreigners.i = pg_temp.pick(id, 13, 12 * (SELECT count(*) FROM foreigners))
    ) AS named;
ALTER TABLE people ADD PRIMARY KEY (id);
ANALYZE people;

-- [products] ---------------------------------------------------------------------------------------------------------------------------
INSERT INTO products (id, isbn, title, publisher, price, stock, published_on, tags, created_at, updated_at)
    SELECT id, '978409' || lpad(id::text, 7, '0'), subject.word || form.word, publisher.word, pg_temp.price(id), pg_temp.pick(id, 20, 60),
           (pg_temp.moment(id, 21, 7000))::date, ARRAY[subject.word, publisher.word], moment, moment
    FROM generate_series(1::bigint, pg_temp.products()) AS id
    JOIN words AS subject ON subject.kind = 'subject' AND subject.i = pg_temp.pick(id, 22, (SELECT count(*) FROM words WHERE kind = 'subject'))
    JOIN words AS form ON form.kind = 'form' AND form.i = pg_temp.pick(id, 23, (SELECT count(*) FROM words WHERE kind = 'form'))
    JOIN words AS publisher ON publisher.kind = 'publisher' AND publisher.i = pg_temp.pick(id, 24, (SELECT count(*) FROM words WHERE kind = 'publisher'))
    CROSS JOIN LATERAL (SELECT pg_temp.moment(id, 25, 2000) AS moment) AS created
    ORDER BY id;
INSERT INTO price_changes (product_id, price_before, price_after, changed_at)
    SELECT id, pg_temp.price(id) - 110, pg_temp.price(id), pg_temp.moment(id, 26, 700) FROM generate_series(1::bigint, pg_temp.products(), 3) AS id;

-- [orders] -----------------------------------------------------------------------------------------------------------------------------
INSERT INTO order_items (id, order_id, product_id, quantity, unit_price, created_at, updated_at)
    SELECT row_number() OVER (ORDER BY order_id, line), order_id, product, 1 + pg_temp.pick(order_id, 30, 20) / 17, pg_temp.price(product), moment, moment
    FROM generate_series(1::bigint, 2 * pg_temp.users()) AS order_id
    CROSS JOIN LATERAL generate_series(0, pg_temp.pick(order_id, 31, 3)) AS line
    CROSS JOIN LATERAL (
        SELECT 1 + (pg_temp.pick_early(order_id, 32, pg_temp.products()) + line * 37) % pg_temp.products() AS product, pg_temp.moment(order_id, 33, 900) AS moment
    ) AS bought;
INSERT INTO orders (
    id, number, user_id, status, subtotal, shipping_fee, shipping_last_name, shipping_first_name, shipping_name_kana, shipping_phone, shipping_postal_code,
    shipping_address, gift_message, note, ip_address, placed_at, created_at, updated_at
)
    SELECT sold.order_id, 'B' || to_char(moment, 'YYMM') || '-' || lpad(sold.order_id::text, 8, '0'), people.id, status, subtotal,
           CASE WHEN subtotal < 3000 THEN 350 ELSE 0 END, last_name, first_name, last_name_kana || ' ' || first_name_kana, phone, postal_code,
           prefecture || city || town || block,
           CASE WHEN pg_temp.pick(sold.order_id, 34, 20) = 0 THEN first_name || 'さん、お誕生日おめでとう。これからもよい本に出会えますように。' END,
           CASE WHEN pg_temp.pick(sold.order_id, 35, 15) = 0 THEN '不在のときは ' || phone || ' までお電話ください。' END,
           pg_temp.ip(people.id), CASE WHEN status <> 'cart' THEN moment END, moment, moment
    FROM (SELECT order_id, sum(quantity * unit_price::integer)::integer AS subtotal FROM order_items GROUP BY order_id) AS sold
    CROSS JOIN LATERAL (
        SELECT pg_temp.moment(sold.order_id, 33, 900) AS moment,
               (ARRAY['cart', 'placed', 'paid', 'shipped', 'cancelled', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered'])
                   [1 + pg_temp.pick(sold.order_id, 36, 10)]::order_status AS status
    ) AS made
    JOIN people ON people.id = 1 + pg_temp.pick_early(sold.order_id, 37, pg_temp.users())
    JOIN places ON places.i = people.place
    ORDER BY sold.order_id;

-- [users] ------------------------------------------------------------------------------------------------------------------------------
INSERT INTO users (
    id, email, encrypted_password, reset_password_token, reset_password_sent_at, sign_in_count, current_sign_in_at, last_sign_in_at, current_sign_in_ip,
    last_sign_in_ip, confirmation_token, confirmed_at, unconfirmed_email, role, staff, last_name, first_name, last_name_kana, first_name_kana, phone,
    postal_code, prefecture, city, street, building, birthday, profile, settings, bio, api_token, stripe_customer_id, orders_count, created_at, updated_at
)
    SELECT people.id, email,
           '$2a$12$' || left(translate(encode(sha256(convert_to(email, 'UTF8')) || sha256(convert_to('salt' || email, 'UTF8')), 'base64'), E'+=\n', './'), 53),
           CASE WHEN percentile < 3 THEN pg_temp.hex(people.id, 40, 64) END,
           CASE WHEN percentile < 3 THEN pg_temp.moment(people.id, 41, 30) END,
           pg_temp.pick(people.id, 42, 80), pg_temp.moment(people.id, 43, 40), pg_temp.moment(people.id, 43, 90), pg_temp.ip(people.id),
           pg_temp.ip(people.id + 7),
           CASE WHEN percentile = 99 THEN pg_temp.hex(people.id, 44, 20) END,
           CASE WHEN percentile < 99 THEN people.created_at + interval '7 minutes' END,
           CASE WHEN percentile = 50 THEN 'new.' || email END,
           CASE WHEN people.id = 1 THEN 'admin' WHEN people.id <= 8 THEN 'bookseller' ELSE 'customer' END::user_role, people.id <= 8,
           last_name, first_name, last_name_kana, first_name_kana, CASE WHEN percentile < 92 THEN phone END,
           postal_code, prefecture, city, town || block, CASE WHEN percentile < 40 THEN building.word || ' ' || (101 + pg_temp.pick(people.id, 45, 8) * 100) END,
           CASE WHEN percentile < 85 THEN date '1945-01-01' + pg_temp.pick(people.id, 46, 23000)::integer END,
           jsonb_build_object(
               'contact', jsonb_build_object('line_id', split_part(email, '@', 1), 'emails', jsonb_build_array(email, 'work.' || email)),
               'favourites', jsonb_build_array(subject.word, '文庫'),
               'heard_from', (ARRAY['friend', 'search', 'newsletter', 'shop'])[1 + pg_temp.pick(people.id, 47, 4)]
           ),
           jsonb_build_object('locale', 'ja', 'theme', CASE WHEN percentile < 30 THEN 'dark' ELSE 'light' END, 'newsletter', percentile < 50),
           CASE WHEN percentile < 25 THEN last_name || 'です。' || prefecture || 'で' || subject.word || 'の本を集めています。' END,
           pg_temp.hex(people.id, 48, 40), CASE WHEN percentile < 70 THEN 'cus_' || pg_temp.hex(people.id, 49, 14) END,
           coalesce(bought.orders, 0), people.created_at, pg_temp.moment(people.id, 43, 40)
    FROM people
    JOIN places ON places.i = people.place
    JOIN words AS building ON building.kind = 'building' AND building.i = people.id % (SELECT count(*) FROM words WHERE kind = 'building')
    JOIN words AS subject ON subject.kind = 'subject' AND subject.i = pg_temp.pick(people.id, 22, (SELECT count(*) FROM words WHERE kind = 'subject'))
    LEFT JOIN (SELECT user_id, count(*) AS orders FROM orders GROUP BY user_id) AS bought ON bought.user_id = people.id
    ORDER BY people.id;
INSERT INTO addresses (id, user_id, label, recipient, recipient_kana, postal_code, prefecture, city, street, building, phone, created_at, updated_at)
    SELECT row_number() OVER (ORDER BY people.id, label), people.id, label, last_name || ' ' || first_name, last_name_kana || ' ' || first_name_kana, postal_code, prefecture,
           city, town || block, NULL, phone, people.created_at, people.created_at
    FROM people
    CROSS JOIN LATERAL unnest(CASE WHEN percentile < 20 THEN ARRAY['自宅', '勤務先'] ELSE ARRAY['自宅'] END) AS label
    JOIN places ON places.i = (people.place + CASE label WHEN '自宅' THEN 0 ELSE 5 END) % (SELECT count(*) FROM places);

-- [messages] ---------------------------------------------------------------------------------------------------------------------------
INSERT INTO messages (id, user_id, order_id, from_staff, body, read_at, created_at, updated_at)
    SELECT n, people.id, CASE WHEN message.i > 0 THEN orders.id END, false,
           replace(replace(replace(replace(message.word, '{name}', last_name || ' ' || first_name), '{phone}', phone), '{email}', email),
                   '{address}', prefecture || city || town || block),
           CASE WHEN percentile < 90 THEN moment + interval '3 hours' END, moment, moment
    FROM generate_series(1::bigint, 3 * pg_temp.users()) AS n
    CROSS JOIN LATERAL (SELECT pg_temp.moment(n, 50, 1000) AS moment) AS sent
    JOIN orders ON orders.id = 1 + pg_temp.pick(n, 51, 2 * pg_temp.users())
    JOIN people ON people.id = orders.user_id
    JOIN places ON places.i = people.place
    JOIN words AS message ON message.kind = 'message' AND message.i = pg_temp.pick(n, 52, (SELECT count(*) FROM words WHERE kind = 'message'))
    ORDER BY n;
INSERT INTO newsletter_subscriptions (id, email, name, unsubscribe_token, confirmed_at, created_at, updated_at)
    SELECT pg_temp.hex(id, 53, 32)::uuid, CASE WHEN percentile < 30 THEN 'reader.' || email ELSE initcap(email) END, last_name || ' ' || first_name,
           pg_temp.hex(id, 54, 32), created_at, created_at, created_at
    FROM people WHERE percentile < 50;
INSERT INTO newsletter_deliveries (id, email, issue, opened_at, created_at)
    SELECT row_number() OVER (ORDER BY issue, email), email, issue, CASE WHEN random.draw < 4 THEN sent + interval '5 hours' END, sent
    FROM newsletter_subscriptions
    CROSS JOIN generate_series(101, 104) AS issue
    CROSS JOIN LATERAL (
        SELECT current_setting('demo.as_of')::timestamp - (105 - issue) * interval '1 month' AS sent,
               pg_temp.pick(hashtextextended(email::text, issue), 55, 10) AS draw
    ) AS random;

-- [events] -----------------------------------------------------------------------------------------------------------------------------
DO $$
DECLARE
    quarter date := date_trunc('quarter', current_setting('demo.as_of')::timestamp - interval '9 months');
BEGIN
    FOR n IN 0..4 LOOP  -- the last one lies ahead and is empty
        EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                       to_char(quarter, 'YYYY_"q"Q'), quarter, quarter + interval '3 months');
        quarter := quarter + interval '3 months';
    END LOOP;
END
$$;
INSERT INTO events (id, user_id, name, ip, user_agent, properties, created_at)
    SELECT n, CASE WHEN anonymous > 0 THEN visitor END, name, pg_temp.ip(visitor), browser.word,
           CASE name WHEN 'search' THEN jsonb_build_object('q', subject.word, 'page', 1 + n % 3)
                     WHEN 'sign_in' THEN jsonb_build_object('email', people.email)
                     ELSE jsonb_build_object('product_id', 1 + pg_temp.pick_early(n, 60, pg_temp.products())) END,
           pg_temp.moment(n, 61, 270)
    FROM generate_series(1::bigint, 5 * pg_temp.users()) AS n
    CROSS JOIN LATERAL (
        SELECT 1 + pg_temp.pick_early(n, 62, pg_temp.users()) AS visitor, pg_temp.pick(n, 63, 3) AS anonymous,
               (ARRAY['view', 'view', 'view', 'search', 'search', 'add_to_cart', 'sign_in'])[1 + pg_temp.pick(n, 64, 7)] AS name
    ) AS seen
    JOIN people ON people.id = visitor
    JOIN words AS browser ON browser.kind = 'browser' AND browser.i = visitor % (SELECT count(*) FROM words WHERE kind = 'browser')
    JOIN words AS subject ON subject.kind = 'subject' AND subject.i = pg_temp.pick(n, 65, (SELECT count(*) FROM words WHERE kind = 'subject'));

-- [files, history, sessions, jobs] -----------------------------------------------------------------------------------------------------
-- Files of the first customers alone, and small ones, as each is an object in the demo's bucket: their keys written over and over.
CREATE TEMPORARY TABLE uploads AS SELECT * FROM people WHERE percentile < 50 AND id <= 600;
INSERT INTO active_storage_blobs (id, key, filename, content_type, metadata, service_name, byte_size, checksum, created_at)
    SELECT row_number() OVER (ORDER BY id), key,
           last_name || first_name || CASE WHEN percentile < 25 THEN '_領収書.pdf' ELSE '_プロフィール.jpg' END,
           CASE WHEN percentile < 25 THEN 'application/pdf' ELSE 'image/jpeg' END, '{"identified":true,"analyzed":true}', 'amazon',
           bytes, encode(decode(md5(left(repeat(key, 1 + bytes / 28), bytes)), 'hex'), 'base64'), created_at
    FROM uploads CROSS JOIN LATERAL (SELECT pg_temp.hex(id, 70, 28) AS key, 2000 + pg_temp.pick(id, 71, 30000)::integer AS bytes) AS files;
INSERT INTO active_storage_attachments (id, name, record_type, record_id, blob_id, created_at)
    SELECT row_number() OVER (ORDER BY id), CASE WHEN percentile < 25 THEN 'receipt' ELSE 'avatar' END, 'User', id, row_number() OVER (ORDER BY id), created_at
    FROM uploads;
INSERT INTO active_storage_variant_records (id, blob_id, variation_digest)
    SELECT id, id, encode(sha256('thumb'), 'base64') FROM active_storage_blobs WHERE content_type = 'image/jpeg';
INSERT INTO versions (id, item_type, item_id, event, whodunnit, object, object_changes, created_at)
    SELECT row_number() OVER (ORDER BY time, id), 'User', id, 'update', id::text,
           jsonb_build_object('id', id, 'email', 'old.' || email, 'last_name', last_name, 'first_name', first_name, 'phone', phone),
           jsonb_build_object('email', jsonb_build_array('old.' || email, email)), pg_temp.moment(id, 72, 800)
    FROM people CROSS JOIN generate_series(1, 2) AS time WHERE percentile < 80;
INSERT INTO sessions (id, session_id, data, created_at, updated_at)
    SELECT row_number() OVER (ORDER BY id), '2::' || pg_temp.hex(id, 73, 64),
           encode(convert_to('{"warden.user.user.key":[[' || id || '],"$2a$12$' || pg_temp.hex(id, 74, 22) || '"],"email":"' || email || '"}', 'UTF8'), 'base64'),
           moment, moment
    FROM people CROSS JOIN LATERAL (SELECT pg_temp.moment(id, 75, 30) AS moment) AS seen WHERE percentile < 50;
INSERT INTO solid_queue_jobs (id, queue_name, class_name, arguments, active_job_id, scheduled_at, finished_at, created_at, updated_at)
    SELECT row_number() OVER (ORDER BY id), 'mailers', 'ActionMailer::MailDeliveryJob',
           '{"job_class":"ActionMailer::MailDeliveryJob","arguments":["OrderMailer","shipped","deliver_now",{"args":[{"email":"' || email || '"}]}]}',
           pg_temp.hex(id, 76, 32)::uuid::text, moment, CASE WHEN percentile < 8 THEN moment + interval '2 seconds' END, moment, moment
    FROM people CROSS JOIN LATERAL (SELECT pg_temp.moment(id, 77, 3) AS moment) AS queued WHERE percentile < 10;
INSERT INTO schema_migrations (version)
    SELECT '2024' || to_char(1 + n / 3 % 12, 'FM00') || to_char(1 + n % 28, 'FM00') || lpad((n * 7919 % 240000)::text, 6, '0') FROM generate_series(1, 86) AS n;
INSERT INTO ar_internal_metadata (key, value, created_at, updated_at)
    SELECT key, value, moment, moment
    FROM (VALUES ('environment', 'production'), ('schema_sha1', pg_temp.hex(0, 78, 40))) AS pairs(key, value)
    CROSS JOIN LATERAL (SELECT current_setting('demo.as_of')::timestamp - interval '9 days' AS moment) AS migrated;
