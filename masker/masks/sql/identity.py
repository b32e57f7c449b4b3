"""*Who* a masked value belongs to, as SQL: key columns of the row, or the value itself.

An identity and a scope give, for each *part* of a rendered value (family name, given name, number …), an independent
64-bit number. Two columns of one scope and equal identities get equal numbers, whatever their integer types.

Key columns go through PostgreSQL's own extended hashes, on which hash partitioning relies and which are therefore
stable across versions. ``hashint8extended`` folds its argument to 32 bits before hashing, so the upper half is hashed
in once more: else every pair of 64-bit identifiers with equal folds would collide. Texts and everything else count as
values: SHA-256 over the scope's subkey and the value, of which the number is 64 bits. A second digest around the first,
as HMAC has, guards digests that are shown from being continued; nothing shows these, and it would take as long again.

Who knows a key and most bits of its number has the seed after 2^32 tries: the extended hashes can be run backwards.
Where the key stands beside it, the number says nothing that the row does not; where the key is masked, it would say
whose row it is. So what shows most bits of a number takes :meth:`Identity.shown`, from which nobody goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.sql.bindings import Bindings
from masker.masks.sql.expressions import call, case, cast, column, concat, is_null, paren, text
from masker.masks.sql.formula import formula

#: Characters of a tag that is a digest's, and the bytes they spell. Letters of one case and digits alone tell as much
#: apart as 61 bits do, so that ten million tags differ, but for a chance of one in fifty thousand.
_TAG, _TAG_BYTES = 12, 9

#: Characters of an integer at most, sign included.
_INTEGER_DIGITS = {"int2": 6, "int4": 11, "int8": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a value belongs to.

    *columns* are the identifying columns; *by_value* says that they are the masked column itself, taken by its value.
    *fallback* identifies the row where one of *columns* is NULL, under *own_scope*. *tells_rows_apart* is True if no
    two rows share it (then masks that are one-to-one keep UNIQUE). *is_kept* says that the columns reach the target as
    they are, so that showing them tells nothing new; *hides_keys* that one of them is masked, or of the *fallback* that
    stands in for a NULL. *value* is the text to go by in place of the column's, for a leaf
    inside a document; *ordinal* tells elements of one array apart.

    So that it agrees with others of its scope: *as_text* are the numbers of columns that go by their text though they
    are no texts, *in_lower_case* those of texts that go by lower case because one of the others is a citext, *tag_room*
    the characters that the longest tag of all takes, *meets_keys* whether a value may be the key of another row, that
    others go by.
    """

    columns: tuple[Column, ...]
    by_value: bool
    scope: str
    own_scope: str
    tells_rows_apart: bool
    fallback: tuple[Column, ...] = ()
    is_kept: bool = True
    hides_keys: bool = False
    value: exp.Expression | None = None
    ordinal: exp.Expression | None = None
    as_text: frozenset[int] = frozenset()
    in_lower_case: frozenset[int] = frozenset()
    tag_room: int = 0
    meets_keys: bool = False

    @property
    def draws_alike(self) -> bool:
        """Whether all there is to draw comes equally often: values repeat by themselves, as keys do not."""
        return self.by_value and not self.meets_keys

    def number(self, part: str, bindings: Bindings) -> exp.Expression:
        """A bigint, uniform over 64 bits, sign included."""
        if self.by_value:
            number = _of_digest(self.value_digest(bindings), bindings.seed(self.scope, part))
        else:
            number = _chain(
                self.columns, bindings.seed(self.scope, part), self.scope, bindings, self.as_text, self.in_lower_case
            )
        if not self.by_value and any(c.is_nullable for c in self.columns):
            own = self.fallback or ()
            other = _chain(own, bindings.seed(self.own_scope, part), self.own_scope, bindings)
            missing = _any_null(self.columns)
            number = case((missing, other), default=number)
        if self.ordinal is not None:
            number = call("hashint8extended", self.ordinal.copy(), number)
        return number

    def shown(self, part: str, bindings: Bindings) -> exp.Expression:
        """A bigint as :meth:`number`, all of whose bits may be shown."""
        number = self.number(part, bindings)
        if not self.hides_keys:
            return number
        digest = self._sealed(call("int8send", number), bindings)
        return formula("hashtextextended(encode({d}, 'hex') COLLATE pg_catalog.\"C\", 0)", d=digest)

    def _sealed(self, number: exp.Expression, bindings: Bindings) -> exp.Expression:
        """A digest from which nothing leads back to the *number*, whose seed could be searched for."""
        return call("sha256", concat(bindings.pad(self.scope, "outer"), number))

    def tag(self, bindings: Bindings) -> exp.Expression:
        """A short text that is unique where the identity is: the key itself if it is one integer, else 12 small letters
        and digits.

        A kept integer key says nothing new about the row, and a tester can find the user by it.
        """
        if self.is_plain_integer and not self.columns[0].is_nullable:
            return text(column(self.columns[0].name))
        one = call("int8send", self.number("tag", bindings))
        if self.hides_keys or not (self.is_kept or self.by_value):
            digits = _spelled(self._sealed(one, bindings))
        else:
            digits = _spelled(concat(one, call("int8send", self.number("tag, continued", bindings))))
        if not self.is_plain_integer:
            return digits
        key = column(self.columns[0].name)
        return case((is_null(key), digits), default=text(key.copy()))

    @property
    def tag_length(self) -> int:
        """Characters of :meth:`tag` at most."""
        if not self.is_plain_integer:
            return max(_TAG, self.tag_room)
        (key,) = self.columns
        digits = _INTEGER_DIGITS.get(key.type.name, max(_INTEGER_DIGITS.values()))
        return max(digits, _TAG if key.is_nullable else 0, self.tag_room)

    def value_text(self) -> exp.Expression:
        """The text that it goes by, if it is a value."""
        (column_,) = self.columns
        folds = 0 in self.in_lower_case
        if self.value is None:
            return key_text(column_, folds=folds)
        return call("lower", self.value.copy()) if folds else self.value.copy()

    def value_digest(self, bindings: Bindings) -> exp.Expression:
        """What stands for the value, see :func:`keyed_digest`."""
        return keyed_digest(self.value_text(), self.scope, bindings)

    @property
    def is_plain_integer(self) -> bool:
        """Whether the identity is one integer column that the target will show as it is."""
        return (
            not self.by_value
            and self.is_kept
            and self.ordinal is None
            and not self.as_text
            and len(self.columns) == 1
            and self.columns[0].type.kind is TypeClass.INTEGER
        )

    def within(self, path: str, ordinal: exp.Expression | None = None) -> Identity:
        """The same identity for a leaf inside a document."""
        return replace(
            self, scope=f"{self.scope}{path}", own_scope=f"{self.own_scope}{path}", ordinal=ordinal or self.ordinal
        )


def hides_keys(columns: Iterable[Column], fallback: Iterable[Column], masked: Set[str]) -> bool:
    """Whether one of the *columns* that somebody goes by is *masked*, or of the *fallback*, if one of them may be
    NULL."""
    read = [*columns]
    if any(c.is_nullable for c in read):
        read += fallback
    return any(c.name in masked for c in read)


def _spelled(digest: exp.Expression) -> exp.Expression:
    """The first bytes of *digest* in small letters and digits."""
    # By bytes, and a sign at a time: a third of what lower() by a language's rules and translate() take.
    return formula(
        "lower(replace(replace(encode(substr({digest}, 1, {n}), 'base64'), '+', '0'), '/', '1')"
        ' COLLATE pg_catalog."C")',
        digest=digest,
        n=_TAG_BYTES,
    )


def _chain(
    columns: tuple[Column, ...],
    seed: exp.Expression,
    scope: str,
    bindings: Bindings,
    as_text: frozenset[int] = frozenset(),
    in_lower_case: frozenset[int] = frozenset(),
) -> exp.Expression:
    number = seed
    for at, key in enumerate(columns):
        value = column(key.name)
        match key.type.kind:
            case TypeClass.INTEGER if at not in as_text:
                wide = cast(value, "bigint")
                low = call("hashint8extended", wide, number)
                high = exp.BitwiseRightShift(this=paren(wide.copy()), expression=exp.Literal.number(32))
                number = call("hashint8extended", high, low)
            case TypeClass.UUID if at not in as_text:
                number = call("uuid_hash_extended", cast(value, "uuid"), number)
            case _:
                number = _of_digest(keyed_digest(key_text(key, folds=at in in_lower_case), scope, bindings), number)
    return number


def key_text(key: Column, *, folds: bool = False) -> exp.Expression:
    """The text a column's value goes by: citext compares without case, so it goes by lower case, and so (*folds*) does
    what agrees with it."""
    value = text(column(key.name))
    if key.type.name == "timestamptz" and not key.type.is_domain:
        # As a session in UTC writes it, whatever the session's own zone.
        value = concat(text(call("timezone", "UTC", column(key.name))), "+00")
    return call("lower", value) if key.type.is_citext or folds else value


def keyed_digest(value: exp.Expression, scope: str, bindings: Bindings) -> exp.Expression:
    """The digest of a text under the scope's subkey, in hexadecimal digits that compare by bytes."""
    if (known := bindings.digest(value, scope)) is not None:
        return known
    return formula(
        "encode(sha256({key} || convert_to({v}, 'UTF8')), 'hex') COLLATE pg_catalog.\"C\"",
        key=bindings.pad(scope, "inner"),
        v=value,
    )


def _of_digest(digest: exp.Expression, seed: exp.Expression) -> exp.Expression:
    # Of the digits: to read them as a uuid first takes half as long as the digest itself.
    return call("hashtextextended", digest, seed)


def _any_null(columns: tuple[Column, ...]) -> exp.Expression:
    nullable = [is_null(column(c.name)) for c in columns if c.is_nullable]
    condition = nullable[0]
    for other in nullable[1:]:
        condition = exp.Or(this=condition, expression=other)
    return condition
