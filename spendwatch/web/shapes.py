"""Records as JSON: their own fields, and what the page would otherwise have to work out."""

from dataclasses import fields
from typing import Any

from ledger.pools import Driver, summed
from notifiers import facts, why, words
from schemas import series
from schemas.records import Allocation, Budget, Incident, Window
from streams.views import Day

OWNERS = (*series.TREE, series.POOL, series.UNALLOCATED)
"""Levels that bear cost; other series are cuts of the same dollars."""

WATCHING = "watching"


def built(record: Any) -> dict[str, Any]:
    """A record's fields; what they hold is encoded later."""
    return {one.name: getattr(record, one.name) for one in fields(record)}


def allocation(held: Allocation) -> dict[str, Any]:
    """What an owner bears in each window."""
    return {**built(held), "name": name_of(held), "windows": [window(one) for one in held.windows]}


def name_of(held: Allocation) -> str:
    """The last part of what a series is called."""
    return series.split(held.series)[1][-1]


def window(held: Window) -> dict[str, Any]:
    """A window with its direct cost, and with what people count."""
    return {
        **built(held),
        "direct_nano_usd": held.cost_nano_usd - held.shared_nano_usd,
        "tokens": summed(held.quantities, Driver.TOKENS),
        "calls": summed(held.quantities, Driver.CALLS),
    }


def incident(held: Incident) -> dict[str, Any]:
    """An incident with the words that every place has for it."""
    reasons = [{"cause": one.cause, "text": one.text} for one in facts.reasons(held)]
    return {
        **built(held),
        "headline": words.headline(held),
        "answerable": words.answerable(held),
        "reasons": reasons,
        "why": explained(held),
    }


def explained(held: Incident) -> dict[str, Any]:
    """Why and where an incident is over: in one line each, and all parts in words."""
    parts = [
        {"part": part.name, "nano_usd": part.nano_usd, "text": str(part)}
        for part in why.parts(held)
    ]
    return {"text": why.sentence(held), "where": why.place(held), "parts": parts}


def budget(held: Budget, marks: tuple[int, ...]) -> dict[str, Any]:
    """Where a budget stands, with the percentages worth telling."""
    return {**built(held), "marks": list(marks)}


def day(held: Day | None) -> dict[str, Any] | None:
    """The last day of closed minutes."""
    return None if held is None else {"start": held.start, "costs_nano_usd": list(held.costs)}


def line(held: Allocation) -> dict[str, Any]:
    """A series as it is watched: learning until, or watching."""
    return {
        "series": held.series,
        "level": held.level,
        "owner": held.owner,
        "standing": "learning" if held.learning_until else WATCHING,
        "learning_until": held.learning_until,
    }
