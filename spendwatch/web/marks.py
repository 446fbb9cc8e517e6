"""The marks of budgets, which stand in the rulebook and in no record."""

from collections.abc import Mapping

from aiohttp import web

from spendwatch.web.around import Around
from spendwatch.web.calls import Asked
from streams.rulebooks import Rulebooks
from streams.steps.step import StepError

FRESH = 10.0
"""Seconds for which the marks known are taken as they are."""

Known = Mapping[str, tuple[int, ...]]
"""Budget to percentages."""


class Marks:
    """What the newest rulebook says; those known last where the log does not answer."""

    def __init__(self, around: Around) -> None:
        self._rulebooks = Rulebooks(around.log, around.codec)
        self._asked = Asked(around.calls, self._read, FRESH)

    async def known(self) -> Known:
        """Marks by budget; none while there is no rulebook."""
        return await self._asked.known() or {}

    def _read(self) -> Known:
        try:
            book = self._rulebooks().versions[-1].rulebook
        except StepError:
            return {}
        return {budget.name: tuple(budget.marks) for budget in book.budgets}


MARKS = web.AppKey("MARKS", Marks)
