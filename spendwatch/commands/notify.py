"""spendwatch notify: does a place hear us?"""

import asyncio
from pathlib import Path

import click

from notifiers import PlaceSettings, open_place
from notifiers.delivery import Action
from notifiers.life import Event
from notifiers.news import TOLD
from notifiers.outcomes import Result
from notifiers.samples import sample
from spendwatch import clocks, options
from spendwatch.failures import Failure
from spendwatch.places import surroundings
from spendwatch.reading import books_of, looked_at
from spendwatch.texts import text_of
from streams import rulebook
from streams.deliver_calls import ask
from streams.rulebook import Rulebook

HINTS = {
    "secret_missing": "what the rulebook refers to is not there: set the variable or the file",
    "secret_empty": "what the rulebook refers to is empty",
    "address_not_allowed": "the address is a private one; `allow_private` names networks",
    "ca_file_unreadable": "`ca_file` is no file with certificates",
}
"""What a user can do about a refusal, where the code alone does not say it."""


@click.group("notify")
def command() -> None:
    """Try places out."""


@command.command("test")
@click.argument("place")
@options.embedded
@click.option("--rulebook", "file", type=options.file, help="a rulebook's file, not the log's")
def test(place: str, embedded: Path | None, file: Path | None) -> None:
    """Send a message that says it is a test; prints what the vendor calls it."""
    book = rulebook.read(text_of(file)) if file else _newest(embedded)
    settings = _named(book, place)
    result = asyncio.run(_shown(settings, book.organisation))
    if result.event is not Event.SENT:
        hint = HINTS.get(result.reason, "")
        raise Failure(f"{place} ({settings.kind}): {result.event}, {result.reason}"
                      + (f": {hint}" if hint else ""))  # fmt: skip
    made = {name: value for name, value in (result.remote or {}).items() if name not in TOLD}
    names = ", ".join(f"{name} {value}" for name, value in made.items())
    click.echo(f"{place} ({settings.kind}) has it{f': {names}' if names else ''}")


def _newest(embedded: Path | None) -> Rulebook:
    with looked_at(embedded) as book:
        return books_of(book).versions[-1].rulebook


def _named(book: Rulebook, name: str) -> PlaceSettings:
    """The place of a name. Raises Failure."""
    places = {place.name: place for place in book.places}
    if name not in places:
        known = ", ".join(sorted(places)) or "none"
        raise Failure(f"the rulebook has no place {name}; its places: {known}")
    return places[name]


async def _shown(settings: PlaceSettings, organisation: str) -> Result:
    notifier = open_place(settings, surroundings())
    try:
        update = sample(settings.name, organisation, clocks.now())
        return await ask(notifier, Action.SHOW, update, {})
    finally:
        await notifier.close()
