"""What people say to an incident: on the docket, once the log has it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from schemas.moments import rfc3339
from schemas.records import Answer
from spendwatch.web.slack import ACTIONS, signed
from tests.spendwatch.web_kit import Site, running
from tests.streams.views_kit import NOW, incident, judged

ANSWERS, SLACK = "/v1/answers", "/v1/slack/interactions"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
LATER = NOW + timedelta(hours=2)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running(tmp_path, judged(incident()), slack_secret=SECRET) as found:
        yield found


def said(**more: Any) -> dict[str, Any]:
    return {"incident": "inc_a", "action": "acknowledge", "by": "ada", **more}


async def test_an_answer_goes_to_the_docket(site: Site) -> None:
    body = said(
        id="a1", action="expected", until=rfc3339(LATER), cap_usd_per_hour="12.5", note="launch"
    )
    told = await site.post(ANSWERS, json=body)
    assert told == {"id": "a1", "incident": "inc_a", "state": "firing"}
    [record] = site.records("docket")
    assert record.key == b"inc_a"
    assert site.answers() == [
        Answer(
            id="a1",
            incident="inc_a",
            action="expected",
            by="ada",
            time=NOW,
            until=LATER,
            cap_nano_usd_per_hour=12_500_000_000,
            note="launch",
        )
    ]


async def test_who_names_no_id_gets_one_and_the_same_said_later_has_another(site: Site) -> None:
    first = await site.post(ANSWERS, json=said())
    same = await site.post(ANSWERS, json=said())
    site.now[0] += 1_000_000
    later = await site.post(ANSWERS, json=said())
    assert first["id"] == same["id"] != later["id"]
    assert [one.id for one in site.answers()] == [first["id"], same["id"], later["id"]]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (said(action="delete"), "action"),
        (said(by=""), "by"),
        (said(by=" "), "by"),
        (said(action="snooze"), "`until`"),
        (said(action="snooze", until=rfc3339(NOW)), "`until`"),
        (said(action="snooze", until=rfc3339(NOW + timedelta(days=500))), "`until`"),
        (said(until="2026-11-03T16:00:00"), "until"),
        (said(cap_usd_per_hour=5), "cap_usd_per_hour"),
        (said(action="approve", cap_usd_per_hour=-5), "cap_usd_per_hour"),
        (said(note="x" * 2001), "note"),
        (said(sevirity="SEV1"), "sevirity"),
        ({"action": "snooze"}, "by"),
        ([], "object"),
    ],
)
async def test_a_bad_answer_is_refused_with_its_mistakes(site: Site, body: Any, named: str) -> None:
    told = await site.post(ANSWERS, 400, json=body)
    assert told["error"]["reason"] == "bad_field"
    assert named in told["error"]["detail"]
    assert site.records("docket") == []


async def test_what_is_no_json_or_too_large_or_a_form_is_refused(site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    assert await site.post(ANSWERS, 400, data="{", headers=headers)
    assert await site.post(ANSWERS, 413, data=b" " * 20_000, headers=headers)
    assert await site.post(
        ANSWERS, 415, data=json.dumps(said()), headers={"Content-Type": "text/plain"}
    )


async def test_an_incident_that_nobody_knows_is_not_found(site: Site) -> None:
    told = await site.post(ANSWERS, 404, json=said(incident="inc_x"))
    assert told["error"]["reason"] == "unknown_incident"


async def test_a_silent_log_takes_no_answer(site: Site) -> None:
    site.log.silent = True
    assert (await site.post(ANSWERS, 503, json=said()))["error"]["reason"] == "log_unavailable"


def click(action: str = "acknowledge", value: str = "inc_a:7", **more: Any) -> bytes:
    payload = {
        "type": "block_actions",
        "trigger_id": "1.2.abc",
        "user": {"id": "U1", "name": "ada"},
        "actions": [{"action_id": action, "value": value, "action_ts": "17.5"}],
        **more,
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def sign(body: bytes, stamp: int | None = None, secret: str = SECRET) -> dict[str, str]:
    at = str(int(NOW.timestamp()) if stamp is None else stamp)
    digest = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={digest}",
    }


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_click_in_slack_is_an_answer(site: Site, action: str) -> None:
    for _ in range(2):  # Slack delivers a click again when it is not sure
        await site.post(SLACK, 200, data=click(action), headers=sign(click(action)))
    first, second = site.answers()
    assert first == second
    assert (first.incident, first.action, first.by) == ("inc_a", action, "ada (Slack)")
    assert first.until == (NOW + timedelta(hours=1) if action == "snooze" else None)


async def test_clicks_that_are_none_of_ours_are_heard_and_passed_over(site: Site) -> None:
    bodies = [click("open"), click(value="inc_x:1"), click(value=""), click(actions=[])]
    bodies += [click(actions=["x"]), click(user=None, actions="x")]
    for body in bodies:
        await site.post(SLACK, 200, data=body, headers=sign(body))
    assert site.answers() == []


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=%7B", b"payload=5", b"x=1"])
async def test_a_signed_body_without_a_payload_is_refused(site: Site, body: bytes) -> None:
    told = await site.post(SLACK, 400, data=body, headers=sign(body))
    assert told["error"]["reason"] == "not_json"


async def test_what_slack_did_not_sign_just_now_is_refused(site: Site) -> None:
    now, body = int(NOW.timestamp()), click()
    headers = [
        {**sign(body), "X-Slack-Signature": "v0=" + "0" * 64},
        {**sign(body), "X-Slack-Signature": "ü"},
        {**sign(body), "X-Slack-Request-Timestamp": str(now + 1)},
        {**sign(body), "X-Slack-Request-Timestamp": "²"},
        sign(body, now - 301),
        sign(body, now + 301),
        sign(body, secret="another"),
        sign(b"other"),
        {"Content-Type": "application/x-www-form-urlencoded"},
    ]
    for given in headers:
        told = await site.post(SLACK, 401, data=body, headers=given)
        assert told["error"]["reason"] == "bad_signature"
    assert site.answers() == []


def test_the_signature_is_that_of_slacks_own_example() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    at = NOW.fromtimestamp(1531420618, NOW.tzinfo)
    assert signed(SECRET, headers, body, at)
    assert not signed(SECRET, headers, body + b" ", at)


async def test_without_a_signing_secret_there_are_no_clicks(tmp_path: Path) -> None:
    async with running(tmp_path, judged(incident())) as site:
        assert await site.post(SLACK, 404, data=click(), headers=sign(click()))
