"""Versions of the rulebook that follow each other: when they begin, and what they leave out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ledger.budgets import Budget
from schemas.moments import MINUTE
from schemas.rules import Rule
from streams.book import Book, Books


def begins(books: Books) -> list[int]:
    """The first minute since 1970 of each version: the first that begins under it."""
    return [-(-start // MINUTE) for start in books.starts]


def rule(books: Books, series: str, name: str) -> Rule | None:
    """The rule of that name as the latest version that has it watches a series."""
    known = (rule for book in reversed(books.versions) for rule in book.rules(series))
    return next((rule for rule in known if rule.name == name), None)


@dataclass(frozen=True, slots=True)
class Former:
    """A budget that a later version of the rulebook changed or took out."""

    book: Book
    """The last version that had it."""

    budget: Budget
    gone: int
    """The first minute in which it does not count, since 1970."""


def budgets(books: Books, index: int) -> Iterator[Former]:
    """The budgets of earlier versions that the version `index` does not have."""
    present = {_version(budget) for budget in books.versions[index].rulebook.budgets}
    following = zip(pairwise(books.versions[: index + 1]), begins(books)[1:], strict=False)
    for (before, after), gone in following:
        kept = present | {_version(budget) for budget in after.rulebook.budgets}
        for budget in before.rulebook.budgets:
            if _version(budget) not in kept:
                yield Former(before, budget, gone)


def _version(budget: Budget) -> tuple[str, int]:
    return budget.name, budget.version
