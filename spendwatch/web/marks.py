"""The marks of budgets, which stand in the rulebook and in no record."""

from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

from aiohttp import web

from spendwatch.web.around import Around
from spendwatch.web.problems import Problem
from streams.rulebooks import Rulebooks
from streams.steps.step import StepError

FRESH = 10.0
"""Seconds for which the marks known are taken as they are."""

Known = Mapping[str, tuple[int, ...]]
"""Budget to percentages."""


class Marks:
    """What the newest rulebook says."""

    def __init__(self, rulebooks: Rulebooks) -> None:
        self._rulebooks = rulebooks
        self._known: Known = {}
        self._read_at = -FRESH

    async def known(self, around: Around) -> Known:
        """Marks by budget; those known last where the log does not answer."""
        if monotonic() >= self._read_at + FRESH:
            self._read_at = monotonic()
            with suppress(Problem):
                self._known = await around.calls.run(self._read)
        return self._known

    def _read(self) -> Known:
        try:
            book = self._rulebooks().versions[-1].rulebook
        except StepError:
            return {}
        return {budget.name: tuple(budget.marks) for budget in book.budgets}


MARKS = web.AppKey("MARKS", Marks)
