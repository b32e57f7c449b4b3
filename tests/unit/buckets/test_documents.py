"""Documents as S3 and its like write them, and as they arrive on a bad day."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.buckets.client.xml import read_acl, read_copy, read_deleted, read_error, read_page, write_delete
from masker.buckets.errors import StorageFault
from masker.buckets.objects import Entry, Page

_KEY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def _page(
    objects: str, *, more: str = "false", count: int | None = None, encoding: str = "<EncodingType>url</EncodingType>"
) -> bytes:
    number = objects.count("<Contents>") if count is None else count
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult'
        ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix>'
        f"<KeyCount>{number}</KeyCount><MaxKeys>1000</MaxKeys>{encoding}<IsTruncated>{more}</IsTruncated>{objects}</ListBucketResult>"
    ).encode()


def _object(key: str, size: int = 1, extra: str = "") -> str:
    return (
        f"<Contents><Key>{key}</Key><LastModified>2026-01-02T00:00:00.000Z</LastModified><ETag>&quot;abc-2&quot;</ETag>{extra}"
        f"<Size>{size}</Size><StorageClass>STANDARD_IA</StorageClass></Contents>"
    )


@given(st.lists(_KEY, max_size=5))
def test_keys_read_as_they_are(keys: list[str]) -> None:
    page = read_page(_page("".join(_object(quote("p/" + key, safe="/")) for key in keys)), "p/")
    assert page == Page([Entry(key, 1, "abc-2", "STANDARD_IA") for key in keys], is_last=True)


@pytest.mark.parametrize(
    "one",
    [
        _object("p/a"),
        _object(
            "p/a", extra="<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
        ),
        '<Contents><ETag>"abc-2"</ETag><Key>p/a</Key><Owner><ID>x</ID></Owner><Size>1</Size><StorageClass>STANDARD_IA</StorageClass></Contents>',
        (
            "<Contents>\n  <Key>p/a</Key>\n  <LastModified>x</LastModified>\n  <ETag>&quot;abc-2&quot;</ETag>\n "
            " <Size>1</Size>\n <Owner>\n<ID>1</ID>\n</Owner>\n<StorageClass>STANDARD_IA</StorageClass>\n</Contents>"
        ),
    ],
)
def test_fields_in_any_order(one: str) -> None:
    assert read_page(_page(one + _object("p/b"), more="true"), "p/") == Page(
        [Entry("a", 1, "abc-2", "STANDARD_IA"), Entry("b", 1, "abc-2", "STANDARD_IA")], is_last=False
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda body: re.sub(rb"<(/?)([A-Z])", rb"<\1s3:\2", body).replace(b"xmlns=", b"xmlns:s3="),
        lambda body: re.sub(rb"<Key>([^<]*)</Key>", rb"<Key><![CDATA[\1]]></Key>", body),
        lambda body: re.sub(rb"<ETag>[^<]*</ETag>", b'<ETag><![CDATA["abc-2"]]></ETag>', body),
        lambda body: body.replace(b"<Contents>", b"<!-- one -->\n<Contents>"),
    ],
    ids=["prefixes", "keys", "ETags", "comments"],
)
def test_all_that_xml_allows_reads_as_amazon_writes_it(change: Callable[[bytes], bytes]) -> None:
    body = change(_page(_object("p/a%3C") + _object("p/b")))
    assert read_page(body, "p/") == Page(
        [Entry("a<", 1, "abc-2", "STANDARD_IA"), Entry("b", 1, "abc-2", "STANDARD_IA")], is_last=True
    )
    with pytest.raises(StorageFault):
        read_page(body[:-5], "p/")
    with pytest.raises(StorageFault, match="Unreadable"):
        read_page(_page('<Contents id="1"><Key>p/a</Key></Contents>', count=0), "p/")


def test_references_are_those_of_xml() -> None:
    """HTML knows more of them, and other characters by the numbers of some."""
    keys = "p/&#x85;&#133;&amp;copy;&amp;lt;&quot;\U0001f600"
    assert read_page(_page(_object(keys), encoding=""), "p/").entries[0].key == '\x85\x85&copy;&lt;"\U0001f600'


@pytest.mark.parametrize("key", ["p/caf%E9.jpg", "p/%ED%A0%80", "p/%C0%AF"])
def test_a_key_that_is_no_text_is_not_taken_for_another(key: str) -> None:
    with pytest.raises(StorageFault, match="Nameless") as raised:
        read_page(_page(_object("p/a") + _object(key)), "p/")
    assert not raised.value.is_transient
    assert key in str(raised.value)


def test_a_page_for_people_is_told_as_one() -> None:
    with pytest.raises(StorageFault) as raised:
        read_page(b"<!DOCTYPE html><html><body>Console</body></html>", "p/")
    assert "page for people" in str(raised.value)


def test_keys_that_are_not_encoded() -> None:
    assert read_page(_page(_object("p/a+b%20&amp;&lt;"), encoding=""), "p/").entries[0].key == "a+b%20&<"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        _page(_object("p/a"))[:-5],
        _page(_object("p/a"))[:200],
        _page(_object("p/a"), count=2),
        _page("<Contents><Key>p/a</Key></Contents>"),
        _page(_object("p/a") + "<Contents><Key>p/b</Key>", count=1),
        _page(_object("p/a")).replace(b"<IsTruncated>false</IsTruncated>", b""),
        b"<html>oops</html>",
        b"\xff</ListBucketResult>",
    ],
)
def test_half_a_page_is_none(body: bytes) -> None:
    with pytest.raises(StorageFault) as raised:
        read_page(body, "p/")
    assert raised.value.is_transient


def _grants(*grants: str) -> bytes:
    listed = f"<AccessControlList>{''.join(grants)}</AccessControlList>"
    return f"<AccessControlPolicy><Owner><ID>me</ID></Owner>{listed}</AccessControlPolicy>".encode()


def _grant(group: str, permission: str) -> str:
    return f"<Grant><Grantee><URI>http://acs.amazonaws.com/groups/{group}</URI></Grantee><Permission>{permission}</Permission></Grant>"


def test_acls() -> None:
    own = "<Grant><Grantee><ID>me</ID></Grantee><Permission>READ</Permission></Grant>"
    assert read_acl(_grants(own, _grant("global/AllUsers", "READ"))) == "public-read"
    assert read_acl(_grants(_grant("global/AllUsers", "FULL_CONTROL"))) == "public-read"
    assert (
        read_acl(_grants(own, _grant("global/AllUsers", "READ_ACP"), _grant("global/AuthenticatedUsers", "READ")))
        == "private"
    )
    with pytest.raises(StorageFault):
        read_acl(_grants(own)[:-3])


def test_copies() -> None:
    assert read_copy(b"<CopyObjectResult><ETag>&quot;abc&quot;</ETag></CopyObjectResult>") == "abc"
    with pytest.raises(StorageFault) as raised:
        read_copy(b"<?xml version='1.0'?>\n\n<Error><Code>SlowDown</Code><Message>reduce</Message></Error>")
    assert raised.value.is_throttle
    for half in (b"", b"   ", b"<CopyObjectResult><ETag>abc"):
        with pytest.raises(StorageFault):
            read_copy(half)


@given(
    st.lists(
        st.text(
            st.characters(
                exclude_categories=["Cs", "Cc"], include_characters="\t\r\n", exclude_characters="\ufffe\uffff"
            ),
            min_size=1,
        ),
        max_size=5,
    )
)
def test_delete_documents_say_the_keys(keys: list[str]) -> None:
    root = ET.fromstring(write_delete([(key, None) for key in keys]))  # noqa: S314 - our own document
    assert [element.text for element in root.iter("{http://s3.amazonaws.com/doc/2006-03-01/}Key")] == keys


def test_deleted() -> None:
    failed = b"<Error><Key>c</Key><Code>AccessDenied</Code></Error>"
    body = b"<DeleteResult><Deleted><Key>a&amp;b</Key></Deleted>" + failed + b"</DeleteResult>"
    assert read_deleted(body).failed == (("c", "AccessDenied"),)
    with pytest.raises(StorageFault):
        read_deleted(body[:-4])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<DeleteResult/>",
        b'<?xml version="1.0"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>\n',
        b'<s3:DeleteResult xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" />',
        b'<ns2:DeleteResult xmlns:ns2="x"><ns2:Deleted><ns2:Key>a</ns2:Key></ns2:Deleted></ns2:DeleteResult>',
    ],
)
def test_nothing_failed_as_libraries_write_it(body: bytes) -> None:
    assert read_deleted(body).failed == ()


def test_a_failure_with_prefixed_names() -> None:
    body = (
        b"<a:DeleteResult"
        b' xmlns:a="x"><a:Error><a:Key>c:d</a:Key><a:Code>AccessDenied</a:Code></a:Error></a:DeleteResult>'
    )
    assert read_deleted(body).failed == (("c:d", "AccessDenied"),)


def test_errors_without_a_document() -> None:
    assert read_error(503, b"").is_throttle
    assert read_error(404, b"").is_missing
    assert read_error(403, b"<html>").is_denied
