"""Whose names and places masks should make, by what the database says of its people."""

from __future__ import annotations

import re
from collections import Counter

from masker.catalog.types import Catalog
from masker.kinds.words import listed, romaji, split

_JAPANESE = frozenset(
    romaji(word)
    for word in listed(
        """
        kana furigana katakana hiragana prefecture todoufuken shichouson banchi yuubin juusho denwa keitai shimei
        seinengappi myoji romaji kanji yomigana tatemono
        """
    )
)
_WORDS = {
    "de_DE": listed(
        """
    vorname nachname strasse straße hausnummer plz ort anrede geburtsdatum telefon handy kontoinhaber bundesland
    geschlecht bemerkung bemerkungen beschreibung benutzer firma anschrift kanton
    """
    ),
    "fr_FR": listed(
        """
    prenom nom adresse ville commune departement siret siren courriel telephone naissance code_postal civilite
    denomination usager insee rue libelle statut
    """
    ),
    "es_ES": listed(
        """
    nombre apellido apellidos direccion dirección domicilio calle codigo código localidad poblacion población municipio
    provincia movil móvil correo dni nif nie cif fecha nacimiento sexo observaciones descripcion descripción usuario
    empresa
    """
    ),
}
_SCRIPT = re.compile(r"[぀-ヿ㐀-鿿]")
_ZONES = {
    "Asia/Tokyo": "ja_JP",
    "Japan": "ja_JP",
    "Europe/Berlin": "de_DE",
    "Europe/Paris": "fr_FR",
    "Europe/London": "en_GB",
    "Europe/Madrid": "es_ES",
}


def locale_of(catalog: Catalog, time_zone: str) -> tuple[str, str] | None:
    """The locale and why, None for the usual one. *time_zone* is the application's or the server's."""
    names = [split(c.name) for table in catalog.tables.values() for c in table.columns]
    comments = [c.comment for table in catalog.tables.values() for c in table.columns if c.comment]
    if any(_SCRIPT.search(word) for words in names for word in words):
        return "ja_JP", "its columns have Japanese names"
    if any(word in _JAPANESE or romaji(word) in _JAPANESE for words in names for word in words):
        return "ja_JP", "it has columns for kana or prefectures"
    if sum(bool(_SCRIPT.search(comment)) for comment in comments) > 2:
        return "ja_JP", "its comments are in Japanese"
    found: Counter[str] = Counter()
    for locale, known in _WORDS.items():
        found[locale] = len({word for words in names for word in words if word in known})
    best, count = max(found.items(), key=lambda item: item[1])
    if count >= 3:
        return best, "its columns are called in that language"
    if time_zone in _ZONES:
        return _ZONES[time_zone], f"its time zone is {time_zone}"
    return None
