-- name: of_statistics
SELECT s.schemaname, s.tablename, s.attname, u.value
FROM pg_stats s
JOIN pg_namespace n ON n.nspname = s.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
JOIN pg_type t ON t.oid = a.atttypid AND t.typcategory = 'S'
CROSS JOIN LATERAL unnest(
  coalesce(s.most_common_vals::text::text[], '{{}}') || coalesce(s.histogram_bounds::text::text[], '{{}}')) u(value)
WHERE s.schemaname !~ '^(pg_|information_schema)' AND c.relkind IN ('r', 'p')

-- name: of_rows
SELECT {schema}, {table}, {name}, x.value
FROM (SELECT {column}::text AS value FROM {from} WHERE {column} IS NOT NULL LIMIT {sample}) x

-- name: forms
SELECT v.schema_of, v.table_of, v.column_of, count(*),
  count(*) FILTER (WHERE v.value ~ '^[^@\s]+@[^@\s]+\.[A-Za-z]{{2,}}$') AS email,
  count(*) FILTER (WHERE v.value ~ '^(\+|0|\(0?)[0-9][0-9 ().\-/]{{7,16}}$' AND v.value !~ '^0+$'
    AND v.value !~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AS phone,
  count(*) FILTER (WHERE v.value ~ '^(〒?[0-9]{{3}}-[0-9]{{4}}|[0-9]{{5}}-[0-9]{{4}})$'
    OR v.value ~ '^[A-Z]{{1,2}}[0-9][A-Z0-9]? ?[0-9][A-Z]{{2}}$') AS postal_code,
  count(*) FILTER (WHERE v.value ~ '^[0-9]{{4}}([ -]?[0-9]{{4}}){{2,3}}[ -]?[0-9]{{0,4}}$' AND (
    SELECT sum(CASE WHEN d.m %% 2 = 1 THEN d.digit::int WHEN d.digit::int > 4 THEN d.digit::int * 2 - 9
      ELSE d.digit::int * 2 END) %% 10 = 0
    FROM regexp_split_to_table(reverse(regexp_replace(v.value, '[^0-9]', '', 'g')), '') WITH ORDINALITY d(digit, m)
  )) AS card,
  count(*) FILTER (WHERE v.value ~ '^[A-Z]{{2}}[0-9]{{2}}( ?[A-Z0-9]{{4}}){{2,7}} ?[A-Z0-9]{{0,4}}$') AS iban,
  count(*) FILTER (WHERE v.value ~ '^([0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}$'
    OR v.value ~ '^([0-9a-f]{{0,4}}:){{3,7}}[0-9a-f]{{1,4}}$') AS ip,
  count(*) FILTER (WHERE v.value ~ '^https?://') AS url,
  count(*) FILTER (WHERE v.value ~ ('^(ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.|(sk|pk|rk)_(live|test)_|xox[abps]-|gh[pousr]_'
    || '|AKIA|AIza|SG\.|whsec_|-----BEGIN|ssh-(rsa|ed25519) )')) AS secret,
  count(*) FILTER (WHERE v.value ~ '^\$(2[aby]|argon2i?d?|scrypt|pbkdf2)') AS password,
  count(*) FILTER (WHERE v.value ~ '^\{{"p":"' AND v.value ~ '"iv"') AS encrypted,
  count(*) FILTER (WHERE v.value ~ '^[A-Za-z0-9_+/=-]{{20,}}$' AND v.value ~ '[0-9]' AND v.value ~ '[A-Za-z]'
    AND v.value !~ '^[0-9a-f]{{8}}-') AS random,
  count(*) FILTER (WHERE v.value ~ '^Mozilla/|^[A-Za-z]+/[0-9.]+ \(') AS user_agent,
  count(*) FILTER (WHERE v.value ~ '^[ァ-ヶー]{{2,}}[　 ]?[ァ-ヶー]*$' AND length(v.value) < 20) AS katakana,
  count(*) FILTER (WHERE lower(split_part(v.value, ' ', 1)) = ANY (%(given)s)
    AND v.value !~ ' ') AS given_name,
  count(*) FILTER (WHERE lower(v.value) = ANY (%(family)s)) AS family_name,
  count(*) FILTER (WHERE v.value ~ '^\S+[ 　]\S' AND (lower(split_part(v.value, ' ', 1)) = ANY (%(given)s)
    OR split_part(replace(v.value, '　', ' '), ' ', 1) = ANY (%(family)s))) AS full_name,
  count(*) FILTER (WHERE v.value ~* ('\m(ltd|limited|inc|llc|llp|plc|corp|gmbh|ag|kg|ug|ohg|sarl|sas|sasu|'
    || 's\.?a\.?|s\.?l\.?|bv)\.?$') OR v.value ~ '株式会社|有限会社|合同会社|（株）|㈱') AS company,
  count(*) FILTER (WHERE v.value ~* ('^[^\n]{{1,200}}\.(pdf|docx?|xlsx?|pptx?|odt|ods|csv|txt|zip|png|jpe?g|gif|'
    || 'webp|heic|tiff?|mp[34]|mov|wav)$')) AS file_name,
  count(*) FILTER (WHERE v.value ~ '\S\s+\S+\s+\S+\s+\S+\s+\S'
    OR (length(v.value) > 15 AND v.value ~ '[ぁ-ん].*[。、！？]'))
    AS sentence
FROM ({values}) v(schema_of, table_of, column_of, value)
WHERE v.value <> ''
GROUP BY 1, 2, 3
