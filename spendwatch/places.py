"""The places of the newest rulebook, opened; they change when the rulebook does."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping

import structlog

from notifiers import PlaceSettings, open_place
from notifiers.base import Notifier, Surroundings
from spendwatch import clocks
from streams.book import Books

logger = structlog.get_logger()


def surroundings(write: Callable[[str], None] | None = None) -> Surroundings:
    """What places are given of the world: the wall's clock, and standard output."""
    return Surroundings(clocks.now, write or _print, colour=write is None and sys.stdout.isatty())


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


class Places(Mapping[str, Notifier]):
    """Name to place; `refresh` follows the rulebook."""

    def __init__(self, books: Callable[[], Books], around: Surroundings) -> None:
        self._books, self._around = books, around
        self._open: dict[str, Notifier] = {}
        self._settings: dict[str, PlaceSettings] = {}

    def __getitem__(self, name: str) -> Notifier:
        return self._open[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    async def refresh(self) -> None:
        """Open what is new, close what is gone or changed.

        The rulebook is asked for beside the loop: a log that is away must not hold up calls.
        """
        books = await asyncio.to_thread(self._books)
        wanted = {place.name: place for place in books.versions[-1].rulebook.places}
        for name in [name for name in self._open if self._settings[name] != wanted.get(name)]:
            await self._open.pop(name).close()
        for name in wanted.keys() - self._open.keys():
            try:
                self._open[name] = open_place(wanted[name], self._around)
                self._settings[name] = wanted[name]
            except (ValueError, OSError) as wrong:
                logger.error("place_not_opened", place=name, error=str(wrong))

    async def close(self) -> None:
        """Close all of them."""
        while self._open:
            await self._open.popitem()[1].close()
