"""What words at the end of a name say of what lets somebody in: passwords, secrets, tokens and keys."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

#: Phrases, separated by commas, whose last word is the thing. The longest that ends a name decides.
SECRETS: Mapping[Kind, str] = {
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
        security code, credential, security answer, secret answer, session id, session key, session, sid
        session, webhook url,
        hook url, web hook, web hook url, webhook, webhook endpoint, p256dh, p256dh key, discord webhook,
        slack webhook,
        verification code, confirm id, confirmation id, activation id, confirmation code, activation code, reset
        code, invitation code, invite code, access code,
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
        token, jti, token hash, token digest, token secret, token bidx, jwt, bearer, jeton, ficha acceso, auth digest,
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
}
