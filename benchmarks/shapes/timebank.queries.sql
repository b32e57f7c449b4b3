-- What the application asks. Values are of the same row on either side.

-- $1 = (SELECT email FROM users WHERE id = 42)
SELECT * FROM users WHERE email = $1 LIMIT 1;
-- $1 = (SELECT username FROM users WHERE id = 7)
SELECT * FROM users WHERE username = $1;
-- $1 = (SELECT username FROM users WHERE id = 12)
SELECT m.* FROM members m JOIN users u ON u.id = m.user_id WHERE u.username = $1 AND m.active ORDER BY m.member_uid LIMIT 20;
-- $1 = (SELECT split_part(username, ' ', 1) FROM users WHERE id = 30)
SELECT u.* FROM users u JOIN members m ON m.user_id = u.id WHERE m.organization_id = 3 AND u.username ILIKE $1 || '%' ORDER BY m.member_uid LIMIT 25;
-- $1 = (SELECT postcode FROM users WHERE postcode IS NOT NULL ORDER BY id LIMIT 1)
SELECT id FROM users WHERE postcode = $1 ORDER BY id LIMIT 20;
-- $1 = (SELECT postcode FROM users WHERE postcode IS NOT NULL ORDER BY id OFFSET 9 LIMIT 1)
SELECT u.id, count(p.id) FROM users u JOIN posts p ON p.user_id = u.id WHERE u.postcode = $1 GROUP BY u.id;
SELECT postcode, count(*) FROM users WHERE active GROUP BY postcode ORDER BY 2 DESC LIMIT 20;
-- $1 = (SELECT phone FROM users WHERE phone IS NOT NULL ORDER BY id LIMIT 1)
SELECT * FROM users WHERE phone = $1;
SELECT count(*) FROM users WHERE alt_phone IS NOT NULL;
SELECT count(*) FROM users WHERE date_of_birth < '1960-01-01' AND active;
SELECT gender, count(*) FROM users WHERE locale = 'es' GROUP BY gender;
SELECT id, description FROM users WHERE description <> '' ORDER BY id DESC LIMIT 10;
SELECT * FROM users WHERE reset_password_token = $1;
SELECT * FROM users WHERE confirmation_token IS NOT NULL AND created_at > '2026-01-01' ORDER BY created_at LIMIT 50;
-- $1 = (SELECT city FROM organizations WHERE id = 5)
SELECT * FROM organizations WHERE city = $1;
-- $1 = (SELECT city FROM organizations WHERE id = 9)
SELECT count(*) FROM members m JOIN organizations o ON o.id = m.organization_id WHERE o.city = $1;
SELECT o.name, count(m.id) FROM organizations o LEFT JOIN members m ON m.organization_id = o.id GROUP BY o.id ORDER BY 2 DESC LIMIT 10;
-- $1 = (SELECT name FROM organizations WHERE id = 20)
SELECT * FROM organizations WHERE name = $1;
SELECT * FROM organizations WHERE description IS NOT NULL AND highlighted ORDER BY name LIMIT 10;
SELECT m.*, u.username FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = 2 AND m.active ORDER BY m.member_uid LIMIT 50;
-- $1 = (SELECT tags[1] FROM members WHERE cardinality(tags) > 0 ORDER BY id LIMIT 1)
SELECT count(*) FROM members WHERE tags @> ARRAY[$1];
SELECT unnest(tags), count(*) FROM members WHERE organization_id = 4 GROUP BY 1 ORDER BY 2 DESC LIMIT 20;
SELECT * FROM posts WHERE organization_id = 3 AND type = 'Offer' AND active ORDER BY created_at DESC LIMIT 25;
-- $1 = (SELECT tags[1] FROM posts WHERE cardinality(tags) > 0 ORDER BY id LIMIT 1)
SELECT id, title FROM posts WHERE tags @> ARRAY[$1] AND active ORDER BY id LIMIT 20;
-- $1 = (SELECT tags[1] FROM posts WHERE cardinality(tags) > 1 ORDER BY id OFFSET 5 LIMIT 1)
SELECT p.organization_id, count(*) FROM posts p WHERE p.tags && ARRAY[$1] GROUP BY 1;
-- $1 = (SELECT (tsvector_to_array(tsv))[1] FROM posts WHERE id = 8)
SELECT id FROM posts WHERE tsv @@ to_tsquery('simple', quote_literal($1)) AND organization_id = 1 LIMIT 20;
-- $1 = (SELECT (tsvector_to_array(tsv))[2] FROM posts WHERE id = 21)
SELECT count(*) FROM posts WHERE tsv @@ plainto_tsquery('simple', $1);
-- $1 = (SELECT title FROM posts WHERE id = 33)
SELECT id FROM posts WHERE title = $1;
SELECT category_id, count(*) FROM posts WHERE description IS NOT NULL GROUP BY category_id;
SELECT t.* FROM transfers t JOIN movements m ON m.transfer_id = t.id WHERE m.account_id = 10 ORDER BY t.created_at DESC LIMIT 20;
SELECT count(*) FROM transfers WHERE reason IS NOT NULL AND reason <> '';
SELECT reason, count(*) FROM transfers WHERE post_id IS NOT NULL GROUP BY reason ORDER BY 2 DESC LIMIT 10;
-- $1 = (SELECT mode() WITHIN GROUP (ORDER BY reason) FROM transfers WHERE reason <> '')
SELECT t.id, u.username FROM transfers t JOIN users u ON u.id = t.operator_id WHERE t.reason = $1;
SELECT a.organization_id, sum(m.amount) FROM movements m JOIN accounts a ON a.id = m.account_id WHERE m.created_at > '2026-05-01' GROUP BY 1;
SELECT * FROM accounts WHERE accountable_type = 'Member' AND accountable_id = 99;
SELECT e.* FROM events e WHERE e.post_id = 12;
-- $1 = (SELECT token FROM device_tokens WHERE id = 4)
SELECT * FROM device_tokens WHERE user_id = 5 AND token = $1;
SELECT n.*, d.token FROM push_notifications n JOIN device_tokens d ON d.id = n.device_token_id WHERE n.processed_at IS NULL ORDER BY n.id LIMIT 100;
SELECT title, count(*) FROM push_notifications GROUP BY title;
SELECT count(*) FROM push_notifications WHERE data ->> 'kind' = '2';
-- $1 = (SELECT owner_email FROM invoices WHERE id = 4)
SELECT * FROM invoices WHERE owner_email = $1 ORDER BY created_at DESC LIMIT 12;
SELECT owner_email, sum(total_cents) FROM invoices GROUP BY owner_email ORDER BY 2 DESC LIMIT 20;
-- $1 = (SELECT owner_email FROM invoices WHERE id = 90)
SELECT u.id, i.id FROM users u JOIN invoices i ON i.owner_email = u.email WHERE u.email = $1;
SELECT u.locale, count(*) FROM invoices i JOIN users u ON u.email = i.owner_email GROUP BY u.locale;
-- $1 = (SELECT external_customer_id FROM invoices WHERE id = 17)
SELECT * FROM invoices WHERE external_customer_id = $1;
-- $1 = (SELECT billing_city FROM invoices WHERE id = 30)
SELECT sum(total_cents) FROM invoices WHERE billing_city = $1;
SELECT billing_city, billing_zip, count(*) FROM invoices GROUP BY 1, 2;
SELECT count(*) FROM invoices WHERE details @> '{"paid": false}';
SELECT * FROM active_admin_comments WHERE resource_type = 'User' AND resource_id = '77' ORDER BY id;
