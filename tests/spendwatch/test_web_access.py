"""Who may ask, who may write, and what stands on everything that is sent."""

from pathlib import Path

import pytest

from schemas.codec import Codec
from schemas.topics import widths
from spendwatch.failures import Failure
from spendwatch.web import WebSettings, application
from spendwatch.web.access import is_here
from streams.embedded import EmbeddedLog
from streams.views import Views
from tests.spendwatch.web_kit import running
from tests.streams.views_kit import allocation, incident, judged, standing

TOKEN = "t0ken-ü"
SAID = {"incident": "inc_a", "action": "acknowledge", "by": "ada"}


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1:8080", True),
        ("[::1]:8080", True),
        ("localhost", True),
        ("localhost:8080", True),
        ("web.localhost:80", True),
        ("0.0.0.0", False),
        ("[::]", False),
        ("", False),
        ("10.0.0.1", False),
        ("spend.acme.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("[::1", False),
        ("127.0.0.1@evil.example", False),
    ],
)
def test_this_machine_is_known_by_its_names(host: str, here: bool) -> None:
    assert is_here(host) is here


def made(tmp_path: Path, settings: WebSettings) -> None:
    log = EmbeddedLog(tmp_path / "log.db", widths(1, 1), lambda: 0)
    application(Views(Codec()), log, Codec(), settings, lambda: 0)
    log.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "spend.acme.example", ""])
async def test_it_does_not_start_open_to_all(tmp_path: Path, host: str) -> None:
    with pytest.raises(Failure, match="without a token: set SPENDWATCH_TOKEN"):
        made(tmp_path, WebSettings(host=host))
    made(tmp_path, WebSettings(host=host, token=TOKEN))


async def test_with_a_token_reading_is_open_and_writing_needs_it(tmp_path: Path) -> None:
    entries = standing(allocation()), judged(incident())
    async with running(tmp_path, *entries, token=TOKEN) as site:
        assert (await site.get("/v1/allocations"))["allocations"]
        assert (await site.get("/v1/status"))["token_required"]
        for given in (None, "", TOKEN, f"Basic {TOKEN}", "Bearer ", "Bearer t0ken", "bearer x"):
            headers = {} if given is None else {"Authorization": given}
            async with site.client.post("/v1/answers", json=SAID, headers=headers) as answered:
                assert answered.status == 401
                assert answered.headers["WWW-Authenticate"].startswith("Bearer")
                assert TOKEN not in await answered.text()
            told = await site.post("/v1/usage", 401, data="[]", headers=headers)
            assert told["error"]["reason"] == "unauthorized"
        right = {"Authorization": f"Bearer {TOKEN}"}
        await site.post("/v1/answers", json=SAID, headers=right)
        assert [one.by for one in site.answers()] == ["ada"]


async def test_the_token_shows_in_no_repr() -> None:
    assert TOKEN not in repr(WebSettings(token=TOKEN, slack_secret=TOKEN))


async def test_another_site_may_not_write(tmp_path: Path) -> None:
    async with running(tmp_path, judged(incident())) as site:
        for whence, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 202)):
            headers = {"Sec-Fetch-Site": whence}
            told = await site.post("/v1/answers", status, json=SAID, headers=headers)
            assert status == 202 or told["error"]["reason"] == "foreign_site"


async def test_a_name_that_is_not_ours_is_not_answered(tmp_path: Path) -> None:
    async with running(tmp_path, public_url="https://spend.acme.example") as site:
        for host, status in (
            ("evil.example", 403),
            ("127.0.0.1:8080", 200),
            ("Spend.ACME.example", 200),
        ):
            async with site.client.get("/v1/status", headers={"Host": host}) as answered:
                assert answered.status == status


async def test_with_a_token_any_name_is_answered(tmp_path: Path) -> None:
    async with running(tmp_path, token=TOKEN) as site:
        answered = await site.client.get("/v1/status", headers={"Host": "web.internal"})
        assert answered.status == 200


async def test_headers_that_keep_browsers_safe_stand_on_everything(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        for path in ("/", "/static/page.js", "/v1/status", "/v1/changes", "/nowhere"):
            async with site.client.get(path) as answered:
                assert "default-src 'none'" in answered.headers["Content-Security-Policy"]
                assert answered.headers["X-Content-Type-Options"] == "nosniff"
                assert answered.headers["Referrer-Policy"] == "no-referrer"
                assert answered.headers["Cache-Control"] in ("no-store", "no-cache")
                assert "aiohttp" not in answered.headers["Server"]


async def test_what_is_not_there_is_said_as_json(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        assert (await site.get("/nowhere", 404))["error"]["reason"] == "not_found"
        assert (await site.get("/v1/usage", 405))["error"]["reason"] == "method_not_allowed"
        assert (await site.post("/v1/status", 405))["error"]["reason"] == "method_not_allowed"


async def test_a_fault_of_ours_is_not_shown(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        site.log.close()
        site.log.silent = True
        site.views.incidents = None  # type: ignore[assignment]
        told = await site.get("/v1/incidents", 500)
        assert told["error"] == {
            "reason": "internal",
            "detail": "this is a fault of ours; the log has it",
        }
