"""Given names of one gender: the same as of all, in the same scripts, each as much more frequent as the others leave
room."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Literal

from masker.masks.locales.pools import Drawn, Pool, named, pairs_of, rows_as_counted, rows_by_frequency
from masker.masks.locales.words import rows_of
from masker.masks.numbers import SLOTS, Numbers

#: As the rows have it.
Gender = Literal["m", "f"]


def of_gender(
    locale: str, script: str, gender: Gender, *, numbers: Numbers | None = None, by_value: bool = False
) -> Pool:
    """The given names of *gender* in *script*, of those that everybody's are drawn from: see
    :meth:`~masker.masks.locales.locale.Locale.names`."""
    return _of_gender(locale, script, gender, numbers, by_value)


@cache
def _of_gender(locale: str, script: str, gender: Gender, numbers: Numbers | None, by_value: bool) -> Pool:
    return named(
        locale,
        "given",
        script,
        _rows(locale, gender, numbers, by_value),
        f" {gender}",
        pairs_of(locale, "given", script, gender),
    )


@cache
def _rows(locale: str, gender: Gender, numbers: Numbers | None, by_value: bool) -> Drawn:
    genders = rows_of(locale, "given").columns["gender"]
    if numbers is not None:
        whole = rows_as_counted(locale, "given", numbers, len(genders) if by_value else 0)
    else:
        whole = Drawn((), tuple(range(len(genders)))) if by_value else rows_by_frequency(locale, "given")
    times = Counter(at for at in whole.common if genders[at] == gender)
    told, tail = sum(times.values()), -(-(len(whole.rare) + whole.more) // 2)
    # Half of those that there are, however many of either gender the list has next.
    own = [at for at in (*whole.rare, *range(len(genders))) if genders[at] == gender and at not in times]
    rare = tuple(dict.fromkeys(own))[: tail if told or tail else max(1, len(set(whole.common)) // 2)]
    # Common names come twice as often, since the others of them come not at all.
    room = min(2 * told, SLOTS - 1) if rare else SLOTS
    common, sofar = list[int](), 0
    for at, each in times.items():
        sofar += each
        common += [at] * (round(sofar * room / told) - len(common))
    return Drawn(tuple(common), rare, tail - len(rare) if rare and tail > len(rare) else 0)
