"""Each place with its double, under one face, so that one suite can hold all to the same."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from notifiers import open_place
from notifiers.base import Notifier, Surroundings, Update
from notifiers.console.render import render as console_render
from notifiers.console.settings import ConsoleSettings
from notifiers.jira.render import render as jira_render
from notifiers.jira.settings import JiraSettings
from notifiers.slack.render import render as slack_render
from notifiers.slack.settings import SlackSettings
from notifiers.webhook.render import render as webhook_render
from notifiers.webhook.settings import WebhookSettings
from tests.notifiers import jira_double, slack_double
from tests.notifiers.jira_double import JiraDouble
from tests.notifiers.slack_double import SlackDouble
from tests.notifiers.vendor_double import Double
from tests.notifiers.webhook_double import WebhookDouble

LOCAL = {"allow_http": True}


def wall() -> datetime:
    """The real time: verifiers of webhooks hold signatures against it."""
    return datetime.now(UTC)


@dataclass
class Kit:
    """One place: how it renders, how to open it, and what its double holds."""

    kind: str
    settings: Any
    double: Double | None
    render: Callable[[Update], Any]
    problem: Callable[[Any], str]
    """What the vendor would refuse in what `render` made; empty if nothing."""

    things: Callable[[], int]
    """How many things of their own stand in the place."""

    latest: Callable[[], str]
    """All that the place says now, as one text."""

    written: list[str]

    def open(self) -> Notifier:
        """The place itself; close it in the end."""
        return open_place(self.settings, Surroundings(wall, self.written.append))


def slack_settings(url: str, **changes: Any) -> SlackSettings:
    given = {"name": "spend-alerts", "channel": slack_double.CHANNEL, "token": "env:SLACK_TOKEN"}
    return SlackSettings.model_validate({**given, **LOCAL, "base_url": f"{url}/", **changes})


def jira_settings(url: str, **changes: Any) -> JiraSettings:
    given = {"name": "tickets", "email": jira_double.EMAIL, "project": "SPEND"}
    more = {"token": "env:JIRA_TOKEN", "labels": ["finops"], "site": url}
    return JiraSettings.model_validate({**given, **more, **LOCAL, **changes})


def webhook_settings(at: str, **changes: Any) -> WebhookSettings:
    given = {"name": "hook", "url": f"{at}/hook", "secrets": ["env:HOOK_SECRET"]}
    return WebhookSettings.model_validate({**given, **LOCAL, **changes})


def slack_kit(double: SlackDouble) -> Kit:
    def render(update: Update) -> Any:
        return asdict(slack_render(update))

    return Kit(
        "slack",
        slack_settings(double.url or "http://127.0.0.1:9"),
        double,
        render,
        slack_double.problem,
        lambda: len(double.parents),
        lambda: str(double.parents[-1]),
        [],
    )


def jira_kit(double: JiraDouble) -> Kit:
    settings = jira_settings(double.url or "http://127.0.0.1:9")
    return Kit(
        "jira",
        settings,
        double,
        lambda update: jira_render(update, settings),
        jira_double.problem,
        lambda: len(double.tickets),
        lambda: str(list(double.tickets.values())[-1]),
        [],
    )


def webhook_kit(double: WebhookDouble) -> Kit:
    def problem(event: Any) -> str:
        return "" if event["specversion"] == "1.0" and event["id"] else "no event"

    return Kit(
        "webhook",
        webhook_settings(double.url or "http://127.0.0.1:9"),
        double,
        webhook_render,
        problem,
        lambda: len(double.events),
        lambda: str(list(double.events.values())[-1]),
        [],
    )


def console_kit() -> Kit:
    written: list[str] = []
    return Kit(
        "console",
        ConsoleSettings(name="terminal"),
        None,
        lambda update: console_render(update).splitlines(),
        lambda lines: "" if all(line.isprintable() for line in lines) else "control characters",
        lambda: len(written),
        lambda: written[-1],
        written,
    )


def kits() -> Iterator[Kit]:
    """One of each kind, for what needs no server."""
    yield slack_kit(SlackDouble())
    yield jira_kit(JiraDouble())
    yield webhook_kit(WebhookDouble())
    yield console_kit()


def kit_of(double: Double) -> Kit:
    """The kit of a double that is up."""
    if isinstance(double, SlackDouble):
        return slack_kit(double)
    if isinstance(double, JiraDouble):
        return jira_kit(double)
    assert isinstance(double, WebhookDouble)
    return webhook_kit(double)


VENDORS = ("slack", "jira", "webhook")
KINDS = (*VENDORS, "console")


def strings(node: Any) -> Iterable[str]:
    """Every string anywhere in a value, keys included."""
    if isinstance(node, str):
        yield node
    if isinstance(node, dict):
        for key, inner in node.items():
            yield key
            yield from strings(inner)
    if isinstance(node, list | tuple):
        for inner in node:
            yield from strings(inner)
