"""What words at the end of a name say: English, German, French, Spanish, and Japanese in Latin letters and its own."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.harmless import HARMLESS
from masker.kinds.kind import Kind
from masker.kinds.texts import TEXTS
from masker.kinds.words import comma_separated, listed, romaji, singular, split

#: Phrases, separated by commas, whose last word is the thing. The longest that ends a name decides.
_PHRASES: Mapping[Kind, str] = {
    Kind.PASSWORD: """
        password, passwd, pwd, passphrase, passcode, encrypted password, crypted password, hashed password,
        pass crypt, password crypt, pass hash, hashed pass,
        password hash, password digest, passcode digest, pin digest, pin hash, recovery code digest, passwort,
        kennwort, mot de passe, mdp, contrasena, clave acceso, pasuwado, anshou bangou, anshobango, パスワード,
        暗証番号
    """,
    Kind.SECRET: """
        secret, authorization, authorisation, secret key, client secret, shared secret, otp, otp secret,
        otp secret key, totp secret, otp code,
        otp backup code, backup code, recovery code, recovery key, seed, mnemonic, pin, pin code, cvv, cvc, cvv2,
        security code, credential, security answer, secret answer, session id, session key, sid session, webhook url,
        hook url, web hook, web hook url, webhook, webhook endpoint, p256dh, p256dh key, discord webhook,
        slack webhook,
        verification code, confirmation code, activation code, reset code, invitation code, invite code, access code,
        login code, auth code, authentication code, authorization code, sms code, one time code, one time password,
        unlock code, upgrade code, challenge code, code challenge, code verifier, pairing code, registration code,
        verify code, passkey, lock combination, combination, door code, gate code, alarm code, entry code,
        access pin, signature pin, identity pin, ip pin, cookie, csrf token, connection string, database url, dsn,
        cancel code, cancellation code, user code, device code, magic link, signed url, signing url, password salt,
        redemption code, challenge, nonce, verifier, kennziffer, code secret, codigo verificacion, codigo seguridad,
        activation key, reset key, unsubscribe key, unsubscription key, invitation key, invite key, login key,
        confirm code, pass code, join code, gift code, gift card code, voucher secret, smtp password, codigo acceso,
        creds
    """,
    Kind.TOKEN: """
        token, token hash, token digest, token secret, token bidx, jwt, bearer, jeton, ficha acceso, auth digest,
        code digest, key digest, remember digest, activation digest, reset digest, session digest, shared link,
        share link, sharing key, share key, access url, perishable token, persistence token, single access token,
        guid token, access link, トークン
    """,
    Kind.KEY: """
        api key, access key, private key, public key, encryption key, signing key, hmac key, consumer key, auth key,
        license key, licence key, ssh key, gpg key, pgp key, rsa key, service key, app key, application key,
        webhook key, master key, data key, deploy key, publishable key, storage key secret, key material,
        certificate, cert, idp cert, x509, client certificate, ca certificate, pem, verification key, validation key,
        apikey, salt, iv, encryption iv, initialization vector, clave privada, user key, feed key, rss key,
        authentication key, token key, secret access key, access key id, jwk, jwks, wrapped key, keystore,
        consumer secret
    """,
    Kind.HASH: """
        fingerprint, email hash, email digest, email md5, phone hash, phone digest, ip hash, ip digest, ssn hash,
        ssn digest, tin hash, uid digest, name hash, address hash, user hash, identity hash, secondary hash,
        hashed identifier, browser fingerprint, device fingerprint, card fingerprint, hashed email, hashed phone,
        hashed ip, anonymized ip hash, bidx, blind index, number digest, number hash, gravatar hash, gravatar id,
        signature hash, user digest, email index
    """,
    Kind.ENCRYPTED: """ciphertext, encrypted value, encrypted data, encrypted payload""",
    Kind.AUTHORITY: """
        ssn, social security number, social security no, sin number, nino, nin, national insurance number, nin number,
        national id, national id number, national identifier, identity number, identity card, id card,
        id card number, id number, id card no, identity document, identification number, identification no,
        identification document, personal number, personal id, personal code, personal identification number,
        citizen id, resident number, registration plate, passport, passport number, passport no, passport id,
        visa number, driver license, driver licence, driving license, driving licence, license number,
        licence number, license no, licence no, license plate, licence plate, plate number, number plate, plate, vin,
        vin number, tax id, tax number, tax payer id, taxpayer id, taxpayer number, tin, ein, itin, vat number,
        vat id, vat no, vat, vatin, fiscal code, codice fiscale, tax code, tax identification number,
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
        account digit, branch number, giro account, bank identifier, ach account number, transit number,
        institution number, account last4, 口座番号, 口座, last4 hint, account number mask, credit account,
        debit account
    """,
    Kind.PAYMENT_ID: """
        customer id, subscription id, payment id, payment method id, payment intent id, setup intent id, charge id,
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
    Kind.EMAIL: """
        email, e mail, mail, email address, mail address, e mail address, mailaddress, emailaddr, mail addr,
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
        keitai bangou, keitai denwa, renrakusaki, fakkusu, jitaku denwa, kinkyu renrakusaki,
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
        kana, name kana, kana name, kanji name, full name kana, fullname, ansprechpartner, ansprechperson, kontakt,
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
        billing name, name romaji, romaji, volunteer name, mentor name, mentee name, youth name, adopter name,
        preferred name, known as, aka, alias name, legal full name, name in native language, naam, nome,
        cognome, bearer name, signature name, owner full name, confirmed by, by, full legal name, signature text
    """,
    Kind.INITIALS: "initial, initials, middle initial, name suffix, suffix, name prefix",
    Kind.USER_NAME: """
        username, user name, login, login name, login id, nickname, nick name, nick, screen name, handle, pseudo,
        pseudonym, pseudonyme, benutzername, benutzer name, spitzname, spitz name, usuario, nombre usuario,
        alias user, account name user, twitter handle, instagram handle, github handle, twitter username,
        instagram username, github username, facebook username, github account, twitter account, facebook account,
        twitter name, github name, facebook name, youtube handler, instagram handler, facebook handler,
        twitter handler, youtube handle, twitter, instagram, skype, linkedin, mastodon, bluesky, tiktok, youtube,
        xing, icq,   yahoo, snapchat, twitch, gamertag, psn, discord, discord account, times id,
        github login, user login, account login, logged in as, ニックネーム, ユーザー名, ユーザ名, whodunnit,
        edited by name, preferred username, remote username, sns account, wechat, line account, callsign,
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
        job, job title, job position, job role, occupation, profession, position title, work title, beruf,
        berufsbezeichnung, metier, ocupacion, profesion, puesto, cargo, shokugyou, yakushoku, 職業, 役職, 役職名,
        rank title, designation, career, job description person, headline job, department person
    """,
    Kind.POSTAL_CODE: """
        zip, zip code, zipcode, postal code, post code, postcode, postal, zip 4, zip4, zip plus 4, plz, postleitzahl,
        code postal, cp, codigo postal, yuubin, yubin, yuubin bangou, yubin bangou, 郵便番号, 〒, cap code, zip1,
        zip2, cep
    """,
    Kind.PLACE_CODE: """
        prefecture code, region code, city code, town code, municipality code, county code, district code,
        province code, state code, area code, insee code, code insee, code insee localite, commune code,
        code commune, code departement, todoufuken code, shichouson code, jis code, census tract, census tract code,
        geo code, geocode, fips code, fips, subdivision code, lsoa, gss code, geoname id, municipio code,
        codigo provincia, circle town code, plus code, geohash, place id, what3words, area id
    """,
    Kind.REGION: """
        prefecture, region, province, county, todoufuken, bundesland, kanton, canton, departement, provincia,
        comunidad autonoma, address state, state address, state province, state or province, billing state,
        shipping state, home state, mailing state, residence state, state of residence, state name, pref, tofuken,
        都道府県, 府県, state region, state abbr, region name, prefecture name, county name, province name,
        prefecture kana, us state, birth state, ship state, license state
    """,
    Kind.CITY: """
        city, city name, municipality, ort, stadt, wohnort, ville, commune, localite, ciudad, localidad, municipio,
        poblacion, shichouson, shikuchouson, shiku, gun city, post town, locality, city kana, municipality kana,
        metro area, 市区町村, 市町村, 市, home town, hometown, village, residence city, birth city,
        place name personal, home city, shichoson, shikuchoson, city town, resident city, neighborhood city
    """,
    Kind.TOWN: """
        town, suburb, neighborhood, neighbourhood, ward, district, dependent locality, sublocality, barrio, ortsteil,
        quartier, colonia, chouiki, machi, chome, oaza, aza, chouson, borough, town kana, 町, 町域, 番地以下 町,
        urbanization, parish
    """,
    Kind.STREET: """
        street, street name, street address, street 1, street 2, address 1, address 2, address 3, address 4,
        address line, address line 1, address line 2, address line 3, line 1, line 2, line 3, addr 1, addr 2,
        street line, street number, house number, house no, strasse, straße, hausnummer, haus nummer, rue,
        numero rue, voie, nom voie, numero voie, calle, numero calle, direccion 1, banchi, banti, street 1 kana,
        番地, 丁目番地, street one, street two, street kana, address street, address street one, address street two,
        street short, street long, adresse ligne 1, complement adresse, address 1 line, cross street, road name,
        po box, post box, postfach, zusatz adresse, unit street, residence street, address one, address two,
        address line one, address line two, address line three,
        address kana line
    """,
    Kind.BUILDING: """
        building, building name, apartment, apartment number, apt, apt number, suite, unit number, room number,
        room no, floor number address, flat, flat number, door number, tatemono, tatemono mei, tate mono, bldg,
        heya bangou, mansion, gebaeude, wohnung, etage, batiment, escalier, piso, portal, edificio, puerta, 建物,
        建物名, 部屋番号, 号室, apartment no, lot number, bed number, cabin number
    """,
    Kind.ADDRESS: """
        address, full address, mailing address, home address, billing address, shipping address, delivery address,
        residence, postal address, street full address, formatted address, addr, adresse, anschrift, wohnadresse,
        adresse complete, direccion, domicilio, juusho, jyusho, address string, place of residence, location address,
        address kana, otodoke saki, haisou saki, todokesaki, shipping destination, 住所, 所在地, 届け先, お届け先,
        本籍, home location, pickup address, dropoff address, pick up location, destination address, honseki,
        physical address, address text, location, location name, location text, meeting place, last known location,
        origin address, departure address, adress information, adresse information, full shipping address
    """,
    Kind.GEO: """
        lat, latitude, lng, lon, long, longitude, latlng, lat lng, lat lon, lonlat, geo, geolocation, geo location,
        coordinate, coordinates, gps, gps position, geom, geometry, geography, geo point, latitud, longitud,
        breitengrad, laengengrad, ido, keido, 緯度, 経度, geopoint, location point, position point, start latlng,
        end latlng
    """,
    Kind.IP: """
        ip, ip address, ip addr, remote ip, remote addr, remote address, client ip, sign in ip, last ip, ip v4,
        ip v6, ipv4, ipv6, host ip, user ip, remote host, sender ip, ipaddr, ipaddress, request ip, forwarded for,
        adresse ip, ip adresse, ipアドレス, current sign in ip, last sign in ip, registration ip, inet address,
        creation ip, signed ip
    """,
    Kind.MAC: "mac, mac address, hardware address, wifi mac, bluetooth address",
    Kind.USER_AGENT: """
        user agent, browser, browser agent, http user agent, ua, ua string, useragent, browser name,
        device user agent, client user agent, ユーザーエージェント, browser version string, user agent string
    """,
    Kind.DEVICE: """
        device id, device uuid, device name, device identifier, device uid, udid, imei, imsi, idfa, gaid,
        advertising id, android id, vendor identifier, serial number device, device serial, device model,
        device info, registration id, apns id, push id, onesignal id, player id, installation id, install id,
        hardware id, machine id, host name device, device key, anonymous id, browser id, visitor uuid, client uuid,
        ios device, subscription endpoint, push endpoint, push subscription, device
    """,
    Kind.URL: """
        url, uri, link, website, web site, homepage, home page, web page, site url, website url, blog, blog url, web,
        webseite, site web, site internet, pagina web, profile url, facebook url, twitter url, linkedin url,
        github url, instagram url, youtube url, portfolio, portfolio url, social link, ホームページ,
        meeting url, meeting link, zoom url, zoom link, video call url, video link, calendar link, referrer, referer,
        referring url, referrer url, landing page, landing url, request url, visited url, full path, return to,
        personal website, avatar url, photo url, picture url, resume url, cv url, google doc, attachment url,
        document url, receipt url, invoice url, invitation url, social url, hp url, streaming url, web address,
        website address, internet address, proof url, image link person
    """,
    Kind.FILE_NAME: """
        file name, filename, original file name, original filename, upload name, attachment name, document name,
        csv filename, datei name, dateiname, nom fichier, nombre archivo, file path, s3 path, attachment path,
        s3 key, upload path, ファイル名, upload file name, avatar file name, photo file name, document file name,
        file basename, attachment, attached file, anhang, piece jointe, adjunto
    """,
    Kind.PICTURE: """
        avatar, photo, picture, portrait, profile image, profile picture, profile photo, headshot, selfie,
        image data, avatar data, photo data, background image data, user image, face image, signature image,
        third party avatar, foto, imagen perfil, kao shashin, 顔写真, passport photo, gravatar, id card image,
        user photo, avatar image, headshot image, profile pic
    """,
    Kind.BIRTH: """
        birth, birthday, birth day, birth date, birthdate, date of birth, dob, born, born on, born at, birth year,
        year of birth, birth month, month of birth, day of birth, geburtsdatum, geburts datum, geburtstag,
        geburtsjahr, date naissance, date de naissance, naissance, annee naissance, fecha nacimiento,
        fecha de nacimiento, nacimiento, seinengappi, tanjoubi, 生年月日, 誕生日, birthday on, dob on, birth on,
        born in, deceased on, death date, date of death, died on, died at, deceased at, deathdate, year of death
    """,
    Kind.TRAIT: """
        gender, sex, pronoun, gender identity, sexual orientation, orientation sexual, salutation, honorific,
        name title, anrede, geschlecht, civilite, genre person, sexe, sexo, genero, race, ethnicity, ethnic group,
        ethnic background, ethnicity description, ethnic origin, religion, faith, nationality, citizenship,
        nacionalidad, nationalite, nationalitaet, staatsangehoerigkeit, staats angehoerigkeit, country of birth,
        birth country, birthcountry, country of origin, birth place, birthplace, place of birth, geburtsort,
        geburts ort, lieu naissance, lugar nacimiento, marital status, civil status, familienstand, familien stand,
        zivilstand, situation familiale, estado civil, blood type, blood group, blutgruppe, body type, skin type,
        eye color, hair color, skin color, height, weight, bmi, disability, disability type, disability disclosure,
        disability detail, additional disability, additional ethnic background, political party,
        political affiliation, political view, sexuality, diagnosis, allergy, allergies, medication,
        medical condition, medical history, health condition, health status, health note, symptom, treatment,
        illness, disease, chronic condition, mental health, therapy, vaccination status person, pregnancy, smoking,
        drinking, diet, dietary requirement, dietary restriction, dietary preference, food allergy, education,
        education level, highest education, degree, major, school name, university, alma mater, school,
        native language, mother tongue, first language, primary language person, language spoken, spoken language,
        hobby, hobbies, interest, interests, interested in, looking for, relationship, relationship status,
        family status, military status, veteran status, immigration status, visa status, visa type, criminal record,
        convicted, belonging population, age, age range, age group, years old, alter, edad, nenrei, seibetsu,
        ketsuekigata, kokuseki, shussei, shusshin, shusshinchi, shusshin chi, shinchou, taijuu, gakureki, 性別,
        血液型, 国籍, 出身, 出身地, 身長, 体重, 年齢, 学歴, 宗教, free school meal, free meal, sped status,
        disability status, home language, hispanic latino, ethnic, limited english proficiency, plan 504, ses status,
        form of address, zodiac, star sign, personality type, food preference, tshirt, tshirt size, t shirt size,
        shirt size, shoe size,
        cup size, confession, konfession, party membership, tribe, caste, insurance status, housing status,
        employment status, household size, reason for visit, injury, injuries, religious affiliation, gender pronoun,
        gender self describe, other gender, cause of death, emergency medical info, smoker, pregnant
    """,
    Kind.INCOME: """
        income, annual income, monthly income, household income, family income, gross income, net income person,
        adjusted gross income, agi, salary, base salary, annual salary, monthly salary, hourly wage, wage, wages,
        pay rate, hourly rate person, pay amount, compensation, earning, earnings, net worth, gehalt, lohn,
        einkommen, salaire, revenu, revenus, revenu fiscal, quotient familial, salario, ingreso, ingresos, sueldo,
        nenshuu, kyuuyo, nensyu, shotoku, 年収, 給与, 所得, 月収, credit score, debt, asset value person,
        medicare wage, social security wage, pension amount, w2 wage, expected salary, current salary, income level
    """,
}

_JAPANESE_WORDS = frozenset(["bangou", "bango", "mei", "saki"])


def _phrases() -> tuple[Mapping[tuple[str, ...], Kind], Mapping[tuple[str, ...], Kind]]:
    plain: dict[tuple[str, ...], Kind] = {}
    sounds: dict[tuple[str, ...], Kind] = {}
    for kind, written in (*_PHRASES.items(), *TEXTS.items(), *HARMLESS.items()):
        for phrase in comma_separated(written):
            words = tuple(singular(word) for word in split("_".join(phrase.split())))
            plain.setdefault(words, kind)
            sounds.setdefault(tuple(map(romaji, words)), kind)
    return plain, sounds


PHRASES, SOUNDS = _phrases()

#: Words in one phrase, at most.
LONGEST = max(map(len, PHRASES))

#: What follows the thing that a column holds without changing it.
MODIFIERS = listed(
    """
    en ja jp fr de es it nl pt zh ko ro us uk raw normalized normalised canonical original encrypted old new
    prev previous text string plain value downcase downcased lower lowercase unaccented sanitized formatted
    local primary secondary main sub alt alternative alternate current last final temp tmp legacy backup
    override custom only html md markdown cached cache attribute bytes blob entry given multi public
    official internal unconfirmed
    confirmed pending optional preferred default translation translated work home private office daytime
    evening day night searchable search sortable latin ascii kanji digits bidx ciphertext hint
    """
)
