"""What words at the end of a name say of texts and documents that may hold anything: as
:mod:`masker.kinds.vocabulary`, after it."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

TEXTS: Mapping[Kind, str] = {
    Kind.HISTORY: """
        object, object change, audited change, changes, changeset, change set, old value, new value, previous value,
        before value, after value, diff, log data, changes json, old attribute, new attribute,
        old data, new data, prev content, history, version data, revision data
    """,
    Kind.SEARCH: """
        search vector, tsv, tsvector, searchable, searchable data, search text, search document, search content,
        search index, search data, full text, content a, content b, content c, content d, tsv body,
        searchable text, search column, search string, searchtext,
        fulltext, search query, search term, query, keyword search, q, search, search name, search terms
    """,
    Kind.FREE_TEXT: """
        body, bio, biography, about, about me, about us, comment, note, memo, remark, message, feedback,
        introduction, self introduction, description, free text, answer, review, inquiry, content, detail, text,
        reason, additional info, additional information, special instruction, instruction, delivery instruction,
        testimonial, statement, transcript, transcription, narrative, explanation, observation, story, reply, post,
        excerpt, summary, question, opinion, complaint, request text, response text, response, motivation,
        motivation letter, cover letter, personal statement, resume, resume text, cv, cv text, self pr, pr, appeal,
        profile, profile text, experience, goal, objective, agenda, minute, raw, raw text, raw body, raw content,
        raw message, raw email, raw request, raw response, html, body html, body text, plain text, text body,
        html body, message body, request body, response body, payload, handler, error, last error, error message,
        error detail, backtrace, exception, exception message, stack trace, argument, params, request params, log,
        log message, log entry, output, stdout, stderr, bemerkung, bemerkungen, beschreibung, notiz, notizen,
        kommentar, nachricht, anmerkung, hinweis, inhalt, anliegen, begruendung, description text, commentaire,
        remarque, motif, description fr, observations, contenu, message text, descripcion, comentario, mensaje, nota,
        observacion, motivo, contenido, biografia, bikou, biko, naiyou, honbun, riyuu, setsumei, kansou,
        jiko shoukai, jikoshoukai, iken, youbou, gengo memo, 備考, 本文, 内容, メモ, コメント, 自己紹介, 理由, 感想,
        意見, 要望, 説明, メッセージ, 問い合わせ内容, correspondence, letter, thought, diary, journal,
        status message, subject line, email subject, quote, wish, need, concern, circumstance, justification,
        cancel reason, cancellation reason, rejection reason, rejection message, decline reason, suspension reason,
        banned reason, ban reason, blocked reason, other reason, additional comment, internal note, admin note,
        staff note, private note, shipping note, customer note, theft description, private comment, public comment,
        evidence, finding, recommendation, outcome text, action taken, follow up, followup, handover, prescription,
        dosage instruction, caption, reason text, self description, hobby text, life story, introduction text,
        signature, email signature, stripped signature, stripped text, body plain, last message, draft, title text,
        user data, cached data, wizard value, prompt, completion, tagline, slogan, motto, chat message, sms body,
        text message, other description, specify, other detail, additional note, extra info, extra information,
        headline person, about text, support message, status text, raw data, csv data, csv, raw csv, raw file,
        xml, transaction xml,
        import data, form data, request data, response data
    """,
    Kind.DOCUMENT: """
        metadata, meta, data, payload data, properties, property, extra, extra data, raw info, info, userinfo,
        user info, profile data, auth data, auth hash, authentication data, additional data, custom attribute,
        custom field, custom data, answer data, response json, request json, event data, params json, snapshot,
        before, after, document, doc, attributes, attrs, details json, raw json, json, json data, context,
        context data, session data, form answer, submission data, webhook data, additional attribute,
        serialized params, serialized object, contact data, headers, header, request header, provider data,
        oauth data, omniauth data, account info, client info, result, results, record, raw payload,
        institution metadata, bank data, stripe data, applicant data, verification metadata, old values, new values
    """,
}
