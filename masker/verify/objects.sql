-- name: tables
SELECT 'schema' AS kind, format('%%I', n.nspname) AS identity, '' AS definition FROM pg_namespace n WHERE {visible}
  AND {own pg_namespace n}
UNION ALL
SELECT 'column', format('%%I.%%I.%%I', n.nspname, c.relname, a.attname),
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END, 'default '
         || pg_get_expr(d.adbin, d.adrelid),
                 a.attgenerated, CASE WHEN %(same_major)s OR NOT c.relispartition THEN a.attidentity END, 'collate '
                   || nullif(a.attcollation, t.typcollation)::regcollation::text,
                 'storage', a.attstorage, {since 140000 nullif(a.attcompression, '')}, a.attoptions::text,
                   nullif(a.attstattarget, -1), {sorted a.attfdwoptions})
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
  AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'relation', format('%%I.%%I', n.nspname, c.relname),
       concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
         c.relreplident, c.reloptions::text,
                 pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
                   (SELECT string_agg(format('%%I.%%I', pn.nspname, p.relname), ',' ORDER BY i.inhseqno)
                 FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                   JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid),
                 'toast ' || (SELECT x.reloptions::text FROM pg_class x WHERE x.oid = c.reltoastrelid), 'of '
                   || nullif(c.reloftype, 0)::regtype::text,
                 'using ' || (SELECT nullif(m.amname, 'heap') FROM pg_am m WHERE m.oid = c.relam),
                 (SELECT concat_ws(' ', 'server', s.srvname, {sorted f.ftoptions}) FROM pg_foreign_table f
                   JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'rows of materialized view', format('%%I.%%I', n.nspname, c.relname), '' FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated AND {visible}
  AND {own pg_class c}
UNION ALL
SELECT 'view', format('%%I.%%I', n.nspname, c.relname), CASE WHEN %(same_major)s THEN pg_get_viewdef(c.oid) ELSE (
         SELECT string_agg(DISTINCT pg_describe_object(x.refclassid, x.refobjid, x.refobjsubid), ',') FROM pg_rewrite r
         JOIN pg_depend x ON x.classid = 'pg_rewrite'::regclass AND x.objid = r.oid AND x.refobjid <> c.oid
           AND x.refclassid = 'pg_class'::regclass WHERE r.ev_class = c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {visible}
  AND {own pg_class c}
UNION ALL
SELECT 'index', format('%%I.%%I', n.nspname, c.relname),
       concat_ws(' ', CASE WHEN {carried 'x' n t c.relname}
         THEN regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE UNIQUE ', 'CREATE ')
         ELSE pg_get_indexdef(i.indexrelid) END, CASE WHEN i.indisvalid THEN 'valid' ELSE 'invalid' END, CASE
         WHEN NOT i.indisready THEN 'not ready' END, CASE WHEN NOT i.indislive THEN 'being dropped' END,
                 CASE WHEN i.indisclustered THEN 'clustered' END, CASE WHEN i.indisreplident
                   THEN 'replica identity' END,
                 (SELECT string_agg(a.attnum || ':' || a.attstattarget, ',' ORDER BY a.attnum) FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attstattarget >= 0))
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't' AND {visible} AND {own pg_class t}
UNION ALL
SELECT 'constraint', format('%%I.%%I.%%I', n.nspname, c.relname, con.conname), pg_get_constraintdef(con.oid) ||
       CASE WHEN con.convalidated AND {carried con.contype n c con.conname} THEN ' NOT VALID not validated'
         WHEN con.convalidated THEN ' validated' ELSE ' not validated' END
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (con.contype IN ('p', 'u', 'x', 'c', 'f') OR con.contype = 'n' AND %(same_major)s)
  AND NOT (con.contype = 'f' AND con.conparentid <> 0)
  AND NOT (con.contype IN ('p', 'u') AND {carried 'x' n c con.conname}) AND c.relpersistence <> 't' AND {visible}
  AND {own pg_class c}
UNION ALL
SELECT 'domain constraint', format('%%I.%%I.%%I', n.nspname, t.typname, con.conname), pg_get_constraintdef(con.oid)
FROM pg_constraint con JOIN pg_type t ON t.oid = con.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE con.contype = 'c' AND {visible} AND {own pg_type t}
UNION ALL
SELECT 'trigger', format('%%I.%%I.%%I', n.nspname, c.relname, t.tgname), pg_get_triggerdef(t.oid) || ' '
  || t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT t.tgisinternal AND (%(same_major)s OR t.tgparentid = 0) AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'rule', format('%%I.%%I.%%I', n.nspname, c.relname, r.rulename), r.ev_type::text || r.ev_enabled::text
  || r.is_instead::text || CASE WHEN %(same_major)s THEN pg_get_ruledef(r.oid) ELSE '' END
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE r.rulename <> '_RETURN' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'policy', format('%%I.%%I.%%I', n.nspname, c.relname, p.polname),
       concat_ws(' ', p.polcmd, p.polpermissive,
         (SELECT string_agg(CASE WHEN o.role = 0 THEN 'PUBLIC' ELSE o.role::regrole::text END, ',' ORDER BY 1)
         FROM unnest(p.polroles) AS o(role)),
                 pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
  AND {own pg_class c}
UNION ALL
SELECT 'sequence', format('%%I.%%I', n.nspname, c.relname),
       concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
         s.seqcycle, c.relpersistence, (
         SELECT 'owned by ' || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) FROM pg_depend d
           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
           AND d.deptype IN ('a', 'i')))
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relpersistence <> 't' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'statistics object', format('%%I.%%I', n.nspname, e.stxname),
  concat_ws(' ', pg_get_statisticsobjdef(e.oid), nullif(e.stxstattarget, -1))
FROM pg_statistic_ext e JOIN pg_namespace n ON n.oid = e.stxnamespace WHERE {visible} AND {own pg_statistic_ext e}

-- name: types_and_functions
SELECT 'function', format('%%I.%%I(%%s)', n.nspname, p.proname,
  regexp_replace(pg_get_function_identity_arguments(p.oid), '(^|, )IN ', '\1', 'g')),
       concat_ws('|', p.prokind, p.prosrc, p.probin, p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof,
         p.proparallel, pg_get_function_result(p.oid),
         -- A session under quote_all_identifiers keeps every name of a path in quotation marks.
         (SELECT string_agg(CASE WHEN c LIKE 'search\_path=%%'
                              THEN regexp_replace(c, '"([a-z_][a-z0-9_$]*)"', '\1', 'g') ELSE c END, E'\n' ORDER BY at)
          FROM unnest(p.proconfig) WITH ORDINALITY AS u(c, at)),
                         (SELECT lanname FROM pg_language WHERE oid = p.prolang), p.procost, p.prorows,
                           nullif(p.prosupport, 0)::regproc,
                           regexp_replace(pg_get_function_arguments(p.oid), '(^|, )IN ', '\1', 'g'),
                         CASE WHEN %(same_major)s THEN {since 140000 pg_get_function_sqlbody(p.oid)} END, (
         SELECT concat_ws(' ', a.aggkind, a.aggnumdirectargs, a.aggtransfn::regprocedure, a.aggfinalfn::regprocedure,
           a.aggcombinefn::regprocedure, a.aggserialfn::regprocedure, a.aggdeserialfn::regprocedure,
                          a.aggmtransfn::regprocedure, a.aggminvtransfn::regprocedure, a.aggmfinalfn::regprocedure,
                            a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify, a.aggmfinalmodify,
                            a.aggsortop::regoperator,
                          a.aggtranstype::regtype, a.aggtransspace, a.aggmtranstype::regtype, a.aggmtransspace,
                            a.agginitval, a.aggminitval)
         FROM pg_aggregate a WHERE a.aggfnoid = p.oid))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {visible} AND {made pg_proc p}
UNION ALL
SELECT 'type', format('%%I.%%I', n.nspname, t.typname),
       concat_ws(' ', t.typtype, CASE WHEN t.typtype = 'd'
         THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull, t.typdefault,
         (SELECT array_agg(enumlabel ORDER BY enumsortorder)::text FROM pg_enum WHERE enumtypid = t.oid),
                 CASE WHEN t.typtype = 'd' THEN 'collate '
                   || nullif(t.typcollation, b.typcollation)::regcollation::text END,
                 CASE WHEN t.typtype = 'b' THEN concat_ws(' ', t.typinput::regproc, t.typoutput::regproc,
                   t.typreceive::regproc, t.typsend::regproc, t.typlen, t.typbyval, t.typalign, t.typstorage,
                   t.typcategory, t.typispreferred, t.typdelim) END,
                 (SELECT concat_ws(' ', r.rngsubtype::regtype, nullif(r.rngcollation, 0)::regcollation,
                   (SELECT format('%%I.%%I', on_.nspname, o.opcname) FROM pg_opclass o
                   JOIN pg_namespace on_ ON on_.oid = o.opcnamespace WHERE o.oid = r.rngsubopc),
                                   nullif(r.rngcanonical, 0)::regproc, nullif(r.rngsubdiff, 0)::regproc, CASE
                                     WHEN %(same_major)s THEN {since 140000 r.rngmultitypid::regtype::text} END)
                                     FROM pg_range r WHERE r.rngtypid = t.oid))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'p' AND NOT t.typisdefined OR t.typtype = 'b'
  AND NOT (t.typelem <> 0 AND t.typcategory = 'A')) AND {visible} AND {own pg_type t}
UNION ALL
-- One that was only named, as the negator of another, has no function; pg_dump leaves it out.
SELECT 'operator', format('%%I.%%s(%%s, %%s)', n.nspname, o.oprname, format_type(nullif(o.oprleft, 0), NULL),
  format_type(nullif(o.oprright, 0), NULL)),
       concat_ws(' ', o.oprcode::regprocedure, o.oprcom::regoperator, o.oprnegate::regoperator, o.oprrest::regproc,
         o.oprjoin::regproc, o.oprcanmerge, o.oprcanhash)
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oprcode <> 0 AND {visible}
  AND {own pg_operator o}
UNION ALL
SELECT 'operator class', format('%%I.%%I using %%I', n.nspname, o.opcname, a.amname),
  concat_ws(' ', format_type(o.opcintype, NULL), o.opcdefault, format_type(nullif(o.opckeytype, 0), NULL), (
         SELECT format('%%I.%%I', fn.nspname, f.opfname) FROM pg_opfamily f
           JOIN pg_namespace fn ON fn.oid = f.opfnamespace WHERE f.oid = o.opcfamily))
FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE {visible}
  AND {own pg_opclass o}
UNION ALL
SELECT 'operator family', format('%%I.%%I using %%I', n.nspname, f.opfname, a.amname), concat_ws(';',
         (SELECT string_agg(concat_ws(' ', m.amopstrategy, m.amoppurpose, m.amopopr::regoperator,
           (SELECT opfname FROM pg_opfamily WHERE oid = m.amopsortfamily)), ','
           ORDER BY m.amopstrategy, m.amopopr::regoperator::text) FROM pg_amop m WHERE m.amopfamily = f.oid),
         (SELECT string_agg(concat_ws(' ', m.amprocnum, m.amproclefttype::regtype, m.amprocrighttype::regtype,
           m.amproc::regprocedure), ',' ORDER BY m.amprocnum, m.amproclefttype::regtype::text,
           m.amprocrighttype::regtype::text) FROM pg_amproc m WHERE m.amprocfamily = f.oid))
FROM pg_opfamily f JOIN pg_am a ON a.oid = f.opfmethod JOIN pg_namespace n ON n.oid = f.opfnamespace WHERE {visible}
  AND {own pg_opfamily f}
UNION ALL
SELECT 'cast', format_type(c.castsource, NULL) || ' as '
  || format_type(c.casttarget, NULL), concat_ws(' ', c.castcontext, c.castmethod, nullif(c.castfunc, 0)::regprocedure)
FROM pg_cast c WHERE c.oid >= 16384 AND {made pg_cast c} AND NOT EXISTS (SELECT FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid IN (c.castsource, c.casttarget)
  AND n.nspname ~ '^masker_(next|old)_[0-9]+$')
UNION ALL
SELECT 'transform', format('for %%s language %%I', format_type(x.trftype, NULL), l.lanname),
  concat_ws(' ', x.trffromsql::regprocedure, x.trftosql::regprocedure)
FROM pg_transform x JOIN pg_language l ON l.oid = x.trflang WHERE x.oid >= 16384 AND {own pg_transform x}
UNION ALL
SELECT 'language', format('%%I', l.lanname),
  concat_ws(' ', l.lanpltrusted, nullif(l.lanplcallfoid, 0)::regproc, nullif(l.laninline, 0)::regproc,
  nullif(l.lanvalidator, 0)::regproc)
FROM pg_language l WHERE l.oid >= 16384 AND {own pg_language l}
UNION ALL
SELECT 'access method', format('%%I', a.amname), concat_ws(' ', a.amtype, a.amhandler::regproc) FROM pg_am a
  WHERE a.oid >= 16384 AND {own pg_am a}
UNION ALL
SELECT 'conversion', format('%%I.%%I', n.nspname, c.conname),
  concat_ws(' ', pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc::regproc,
  c.condefault)
FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace WHERE {visible} AND {own pg_conversion c}
UNION ALL
SELECT 'collation', format('%%I.%%I', n.nspname, c.collname),
       concat_ws(' ', c.collprovider, c.collisdeterministic, c.collcollate, c.collctype,
         coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'), to_jsonb(c) ->> 'collicurules')
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE {visible} AND {own pg_collation c}
UNION ALL
SELECT 'text search configuration', format('%%I.%%I', n.nspname, c.cfgname),
  concat_ws(' ', (SELECT prsname FROM pg_ts_parser WHERE oid = c.cfgparser), (
         SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ','
           ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = c.oid))
FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace WHERE {visible} AND {own pg_ts_config c}
UNION ALL
SELECT 'text search dictionary', format('%%I.%%I', n.nspname, d.dictname), concat_ws(' ', t.tmplname, d.dictinitoption)
FROM pg_ts_dict d JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace n ON n.oid = d.dictnamespace
  WHERE {visible} AND {own pg_ts_dict d}
UNION ALL
SELECT 'text search parser', format('%%I.%%I', n.nspname, p.prsname),
  concat_ws(' ', p.prsstart::regproc, p.prstoken::regproc, p.prsend::regproc, p.prsheadline::regproc,
  p.prslextype::regproc)
FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace WHERE {visible} AND {own pg_ts_parser p}
UNION ALL
SELECT 'text search template', format('%%I.%%I', n.nspname, t.tmplname),
  concat_ws(' ', t.tmplinit::regproc, t.tmpllexize::regproc)
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace WHERE {visible} AND {own pg_ts_template t}

-- name: beside_schemas
SELECT 'extension', e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT 'event trigger', e.evtname, concat_ws(' ', e.evtevent, e.evtenabled, e.evtfoid::regproc, e.evttags::text)
  FROM pg_event_trigger e WHERE {own pg_event_trigger e}
UNION ALL
SELECT 'foreign-data wrapper', w.fdwname, concat_ws(' ', nullif(w.fdwhandler, 0)::regproc,
  nullif(w.fdwvalidator, 0)::regproc, {sorted w.fdwoptions}) FROM pg_foreign_data_wrapper w
  WHERE {own pg_foreign_data_wrapper w}
UNION ALL
SELECT 'server', s.srvname, concat_ws(' ', w.fdwname, s.srvtype, s.srvversion, {sorted s.srvoptions})
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE {own pg_foreign_server s}
UNION ALL
SELECT 'user mapping', format('of %%s SERVER %%s', m.usename, m.srvname), '' FROM pg_user_mappings m
UNION ALL
SELECT 'publication', p.pubname, concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
  p.pubviaroot, CASE WHEN %(same_major)s THEN to_jsonb(p) ->> 'pubgencols' END) FROM pg_publication p
UNION ALL
SELECT 'published table', format('%%s %%I.%%I', p.pubname, n.nspname, c.relname),
  concat_ws(' ', {since 150000 pg_get_expr(r.prqual, r.prrelid)}, {since 150000 (
         SELECT string_agg(a.attname, ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.prrelid
           AND a.attnum = ANY(r.prattrs::int2[]))})
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace

-- name: since_15
UNION ALL
SELECT 'publication', p.pubname || ' ' || s.pnnspid::regnamespace, '' FROM pg_publication_namespace s
  JOIN pg_publication p ON p.oid = s.pnpubid

-- name: comments
UNION ALL
SELECT 'comment', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description
FROM pg_description d
LEFT JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
LEFT JOIN pg_trigger t ON d.classoid = 'pg_trigger'::regclass AND t.oid = d.objoid
LEFT JOIN pg_rewrite r ON d.classoid = 'pg_rewrite'::regclass AND r.oid = d.objoid
LEFT JOIN pg_policy p ON d.classoid = 'pg_policy'::regclass AND p.oid = d.objoid
CROSS JOIN LATERAL (
  SELECT coalesce(nullif(k.conrelid, 0), t.tgrelid, r.ev_class, p.polrelid) AS relation, nullif(k.contypid, 0) AS type
) AS below
CROSS JOIN LATERAL (
  SELECT CASE WHEN relation IS NOT NULL THEN 'pg_class'::regclass WHEN type IS NOT NULL THEN 'pg_type'::regclass
    ELSE d.classoid END AS classid, coalesce(relation, type, d.objoid) AS oid
) AS bearer
CROSS JOIN LATERAL pg_identify_object(bearer.classid, bearer.oid, 0) AS o
WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public'))
  AND d.classoid <> ALL(ARRAY['pg_largeobject', 'pg_extension']::regclass[])
    AND (k.oid IS NULL OR k.contype <> 'n' OR %(same_major)s)
  AND NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = k.conrelid
    AND k.contype IN ('p', 'u') AND {carried 'x' n c k.conname})
  AND coalesce(CASE WHEN d.classoid = 'pg_namespace'::regclass THEN o.name ELSE o.schema END, '') <> ALL(%(hidden)s)
    AND coalesce(o.schema, '') !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = bearer.classid AND x.objid = bearer.oid AND x.deptype = 'e')

-- name: whole
SELECT kind, identity, CASE WHEN length(definition) <= 64 AND %(encoding)s <> 'SQL_ASCII' THEN definition
  ELSE md5(convert_to(definition, %(encoding)s)) END FROM (
