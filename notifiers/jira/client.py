"""Speaks to Jira Cloud, REST v3: one open ticket per incident, its news as comments.

Jira knows no key that makes a repeated creation harmless, and its search lags. So a creation in
doubt is looked for after a quarantine, and whenever a ticket is touched, younger ones of the same
incident are closed.
"""

from collections.abc import Mapping
from typing import Any

from notifiers.base import NotSent, Remote, Surroundings, Update
from notifiers.jira import render
from notifiers.jira.adf import texts
from notifiers.jira.calls import Calls
from notifiers.jira.settings import JiraSettings
from notifiers.manner import Manner
from notifiers.news import TOLD, News, is_over, news, told
from notifiers.words import footer
from schemas.records import Incident

OPEN, DONE = "open", "done"
"""What we last made of the ticket; a person may since have closed or reopened it."""


def opened(settings: JiraSettings, around: Surroundings) -> "Jira":
    """The place that settings describe; see notifiers.open_place."""
    return Jira(settings)


class Jira:
    """A project of a site."""

    def __init__(self, settings: JiraSettings) -> None:
        self._settings = settings
        self._calls = Calls(settings)

    @property
    def manner(self) -> Manner:
        """See notifiers.base."""
        return self._settings.manner

    async def show(self, update: Update, remote: Remote) -> Remote:
        """See notifiers.base."""
        if remote:
            return await self._update(update, remote)
        made = await self._calls.post("issue", json=render.render(update, self._settings))
        key, title = str(made["key"]), render.summary(update.incident)
        ended = is_over(update.incident) and await self._closed(key)
        ticket = {"key": key, "ticket": DONE if ended else OPEN, "title": title}
        return {**ticket, **told(update.incident)}

    async def find(self, update: Update, remote: Remote) -> Remote | None:
        """By the label where the ticket is not known, by its comments where it is."""
        if remote:
            seen = await self._commented(update.incident, remote["key"])
            return {**remote, **told(update.incident)} if seen else remote
        tickets = await self._tickets(update.incident)
        if not tickets:
            return None
        first = tickets[0]
        known = (first.get("properties") or {}).get(render.PROPERTY) or {}
        said = {name: str(known[name]) for name in TOLD if name in known}
        title = str(first["fields"].get("summary") or "")
        return {"key": str(first["key"]), "ticket": OPEN, "title": title, **said}

    async def close(self) -> None:
        """See notifiers.base."""
        await self._calls.close()

    async def _closed(self, key: str) -> bool:
        """Close a ticket that was made for something over; losing its key would be worse."""
        try:
            await self._calls.move(key, done=True)
        except NotSent:
            return False
        return True

    async def _update(self, update: Update, remote: Remote) -> Remote:
        """Comment, title and status; each step may be repeated without harm.

        Growth alone writes nothing: people get a mail for every change of a ticket.
        """
        incident, key = update.incident, remote["key"]
        line = news(incident, remote)
        wanted = DONE if is_over(incident) else OPEN
        if not line.text and wanted == remote["ticket"]:
            return {**remote, **told(incident)}
        issue = await self._calls.get(f"issue/{key}", params={"fields": "summary,status"})
        await self._tell(incident, key, line)
        title = await self._retitle(incident, remote, str(issue["fields"]["summary"]))
        if wanted != remote["ticket"]:
            await self._calls.move(key, done=wanted == DONE)
        await self._close_younger(incident, key)
        return {**remote, "ticket": wanted, "title": title, **told(incident)}

    async def _tell(self, incident: Incident, key: str, line: News) -> None:
        if line.text:
            await self._calls.post(f"issue/{key}/comment", json=render.comment(incident, line))

    async def _retitle(self, incident: Incident, remote: Remote, shown: str) -> str:
        """The title as it then is for us; what a person wrote is left alone."""
        title = render.summary(incident)
        if shown != remote["title"] or title == shown:
            return remote["title"]
        body = {"fields": {"summary": title}}
        await self._calls.put(f"issue/{remote['key']}", json=body)
        return title

    async def _commented(self, incident: Incident, key: str) -> bool:
        """Whether the news of this revision is there."""
        asked = {"orderBy": "-created", "maxResults": "50"}
        found = await self._calls.get(f"issue/{key}/comment", params=asked)
        last = footer(incident)
        return any(last in texts(one.get("body")) for one in found.get("comments") or ())

    async def _close_younger(self, incident: Incident, key: str) -> None:
        """Close the open tickets of this incident that are not ours, as duplicates."""
        for ticket in await self._tickets(incident):
            status = ticket["fields"]["status"]["statusCategory"]["key"]
            if ticket["key"] != key and status != DONE:
                body = render.duplicate(key)
                await self._calls.post(f"issue/{ticket['key']}/comment", json=body)
                await self._calls.move(ticket["key"], done=True)

    async def _tickets(self, incident: Incident) -> list[Mapping[str, Any]]:
        """All tickets with the incident's label, oldest first."""
        asked = {
            "jql": render.query(incident),
            "fields": ["summary", "status"],
            "properties": [render.PROPERTY],
            "maxResults": 50,
        }
        found = await self._calls.post("search/jql", json=asked)
        return list(found.get("issues") or ())
