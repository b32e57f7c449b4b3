"""What words at the end of a name say of the numbers somebody has elsewhere: of authorities, banks and payments."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

#: Phrases, separated by commas, whose last word is the thing. The longest that ends a name decides.
NUMBERS: Mapping[Kind, str] = {
    Kind.AUTHORITY: """
        ssn, social insurance, social security, social security number, social security no, sin number, nino,
        nin, national insurance number, nin number,
        national id, national id number, national identifier, identification value, identity number, identity
        card, id card,
        id card number, id number, id card no, identity document, identification number, identification no,
        identification document, personal number, personal id, personal code, personal identification number,
        citizen id, resident number, registration plate, passport, passport number, passport no, passport id,
        visa number, driver license, driver licence, driving license, driving licence, license number,
        licence number, license no, licence no, license plate, licence plate, plate number, number plate, plate, vin,
        vin number, tax id, tax number, tax payer id, taxpayer id, taxpayer number, tin, ein, itin, vat number,
        vat id, vat no, vat, vatin, gst number, gst no, gstin, hst number, pst number, fiscal code, codice
        fiscale, tax code, tax identification number,
        tax registration number, ustid, steuernummer, steuer nummer, steuer id, steueridentifikationsnummer, siret,
        siren, siret number, rna, numero securite sociale, nir, insee number, dni, nie, nif, cif, curp, rfc, cpf,
        cnpj, rut, cedula, cuit, dni number, document number, document no, document vatid, documento,
        numero documento, vatid, document id number, nhs number, nhs no, chi number, medicare number,
        medicaid number, health number, health card number, health id, insurance number, insurance no, insurance id,
        insurance policy number, policy number, insured number, insurance card number, member number,
        membership number, member no, membership no, patient number, patient id number, medical record number, mrn,
        hospital number, case number, student number, student no, matriculation number, matrikelnummer, pupil number,
        upn, uln, student identifier, employee number, employee no, employee code, employee id number, staff number,
        payroll number, personalnummer, badge number, personnel number, pension number, ahv number, ahv nummer, ahv,
        sozialversicherungsnummer, svnr, ausweis nummer, ausweisnummer, pasaporte, numero pasaporte, my number,
        mynumber, individual number, kojin bangou, kojin bango, juminhyo code, jumin hyo code, menkyo bangou,
        ryoken bangou, hokensho bangou, hoken bangou, kiso nenkin bangou, nenkin bangou, corporate number,
        houjin bangou, company number, company registration number, business number, registration number, abn, acn,
        bsn, pesel, cnp, aadhaar, aadhar, pan number, pan card, voter id, voter number, ssn last4, ssn last 4,
        ssn last four ssn, last four of ssn, last4 ssn, last 4 ssn, last four, trn, urn person, gmc number, nmc number,
        bar number, npi, dea number, provider number, teacher reference number, birth certificate number,
        social insurance number, military id, officer number, civil id, emirates id, hkid, nric, fin number,
        alien number, uscis number, immigration number, prisoner number, inmate number, booking number person,
        gun license, customer number, kundennummer, kunden nummer, mitgliedsnummer, mitglieds nummer, numero cliente,
        numero client, numero afiliado, numero socio, student code, legal entity number, dic, ico, regon, crn,
        companies house number, charity number, js number, teilnehmer nummer, insurance policy, 個人番号,
        マイナンバー, パスポート番号, 旅券番号, 免許証番号, 保険証番号, 年金番号, 社員番号, 会員番号,
        学籍番号, 患者番号, 診察券番号,
        顧客番号, 法人番号, shain bangou, kaiin bangou, gakuseki bangou, kanja bangou, shinsatsuken bangou,
        hihokensha bangou
    """,
    Kind.CARD: """
        card number, card no, credit card, credit card number, debit card number, cc number, ccn, pan, card pan,
        primary account number, card last4, card last four, account last four, last four digit,
        recipient last4, card last 4, last4, last 4, last 4 digit, last four digit, card digit,
        last digit, kartennummer, kreditkarte, kreditkartennummer, numero carte, numero tarjeta, tarjeta,
        card first6, card bin, bin number, kaado bangou, カード番号
    """,
    Kind.IBAN: "iban, iban number, iban account, account iban",
    Kind.BIC: "bic, swift, swift code, bic code, swift bic, bank swift, bic swift",
    Kind.BANK_ACCOUNT: """
        account number, account no, acct no, acct number, bank account, bank account number, bank account no,
        routing number, bank routing number, bank number, aba number, sort code, bank sort code, bsb, bsb number,
        kontonummer, konto nummer, konto, bankverbindung, clabe, cbu, numero cuenta, cuenta bancaria, ccc account,
        numero compte, compte bancaire, rib, koza bangou, kouza bangou, kouza, koza, account mask, bank agency,
        account digit, roll number, branch number, giro account, bank identifier, ach account number, transit number,
        institution number, account last4, 口座番号, 口座, last4 hint, account number mask, credit account,
        debit account
    """,
    Kind.PAYMENT_ID: """
        customer id, cus id, subscription id, payment id, payment method id, payment intent id, setup intent id,
        charge id,
        payer id, payout id, refund id, source id payment, card id, bank account id external, invoice id external,
        gateway customer profile id, gateway payment profile id, gateway customer id, processor id,
        processor customer id, mandate id, mandate reference, mandate, paypal id, stripe id, wallet address, wallet,
        bitcoin address, btc address, ethereum address, eth address, crypto address, payment reference,
        payment token id, order ref payment, payment source, transaction ref payment, mandatsreferenz,
        paypal payer id, contract address, payment address
    """,
    Kind.EXTERNAL_ID: """
        uid, external uid, provider uid, subject identifier, openid, open id, openid identifier, identity url,
        identifier url, oauth uid, facebook, facebook id, facebook uid, google id, google uid, twitter id,
        twitter uid, github id, github uid, line id, line user id, apple id, apple uid, slack id, slack user id,
        discord id, discord user id, linkedin id, linkedin uid, instagram id, telegram id, telegram chat id,
        telegram, whatsapp id, wechat id, weibo id, xing id, skype id, strava id, spotify id, orcid, steam id,
        microsoft id, azure id, ad id, ldap dn, distinguished name, external user id, auth0 id, firebase uid,
        cognito id, sub, oidc sub, openid sub, name id, nameid, saml uid, remote user id, sso id, social id, chat id,
        ldap id, keycloak id, okta id, psu id, azure oid, gender id external, visitor id, contact id external,
        crm id, hubspot id, salesforce id, active campaign id, mailchimp id, intercom id, zendesk id, dttp id,
        person id external, external reference person, external account id, external customer id, remote customer id,
        foreign user id, matrix id, jabber, xmpp id, peertube id, activitypub id, actor id external, subscriber key,
        message id header, remote id person, twilio account sid, twilio sid, account sid
    """,
}
