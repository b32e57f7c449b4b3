INSERT INTO owners (name, email, seat, parent_id) VALUES ('canary h{n}', 'canaryh{n}@owners.test', {n} + 100000,
(SELECT max(id) FROM owners WHERE id < {n}));
UPDATE owners SET name = 'canary u{n}' WHERE id % 97 = {n} % 97;
WITH pair AS (UPDATE owners SET seat = NULL WHERE id IN ({n} % 300, {n} % 200) RETURNING id) SELECT FROM pair;
UPDATE owners SET seat = 300 - {n} % 200 WHERE id = (SELECT min(id) FROM owners WHERE seat IS NULL);
DELETE FROM owners WHERE id = {n} % 400 AND NOT EXISTS (SELECT FROM ships WHERE owner_id = owners.id) AND NOT EXISTS
(SELECT FROM owners AS o WHERE o.parent_id = owners.id);
INSERT INTO ships (owner_id, name, rank, note) SELECT max(id), 'h{n}', {n} + 100000, 'canary {n}' FROM owners;
UPDATE ships SET note = 'canary u{n}', flag = 'jp' WHERE id % 211 = {n} % 211;
UPDATE ships SET rank = -rank WHERE id % 301 = {n} % 301;
DELETE FROM ships WHERE id % 997 = {n} % 997;
INSERT INTO crews SELECT max(id), md5('{n}')::uuid, 'canary c{n}', now() FROM ships;
UPDATE crews SET ship_id = (SELECT min(id) FROM ships WHERE id > {n} % 1500) WHERE sailor = (SELECT sailor FROM crews
ORDER BY md5(sailor::text || '{n}') LIMIT 1);
DELETE FROM crews WHERE ship_id % 499 = {n} % 499;
UPDATE calls SET year = 4049 - year WHERE id % 301 = {n} % 301;
DELETE FROM calls WHERE id % 401 = {n} % 401;
INSERT INTO calls (ship_id, berth, memo, year) VALUES ({n}, 1, 'canary {n}', 2024 + {n} % 2);
INSERT INTO weather VALUES (now(), {n}, 'canary w{n}');
DELETE FROM weather WHERE ctid = (SELECT min(ctid) FROM weather);
UPDATE lights SET code = left(md5('{n}'), 4), name = 'canary l{n}' WHERE code = (SELECT max(code) FROM lights);
INSERT INTO links VALUES ({n}, -{n}) ON CONFLICT DO NOTHING;
UPDATE links SET b = b + 1 WHERE a % 101 = {n} % 101;
DELETE FROM links WHERE a % 53 = {n} % 53;
UPDATE visits SET who = 'canary v{n}' WHERE id % 37 = {n} % 37;
INSERT INTO sessions (token) VALUES ('{n}')
