"""The rate card of a first rulebook: a line to be filled in for what has no public price."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from schemas import cloudevents
from schemas.match import kind
from spendwatch.drafting.remarks import off, said
from spendwatch.drafting.sighting import NAMED, Gap, Seen
from spendwatch.drafting.spelling import globbed, identifier, quoted

PRICE = "PRICE"
"""Stands where a price belongs: a rulebook in which it is switched on is refused."""

PER = {"gpu_seconds": "hour", "seats": "unit", "requests": "thousand", "uses": "thousand"}
"""By what a quantity is usually priced; all others are tokens, by the million."""


def rates(seen: Seen) -> Iterator[str]:
    """The section `rates`, switched off: no price is invented."""
    yield from said(
        "What public price lists don't know, and your own contracts. Model prices come from "
        "genai-prices; an entry here goes before them, `discount_percent` takes something off."
    )
    entries = card(seen)
    if entries:
        yield from said(
            "What follows was seen and no list prices it: until an entry does, calls and features "
            "count as free, all else as unpriced, which is told apart from $0 everywhere. Write "
            f"dollars where it says {PRICE}."
        )
        yield from off(["rates:", *(f"  - {entry}" for entry in entries)])


def card(seen: Seen) -> Sequence[str]:
    """One entry for all that lacks a price for the same thing, to be filled in."""
    lacking: dict[Gap, set[str]] = {}
    for gap in seen.gaps:
        for per, names in groupby(sorted(gap.quantities, key=per_of), key=per_of):
            alike = Gap(gap.type, gap.provider, gap.name, (per,))
            lacking.setdefault(alike, set()).update(names)
    taken: set[str] = set()
    return [_entry(gap, sorted(lacking[gap]), taken) for gap in sorted(lacking)]


def per_of(quantity: str) -> str:
    """By what a quantity is usually priced."""
    return PER.get(quantity, "million")


def _entry(gap: Gap, quantities: Sequence[str], taken: set[str]) -> str:
    name = identifier(f"{gap.provider}-{gap.name}" if gap.name != gap.provider else gap.name, taken)
    taken.add(name)
    usd = ", ".join(f"{quantity}: {PRICE}" for quantity in quantities)
    priced = f"usd: {{{usd}}}, per: {gap.quantities[0]}"
    return f"{{name: {quoted(name)}, when: {{{_when(gap)}}}, {priced}}}"


def _when(gap: Gap) -> str:
    named = {"type": kind(gap.type), "provider": globbed(gap.provider)}
    if gap.type != cloudevents.CALL:
        named[NAMED[gap.type]] = globbed(gap.name)
    return ", ".join(f"{name}: {value}" for name, value in named.items())
