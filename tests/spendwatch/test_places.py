"""The opened places follow the rulebook, and nothing waits for them meanwhile."""

import asyncio
import threading

from schemas.moments import EPOCH
from spendwatch.places import Places, surroundings
from streams import rulebook
from streams.book import Book, Books
from streams.rulebooks import hash_of

RULES = """
organisation: acme
places:
- {name: terminal, kind: console}
"""


async def test_a_log_that_is_away_holds_up_no_call() -> None:
    back = threading.Event()

    def books() -> Books:
        assert back.wait(20), "the loop stood still until the log was back"
        return Books((Book(hash_of(RULES), EPOCH, rulebook.read(RULES)),))

    written: list[str] = []
    places = Places(books, surroundings(written.append))
    refreshing = asyncio.create_task(places.refresh())
    await asyncio.sleep(0)
    back.set()
    await refreshing

    assert list(places) == ["terminal"]
    await places.close()
