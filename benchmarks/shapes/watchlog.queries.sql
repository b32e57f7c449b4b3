-- What the application asks. Values are of the same row on either side.

-- $1 = (SELECT email FROM users WHERE id = 42)
SELECT * FROM users WHERE email = $1 LIMIT 1;
-- $1 = (SELECT username FROM users WHERE id = 77)
SELECT * FROM users WHERE username = $1 AND deleted_at IS NULL LIMIT 1;
-- $1 = (SELECT split_part(email, '@', 2) FROM users WHERE id = 5)
SELECT count(*) FROM users WHERE email LIKE '%@' || $1;
-- $1 = (SELECT current_sign_in_ip FROM users WHERE id = 9)
SELECT id, username FROM users WHERE current_sign_in_ip = $1 ORDER BY id DESC LIMIT 20;
SELECT current_sign_in_ip, count(*) FROM users GROUP BY current_sign_in_ip HAVING count(*) > 5;
SELECT * FROM users WHERE state = 'published' ORDER BY created_at DESC LIMIT 50;
SELECT * FROM users WHERE confirmation_token = $1;
SELECT count(*) FROM users WHERE unconfirmed_email IS NOT NULL AND confirmed_at IS NULL;
-- $1 = (SELECT name FROM profiles WHERE user_id = 10)
SELECT u.* FROM users u JOIN profiles p ON p.user_id = u.id WHERE p.name = $1 ORDER BY u.id LIMIT 20;
-- $1 = (SELECT name FROM profiles WHERE user_id = 40)
SELECT p.name, count(r.id) FROM profiles p JOIN records r ON r.user_id = p.user_id WHERE p.name = $1 GROUP BY p.name;
SELECT location, count(*) FROM profiles WHERE location IS NOT NULL GROUP BY location ORDER BY 2 DESC LIMIT 10;
-- $1 = (SELECT location FROM profiles WHERE location IS NOT NULL ORDER BY id LIMIT 1)
SELECT u.username FROM users u JOIN profiles p ON p.user_id = u.id WHERE p.location = $1 AND u.state = 'published';
SELECT count(*) FROM profiles WHERE image_data IS NOT NULL AND description <> '';
SELECT * FROM works WHERE season_year = 2024 AND season_name = 2 AND deleted_at IS NULL ORDER BY watchers_count DESC LIMIT 30;
SELECT w.*, count(e.id) FROM works w JOIN episodes e ON e.work_id = w.id WHERE w.media = 1 GROUP BY w.id ORDER BY w.watchers_count DESC LIMIT 20;
-- $1 = (SELECT title FROM works WHERE id = 100)
SELECT * FROM works WHERE title = $1;
SELECT * FROM works WHERE synopsis <> '' AND score > 80 ORDER BY score DESC LIMIT 10;
-- $1 = (SELECT name FROM people WHERE id = 12)
SELECT w.title FROM people p JOIN casts c ON c.person_id = p.id JOIN works w ON w.id = c.work_id WHERE p.name = $1;
-- $1 = (SELECT prefecture FROM people WHERE prefecture IS NOT NULL ORDER BY id LIMIT 1)
SELECT p.* FROM people p WHERE p.prefecture = $1 ORDER BY p.id LIMIT 20;
SELECT prefecture, count(*) FROM people JOIN casts ON casts.person_id = people.id GROUP BY prefecture;
SELECT gender, count(*) FROM people GROUP BY gender;
SELECT * FROM records WHERE user_id = 3 AND deleted_at IS NULL ORDER BY watched_at DESC LIMIT 30;
SELECT * FROM records ORDER BY watched_at DESC LIMIT 30;
SELECT r.*, u.username FROM episode_records r JOIN users u ON u.id = r.user_id WHERE r.episode_id = 12 AND r.deleted_at IS NULL AND r.body <> '' ORDER BY r.created_at DESC LIMIT 20;
SELECT r.* FROM episode_records r WHERE r.work_id = 30 AND r.rating_state = 'great' AND r.body IS NOT NULL;
SELECT work_id, avg(length(body)) FROM episode_records WHERE body <> '' GROUP BY work_id;
-- $1 = (SELECT (tsvector_to_array(to_tsvector('simple', body)))[1] FROM episode_records WHERE body <> '' AND locale = 'en' ORDER BY id LIMIT 1)
SELECT id FROM episode_records WHERE to_tsvector('simple', body) @@ plainto_tsquery('simple', $1) ORDER BY id LIMIT 20;
SELECT count(*) FROM episode_records WHERE body IS NULL;
-- $1 = (SELECT shared_url_hash FROM episode_records WHERE shared_url_hash IS NOT NULL ORDER BY id LIMIT 1)
SELECT * FROM episode_records WHERE shared_url_hash = $1;
SELECT kind, count(*) FROM statuses WHERE work_id = 5 GROUP BY kind;
SELECT s.work_id, count(*) FROM statuses s JOIN follows f ON f.following_id = s.user_id WHERE f.user_id = 8 GROUP BY s.work_id ORDER BY 2 DESC LIMIT 10;
SELECT count(*) FROM statuses WHERE note <> '';
SELECT c.*, u.username, p.name FROM comments c JOIN users u ON u.id = c.user_id JOIN profiles p ON p.user_id = u.id WHERE c.episode_record_id = 100 ORDER BY c.id;
SELECT user_id, count(*) FROM comments GROUP BY user_id ORDER BY 2 DESC LIMIT 10;
SELECT a.* FROM activities a JOIN follows f ON f.following_id = a.user_id WHERE f.user_id = 20 ORDER BY a.created_at DESC LIMIT 30;
SELECT * FROM activities WHERE trackable_type = 'Status' AND trackable_id = 4000;
SELECT t.name, count(*) FROM tags t JOIN taggings g ON g.tag_id = t.id WHERE g.work_id = 12 GROUP BY t.name;
-- $1 = (SELECT name FROM tags WHERE id = 3)
SELECT DISTINCT g.work_id FROM taggings g JOIN tags t ON t.id = g.tag_id WHERE t.name = $1;
-- $1 = (SELECT uid FROM providers WHERE id = 6)
SELECT u.* FROM users u JOIN providers p ON p.user_id = u.id WHERE p.name = 'twitter' AND p.uid = $1;
-- $1 = (SELECT ip_address FROM sign_ins WHERE id = 15)
SELECT DISTINCT user_id FROM sign_ins WHERE ip_address = $1;
-- $1 = (SELECT network(set_masklen(ip_address, 24)) FROM sign_ins WHERE id = 15)
SELECT count(*) FROM sign_ins WHERE ip_address <<= $1::inet;
-- $1 = (SELECT user_agent FROM sign_ins WHERE id = 22)
SELECT count(*) FROM sign_ins WHERE user_agent = $1;
SELECT user_agent, count(*) FROM sign_ins GROUP BY user_agent ORDER BY 2 DESC LIMIT 10;
-- $1 = (SELECT referrer FROM sign_ins WHERE referrer IS NOT NULL ORDER BY id LIMIT 1)
SELECT user_id FROM sign_ins WHERE referrer = $1 ORDER BY created_at DESC LIMIT 20;
SELECT count(*) FROM sign_ins WHERE properties @> '{"device": "tablet"}';
SELECT u.email, max(s.created_at) FROM users u JOIN sign_ins s ON s.user_id = u.id WHERE u.locale = 'en' GROUP BY u.email ORDER BY 2 DESC LIMIT 20;
