"""Where a call may go: hostile URLs, hostile names, certificates, redirects, long answers."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web

from notifiers.addresses import LOOPBACK, Forbidden, Reach
from notifiers.base import Refused, Uncertain, Unreachable
from notifiers.outbound import LONGEST_ANSWER, Blocked, GuardedResolver, Outbound
from tests.notifiers.vendor_double import CUT

PUBLIC = Reach()
LOCAL = Reach(allow_http=True)

HOSTILE_URLS = (
    "http://example.com/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1./",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00::1]/",
    "https://[fec0::1]/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://example.com:22/",
    "https://example.com:99999/",
    "https://user:secret@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1%2f@example.com/",
    "https://exa mple.com/",
    "https://ex\nample.com/",
    "https://ⓛocalhost/",
    "https://[::1/",
    "https:///path",
    "https://",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "",
)


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_hostile_address_is_forbidden(url: str) -> None:
    with pytest.raises(Forbidden):
        PUBLIC.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "https://hooks.example.com:8443/a?b=c",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://a_b.example.co.uk/",
    ],
)
def test_a_public_address_over_https_may_be_called(url: str) -> None:
    PUBLIC.check(url)


def test_plain_http_is_for_this_machine_only() -> None:
    LOCAL.check("http://127.0.0.1:8080/hook")
    LOCAL.check("http://localhost:8080/hook")
    for url in ("http://example.com/", "http://10.0.0.1/"):
        with pytest.raises(Forbidden, match="https_only"):
            LOCAL.check(url)


def test_a_private_network_can_be_allowed_by_name_and_no_other_with_it() -> None:
    inside = Reach(allow_private=(LOOPBACK[0],))
    inside.check("https://127.0.0.9:9443/")

    with pytest.raises(Forbidden):
        inside.check("https://10.0.0.1/")


def test_an_address_inside_another_is_judged_too() -> None:
    assert PUBLIC.allows(ip_address("64:ff9b::808:808"))
    assert not PUBLIC.allows(ip_address("64:ff9b::a00:1"))
    assert PUBLIC.allows(ip_address("::ffff:8.8.8.8"))
    assert not PUBLIC.allows(ip_address("2002:a00:1::"))


async def test_a_name_that_resolves_to_this_machine_is_blocked() -> None:
    with pytest.raises(Blocked):
        await GuardedResolver(PUBLIC).resolve("localhost", 443)

    found = await GuardedResolver(LOCAL).resolve("localhost", 443, socket.AF_INET)
    assert {one["host"] for one in found} == {"127.0.0.1"}


async def test_a_blocked_name_is_refused_and_never_connected() -> None:
    out = Outbound(PUBLIC)

    with pytest.raises(Refused, match="address_not_allowed"):
        await out.request("GET", "https://localhost/")
    await out.close()


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    out = Outbound(LOCAL)

    with pytest.raises(Unreachable):
        await out.request("GET", f"http://127.0.0.1:{port}/")
    await out.close()


@pytest.fixture
async def local() -> AsyncIterator[tuple[Outbound, str, list[str]]]:
    """A server that redirects, hangs up, and says a lot."""
    visited: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        visited.append(request.path)
        if request.path == "/away":
            raise web.HTTPFound("/elsewhere")
        if request.path == "/cut":
            assert CUT.status is None
            assert request.transport is not None
            request.transport.abort()
        return web.Response(body=b"x" * (LONGEST_ANSWER + 10))

    app = web.Application()
    app.router.add_get("/{path}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    out = Outbound(LOCAL)
    yield out, f"http://127.0.0.1:{runner.addresses[0][1]}", visited
    await out.close()
    await runner.cleanup()


async def test_redirects_are_not_followed(local: tuple[Outbound, str, list[str]]) -> None:
    out, url, visited = local
    answer = await out.request("GET", f"{url}/away")

    assert answer.status == 302
    assert visited == ["/away"]


async def test_an_answer_is_read_up_to_a_limit(local: tuple[Outbound, str, list[str]]) -> None:
    out, url, _ = local
    answer = await out.request("GET", f"{url}/long")

    assert 0 < len(answer.body) <= LONGEST_ANSWER


async def test_a_lost_answer_is_uncertain(local: tuple[Outbound, str, list[str]]) -> None:
    out, url, _ = local

    with pytest.raises(Uncertain):
        await out.request("GET", f"{url}/cut")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that no authority of the system has signed, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    made, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    wanted = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(made)]
    subprocess.run(["openssl", "req", *wanted, *named, *files], check=True, capture_output=True)
    return made, key


@pytest.fixture
async def private(certificate: tuple[Path, Path]) -> AsyncIterator[tuple[str, Path]]:
    """A server with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}/", certificate[0]
    await runner.cleanup()


async def test_an_unknown_certificate_is_not_trusted(private: tuple[str, Path]) -> None:
    url, _ = private
    out = Outbound(Reach(allow_private=LOOPBACK))

    with pytest.raises(Unreachable, match="Certificate"):
        await out.request("GET", url)
    await out.close()


async def test_the_organisations_own_authority_can_be_added(private: tuple[str, Path]) -> None:
    url, certificate = private
    out = Outbound(Reach(allow_private=LOOPBACK), str(certificate))

    assert (await out.request("GET", url)).status == 404
    await out.close()


async def test_an_authority_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Refused, match="ca_file_unreadable"):
        await Outbound(LOCAL, "/nowhere/ca.pem").request("GET", "http://127.0.0.1:9/")
