"""Storages that are known by host names, as Amazon's is by bucket, region and access point, behind a proxy for TLS: the
storage is moto."""

from __future__ import annotations

import re
import ssl
import subprocess
from pathlib import Path
from typing import Any

from tests.buckets.proxy import Handler, Proxy

#: A store that takes buckets as host names only, and one that lives below a path.
VIRTUAL, BELOW_A_PATH = "oss.store.example", "paths.store.example"
PATH = "/storage/v1/s3"
ACCOUNT = "123456789012"

_NAMES = [
    *(f"{star}s3.{region}.amazonaws.com" for region in ("us-east-1", "eu-west-1") for star in ("", "*.")),
    "s3.amazonaws.com",
    "*.s3.amazonaws.com",
    "*.s3-accesspoint.eu-west-1.amazonaws.com",
    "*.s3-control.eu-west-1.amazonaws.com",
    VIRTUAL,
    f"*.{VIRTUAL}",
    BELOW_A_PATH,
]
_HOST = re.compile(r"(?:(?P<bucket>[^/]+)\.)?s3\.(?:(?P<region>[a-z]+-[a-z]+-\d)\.)?amazonaws\.com\Z")
_SIGNED = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")


class Amazon(Proxy):
    """*regions* are those of buckets, *access_points* names of buckets by that of the access point."""

    def __init__(self, upstream: str, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        _make_certificates(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
        self.regions: dict[str, str] = {}
        self.access_points: dict[str, str] = {}
        super().__init__(upstream, _Handler)


class _Handler(Handler):
    region = ""

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes, cut: int | None) -> None:
        super()._answer(status, headers | ({"x-amz-bucket-region": self.region} if self.region else {}), body, cut)

    def do_CONNECT(self) -> None:  # noqa: N802 - the name that the standard library calls
        self.send_response(200)
        self.end_headers()
        self.connection = self.amazon.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    @property
    def amazon(self) -> Amazon:
        assert isinstance(self.server.proxy, Amazon)
        return self.server.proxy

    def _resolved(self) -> None:
        host = self.asked_host = str(self.headers["Host"])
        self.region = ""
        if host == BELOW_A_PATH:
            self._serve("", self.path.removeprefix(PATH) if self.path.startswith(PATH) else "/no-such-route")
        elif host == VIRTUAL:
            self._refuse(403, "SecondLevelDomainForbidden")
        elif host.endswith(f".{VIRTUAL}"):
            self._serve(host.removesuffix(f".{VIRTUAL}"), self.path)
        elif ".s3-accesspoint." in host:
            self._serve(self.amazon.access_points[host.partition(f"-{ACCOUNT}.")[0]], self.path)
        elif ".s3-control." in host:
            self._refuse(403, "AccessDenied")
        else:
            self._of_a_region(host)

    def _of_a_region(self, host: str) -> None:
        found = _HOST.match(host)
        assert found, host
        bucket = found["bucket"] or self.path.lstrip("/").partition("/")[0].partition("?")[0]
        home = self.region = self.amazon.regions.get(bucket, "us-east-1")
        asked = found["region"] or "us-east-1"
        signed = _SIGNED.search(self.headers.get("Authorization", ""))
        if asked != home:
            self._refuse(301, "PermanentRedirect")
        elif signed and signed[1] != home:
            self._refuse(400, "AuthorizationHeaderMalformed")
        else:
            self._serve(found["bucket"] or "", self.path)

    def _serve(self, bucket: str, path: str) -> None:
        self.path = f"/{bucket}{path}" if bucket else path
        source = self.headers.get("x-amz-copy-source", "")
        for name, real in self.amazon.access_points.items():
            if f"accesspoint/{name}/object/" in source or f"accesspoint%2F{name}/object/" in source:
                del self.headers["x-amz-copy-source"]
                self.headers["x-amz-copy-source"] = f"{real}/{source.partition('/object/')[2]}"
        del self.headers["Host"]
        self.headers["Host"] = self.amazon.upstream.netloc
        self._pass()

    def _refuse(self, status: int, code: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = f"<Error><Code>{code}</Code><Message>by the test</Message></Error>".encode()
        self._answer(status, {}, body, None)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _resolved  # noqa: N815 - the names that the standard library calls


def _make_certificates(folder: Path) -> None:
    """An authority of one's own, and a certificate of it for every name here."""

    def openssl(*words: str) -> Any:
        return subprocess.run(["/usr/bin/env", "openssl", *words], cwd=folder, check=True, capture_output=True)

    (folder / "names").write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in _NAMES) + "\n")
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=own",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
    )
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=storage")
    openssl(
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "leaf.pem",
        "-days",
        "2",
        "-extfile",
        "names",
    )
