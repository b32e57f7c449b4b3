-- What the bookshop's pages ask: whether preview plans them as production does. Where a plan hangs on how common a value
-- is, each side takes its own most common one: whom a row belongs to is another person there.

-- $1 = (SELECT last_name_kana FROM users GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
SELECT id, email FROM users WHERE last_name_kana = $1 ORDER BY first_name_kana LIMIT 20;

SELECT id FROM users WHERE last_name_kana = $1 AND first_name_kana = $2;

SELECT * FROM users WHERE lower(email) = lower($1) LIMIT 1;

-- $1 = (SELECT prefecture FROM users GROUP BY prefecture, city ORDER BY count(*) DESC LIMIT 1)
-- $2 = (SELECT city FROM users GROUP BY prefecture, city ORDER BY count(*) DESC LIMIT 1)
SELECT count(*) FROM users WHERE prefecture = $1 AND city = $2;

-- $1 = (SELECT prefecture FROM users GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
SELECT users.id, count(*) FROM users JOIN orders ON orders.user_id = users.id WHERE users.prefecture = $1 GROUP BY users.id;

-- $1 = (SELECT city FROM users GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
SELECT addresses.* FROM addresses JOIN users ON users.id = addresses.user_id
WHERE users.city = $1 ORDER BY addresses.id LIMIT 50;

SELECT * FROM orders WHERE shipping_phone = $1 ORDER BY placed_at DESC LIMIT 10;

-- $1 = (SELECT last_name_kana FROM users GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
SELECT orders.number, orders.total FROM orders JOIN users ON users.id = orders.user_id
WHERE users.last_name_kana = $1 AND orders.status IN ('placed', 'paid') ORDER BY orders.placed_at DESC LIMIT 20;

SELECT issue, opened_at FROM newsletter_deliveries WHERE email = $1 ORDER BY issue;

SELECT users.id, count(*) FROM users JOIN newsletter_subscriptions ON newsletter_subscriptions.email = users.email GROUP BY users.id;

SELECT * FROM messages WHERE user_id = $1 ORDER BY created_at DESC LIMIT 30;

SELECT prefecture, city, count(*) FROM users GROUP BY prefecture, city ORDER BY count(*) DESC LIMIT 20;

SELECT id FROM users WHERE profile @> jsonb_build_object('contact', jsonb_build_object('line_id', $1::text));

SELECT orders.id, users.full_name FROM orders JOIN users ON users.id = orders.user_id
WHERE orders.status IN ('placed', 'paid') ORDER BY orders.placed_at LIMIT 50;
