"""What words at the end of a name say of the application's own: as :mod:`masker.kinds.vocabulary`, after it."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

HARMLESS: Mapping[Kind, str] = {
    Kind.LABEL: """
        title, subject, label, heading, subheading, subtitle, headline, abbreviation, abbr, acronym, emoji,
        symbol, synopsis,
        tooltip, placeholder, hint, help, help html, policy, conduct, code of conduct, guideline, disclaimer, imprint,
        impressum, legal notice, mentions legales, agb,
        help text, button text, share text, cta text, alt text, alt, copyright, term,
        terms, terms of service, tos, definition, announcement, display text, legend, footer,
        short description product, instructions text, template, email template, subject template, body template,
        message template, snippet, guide, faq, success message, welcome message, welcome text, consent text,
        legal text, agreement text, acknowledgment text, confirmation text, page title, meta title, meta description,
        meta keyword, og title, og description, seo title, seo description, event name, product name, category name,
        plan name, course name, role name, tag name, group name, list name, feature name, template name,
        project name, item name, variant name, brand, brand name, model name, model, manufacturer, project,
        department, department name, team name, room name, class name display, subject name, service name display,
        report name, campaign name, badge title, job name, task name, step name, status name, type name, field name,
        section name, block name, page name, menu name, file type name, country name, language name, currency name,
        unit name, shipment method, bank name, branch name, bezeichnung, titel, titulo, titre, libelle, nom produit,
        intitule, taitoru, ken mei, shouhin mei, shouhin, タイトル, 件名, 商品名, 品名, kategori, kenmei, song, genre,
        hashtag, song title, topic, theme name, chapter, edition, series, publisher, isbn, sku, ean, upc, material,
        flavor, ingredient, color name, vaccine name, drug name, medicine, product
    """,
    Kind.SLUG: """
        slug, permalink, permalink slug, url slug, vanity url, subdomain, friendly id, shortname, short name,
        short code,
        url name, short url, url path slug, path name, canonical name, machine name, url key, secondary slug
    """,
    Kind.CHECKSUM: """
        checksum, md5, sha, sha1, sha256, sha512, etag, crc, content hash, schema hash, file hash, commit hash,
        commit sha, git sha, url hash, file digest, content digest, variation digest, body hash, image hash,
        blob hash, data hash, source hash, integrity, revision hash, config hash, cache digest, template digest,
        params hash, payload hash, perceptual hash, phash, asset digest, hash content, content md5, content sha256,
        key hash, query hash, contents digest, transaction hash, tx hash, block hash, merkle root, digest content,
        image md5, file md5
    """,
    Kind.CLASS_NAME: """
        type, class, class name, model class, klass, item type, sti type, job class, worker class, record type,
        event type, serializer, handler class, component, component model, table name, attribute name,
        foreign key name, column name, controller, controller name, action name, namespace, module, function name,
        method name, constant, job class name, class type, model type, object type, resource class, model name class
    """,
    Kind.FLAG_LIST: """
        flag, flags, permission, permissions, role, roles, scope, scopes, feature, features, feature flag,
        capability, capabilities, privilege, ability, enabled feature, allowed locale, allowed type, allowed domain,
        allowed origin, enabled locale, event, webhook event, notification type, notification channel, channel,
        visibility, access level, grants, entitlement, opt in, opt out, consent flag, berechtigung, rolle, rollen,
        droits, permisos, roles mask, allowed ip, allowed list, allowlist, denylist, authorized network,
        category list, weekdays, day, days, month, feature slug, event list
    """,
    Kind.SETTINGS: """
        setting, settings, preference, preferences, config, configuration, option, options, layout, schema,
        definition schema, filter, filters, rule, rules, condition, conditions, style, styles, theme, format,
        template config, locale setting, default, defaults, mapping, mappings, column mapping, translation,
        translations, i18n, display option, ui setting, notification setting, notification preference,
        visibility setting, einstellung, einstellungen, parametre, parametres, configuracion, ajuste,
        validation rule, serialized setting, state machine, form schema, question option, choice, choices,
        content security policy, smtp setting, sort, order by, composition, sync stats, stats, statistics, metrics,
        color palette, columns, fields, chart, board, widget, price rule, tax rule, formula, criteria, steps, stages,
        hours, hour, opening hours, business hours, lunch break, weights, thresholds, token usage, dimension,
        dimensions, measurement
    """,
    Kind.CODE: """
        code, at, on, enabled, disabled, required, verified, valid, check, checked, rating, journey, origin,
        return code, role code, boundary, polygon,
        count, length, limit, expiry, expire, expires in,
        status, state, kind, mode, method, level, category, locale, language, lang, currency, currency code,
        country, country code, country iso, iso code, time zone, timezone, tz, provider, source, channel name,
        platform, env, environment, version, revision, build, algorithm, unit, units, size, color, colour, icon,
        priority, position, order, sort, group by, sort by, sorted by, grouped by, indexed by, multiply by,
        rank, action, operation, event, trigger, queue, queue name, cron, schedule,
        frequency, interval, period, duration, date text, time text, week day, weekday, content type, mime type,
        mime, media type, extension, ext, encoding, charset, format name, domain, host, host name, port, protocol,
        path, route, action path, key, lookup key, translation key, cache key, sort key, idempotency key,
        partition key, concurrency key, tax rate code, product code, item code, discount code, coupon code, coupon,
        promo code, promotion code, error code, status code, response code, reason code, language code, locale code,
        type code, class code, category code, department code, branch code, bank code, charity code, school code,
        course code, subject code, color code, country abbr, number, no, num, order number, invoice number,
        invoice no, bill number, receipt number, tracking number, tracking, reference, ref, reference number,
        reference code, order no, serial, serial number, batch number, lot number product, line number,
        version number, sequence number, confirmation number, ticket number, quote number, po number, purchase order,
        item number, part number, check number, document type, reference id, job id, active job id, batch id,
        request id, correlation id, trace id, run id, event id, message id, object id, item id, resource id,
        provider id, plan id, price id, product id, client id, application id, app id, tenant, tenant id,
        template id, external plan id, price stripe id, uuid, guid, identifier, external identifier, unique id,
        utm source, utm medium, utm campaign, utm content, utm term, campaign, medium, referral source,
        acquisition channel, tag, tags, tag list, keyword, keywords, ancestry, path ids, tree path, hierarchy, lft,
        rgt, parent path, css, stylesheet, js, javascript,
        state machine state, aasm state, workflow state, step, stage, phase, progress, result code,
        severity, difficulty, grade, score text, rating text, season, year, month, quarter, week, academic year,
        school year, fiscal year, semester, tier, bucket, bucket name, region aws, zone, service name, index name,
        database, table, model key, regex, pattern, expression, sql, statement sql, operator, comparison,
        redirect uri, redirect url, callback url, callback uri, return url, success url, cancel url, failure url,
        base url, info url, api url, api base, api server, endpoint, endpoint url, entry point, audience,
        issuer, grant type,
        response type, group, variant, experiment, cohort, segment, target, subdomain name, user role, brand code,
        os, os name, os version, browser version, app version, sdk version, device type, device os, platform version,
        screen resolution, browser language, viewport, collection, attachment type, image url product, logo,
        logo url, icon url, banner, banner url, banner image, thumbnail, thumbnail url, cover, cover url,
        cover image, image, image url, image name, video url, audio url, privacy policy url, faq url,
        transcript url, public url, summary url, source url,
        wiki url, rss url, feed url, map url, store url, app url, download url, press url, news url,
        pack url, license url, licence url, root url, terms url,
        wikipedia url, docs url, help url, documentation url, support url, file, asset, license, licence,
        availability, direction, alignment, geartype, vessel, currency symbol, timezone offset, utc offset, subtype,
        sub type, nature, criticality, urgency, statut, etat, estado, tipo, typ, art, stand, sprache, waehrung, land,
        pays, pais, langue, devise, kubun, joutai, shurui, shubetsu, kigou, 区分, 状態, 種類, 種別, コード,
        cip code, ncessch, urn, ukprn, ods code, snomed code, snomed product code, icd code, iata code,
        icao code, lei, isin, ticker, cusip, hs code, naics code, naics, sic code, mcc, merchant category code,
        rrule, recurrence, recurrence rule, schedule rule, ical uid, delivery method, payment method,
        payment method type, shipping method, card type, card brand, account type, contact type, address type,
        phone type, credit card type, cc type, transaction type, entry class code, exam type, unit description,
        statement descriptor, study mode, selection, attempt, notification, reminder, allowlist, whitelist, blacklist,
        blocklist, verification, validation, requirement, threshold, quota, usage, strategy, adapter, separator,
        delimiter, locked by, time,
        timestamp, datetime, start time, end time, start date, end date, counter, idempotency token, cursor
        token, page token, data region, hosting region
    """,
}
