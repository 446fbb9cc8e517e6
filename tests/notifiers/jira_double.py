"""A site of Jira Cloud with one project: tickets, comments, a workflow, and a search that lags."""

from base64 import b64encode
from typing import Any

from aiohttp import web

from tests.notifiers.vendor_double import Double

EMAIL = "bot@acme.example"
TOKEN = "canary-jira-token"

STATUSES = {
    "1": ("Zu erledigen", "new"),
    "2": ("In Arbeit", "indeterminate"),
    "3": ("Fertig", "done"),
}
"""Names are localised; only categories can be relied on."""

DIRECT = {"1": ("2", "3"), "2": ("1", "3"), "3": ("1",)}
STEPWISE = {"1": ("2",), "2": ("1", "3"), "3": ("2",)}
NO_WAY = {"1": ("2",), "2": ("1",), "3": ()}
"""Workflows: from which status to which others."""


class JiraDouble(Double):
    """`lag`: how many searches a new ticket stays out of. `conflicts`: how many 409 to come."""

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[str, dict[str, Any]] = {}
        self.workflow: dict[str, tuple[str, ...]] = DIRECT
        self.lag = 0
        self.conflicts = 0
        root = "/rest/api/3/"
        self.route("POST", root + "issue", "create", self._guarded(self._create))
        self.route("POST", root + "search/jql", "search", self._guarded(self._search))
        for method, path, name, answer in (
            ("GET", "issue/{key}", "read", self._read),
            ("PUT", "issue/{key}", "edit", self._edit),
            ("GET", "issue/{key}/comment", "comments", self._comments),
            ("POST", "issue/{key}/comment", "comment", self._comment),
            ("GET", "issue/{key}/transitions", "transitions", self._transitions),
            ("POST", "issue/{key}/transitions", "transition", self._transition),
        ):
            self.route(method, root + path, name, self._guarded(self._on_ticket(answer)))

    @property
    def open(self) -> list[str]:
        """Keys of the tickets that are not done."""
        return [key for key, one in self.tickets.items() if one["status"] != "3"]

    def comments_of(self, key: str) -> list[str]:
        """The first line of each comment."""
        return [one["content"][0]["content"][0]["text"] for one in self.tickets[key]["comments"]]

    def _guarded(self, answer: Any) -> Any:
        pair = b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()

        async def handled(request: web.Request, body: Any) -> web.Response:
            if request.headers.get("Authorization") != f"Basic {pair}":
                return web.json_response({}, status=401)
            found: web.Response = answer(request, body)
            return found

        return handled

    def _on_ticket(self, answer: Any) -> Any:
        def handled(request: web.Request, body: Any) -> web.Response:
            ticket = self.tickets.get(request.match_info["key"])
            if ticket is None:
                return web.json_response({}, status=404)
            found: web.Response = answer(ticket, body)
            return found

        return handled

    def _create(self, request: web.Request, body: Any) -> web.Response:
        if wrong := problem(body):
            return web.json_response({"errorMessages": [wrong]}, status=400)
        key = f"SPEND-{len(self.tickets) + 1}"
        known = {one["key"]: one["value"] for one in body["properties"]}
        self.tickets[key] = {
            "key": key,
            "fields": dict(body["fields"]),
            "properties": known,
            "comments": [],
            "status": "1",
            "hidden": self.lag,
        }
        return web.json_response({"id": "1", "key": key, "self": "x"}, status=201)

    def _search(self, request: web.Request, body: Any) -> web.Response:
        found = []
        for ticket in self.tickets.values():
            wanted = [f'labels = "{label}"' for label in ticket["fields"]["labels"]]
            if ticket["hidden"]:
                ticket["hidden"] -= 1
            elif any(body["jql"].startswith(f"{one} ORDER BY") for one in wanted):
                found.append(_shown(ticket))
        return web.json_response({"issues": found, "isLast": True})

    def _read(self, ticket: Any, body: Any) -> web.Response:
        return web.json_response(_shown(ticket))

    def _edit(self, ticket: Any, body: Any) -> web.Response:
        ticket["fields"].update(body["fields"])
        return web.Response(status=204)

    def _comments(self, ticket: Any, body: Any) -> web.Response:
        newest = [{"id": "1", "body": one} for one in reversed(ticket["comments"])]
        return web.json_response({"comments": newest, "total": len(newest), "startAt": 0})

    def _comment(self, ticket: Any, body: Any) -> web.Response:
        if wrong := document_problem(body["body"]):
            return web.json_response({"errorMessages": [wrong]}, status=400)
        ticket["comments"].append(body["body"])
        return web.json_response({"id": "1"}, status=201)

    def _transitions(self, ticket: Any, body: Any) -> web.Response:
        ways = [
            {"id": f"to-{to}", "name": STATUSES[to][0], "to": _status(to)}
            for to in self.workflow[ticket["status"]]
        ]
        return web.json_response({"transitions": ways})

    def _transition(self, ticket: Any, body: Any) -> web.Response:
        if self.conflicts:
            self.conflicts -= 1
            return web.json_response({}, status=409)
        to = body["transition"]["id"].removeprefix("to-")
        if to not in self.workflow[ticket["status"]]:
            return web.json_response({}, status=400)
        ticket["status"] = to
        return web.Response(status=204)


def _status(number: str) -> dict[str, Any]:
    name, category = STATUSES[number]
    return {"id": number, "name": name, "statusCategory": {"key": category}}


def _shown(ticket: Any) -> dict[str, Any]:
    fields = {**ticket["fields"], "status": _status(ticket["status"])}
    return {"key": ticket["key"], "fields": fields, "properties": ticket["properties"]}


def problem(body: Any) -> str:
    """What Jira would refuse in a ticket; empty if it would take it."""
    fields = body["fields"]
    summary = fields["summary"]
    if not 0 < len(summary) <= 255 or "\n" in summary:
        return "summary"
    if any(" " in label or len(label) > 255 for label in fields["labels"]):
        return "labels"
    return document_problem(fields["description"])


def document_problem(document: Any) -> str:
    """What Jira would refuse in a document: empty text, or more than 32,767 characters."""
    if document.get("type") != "doc" or document.get("version") != 1:
        return "not a document"
    texts = list(texts_of(document))
    return "text" if not all(texts) or sum(map(len, texts)) > 32_767 else ""


def texts_of(node: Any) -> Any:
    """All text nodes of a document."""
    if node.get("type") == "text":
        yield node["text"]
    for inner in node.get("content", ()):
        yield from texts_of(inner)
