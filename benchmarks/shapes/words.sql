-- Words, names and places for databases that are filled as applications are: few of them often, many of them rarely. Everything is a function
-- of a row's number and of a purpose, so that two fills agree; the setting shapes.scale says how large.

-- 0 to 1, by number and purpose
CREATE FUNCTION pg_temp.part(number bigint, purpose integer) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT ((hashint8extended(number, purpose) >> 11) & 4503599627370495) / 4503599627370496.0::float8';
-- 0 … count - 1, each as often
CREATE FUNCTION pg_temp.pick(number bigint, purpose integer, count bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT floor(count * pg_temp.part(number, purpose))::bigint';
-- 0 … count - 1, the nth in proportion to 1 / (n + flat)
CREATE FUNCTION pg_temp.zipf(number bigint, purpose integer, count bigint, flat float8) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT least(floor(flat * (power(1 + count / flat, pg_temp.part(number, purpose)) - 1))::bigint, count - 1)';
-- how many rows a table gets that has *count* at scale 1
CREATE FUNCTION pg_temp.many(count bigint) RETURNS bigint LANGUAGE sql STABLE AS
    $$SELECT greatest(20, count * current_setting('shapes.scale')::float8)::bigint$$;
-- a moment within the last days, later ones more often
CREATE FUNCTION pg_temp.moment(number bigint, purpose integer, days integer) RETURNS timestamp LANGUAGE sql IMMUTABLE AS
    $$SELECT timestamp '2026-06-01' - make_interval(secs => round(power(pg_temp.part(number, purpose), 1.6) * days * 86400))$$;
CREATE FUNCTION pg_temp.hex(number bigint, purpose integer, length integer) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT left(encode(sha256(convert_to(purpose || ':' || number, 'UTF8')), 'hex'), length)$$;
CREATE FUNCTION pg_temp.one(of text[], number bigint, purpose integer) RETURNS text LANGUAGE sql IMMUTABLE AS
    'SELECT of[1 + pg_temp.pick(number, purpose, cardinality(of))]';

CREATE TEMPORARY TABLE syllables AS SELECT
    string_to_array('山川田中小大高松竹梅井石木林森上下西東北南前後内外古新金銀白黒赤青長短広深浅清水池沢谷坂岡島崎浜橋宮寺村町藤菅杉桜桃柳', NULL) AS kanji,
    string_to_array('美子太郎一二三介助恵香奈央翔真由紀明正和夫雄智裕健直樹彩花葉菜希望愛優陽斗大輔拓也浩之', NULL) AS given,
    string_to_array('アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ', NULL) AS kana,
    string_to_array('Al Bar Car Dun El Far Gar Hal Ing Jar Kel Lan Mar Nor Os Pen Quin Rad Sal Tor Ul Van Wal York Zan Bel Cor Der Ed Fen Gil Hol Ire Jud Kir Lem Mor Nes Oak Por', ' ') AS front,
    string_to_array('|e|in|ing|der|ber|ling|er', '|') AS middle,
    string_to_array('ton ley son ford wood man field ham by well worth stone land shaw ridge more den bury brook ster ers wick gate dale mont ville berg stein ski ez ini ano aux eau ric sen', ' ') AS back,
    string_to_array('ba be bi bo ca co da de di do fa fe fi ga go la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta te ti to va ve vi', ' ') AS sound;

CREATE TEMPORARY TABLE families AS
    SELECT i, kanji[1 + i * 7 % 59] || kanji[1 + i * 23 / 59 % 59] || CASE WHEN i > 3000 THEN kanji[1 + i % 13] ELSE '' END AS ja,
           kana[1 + i * 3 % 44] || kana[1 + i * 29 / 44 % 44] || kana[1 + i % 41] AS kana,
           front[1 + i * 11 % 40] || middle[1 + i / 1440 % 8] || back[1 + i / 40 % 36] AS en
    FROM syllables, generate_series(0, 11519) AS i;
CREATE TEMPORARY TABLE givens AS
    SELECT i, given[1 + i * 5 % 43] || CASE WHEN i % 9 > 0 THEN given[1 + i * 17 / 43 % 43] ELSE '' END AS ja,
           kana[1 + i * 7 % 44] || kana[1 + i * 31 / 44 % 44] || CASE WHEN i % 2 = 0 THEN kana[1 + i % 37] ELSE '' END AS kana,
           initcap(sound[1 + i * 5 % 46] || sound[1 + i * 13 / 46 % 46] || CASE WHEN i % 3 = 0 THEN 'n' ELSE '' END) AS en
    FROM syllables, generate_series(0, 1799) AS i;
CREATE TEMPORARY TABLE towns AS
    SELECT i, pg_temp.zipf(i, 901, 47, 6) AS region, kanji[1 + i * 13 % 59] || kanji[1 + i * 7 / 59 % 59] || (ARRAY['市', '市', '町', '区', '村'])[1 + i % 5] AS ja,
           initcap(sound[1 + i * 11 % 46] || sound[1 + i * 3 / 46 % 46] || back[1 + i % 36]) AS en,
           lpad((1000 + i * 53 % 8999)::text, 4, '0') AS code
    FROM syllables, generate_series(0, 1699) AS i;
CREATE TEMPORARY TABLE regions AS
    SELECT i, kanji[1 + i * 17 % 59] || kanji[1 + i * 5 % 59] || '県' AS ja, initcap(sound[1 + i % 46] || sound[1 + i * 7 % 46] || 'shire') AS en
    FROM syllables, generate_series(0, 46) AS i;
-- Half of all mail goes to few domains, the rest to many. Names under test and example are reserved.
CREATE TEMPORARY TABLE domains AS
    SELECT i, coalesce((ARRAY['gmail.test', 'yahoo.co.test', 'icloud.test', 'docomo.ne.test', 'hotmail.test', 'ezweb.ne.test', 'outlook.test', 'softbank.ne.test'])[i + 1],
        sound[1 + i * 3 % 46] || sound[1 + i * 19 / 46 % 46] || (ARRAY['.test', '.co.test', '.or.test', '.example', '.ne.test'])[1 + i % 5]) AS name
    FROM syllables, generate_series(0, 799) AS i;
CREATE TEMPORARY TABLE words AS
    SELECT i, kanji[1 + i * 3 % 59] || CASE WHEN i % 3 > 0 THEN kanji[1 + i * 37 / 59 % 59] ELSE translate(kana[1 + i % 44], 'アイウエオカキクケコ', 'あいうえおかきくけこ') END AS ja,
           sound[1 + i * 5 % 46] || CASE WHEN i > 40 THEN sound[1 + i * 29 / 46 % 46] ELSE '' END || CASE WHEN i > 900 THEN sound[1 + i % 43] ELSE '' END AS en
    FROM syllables, generate_series(0, 4999) AS i;
CREATE TEMPORARY TABLE sentences AS
    SELECT s AS i, string_agg(ja || pg_temp.one(ARRAY['は', 'が', 'を', 'に', 'の', 'で'], s * 40 + n, 903), '' ORDER BY n) || '。' AS ja,
           initcap(left(min(en) FILTER (WHERE n = 1), 1)) || substr(string_agg(en, ' ' ORDER BY n), 2) || '.' AS en
    FROM generate_series(0, 39999) AS s CROSS JOIN LATERAL generate_series(1, 4 + pg_temp.pick(s, 904, 12)) AS n
    JOIN words ON words.i = pg_temp.zipf(s * 40 + n, 902, 5000, 2)
    GROUP BY s;
ALTER TABLE sentences ADD PRIMARY KEY (i);
CREATE TEMPORARY TABLE browsers AS
    SELECT i, 'Mozilla/5.0 (' || pg_temp.one(ARRAY['Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'iPhone; CPU iPhone OS 17_4 like Mac OS X', 'X11; Linux x86_64', 'Linux; Android 14'], i, 905)
           || ') AppleWebKit/537.' || i % 40 || ' (KHTML, like Gecko) Chrome/' || 90 + i % 37 || '.0.0.0 Safari/537.36' AS name
    FROM generate_series(0, 399) AS i;
CREATE FUNCTION pg_temp.email(number bigint, given text, family text, domain text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT lower(CASE pg_temp.pick(number, 910, 4) WHEN 0 THEN given || '.' || family WHEN 1 THEN left(given, 1) || family WHEN 2 THEN family || '_' ELSE given END) || number % 99991 || '@' || domain$$;
-- 100.64.0.0/10 is nobody's address.
CREATE FUNCTION pg_temp.ip(number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT host('100.64.0.0'::inet + (pg_temp.zipf(number, 911, 16384, 200) * 37 % 16384 * 256 + pg_temp.pick(number, 912, 254) + 1))$$;
-- Who somebody is, whatever the application. Mobile numbers whose fourth digit is 0 are given to nobody.
CREATE TEMPORARY TABLE persons AS
    SELECT n AS id, f.ja AS family_ja, g.ja AS given_ja, f.kana AS family_kana, g.kana AS given_kana, f.en AS family_en, g.en AS given_en, t.i AS town, t.ja AS town_ja, t.en AS town_en, t.code AS town_code,
           r.ja AS region_ja, r.en AS region_en, pg_temp.email(n, g.en, f.en, d.name) AS email,
           '0' || (ARRAY['90', '80', '70'])[1 + pg_temp.pick(n, 913, 3)] || '0' || lpad(pg_temp.pick(n, 914, 10000000)::text, 7, '0') AS phone
    FROM generate_series(1::bigint, pg_temp.many(60000)) AS n
    JOIN families f ON f.i = pg_temp.zipf(n, 915, 11520, 8) JOIN givens g ON g.i = pg_temp.zipf(n, 916, 1800, 15) JOIN towns t ON t.i = pg_temp.zipf(n, 917, 1700, 5)
    JOIN regions r ON r.i = t.region JOIN domains d ON d.i = CASE WHEN pg_temp.part(n, 918) < 0.35 THEN 0 ELSE pg_temp.zipf(n, 919, 800, 1) END;
ALTER TABLE persons ADD PRIMARY KEY (id);
-- texts of one to six sentences
CREATE TEMPORARY TABLE texts AS
    SELECT n AS id, string_agg(ja, '' ORDER BY k) AS ja, string_agg(en, ' ' ORDER BY k) AS en
    FROM generate_series(1::bigint, pg_temp.many(100000)) AS n CROSS JOIN LATERAL generate_series(0, pg_temp.zipf(n, 920, 6, 2)) AS k
    JOIN sentences ON i = pg_temp.zipf(n * 8 + k, 921, 40000, 8000)
    GROUP BY n;
ALTER TABLE texts ADD PRIMARY KEY (id);
ANALYZE persons, texts, towns, words, sentences, domains, browsers;
