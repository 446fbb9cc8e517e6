"""A workspace of Slack that keeps its messages and refuses what Slack would refuse."""

import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.notifiers.vendor_double import Double

TOKEN = "xoxb-canary-slack-token"
CHANNEL = "C123"

MOST_BLOCKS = 50
LONGEST_FIELD = 2000
LONGEST_MESSAGE = 13_200
"""(github.com/slackapi/bolt-js/issues/2509)"""


class SlackDouble(Double):
    """One channel. `limited`: one message a second, as Slack has it.

    `crowd`: how many messages of other people follow each of ours.
    `applied` is what each message said in turn: its metadata, in the order in which it happened.
    """

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.scopes = {"chat:write", "channels:history"}
        self.errors: list[str] = []
        self.limited = False
        self.crowd = 0
        self.clock: Callable[[], float] = time.time
        self.applied: list[dict[str, Any]] = []
        self._posted = 0.0
        self._count = 0
        for name, method in (
            ("chat.postMessage", "POST"),
            ("chat.update", "POST"),
            ("conversations.history", "GET"),
            ("conversations.replies", "GET"),
        ):
            answer = getattr(self, "_" + name.partition(".")[2].lower())
            self.route(method, f"/{name}", name, self._guarded(answer))

    @property
    def parents(self) -> list[dict[str, Any]]:
        """The messages that stand in the channel itself."""
        return [one for one in self.messages if "thread_ts" not in one]

    def replies(self, ts: str) -> list[dict[str, Any]]:
        """What stands in a thread."""
        return [one for one in self.messages if one.get("thread_ts") == ts]

    def _guarded(self, answer: Any) -> Any:
        async def handled(request: web.Request, body: Any) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return _no("invalid_auth")
            if self.errors:
                return _no(self.errors.pop(0))
            if body.get("channel") != CHANNEL:
                return _no("channel_not_found")
            found: web.Response = answer(body)
            return found

        return handled

    def _postmessage(self, body: Any) -> web.Response:
        now = time.monotonic()
        if self.limited and now < self._posted + 1:
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}
            )
        self._posted = now
        if wrong := problem(body):
            return _no(wrong)
        kept = {"ts": self._stamp(), **_content(body)}
        if "thread_ts" in body:
            kept |= {"thread_ts": body["thread_ts"], "broadcast": bool(body.get("reply_broadcast"))}
        self.messages.append(kept)
        self.messages += [self._talk() for _ in range(self.crowd)]
        self.applied.append(body["metadata"]["event_payload"])
        return web.json_response({"ok": True, "channel": CHANNEL, "ts": kept["ts"]})

    def _talk(self) -> dict[str, Any]:
        return {"ts": self._stamp(), "user": "U1", "text": "lunch?"}

    def _stamp(self) -> str:
        self._count += 1
        return f"{int(self.clock())}.{self._count:06d}"

    def _update(self, body: Any) -> web.Response:
        if wrong := problem(body):
            return _no(wrong)
        for message in self.messages:
            if message["ts"] == body["ts"]:
                message.update(_content(body))
                self.applied.append(body["metadata"]["event_payload"])
                return web.json_response({"ok": True, "channel": CHANNEL, "ts": body["ts"]})
        return _no("message_not_found")

    def _history(self, body: Any) -> web.Response:
        broadcast = [one for one in self.messages if one.get("broadcast")]
        return self._read(body, [*self.parents, *broadcast])

    def _replies(self, body: Any) -> web.Response:
        thread = [one for one in self.messages if body["ts"] in (one["ts"], one.get("thread_ts"))]
        return self._read(body, thread) if thread else _no("thread_not_found")

    def _read(self, body: Any, found: list[dict[str, Any]]) -> web.Response:
        """Newest first, two a page, so that pages are turned."""
        if "channels:history" not in self.scopes:
            return _no("missing_scope")
        since = float(body.get("oldest", 0))
        found = [one for one in found if float(one["ts"]) >= since]
        found.sort(key=lambda one: float(one["ts"]), reverse=True)
        start = int(body.get("cursor") or 0)
        more = str(start + 2) if start + 2 < len(found) else ""
        page = {"messages": found[start : start + 2], "response_metadata": {"next_cursor": more}}
        return web.json_response({"ok": True, **page})


def _no(error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error})


def _content(body: Any) -> dict[str, Any]:
    return {name: body[name] for name in ("text", "blocks", "metadata")}


def problem(body: Any) -> str:
    """The error that Slack would answer to a message; empty if it would take it."""
    blocks = body.get("blocks") or []
    try:
        for block in Block.parse_all(blocks):
            block.validate_json()
    except SlackObjectFormationError:
        return "invalid_blocks"
    texts = list(texts_of(blocks))
    fields = [field["text"] for block in blocks for field in block.get("fields", ())]
    if len(blocks) > MOST_BLOCKS or any(not 0 < len(one) <= LONGEST_FIELD for one in fields):
        return "invalid_blocks"
    if any(not text for text in texts) or not body.get("text"):
        return "no_text"
    return "msg_blocks_too_long" if sum(map(len, texts)) > LONGEST_MESSAGE else ""


def texts_of(node: Any) -> Any:
    """All text anywhere in blocks."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for inner in node.values():
            yield from texts_of(inner)
    if isinstance(node, list):
        for inner in node:
            yield from texts_of(inner)
