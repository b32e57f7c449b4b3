"""Every object of a database and its definition, so that two databases can be compared name by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.verify.findings import Finding, Outcome

ObjectKey = tuple[str, str]  # (kind, identity)

_VISIBLE = "n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)"
#: ``{own CATALOG ALIAS}`` in the query: no member of an extension. ``{made …}``: nor what a type brings along, as a range does its
#: multirange since 14.
_OWN = re.compile(r"\{(own|made) (\w+) (\w+)\}")
_KINDS = {"own": "'e'", "made": "'e', 'i'"}
_NO_MEMBER = "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '{}'::regclass AND x.objid = {}.oid AND x.deptype IN ({}))"

_OBJECTS = """
SELECT 'column' AS kind, format('%%I.%%I.%%I', n.nspname, c.relname, a.attname) AS identity,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
       || ' ' || a.attgenerated::text || CASE WHEN %(same_major)s OR NOT c.relispartition THEN a.attidentity::text ELSE '' END || coalesce(' collate ' || nullif(a.attcollation, t.typcollation)::regcollation::text, '')
       || ' storage ' || a.attstorage::text || ' ' || coalesce(a.attoptions::text, '') || ' ' || coalesce(nullif(a.attstattarget, -1)::text, '') AS definition
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'relation', format('%%I.%%I', n.nspname, c.relname),
       concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relreplident, c.reloptions::text,
                 pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), (SELECT string_agg(format('%%I.%%I', pn.nspname, p.relname), ',' ORDER BY i.inhseqno)
                 FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid), CASE WHEN c.relkind = 'm' THEN c.relispopulated END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'view', format('%%I.%%I', n.nspname, c.relname), md5(convert_to(pg_get_viewdef(c.oid), %(encoding)s))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND %(same_major)s AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'index', format('%%I.%%I', n.nspname, c.relname), pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN ' valid' ELSE ' invalid' END
       || CASE WHEN i.indisclustered THEN ' clustered' ELSE '' END || CASE WHEN i.indisreplident THEN ' replica identity' ELSE '' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't' AND {visible} AND {own pg_class t}
UNION ALL
SELECT 'constraint', format('%%I.%%I.%%I', n.nspname, c.relname, con.conname), pg_get_constraintdef(con.oid) || CASE WHEN con.convalidated THEN ' validated' ELSE ' not validated' END
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE con.contype IN ('p', 'u', 'x', 'c', 'f') AND NOT (con.contype = 'f' AND con.conparentid <> 0) AND c.relpersistence <> 't' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'domain constraint', format('%%I.%%I.%%I', n.nspname, t.typname, con.conname), pg_get_constraintdef(con.oid)
FROM pg_constraint con JOIN pg_type t ON t.oid = con.contypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE con.contype = 'c' AND {visible} AND {own pg_type t}
UNION ALL
SELECT 'trigger', format('%%I.%%I.%%I', n.nspname, c.relname, t.tgname), pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND (%(same_major)s OR t.tgparentid = 0) AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'rule', format('%%I.%%I.%%I', n.nspname, c.relname, r.rulename), r.ev_type::text || r.ev_enabled::text || r.is_instead::text
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'policy', format('%%I.%%I.%%I', n.nspname, c.relname, p.polname), concat_ws(' ', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
UNION ALL
SELECT 'function', format('%%I.%%I(%%s)', n.nspname, p.proname, regexp_replace(pg_get_function_identity_arguments(p.oid), '(^|, )IN ', '\\1', 'g')),
       md5(convert_to(concat_ws('|', p.prokind, p.prosrc, p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, pg_get_function_result(p.oid), p.proconfig::text, (SELECT lanname FROM pg_language WHERE oid = p.prolang)), %(encoding)s))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {visible} AND {made pg_proc p}
UNION ALL
SELECT 'type', format('%%I.%%I', n.nspname, t.typname), concat_ws(' ', t.typtype, CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull, t.typdefault,
       (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('d', 'e', 'r') AND {visible} AND {own pg_type t}
UNION ALL
SELECT 'sequence', format('%%I.%%I', n.nspname, c.relname), concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relpersistence <> 't' AND {visible} AND {own pg_class c}
UNION ALL
SELECT 'statistics object', format('%%I.%%I', n.nspname, e.stxname), pg_get_statisticsobjdef(e.oid)
FROM pg_statistic_ext e JOIN pg_namespace n ON n.oid = e.stxnamespace WHERE {visible}
UNION ALL
SELECT 'operator', format('%%I.%%s(%%s, %%s)', n.nspname, o.oprname, format_type(nullif(o.oprleft, 0), NULL), format_type(nullif(o.oprright, 0), NULL)),
       concat_ws(' ', o.oprcode::regprocedure, o.oprcom::regoperator, o.oprnegate::regoperator, o.oprrest::regproc, o.oprjoin::regproc, o.oprcanmerge, o.oprcanhash)
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE {visible} AND {own pg_operator o}
UNION ALL
SELECT 'operator class', format('%%I.%%I using %%I', n.nspname, o.opcname, a.amname), concat_ws(' ', format_type(o.opcintype, NULL), o.opcdefault, format_type(nullif(o.opckeytype, 0), NULL))
FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE {visible} AND {own pg_opclass o}
UNION ALL
SELECT 'cast', format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL), concat_ws(' ', c.castcontext, c.castmethod, nullif(c.castfunc, 0)::regprocedure)
FROM pg_cast c WHERE c.oid >= 16384 AND {made pg_cast c}
UNION ALL
SELECT 'collation', format('%%I.%%I', n.nspname, c.collname),
       concat_ws(' ', c.collprovider, c.collisdeterministic, c.collcollate, c.collctype, coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'))
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE {visible} AND {own pg_collation c}
UNION ALL
SELECT 'text search configuration', format('%%I.%%I', n.nspname, c.cfgname), (SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ',' ORDER BY m.maptokentype, m.mapseqno)
       FROM pg_ts_config_map m WHERE m.mapcfg = c.oid)
FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace WHERE {visible} AND {own pg_ts_config c}
UNION ALL
SELECT 'text search dictionary', format('%%I.%%I', n.nspname, d.dictname), concat_ws(' ', t.tmplname, d.dictinitoption)
FROM pg_ts_dict d JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace n ON n.oid = d.dictnamespace WHERE {visible} AND {own pg_ts_dict d}
UNION ALL
SELECT 'comment', pg_describe_object(d.classoid, d.objoid, d.objsubid), md5(convert_to(d.description, %(encoding)s))
FROM pg_description d WHERE EXISTS (
  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE d.classoid = 'pg_class'::regclass AND c.oid = d.objoid AND {visible} AND {own pg_class c}
) OR EXISTS (
  SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid AND {visible} AND {own pg_proc p}
) OR EXISTS (
  SELECT FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE d.classoid = 'pg_type'::regclass AND t.oid = d.objoid AND {visible} AND {own pg_type t}
) OR EXISTS (
  SELECT FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid AND k.contype <> 'n' AND {visible} AND {own pg_class c}
) OR EXISTS (
  SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE d.classoid = 'pg_trigger'::regclass AND t.oid = d.objoid AND {visible} AND {own pg_class c}
)
UNION ALL
SELECT 'extension', e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT 'event trigger', e.evtname, concat_ws(' ', e.evtevent, e.evtenabled, e.evtfoid::regproc, e.evttags::text) FROM pg_event_trigger e WHERE {own pg_event_trigger e}
UNION ALL
SELECT 'publication', p.pubname, concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate) FROM pg_publication p
"""


def describe(conn: psycopg.Connection, *, same_major: bool) -> dict[ObjectKey, str]:
    """Definitions by kind and identity.

    Without *same_major* what majors show differently is left out: views' texts, that a partition's column is an identity, which is the
    parent's since 17, and a trigger's copies on partitions, which were internal before 15.
    """
    # Digests are of one encoding, whatever the servers'; bytes that are in none have to be the same.
    encoding = "SQL_ASCII" if conn.info.parameter_status("server_encoding") == "SQL_ASCII" else "UTF8"
    rows = conn.execute(
        _OWN.sub(lambda m: _NO_MEMBER.format(m[2], m[3], _KINDS[m[1]]), _OBJECTS).replace("{visible}", _VISIBLE).encode(),
        {"hidden": list(HIDDEN_SCHEMAS), "same_major": same_major, "encoding": encoding},
    ).fetchall()
    return {(kind, identity): definition for kind, identity, definition in rows}


def compare(source: Mapping[ObjectKey, str], target: Mapping[ObjectKey, str], left_out: frozenset[str]) -> Iterator[Finding]:
    """A finding for each kind of object that is equal, and one for each object that is not. *left_out* are subjects the plan says it leaves out."""
    kinds = sorted({kind for kind, _ in source} | {kind for kind, _ in target})
    for kind in kinds:
        mine = {identity: text for (k, identity), text in source.items() if k == kind and f"{kind} {identity}" not in left_out}
        theirs = {identity: text for (k, identity), text in target.items() if k == kind}
        bad = []
        for identity in sorted(mine.keys() | theirs.keys()):
            if identity not in theirs:
                bad.append((identity, "missing on the target"))
            elif identity not in mine:
                bad.append((identity, "not on the source"))
            elif mine[identity] != theirs[identity]:
                bad.append((identity, "defined otherwise than on the source"))
        if bad:
            yield from (
                Finding(check="schema", subject=f"{kind} {identity}", outcome=Outcome.FAILED, detail=detail) for identity, detail in bad
            )
        else:
            count = len(mine)
            yield Finding(
                check="schema",
                subject=f"{count:,} {kind}{'s' if count != 1 and not kind.endswith('s') else ''} equal",
                outcome=Outcome.PASSED,
            )
