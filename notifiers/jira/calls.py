"""Calls of Jira's REST API v3: who we are, where it is, and what its answers mean."""

from base64 import b64encode
from typing import Any

import msgspec

from notifiers.answers import failure, retry_after
from notifiers.base import Gone, NotSent, Refused, Uncertain, Unreachable
from notifiers.jira.settings import JiraSettings
from notifiers.jira.transitions import DONE, category_of, choose
from notifiers.outbound import Answer, Outbound
from notifiers.secrets import secret

NO_WAIT_GIVEN = 5.0
"""Seconds to wait after a 429 without Retry-After."""

MOST_STEPS = 4
"""Transitions that one change of status may take, conflicts included."""

CONFLICT = "http_409"


class Calls:
    """One site, one account."""

    def __init__(self, settings: JiraSettings) -> None:
        self._settings = settings
        self._root = f"{settings.site.rstrip('/')}/rest/api/3/"
        self._out = Outbound(settings.reach, settings.ca_file)

    async def get(self, path: str, **more: Any) -> Any:
        """Read; raises as notifiers.base says."""
        return await self._call("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Any:
        """Make something new."""
        return await self._call("POST", path, **more)

    async def put(self, path: str, **more: Any) -> Any:
        """Change something."""
        return await self._call("PUT", path, **more)

    async def move(self, key: str, done: bool) -> None:
        """Bring a ticket to a status that is done, or to one that is not.

        A conflict with somebody else's change is read again. Raises Refused where the workflow
        has no way there.
        """
        for _ in range(MOST_STEPS):
            issue = await self.get(f"issue/{key}", params={"fields": "status"})
            now = category_of(issue["fields"]["status"])
            if (now == DONE) == done:
                return
            await self._step(key, done, now)
        raise Refused("no_transition")

    async def close(self) -> None:
        """Let go of connections."""
        await self._out.close()

    async def _step(self, key: str, done: bool, now: str) -> None:
        found = await self.get(f"issue/{key}/transitions")
        way = choose(found.get("transitions") or (), done, now)
        if way is None:
            raise Refused("no_transition")
        try:
            await self.post(f"issue/{key}/transitions", json={"transition": {"id": way}})
        except Unreachable as wrong:
            if wrong.reason != CONFLICT:
                raise

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": self._authorization(), "Accept": "application/json"}
        answer = await self._out.request(method, self._root + path, headers=headers, **more)
        wrong = meaning(path, answer)
        if wrong is not None:
            raise wrong
        try:
            return msgspec.json.decode(answer.body) if answer.body else {}
        except msgspec.DecodeError:
            raise Uncertain("unreadable_answer") from None

    def _authorization(self) -> str:
        """Basic authentication, as Jira Cloud wants API tokens."""
        pair = f"{self._settings.email}:{secret(self._settings.token).reveal()}"
        return f"Basic {b64encode(pair.encode()).decode()}"


def meaning(path: str, answer: Answer) -> NotSent | None:
    """How a call failed, None if it did not; a ticket that is not there is gone."""
    if answer.status in {404, 410} and path.startswith("issue/"):
        return Gone(f"http_{answer.status}")
    if answer.status == 429:
        wait = retry_after(answer.headers)
        return Unreachable("http_429", NO_WAIT_GIVEN if wait is None else wait)
    return failure(answer.status, answer.headers)
