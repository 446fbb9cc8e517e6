"""POST /v1/slack/interactions: the buttons of our Slack messages are answers too.

Slack signs each request and wants a 200 within three seconds.
(docs.slack.dev/authentication/verifying-requests-from-slack;
docs.slack.dev/interactivity/handling-user-interaction.)
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest, new
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from schemas.reasons import Refusal
from schemas.records import Answer
from spendwatch.web.answering import put
from spendwatch.web.around import Around, around
from spendwatch.web.problems import Problem, Why

SKEW = 300
"""Seconds by which a signed request may be old, or ahead."""

SNOOZE = timedelta(hours=1)
"""How long the button snoozes."""

WITHIN = 2.5
"""Seconds that the log gets, of Slack's three."""

ACTIONS = ("acknowledge", "snooze", "expected")
"""Action ids of our buttons (notifiers/slack/render.py); a link is clicked without an answer."""


async def post(request: web.Request) -> web.Response:
    """Take a click; one on anything else is heard and passed over."""
    here, body = around(request), await request.read()
    if not here.settings.slack_secret:
        raise Problem(HTTPStatus.NOT_FOUND, Why.NOT_FOUND, "no Slack signing secret is set")
    now = here.now
    if not signed(here.settings.slack_secret, request.headers, body, now):
        raise Problem(HTTPStatus.UNAUTHORIZED, Why.BAD_SIGNATURE, "not signed by our Slack app")
    found = clicked(payload_of(body), now)
    if found is not None and here.views.incidents.get(found.incident) is not None:
        await _put(here, found)
    return web.Response()


async def _put(here: Around, found: Answer) -> None:
    """Put it on the docket in Slack's time. Raises Problem."""
    try:
        async with asyncio.timeout(WITHIN):
            await put(here, found)
    except TimeoutError:
        said = "the log took too long"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, Why.LOG_UNAVAILABLE, said, 1) from None


def signed(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether Slack's signature is right and the request not an old one sent again."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > SKEW:
        return False
    digest = new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
    given = headers.get("X-Slack-Signature", "")
    return compare_digest(f"v0={digest}".encode(), given.encode("utf-8", "replace"))


def payload_of(body: bytes) -> Mapping[str, Any]:
    """The JSON in the form that Slack posts. Raises Problem."""
    try:
        found = json.loads(parse_qs(body.decode())["payload"][0])
    except (ValueError, KeyError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, Refusal.NOT_JSON, "no payload of an interaction")
    return found


def clicked(payload: Mapping[str, Any], now: datetime) -> Answer | None:
    """The answer that a click is; None where it is none of ours.

    Its id comes from Slack's own of the click, so that a click delivered twice is one answer.
    """
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    if not isinstance(action, dict) or action.get("action_id") not in ACTIONS:
        return None
    user = payload.get("user")
    by = user.get("name") or user.get("id") if isinstance(user, dict) else None
    click = f"{payload.get('trigger_id')}|{action.get('action_ts')}|{action.get('value')}"
    return Answer(
        id=f"slack-{sha256(click.encode()).hexdigest()[:24]}",
        incident=str(action.get("value", "")).rpartition(":")[0],
        action=action["action_id"],
        by=f"{str(by or 'somebody')[:100]} (Slack)",
        time=now,
        until=now + SNOOZE if action["action_id"] == "snooze" else None,
    )
