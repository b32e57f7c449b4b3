"""Locales: a country's names, numbers and places as data, with its word lists beside it."""

from __future__ import annotations

from collections.abc import Mapping

from masker.masks.locales.de_de import DE_DE
from masker.masks.locales.en_gb import EN_GB
from masker.masks.locales.en_us import EN_US
from masker.masks.locales.es_es import ES_ES
from masker.masks.locales.fr_fr import FR_FR
from masker.masks.locales.ja_jp import JA_JP
from masker.masks.locales.locale import Locale

LOCALES: Mapping[str, Locale] = {locale.name: locale for locale in (EN_US, JA_JP, EN_GB, DE_DE, FR_FR, ES_ES)}
