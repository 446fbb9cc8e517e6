"""Who hears: the places of the rulebook, by their kind.

A new place is a folder with its settings, its render and its client, and one line here; the
shared suite tests/notifiers/test_every_place.py then holds it to what all places promise.
"""

from importlib import import_module
from typing import Annotated

from pydantic import Field

from notifiers.base import Notifier, Surroundings
from notifiers.console.settings import ConsoleSettings
from notifiers.jira.settings import JiraSettings
from notifiers.slack.settings import SlackSettings
from notifiers.webhook.settings import WebhookSettings

PlaceSettings = Annotated[
    SlackSettings | JiraSettings | WebhookSettings | ConsoleSettings,
    Field(discriminator="kind"),
]
"""What the rulebook says of one place."""


def open_place(settings: PlaceSettings, around: Surroundings) -> Notifier:
    """The place that settings describe; nothing is connected yet, and the caller closes it.

    Its client is imported here and by name, so that whoever reads a rulebook never imports a
    vendor's library: each kind has its client in `notifiers.<kind>.client`, as `opened`.
    """
    client = import_module(f"notifiers.{settings.kind}.client")
    place: Notifier = client.opened(settings, around)
    return place
