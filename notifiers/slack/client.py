"""Speaks to Slack: one message per incident, edited in place; news in its thread.

slack_sdk's own retries are off: it repeats a post whose answer was lost, and that makes two.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from notifiers.answers import retry_after
from notifiers.base import NotSent, Refused, Remote, Surroundings, Uncertain, Update
from notifiers.manner import Manner
from notifiers.news import TOLD, news, told
from notifiers.outbound import Outbound, lost
from notifiers.secrets import secret
from notifiers.slack.answers import TOO_MUCH, failure
from notifiers.slack.render import EVENT_TYPE, Message, render, reply
from notifiers.slack.settings import SlackSettings

SKEW = timedelta(minutes=1)
"""Slack stamps messages by its own clock."""

PAGE = 200
"""Messages asked for at once; Slack may send fewer (docs.slack.dev/apis/web-api/pagination)."""


def opened(settings: SlackSettings, around: Surroundings) -> "Slack":
    """The place that settings describe; see notifiers.open_place."""
    return Slack(settings)


class Slack:
    """A channel of a workspace."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._out = Outbound(settings.reach, settings.ca_file)

    @property
    def manner(self) -> Manner:
        """See notifiers.base."""
        return self._settings.manner

    async def show(self, update: Update, remote: Remote) -> Remote:
        """See notifiers.base."""
        if remote:
            return await self._edit(update, remote)
        posted = await self._put("chat.postMessage", render(update), self._settings.channel)
        place = {"channel": str(posted["channel"]), "ts": str(posted["ts"])}
        return {**place, **told(update.incident)}

    async def find(self, update: Update, remote: Remote) -> Remote | None:
        """Searches the channel, or the thread where the message is known, for our metadata.

        Without the scope to read the channel nothing is found: a second message is better than
        none.
        """
        try:
            return await self._found(update, remote)
        except Refused as wrong:
            if wrong.reason != "missing_scope":
                raise
            return remote or None

    async def close(self) -> None:
        """See notifiers.base."""
        await self._out.close()

    async def _edit(self, update: Update, remote: Remote) -> Remote:
        channel, ts = remote["channel"], remote["ts"]
        await self._put("chat.update", render(update), channel, ts=ts)
        line = news(update.incident, remote)
        if line.text:
            message = reply(update.incident, line)
            more = {"thread_ts": ts, "reply_broadcast": line.loud}
            await self._put("chat.postMessage", message, channel, **more)
        return {**remote, **told(update.incident)}

    async def _put(self, method: str, message: Message, channel: str, **more: Any) -> Any:
        """Post or edit; once more in plain text where Slack dislikes the layout."""
        common = {"channel": channel, "metadata": message.metadata, "text": message.text, **more}
        quiet = {"unfurl_links": False, "unfurl_media": False} if method.endswith("Message") else {}
        body = {**common, **quiet}
        try:
            return await self._call(method, json={**body, "blocks": list(message.blocks)})
        except Refused as wrong:
            if wrong.reason not in TOO_MUCH:
                raise
            return await self._call(method, json={**body, "blocks": []})

    async def _found(self, update: Update, remote: Remote) -> Remote | None:
        since = (update.since or update.incident.opened_at) - SKEW
        if not remote:
            ours = [one async for one in self._history(update, since)]
            first = min(ours, key=lambda one: float(one["ts"]), default=None)
            return None if first is None else self._remote(first)
        replies = [one async for one in self._thread(update, remote, since)]
        last = max(replies, key=lambda one: int(_payload(one)["told"]), default=None)
        return remote if last is None else {**remote, **_told(last)}

    def _remote(self, message: Mapping[str, Any]) -> Remote:
        place = {"channel": self._settings.channel, "ts": str(message["ts"])}
        return {**place, **_told(message)}

    async def _history(self, update: Update, since: datetime) -> AsyncIterator[Any]:
        """Our messages of this incident in the channel."""
        where = {"channel": self._settings.channel, "oldest": f"{since.timestamp():.6f}"}
        async for message in self._pages("conversations.history", where):
            if _is_of(message, update) and message.get("thread_ts", message["ts"]) == message["ts"]:
                yield message

    async def _thread(self, update: Update, remote: Remote, since: datetime) -> AsyncIterator[Any]:
        """Our news of this incident in its thread."""
        where = {"channel": remote["channel"], "ts": remote["ts"]}
        where["oldest"] = f"{since.timestamp():.6f}"
        async for message in self._pages("conversations.replies", where):
            if _is_of(message, update) and message["ts"] != remote["ts"]:
                yield message

    async def _pages(self, method: str, where: Mapping[str, str]) -> AsyncIterator[Any]:
        """To the end, however much others have written since: what was not read may be ours. A
        look that takes too long is broken off, and it stays in doubt.
        """
        asked: dict[str, Any] = {**where, "limit": PAGE, "include_all_metadata": True}
        while True:
            page = await self._call(method, params=asked)
            for message in page.get("messages") or ():
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
            asked["cursor"] = cursor

    async def _call(self, method: str, **body: Any) -> Any:
        """One call of Slack's Web API. Raises Unreachable, Uncertain, Refused or Gone."""
        self._out.check(self._settings.base_url)
        client = AsyncWebClient(
            secret(self._settings.token).reveal(),
            base_url=self._settings.base_url,
            session=self._out.session(),
            retry_handlers=[],
        )
        verb = "POST" if "json" in body else "GET"
        return await _heard(lambda: client.api_call(method, http_verb=verb, **body))


async def _heard(call: Callable[[], Awaitable[Any]]) -> Any:
    """The answer of a call, its errors in our words and without theirs."""
    try:
        return await call()
    except SlackApiError as wrong:
        raise _meaning(wrong) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
        raise lost(wrong) from None
    except (SlackClientError, AttributeError, TypeError, ValueError):
        raise Uncertain("unreadable_answer") from None  # slack_sdk trips over what is not JSON


def _meaning(wrong: SlackApiError) -> NotSent:
    answer = wrong.response
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0))
    data = getattr(answer, "data", None)
    error = data.get("error", "") if isinstance(data, dict) else ""
    return failure(status, str(error), retry_after(answer.headers))


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    found = message.get("metadata") or {}
    payload = found.get("event_payload") or {}
    return payload if found.get("event_type") == EVENT_TYPE else {}


def _is_of(message: Mapping[str, Any], update: Update) -> bool:
    payload = _payload(message)
    return payload.get("incident") == update.incident.id and str(payload.get("told")).isdecimal()


def _told(message: Mapping[str, Any]) -> dict[str, str]:
    """What the message says that the place was told."""
    payload = _payload(message)
    return {name: str(payload[name]) for name in TOLD if name in payload}
