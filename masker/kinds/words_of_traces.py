"""What words at the end of a name say of what somebody leaves behind: machines, devices, links and files."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

#: Phrases, separated by commas, whose last word is the thing. The longest that ends a name decides.
TRACES: Mapping[Kind, str] = {
    Kind.IP: """
        ip, ip address, ip addr, remote ip, remote addr, remote address, client ip, sign in ip, last ip, ip v4,
        ip v6, ipv4, ipv6, host ip, user ip, remote host, sender ip, ipaddr, ipaddress, request ip, forwarded for,
        adresse ip, ip adresse, ipアドレス, current sign in ip, last sign in ip, registration ip, inet address,
        creation ip, signed ip
    """,
    Kind.MAC: "bssid, mac, mac address, hardware address, wifi mac, bluetooth address",
    Kind.USER_AGENT: """
        user agent, browser, browser agent, http user agent, ua, ua string, useragent, browser name,
        device user agent, client user agent, ユーザーエージェント, browser version string, user agent string
    """,
    Kind.DEVICE: """
        ssid, wifi name, tracker id, device id, device uuid, device name, device identifier, device uid, udid,
        imei, imsi, idfa, gaid,
        advertising id, android id, vendor identifier, serial number device, device serial, device model,
        device info, registration id, apns id, push id, onesignal id, player id, installation id, install id,
        hardware id, machine id, host name device, device key, anonymous id, browser id, visitor uuid, client uuid,
        ios device, subscription endpoint, push endpoint, push subscription, device, machine, machine name,
        computer name
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
        s3 key, upload path, ファイル名, upload file name, avatar file name, avatar path, avatar path name, photo
        path, photo file name, document file name,
        file basename, attachment, attachement, attached file, anhang, piece jointe, adjunto
    """,
    Kind.PICTURE: """
        avatar, avater, avater image, photo, picture, portrait, profile image, profile picture, profile photo,
        headshot, selfie,
        image data, avatar data, photo data, background image data, user image, face image, signature image,
        third party avatar, foto, imagen perfil, kao shashin, 顔写真, passport photo, gravatar, id card image,
        user photo, avatar image, headshot image, profile pic
    """,
}
