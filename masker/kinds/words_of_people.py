"""What words at the end of a name say of who somebody is and how they are reached."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

#: Phrases, separated by commas, whose last word is the thing. The longest that ends a name decides.
PEOPLE: Mapping[Kind, str] = {
    Kind.EMAIL: """
        email id, mail id, email, e mail, mail, mail add, mailadd, email address, mail address, e mail
        address, mailaddress,
        emailaddr, mail addr,
        courriel, mel, adresse mail, adresse email, adresse electronique, correo, correo electronico, email adresse,
        mailadresse, emailadresse, meeru, meeru adoresu, mail adoresu, paypal email, reply to, replyto, bcc,
        bcc address, cc address, cc recipient, recipient email, cc email, contact mail, メール, メールアドレス,
        eメール, 電子メール, from address, to address, return path, sender address, email recipient,
        payload recipient, mail to, mailto, recipient address, email local part, email domain part, from email,
        to email, smtp user name, smtp user, smtp username
    """,
    Kind.PHONE: """
        phone, phone number, phone no, telephone, telephone number, tel, tel no, tel number, mobile, mobile number,
        mobile no, mobile phone, mobile phone number, cell, cell phone, cell phone number, cell number, cellphone,
        smartphone, fax, fax number, fax no, facsimile, msisdn, whatsapp, whatsapp number, whatsapp phone,
        contact number, sms number, sms phone number, landline, home phone, work phone, phone home, phone work,
        phone mobile, phone extension, phone country part, phone area code, telefon, telefonnummer, telefon nummer,
        handy, handynummer, mobil, mobilnummer, mobil nummer, festnetz, rufnummer, telefono, movil, celular,
        telephone portable, portable, numero telephone, num tel, numero telefono, denwa, denwa bangou, keitai,
        keitai bangou, keitai denwa, renrakusaki, renraku, fakkusu, jitaku denwa, kinkyu renrakusaki,
        emergency contact number, caller id, caller number, callee number, recipient number, called number,
        sender number, destination number,
        to number, from number, dialed number, signal number, formatted phone, raw phone, phonenumber,
        telefax, 電話, 電話番号, ファックス番号, 携帯, 携帯番号, 携帯電話, ファックス, fax番号, 連絡先,
        連絡先電話番号, phone1,
        phone2, tel1, tel2, tel3, twilio phone number, imessage, pager, pager number, sms recipient, calling number
    """,
    Kind.GIVEN_NAME: """
        first name, given name, forename, fore name, christian name, middle name, vorname, vor name, rufname, prenom,
        nombre, nombre de pila, primer nombre, segundo nombre, first, given, mei, na mei, first kana, given kana,
        first name kana, preferred first name, nombre kana, firstname, preferred name first, second name, mei kana,
        kana mei, namae mei, 名, メイ, first names
    """,
    Kind.FAMILY_NAME: """
        last name, family name, surname, maiden name, nachname, nach name, familienname, geburtsname, zuname,
        nom famille, nom de famille, nom usage, nom naissance, nom marital, apellido, primer apellido,
        segundo apellido, apellido paterno, apellido materno, sei, sei kana, kana sei, last kana, last name kana,
        family kana, myoji, last, birth name, former name, birth surname, last name at birth, name at birth,
        surname at birth, family name at birth, lastname, surname1,
        surname2, usual name, 姓, 苗字, セイ
    """,
    Kind.FULL_NAME: """
        full name, real name, legal name person, person name, person names, display name, nom prenom, prenom nom,
        nom complet, nombre completo, nombre apellido, shimei, simei, namae, onamae, furigana, yomigana, hurigana,
        kana, name kana, kana name, full name kana, fullname, ansprechpartner, ansprechperson, kontakt,
        kontaktperson, inhaber, konto inhaber, kontoinhaber, titular, titular cuenta, interlocuteur, beneficiaire,
        destinataire, demandeur, representant, gestionnaire name, contact name, cardholder, card holder,
        card holder name, account holder, account holder name, holder, holder name, owner name, account owner,
        cosigner, signatory, signer, signer name, name on card, bill to, bill from, ship to, sold to,
        sold by, name on account, payee, payee name, payer name,
        beneficiary, beneficiary name, recipient, recipient name, receiver, addressee, attention, attn, attention to,
        care of, address care of, case manager, agency rep, representative, spokesperson, legal representative,
        next of kin, emergency contact, emergency contact name, guarantor, guardian, caregiver, counselor, physician,
        doctor, gp name, referrer name, interviewer, applicant, applicant name, submitter, reporter, requester,
        requested by, submitted by, reported by, reviewed by, signed by, approved by, witness, witness name,
        witness1, father, mother, parent name, mother name, father name, spouse, spouse name, partner name,
        child name, sibling name, relative name, author, author name, translator, photographer, artist name,
        performer, speaker, host name person, instructor, coach, trainer, teacher, tutor, supervisor, assignee name,
        assigned to name, sender, sender name, from name, to name, reply to name, byline, credit name, attendee,
        guest name, passenger, passenger name, traveler name, driver name, nominee, referee, customer name,
        client name, user full name, patient name, student name, employee name, member name, staff name,
        contact person, primary contact, contact, person in charge, tantousha, tantou, tantousha name, uketori nin,
        atena, meigi, meiginin, kouza meigi, koza meigi, daihyousha, daihyou, hogosha, 氏名, 名前, お名前, フリガナ,
        ふりがな, カナ, よみがな, 担当者, 宛名, 口座名義, 名義, 代表者, 保護者, 受取人, 送り主, name furigana,
        hiragana, name hiragana, katakana, name katakana, donor name, donor, sponsor name, subscriber name,
        visitor name, candidate name, inviter name, invitee name, invited name, operator name, preparer name,
        agent name, lender name, landlord, landlord name, tenant name, buyer name, seller name, shipping name,
        billing name, banking name, name romaji, romaji, volunteer name, mentor name, mentee name, youth name,
        adopter name,
        preferred name, known as, aka, alias name, legal full name, name in native language, naam, nome,
        cognome, bearer name, signature name, owner full name, confirmed by, by, full legal name, signature text
    """,
    Kind.INITIALS: "initial, initials, middle initial, name suffix, suffix, name prefix",
    Kind.USER_NAME: """
        username, user name, akaunto, akaunto mei, login, login name, login id, nickname, nick name, nick,
        screen name, handle, pseudo,
        pseudonym, pseudonyme, benutzername, benutzer name, spitzname, spitz name, usuario, nombre usuario,
        alias user, account name user, twitter handle, instagram handle, github handle, twitter username,
        instagram username, github username, facebook username, github account, twitter account, facebook account,
        twitter name, github name, facebook name, youtube handler, instagram handler, facebook handler,
        twitter handler, youtube handle, twitter, instagram, skype, linkedin, mastodon, bluesky, tiktok, youtube,
        xing, icq, aim, msn, google, viber, yahoo, snapchat, twitch, gamertag, psn, discord, discord account, times id,
        ldap name, ldap username, github login, user login, account login, logged in as,
        ニックネーム, ユーザー名, ユーザ名, whodunnit,
        edited by name, assigned to, created by, updated by, modified by, changed by,
        edited by, deleted by, uploaded by, entered by, imported by, cancelled by, canceled by, closed by,
        im address, chat address, preferred username, remote username, sns account, wechat, line account, callsign,
        nikku neemu, uname, twitch username, github user, actor name, principal name
    """,
    Kind.COMPANY: """
        company, company name, organization, organisation, organization name, organisation name, employer,
        employer name, business name, firm, firm name, firma, firmenname, firmen name, unternehmen, arbeitgeber,
        societe, entreprise, raison sociale, nom entreprise, empresa, nombre empresa, razon social, trade name,
        trading name, doing business as, dba name, dba, legal name, legal business name, business legal name,
        company kana, agency name, agency, affiliation, institution, institution name, workplace, kaisha, kaisha mei,
        kinmusaki, shozoku, houjin mei, corporation name, corporate name, organisme, association name, nom organisme,
        denomination, raison, enseigne, employer company, kingyou mei, kigyou mei, jigyousha mei, 会社, 会社名,
        勤務先, 法人名, 企業名, 所属, 団体名, shop owner company, current employer, previous employer, payer company,
        practice name, gp practice, clinic name, hospital name, insurance company, insurer, health plan, verein,
        supplier name, vendor name, merchant company, billing company, shipping company,
        ship company
    """,
    Kind.JOB: """
        job, function, funktion, fonction, job title, job position, job role, occupation, profession, position
        title, work title, beruf,
        berufsbezeichnung, metier, ocupacion, profesion, puesto, cargo, shokugyou, yakushoku, 職業, 役職, 役職名,
        rank title, designation, career, job description person, headline job, department person
    """,
}
