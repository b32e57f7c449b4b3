"""European names and places, for :mod:`masker.masks.locales.freeze`: common names by hand, the others of Faker's lists;
towns of GeoNames."""

from __future__ import annotations

import ast
import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

from masker.masks.locales.european import BRITISH, FRENCH, GERMAN, SPANISH, SPANISH_PET_NAMES, Names
from masker.masks.locales.freeze_people import Row
from masker.masks.locales.freeze_places import digest, sample
from masker.masks.locales.freeze_sources import (
    BRITISH_CODES,
    FAKER,
    FRENCH_CODES,
    GERMAN_CODES,
    SPANISH_CODES,
    Source,
)

#: How flat the shares of given names begin that were put together by hand.
_FLAT = 15

#: Letters that are spelt out where there are none but ASCII; of others the accent is left out.
_SPELT = str.maketrans({"ß": "ss", "œ": "oe", "Œ": "Oe", "æ": "ae"})
_GERMAN_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

#: Who has a postal code of his own is no town.
_OTHERS = """
amt gericht bank kasse hilfe verwaltung behörde behörden werke post verlag klinik klinikum anwaltschaft
versicherung werk schule zentrum direktion präsidium bahn institut kammer versand stiftung verband ministerium
universität museum reisen quelle handel telekom service druck presse zeitung theater anstalt akademie kirche
"""
_NO_TOWN = re.compile(rf"(?:{'|'.join(_OTHERS.split())})(?:en|s|shof)?\b", re.IGNORECASE)
_TOWN = re.compile(
    r"(?:(?:Bad|Sankt|Markt|Groß|Klein|Alt|Neu) )?[A-ZÄÖÜ][a-zäöüß]+(?:-[A-ZÄÖÜ][a-zäöüß]+)?"
    r"(?: (?:am|an der|im|in der|bei|ob der|vor der|auf der|unter) [A-ZÄÖÜ][a-zäöüß]+)?"
)
_MUNICIPALITY = re.compile(r"(?:[AO] |L')?[A-ZÀ-Ý][a-zà-ÿ·'’-]+(?:[ -][A-ZÀ-Ýa-zà-ÿ][\w·'’]*)*")
#: Codes of mail boxes and offices, where nobody lives.
_NOBODYS = re.compile(r"\d\d0[6-9]\d")
_COMMUNE = re.compile(r"[A-ZÀ-Ý][\w'’ -]+")

_NAME = "[A-ZÀ-Ý][a-zß-ÿœ]+"

#: What no second half of a British code has, as it could be read for another.
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"

#: Inhabitants in thousands: of Germany by official code (2023), of France by region (2020), of the United Kingdom
#: (2021), of Spain by province (2023).
_LANDS = {
    "01": ("Schleswig-Holstein", 2953),
    "02": ("Hamburg", 1892),
    "03": ("Niedersachsen", 8140),
    "04": ("Bremen", 685),
    "05": ("Nordrhein-Westfalen", 18139),
    "06": ("Hessen", 6391),
    "07": ("Rheinland-Pfalz", 4159),
    "08": ("Baden-Württemberg", 11280),
    "09": ("Bayern", 13369),
    "10": ("Saarland", 993),
    "11": ("Berlin", 3755),
    "12": ("Brandenburg", 2573),
    "13": ("Mecklenburg-Vorpommern", 1628),
    "14": ("Sachsen", 4086),
    "15": ("Sachsen-Anhalt", 2187),
    "16": ("Thüringen", 2127),
}
_REGIONS = {
    "Île-de-France": 12271, "Auvergne-Rhône-Alpes": 8078, "Nouvelle-Aquitaine": 6034, "Hauts-de-France": 5997,
    "Occitanie": 5973, "Grand Est": 5556, "Provence-Alpes-Côte d'Azur": 5099, "Pays de la Loire": 3833,
    "Bretagne": 3374, "Normandie": 3325, "Bourgogne-Franche-Comté": 2801, "Centre-Val de Loire": 2573, "Corse": 344,
}  # fmt: skip
_NATIONS = {"England": 56490, "Scotland": 5480, "Wales": 3107, "Northern Ireland": 1903}
_PROVINCES = {
    "Álava": 336, "Albacete": 388, "Alicante": 1956, "Almería": 753, "Asturias": 1006, "Ávila": 159, "Badajoz": 667,
    "Baleares": 1210, "Barcelona": 5878, "Burgos": 357, "Cáceres": 389, "Cádiz": 1251, "Cantabria": 589,
    "Castellón": 605, "Ciudad Real": 493, "Córdoba": 773, "Cuenca": 198, "Girona": 814, "Granada": 931,
    "Guadalajara": 276, "Guipúzcoa": 727, "Huelva": 534, "Huesca": 226, "Jaén": 621, "A Coruña": 1124, "La Rioja": 322,
    "Las Palmas": 1145, "León": 449, "Lleida": 448, "Lugo": 324, "Madrid": 6872, "Málaga": 1752, "Murcia": 1552,
    "Navarra": 672, "Ourense": 304, "Palencia": 158, "Pontevedra": 944, "Salamanca": 327,
    "Santa Cruz de Tenerife": 1070, "Segovia": 155, "Sevilla": 1960, "Soria": 89, "Tarragona": 850, "Teruel": 134,
    "Toledo": 731, "Valencia": 2711, "Valladolid": 521, "Vizcaya": 1155, "Zamora": 166, "Zaragoza": 975, "Ceuta": 83,
    "Melilla": 86,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _People:
    """Where the names of a country come from. *is_ascii*: they are written in no other letters; *but* those of the list
    that are left out, as are those that stand there with their accents as well if *twice*. *joint*: what may stand
    between two names that are one."""

    locale: str
    common: Names
    is_ascii: bool
    spelt: Callable[[str], str]
    but: frozenset[str] = frozenset()
    twice: bool = False
    joint: str = "-"


def _plain(name: str, more: dict[int, str] | None = None) -> str:
    letters = unicodedata.normalize("NFKD", name.translate(more or {}).translate(_SPELT))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha()).capitalize()


_GERMANS = _People(locale="de_DE", common=GERMAN, is_ascii=False, spelt=partial(_plain, more=_GERMAN_SPELT))
_FRENCH = _People(locale="fr_FR", common=FRENCH, is_ascii=False, spelt=_plain)
_BRITISH = _People(locale="en_GB", common=BRITISH, is_ascii=True, spelt=_plain)

_SPANIARDS = _People(
    locale="es_ES",
    common=SPANISH,
    is_ascii=False,
    spelt=_plain,
    but=frozenset(name.replace("_", " ") for name in SPANISH_PET_NAMES.split()),
    twice=True,
    joint=" ",
)


def _families(people: _People, folder: Path) -> tuple[Row, list[Row]]:
    """Names as they are written and in ASCII, share: the common ones first, the others in no order."""
    common = people.common.families.split()
    top, flat, steep = people.common.curve
    shares = [str(round(top * (1 + flat) ** steep / (place + flat) ** steep)) for place in range(1, len(common) + 1)]
    others = _others(_faker(people.locale, folder)["last_names"], people, common)
    rows = [
        _written(people, name, share)
        for name, share in (*zip(common, shares, strict=True), *((name, "") for name in others))
    ]
    return _columns(people, "share"), rows


def _given(people: _People, folder: Path) -> tuple[Row, list[Row]]:
    """Names as they are written and in ASCII, gender, share: the common ones of both genders by turns, then the
    others."""
    lists = _faker(people.locale, folder)
    common = {
        gender: [name.replace("_", " ") for name in names.split()]
        for gender, names in (("m", people.common.male), ("f", people.common.female))
    }
    first: list[tuple[int, str, str]] = []
    for gender, names in common.items():
        whole = 2 * sum(1 / (place + _FLAT) for place in range(len(names)))
        first += [
            (round(people.common.told / (place + _FLAT) / whole), name, gender) for place, name in enumerate(names)
        ]
    first.sort(key=lambda entry: (-entry[0], entry[1]))
    taken = {name for _, name, _ in first}
    of_gender = {"m": lists["first_names_male"], "f": lists["first_names_female"]}
    both = set(of_gender["m"]) & set(of_gender["f"])
    rows = [_written(people, name, gender, str(share)) for share, name, gender in first]
    for gender, names in of_gender.items():
        rows += [_written(people, name, gender, "") for name in _others(names, people, taken) if name not in both]
    return _columns(people, "gender", "share"), rows


def _columns(people: _People, *others: str) -> Row:
    return (*(() if people.is_ascii else ("latin",)), "romaji", *others)


def _written(people: _People, name: str, *others: str) -> Row:
    return (*(() if people.is_ascii else (name,)), name if people.is_ascii else people.spelt(name), *others)


def _others(names: Iterable[str], people: _People, taken: Iterable[str]) -> list[str]:
    """Those of the *names* of a list that are not *taken*, as they are written."""
    names, taken = list(names), set(taken)
    written: dict[str, str] = {}
    if people.twice:
        # The one of most accents is how it is written.
        for name in sorted({*names, *taken}, key=lambda name: (sum(not letter.isascii() for letter in name), name)):
            written[_plain(name)] = name
    return [
        name
        for name in names
        if name not in taken | people.but and _is_name(name, people) and written.get(_plain(name), name) == name
    ]


def _is_name(name: str, people: _People) -> bool:
    return re.fullmatch(r"[A-Z][a-z]+" if people.is_ascii else rf"{_NAME}(?:{people.joint}{_NAME})?", name) is not None


def _faker(locale: str, folder: Path) -> Mapping[str, list[str]]:
    """The lists of a provider's class, each name once, sorted."""
    tree = ast.parse(FAKER.member(folder, f"faker/providers/person/{locale}/__init__.py"))
    (provider,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    found: dict[str, list[str]] = {}
    for node in provider.body:
        if (
            isinstance(node, (ast.Assign, ast.AnnAssign))
            and isinstance(target := node.target if isinstance(node, ast.AnnAssign) else node.targets[0], ast.Name)
            and re.match("(?:first|last)_names", target.id)
        ):
            strings = {
                part.value
                for part in ast.walk(node.value or node)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
            found[target.id] = sorted(strings)
    return found


german_families, german_given = partial(_families, _GERMANS), partial(_given, _GERMANS)
french_families, french_given = partial(_families, _FRENCH), partial(_given, _FRENCH)
spanish_families, spanish_given = partial(_families, _SPANIARDS), partial(_given, _SPANIARDS)
british_families, british_given = partial(_families, _BRITISH), partial(_given, _BRITISH)


def german_places(folder: Path) -> tuple[Row, list[Row]]:
    """Postal code, town, land: where a town is one of its own, its codes are as likely as several."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for entry in _entries(GERMAN_CODES, folder):
        land, town = entry["community_code"][:2], entry["place"]
        if land in _LANDS and _TOWN.fullmatch(town) and not _NO_TOWN.search(town):
            is_city = town in entry["community"]
            row = (entry["zipcode"], town, _LANDS[land][0])
            before = found[land].get(entry["zipcode"])
            if before is None or is_city or digest(" ".join(row)) < digest(" ".join(before)):
                found[land][entry["zipcode"]] = row
    return _chosen(
        {land: list(rows.values()) for land, rows in found.items()}, {land: of for land, (_, of) in _LANDS.items()}
    )


def french_places(folder: Path) -> tuple[Row, list[Row]]:
    """Postal code, commune, region: of the communes of one code one."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for entry in _entries(FRENCH_CODES, folder):
        region, town = entry["state"], re.sub(r" \d\d$", "", entry["place"]).replace("’", "'")
        if (
            region in _REGIONS
            and _COMMUNE.fullmatch(town)
            and "cedex" not in town.lower()
            and re.fullmatch(r"\d{5}", entry["zipcode"])
        ):
            row = (entry["zipcode"], town, region)
            before = found[region].get(entry["zipcode"])
            if before is None or digest(" ".join(row)) < digest(" ".join(before)):
                found[region][entry["zipcode"]] = row
    return _chosen({region: list(rows.values()) for region, rows in found.items()}, _REGIONS)


def spanish_places(folder: Path) -> tuple[Row, list[Row]]:
    """Postal code, municipality, province: of the places of one code the one that the municipality is called by, whose
    accents GeoNames has there alone. Codes that no such place has are left out."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for entry in _entries(SPANISH_CODES, folder):
        code, province = entry["zipcode"], entry["province"]
        called = [_plain(name) for name in _spanish_names(entry["place"])]
        towns = [name for name in _spanish_names(entry["community"]) if _plain(name) in called]
        if (
            province in _PROVINCES
            and entry["community_code"][:2] == code[:2]
            and not _NOBODYS.fullmatch(code)
            and towns
            and _MUNICIPALITY.fullmatch(towns[0])
        ):
            row = (code, min(towns, key=lambda name: called.index(_plain(name))), province)
            before = found[province].get(code)
            if before is None or digest(" ".join(row)) < digest(" ".join(before)):
                found[province][code] = row
    return _chosen({province: list(rows.values()) for province, rows in found.items()}, _PROVINCES)


def _spanish_names(written: str) -> list[str]:
    """What a town is called in either language, its article in front.

    >>> _spanish_names("Ejido, El"), _spanish_names("Alcora, l'"), _spanish_names("Donostia / San Sebastián")
    (['El Ejido'], ["L'Alcora"], ['Donostia', 'San Sebastián'])
    """
    names = []
    for one in written.split("/"):
        name, _, article = (part.strip() for part in one.partition(","))
        names.append(f"{article.capitalize()}{'' if article.endswith(chr(39)) or not article else ' '}{name}")
    return names


def british_places(folder: Path) -> tuple[Row, list[Row]]:
    """Postal code, town, county or nation. GeoNames has the first half of a code; the second is made up."""
    found: dict[str, list[Row]] = defaultdict(list)
    for entry in _entries(BRITISH_CODES, folder):
        nation, town, outward = entry["state"], entry["place"], entry["zipcode"]
        if (
            nation in _NATIONS
            and re.fullmatch(r"[A-Z][A-Za-z' -]+", town)
            and re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?", outward)
        ):
            drawn = digest(f"{outward} {town}")
            letters = _INWARD[drawn // 10 % 20] + _INWARD[drawn // 200 % 20]
            found[nation].append((f"{outward} {drawn % 9 + 1}{letters}", town, entry["province"] or nation))
    return _chosen(found, _NATIONS)


def _chosen(rows: Mapping[str, list[Row]], inhabitants: Mapping[str, int]) -> tuple[Row, list[Row]]:
    return ("postal", "city", "region"), sample(rows, inhabitants, lambda row: f"{row[0]} {row[1]}")


def _entries(source: Source, folder: Path) -> Iterable[dict[str, str]]:
    """The rows of a country, as the repository has them, packed within the archive."""
    with ZipFile(BytesIO((folder / source.archive).read_bytes())) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".csv"))
    return csv.DictReader(StringIO(source.member(folder, name).decode("utf-8")))
