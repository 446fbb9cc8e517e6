"""Reading while something else works: files are read in C++, which leaves Python to the steps."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

Item = TypeVar("Item")
END = object()


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items in the same order, the next one made in a thread while one is worked on."""
    stream = iter(items)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, stream, END)
        while (item := coming.result()) is not END:
            coming = thread.submit(next, stream, END)
            yield cast(Item, item)
