-- What the demo's bookshop asks. Values are of the same row on either side.

-- $1 = (SELECT email FROM users WHERE id = 42)
SELECT * FROM users WHERE email = $1 LIMIT 1;
-- $1 = (SELECT last_name FROM users WHERE id = 50)
SELECT * FROM users WHERE last_name = $1 ORDER BY id LIMIT 20;
-- $1 = (SELECT last_name FROM users WHERE id = 300)
SELECT u.id, count(*) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.last_name = $1 GROUP BY u.id;
-- $1 = (SELECT first_name FROM users WHERE id = 300)
SELECT id, full_name FROM users WHERE first_name = $1 ORDER BY created_at DESC LIMIT 10;
SELECT last_name, first_name, count(*) FROM users GROUP BY 1, 2 HAVING count(*) > 1;
-- $1 = (SELECT city FROM users WHERE id = 70)
SELECT * FROM users WHERE city = $1 ORDER BY id LIMIT 20;
-- $1 = (SELECT prefecture FROM users WHERE id = 90)
SELECT count(*) FROM users WHERE prefecture = $1;
SELECT prefecture, city, count(*) FROM users GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20;
-- $1 = (SELECT postal_code FROM users WHERE id = 12)
SELECT u.id, o.number FROM users u JOIN orders o ON o.user_id = u.id WHERE u.postal_code = $1 AND o.status = 'delivered';
-- $1 = (SELECT phone FROM users WHERE phone IS NOT NULL ORDER BY id LIMIT 1)
SELECT * FROM users WHERE phone = $1;
SELECT count(*) FROM users WHERE phone IS NULL;
SELECT count(*) FROM users WHERE birthday BETWEEN '1980-01-01' AND '1989-12-31';
-- $1 = (SELECT current_sign_in_ip FROM users WHERE id = 8)
SELECT id, email FROM users WHERE current_sign_in_ip = $1;
SELECT count(*) FROM users WHERE bio IS NOT NULL AND stripe_customer_id IS NULL;
-- $1 = (SELECT stripe_customer_id FROM users WHERE stripe_customer_id IS NOT NULL ORDER BY id LIMIT 1)
SELECT * FROM users WHERE stripe_customer_id = $1;
-- $1 = (SELECT api_token FROM users WHERE id = 77)
SELECT * FROM users WHERE api_token = $1;
SELECT count(*) FROM users WHERE settings ->> 'theme' = 'dark';
SELECT profile ->> 'heard_from', count(*) FROM users GROUP BY 1;
SELECT * FROM addresses WHERE user_id = 30;
-- $1 = (SELECT recipient FROM addresses WHERE id = 20)
SELECT a.* FROM addresses a JOIN users u ON u.id = a.user_id WHERE a.recipient = $1;
-- $1 = (SELECT city FROM addresses WHERE id = 20)
SELECT count(*) FROM addresses WHERE city = $1;
SELECT * FROM orders WHERE user_id = 50 ORDER BY placed_at DESC LIMIT 10;
SELECT status, count(*) FROM orders GROUP BY status;
-- $1 = (SELECT shipping_postal_code FROM orders WHERE id = 50)
SELECT * FROM orders WHERE shipping_postal_code = $1 ORDER BY id DESC LIMIT 20;
-- $1 = (SELECT shipping_phone FROM orders WHERE id = 50)
SELECT * FROM orders WHERE shipping_phone = $1;
-- $1 = (SELECT shipping_last_name FROM orders WHERE id = 50)
SELECT count(*) FROM orders WHERE shipping_last_name = $1 AND status = 'shipped';
SELECT count(*) FROM orders WHERE gift_message IS NOT NULL;
SELECT count(*) FROM orders WHERE note IS NOT NULL AND placed_at > '2026-01-01';
-- $1 = (SELECT ip_address FROM orders WHERE id = 60)
SELECT DISTINCT user_id FROM orders WHERE ip_address = $1;
SELECT ip_address, count(DISTINCT user_id) FROM orders GROUP BY ip_address HAVING count(DISTINCT user_id) > 3;
SELECT p.title, sum(i.quantity) FROM order_items i JOIN products p ON p.id = i.product_id GROUP BY p.id ORDER BY 2 DESC LIMIT 10;
SELECT o.id, sum(i.quantity * i.unit_price) FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.user_id = 12 GROUP BY o.id;
-- $1 = (SELECT email FROM newsletter_subscriptions ORDER BY created_at, email LIMIT 1)
SELECT * FROM newsletter_subscriptions WHERE email = $1;
-- $1 = (SELECT email FROM newsletter_deliveries ORDER BY id LIMIT 1)
SELECT count(*) FROM newsletter_deliveries WHERE email = $1;
SELECT s.email, count(d.id) FROM newsletter_subscriptions s JOIN newsletter_deliveries d ON d.email = s.email GROUP BY s.email ORDER BY 2 DESC LIMIT 10;
SELECT * FROM messages ORDER BY created_at DESC LIMIT 20;
