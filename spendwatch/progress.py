"""A progress bar on a terminal; nothing where nobody looks."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int], None]
Item = TypeVar("Item")

STRIDE = 1000
"""A bar that moves with every item would take longer than the items."""


@contextmanager
def bar(what: str, total: int | None = None) -> Iterator[Advance]:
    """A bar that `advance(count)` moves; on standard error, so that output stays clean."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


def along(items: Iterable[Item], advance: Advance) -> Iterator[Item]:
    """The same items, with the bar moved along."""
    number = 0
    for number, item in enumerate(items, start=1):
        if number % STRIDE == 0:
            advance(STRIDE)
        yield item
    advance(number % STRIDE)
