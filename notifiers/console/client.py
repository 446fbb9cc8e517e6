"""Writes incidents to a terminal or wherever the writer leads."""

from collections.abc import Callable

from notifiers.base import Remote, Surroundings, Update
from notifiers.console.render import render
from notifiers.console.settings import ConsoleSettings
from notifiers.manner import Manner
from notifiers.news import news, told


def opened(settings: ConsoleSettings, around: Surroundings) -> "Console":
    """The place that settings describe; see notifiers.open_place."""
    return Console(settings, around.write, around.colour)


class Console:
    """A terminal; `write` takes text with its line ends."""

    def __init__(
        self, settings: ConsoleSettings, write: Callable[[str], None], colour: bool = False
    ) -> None:
        self._settings = settings
        self._write = write
        self._colour = colour

    @property
    def manner(self) -> Manner:
        """See notifiers.base."""
        return self._settings.manner

    async def show(self, update: Update, remote: Remote) -> Remote:
        """See notifiers.base. What is written can't be edited, so only what is news is written."""
        if news(update.incident, remote).text:
            self._write(render(update, self._colour))
        return told(update.incident)

    async def find(self, update: Update, remote: Remote) -> Remote | None:
        """A terminal can't be read back."""
        return remote or None

    async def close(self) -> None:
        """See notifiers.base."""
