"""Who owns what in a first rulebook: every application seen, in one place until somebody sorts."""

from collections.abc import Iterator

from schemas.money import dollars
from spendwatch.drafting.floors import MONTH_DAYS
from spendwatch.drafting.remarks import said
from spendwatch.drafting.sighting import Seen
from spendwatch.drafting.spelling import globbed, identifiers, quoted

UNIT, SERVICE = "all", "unsorted"
RESERVED = (UNIT, SERVICE, "unowned")
"""Ids that no application gets."""


def owners(seen: Seen) -> Iterator[str]:
    """The section `owners`."""
    yield from said(
        "The tree: business unit > service > application. Nobody can guess yours from usage, so "
        "every application stands under one unit and one service. Add units and services like "
        "these two and let `under` name them: each then has lines, budgets and routes of its own. "
        "Ids stay; a second entry with a later `from: 2027-01-01` moves an owner from that day on."
    )
    yield "owners:"
    yield f"  - {{id: {UNIT}, level: business_unit}}"
    yield f"  - {{id: {SERVICE}, level: service, under: {UNIT}}}"
    ids = identifiers(seen.applications, RESERVED)
    for name in sorted(ids):
        entry = f"{{id: {quoted(ids[name])}, level: application, under: {SERVICE}}}"
        yield f"  - {entry}  # {_month(seen, name)}"


def _month(seen: Seen, application: str) -> str:
    cost = round(seen.applications[application] / seen.days * MONTH_DAYS)
    return f"{dollars(cost)} a month at this pace" if cost else "no price yet"


def rules(seen: Seen) -> Iterator[str]:
    """The section `rules`."""
    yield from said(
        "Whose a usage is: the first rule that matches. A * stands for any text, so that one rule "
        "with `when: {application: chat-*}` serves many. What no rule matches is unowned, and "
        "says so."
    )
    yield "rules:"
    ids = identifiers(seen.applications, RESERVED)
    for name in sorted(ids):
        yield f"  - {{owner: {quoted(ids[name])}, when: {{application: {globbed(name)}}}}}"
