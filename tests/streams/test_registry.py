"""Against a loopback double of the registry's documented REST API."""

import base64
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from schemas import contracts
from schemas.codec import Codec
from schemas.records import Tick
from streams.log import LogError, Unreachable
from streams.registry import Registry

KIND = "application/vnd.schemaregistry.v1+json"


class Double(BaseHTTPRequestHandler):
    """Subjects, versions, lookups and compatibility settings, in memory."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    ids: ClassVar[dict[str, int]]
    subjects: ClassVar[dict[str, list[str]]]
    rules: ClassVar[dict[str, str]]
    asked: ClassVar[list[str]]
    user: ClassVar[str]
    answers: ClassVar[dict[str, tuple[int, Any]]]

    def do_POST(self) -> None:
        schema = json.dumps(json.loads(self.body()["schema"]), sort_keys=True)
        subject = self.path.split("/")[2]
        if self.path.endswith("/versions"):
            self.subjects.setdefault(subject, []).append(schema)
            self.answer(200, {"id": self.ids.setdefault(schema, len(self.ids) + 100)})
        elif subject not in self.subjects:
            self.answer(404, {"error_code": 40401, "message": f"Subject '{subject}' not found."})
        elif schema not in self.subjects[subject]:
            self.answer(404, {"error_code": 40403, "message": "Schema not found"})
        else:
            version = self.subjects[subject].index(schema) + 1
            self.answer(200, {"subject": subject, "id": self.ids[schema], "version": version})

    def do_PUT(self) -> None:
        self.rules[self.path.removeprefix("/config/")] = self.body()["compatibility"]
        self.answer(200, {"compatibility": "..."})

    def body(self) -> dict[str, str]:
        self.asked.append(f"{self.command} {self.path}")
        found: dict[str, str] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return found

    def answer(self, status: int, body: Any) -> None:
        if self.user and self.headers["Authorization"] != self.user:
            status, body = 401, {"error_code": 401, "message": "Unauthorized"}
        for ending, fixed in self.answers.items():
            if self.path.endswith(ending):
                status, body = fixed
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", KIND)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def double() -> Iterator[type[Double]]:
    class Fresh(Double):
        ids: ClassVar[dict[str, int]] = {}
        subjects: ClassVar[dict[str, list[str]]] = {}
        rules: ClassVar[dict[str, str]] = {}
        asked: ClassVar[list[str]] = []
        user = ""
        answers: ClassVar[dict[str, tuple[int, Any]]] = {}

    yield Fresh


def serve(handler: type[Double], secured: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if secured is not None:
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def url(double: type[Double]) -> Iterator[str]:
    server = serve(double)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_empty_registry_gets_every_contract_and_gives_each_an_id(
    url: str, double: type[Double]
) -> None:
    ids = Registry(url).ids()
    assert ids.keys() == set(contracts.names())
    assert len(set(ids.values())) == len(ids)
    assert double.subjects.keys() == {contracts.parsed(name)["name"] for name in ids}
    assert "spendwatch.Usage" in double.subjects


def test_the_ids_are_what_the_codec_frames_with(url: str) -> None:
    ids = Registry(url).ids()
    tick = Tick(time=datetime(2026, 11, 3, tzinfo=UTC))
    message = Codec(ids).encode(tick)
    assert message[:5] == b"\x00" + ids["tick.v1"].to_bytes(4, "big")
    assert Codec(ids).decode(message) == tick


def test_usage_stays_fully_compatible_and_the_rest_backwards(
    url: str, double: type[Double]
) -> None:
    Registry(url).ids()
    assert double.rules.pop("spendwatch.Usage") == "FULL"
    assert set(double.rules.values()) == {"BACKWARD_TRANSITIVE"}


def test_a_second_start_only_looks_up(url: str, double: type[Double]) -> None:
    first = Registry(url).ids()
    double.asked.clear()
    assert Registry(url).ids(register=False) == Registry(url).ids() == first
    assert len(double.asked) == 2 * len(first)
    assert not [asked for asked in double.asked if "versions" in asked or "config" in asked]


def test_where_registering_is_off_a_missing_contract_is_told(
    url: str, double: type[Double]
) -> None:
    with pytest.raises(LogError, match="is not registered as spendwatch"):
        Registry(url).ids(register=False)
    assert double.subjects == {}


@pytest.mark.parametrize(
    ("refused", "kind", "words"),
    [
        (("/versions", 409, {"message": "READER_FIELD_MISSING"}), LogError, "READER_FIELD_MISSING"),
        (("/versions", 422, {"message": "Invalid schema"}), LogError, "422 Invalid schema"),
        (("/versions", 403, {}), LogError, r"is refused \(403\)"),
        (("/versions", 500, {"message": "backend"}), Unreachable, "500 backend"),
        (("/versions", 200, b"<html>a proxy</html>"), LogError, "holds no id"),
        (("/versions", 200, {"id": "7"}), LogError, "holds no id"),
        (("spendwatch.Usage", 503, b""), Unreachable, "fails with 503"),
    ],
)
def test_what_the_registry_refuses_is_told_in_words(
    url: str, double: type[Double], refused: tuple[str, int, Any], kind: type, words: str
) -> None:
    ending, status, body = refused
    double.answers[ending] = (status, body)
    with pytest.raises(kind, match=words) as told:
        Registry(url).ids()
    assert url in str(told.value) or "holds no id" in words
    assert "contract" in str(told.value)


def test_a_registry_that_is_not_there_is_told_with_its_address() -> None:
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:1 does not answer"):
        Registry("http://127.0.0.1:1").ids()


@pytest.mark.parametrize(
    ("url", "user", "words"),
    [
        ("ftp://registry", "", "http or https"),
        ("registry:8081", "", "http or https"),
        ("https://user:hunter2@registry", "", "don't belong into the URL"),
        ("http://registry:8081", "meter", "over https only"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, user: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        Registry(url, user, "hunter2")
    assert "hunter2" not in str(refusal.value)


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(Registry("https://registry", "meter", "hunter2"))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of 127.0.0.1, signed by itself, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificate can be made")
    made = tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_bytes(b"".join((tmp_path / f"{n}.pem").read_bytes() for n in ("key", "cert")))
    return made


def test_over_https_the_certificate_is_verified_and_the_user_told(
    double: type[Double], certificate: Path
) -> None:
    double.user = "Basic " + base64.b64encode(b"meter:hunter2").decode()
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(certificate)
    server = serve(double, secured)
    url = f"https://127.0.0.1:{server.server_port}"
    try:
        with pytest.raises(LogError, match="certificate verify failed"):
            Registry(url, "meter", "hunter2").ids()
        ca = str(certificate.with_name("cert.pem"))
        with pytest.raises(LogError, match="user 'meter' is refused") as refusal:
            Registry(url, "meter", "hunter3", ca).ids()
        assert "hunter3" not in str(refusal.value)
        assert len(Registry(url, "meter", "hunter2", ca).ids()) == len(contracts.names())
    finally:
        server.shutdown()
        server.server_close()
