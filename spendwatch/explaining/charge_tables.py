"""A charge's explanation as tables."""

from collections.abc import Iterator
from fractions import Fraction

from schemas.moments import rfc3339
from schemas.money import NANO, dollars
from schemas.records import Rejected
from schemas.wording import counted
from spendwatch.explaining.arithmetic import Part, Reckoning
from spendwatch.explaining.charges import Charged, Uncharged
from spendwatch.tables import Table, facts

DIMENSIONS = (
    "provider", "model", "resource", "product", "application", "environment", "feature",
    "principal", "tier", "outcome",
)  # fmt: skip
DIGITS = 12
"""Decimals that a fraction of a dollar is shown with where it has no end."""

SHOWN = 5
"""Repeats that are named."""

LATE = "its minute had closed before it came: it counts for allocations and budgets only"


def usd(amount: Fraction) -> str:
    """Dollars exactly, or with a sign that more follows."""
    scaled = amount * 10**DIGITS
    whole, part = divmod(abs(int(scaled)), 10**DIGITS)
    digits = f"{part:0{DIGITS}d}".rstrip("0").ljust(2, "0")
    sign = "-" if amount < 0 else ""
    return f"{sign}${whole:,}.{digits}{'' if scaled.denominator == 1 else '…'}"


def tables(found: Charged | Uncharged) -> Iterator[Table]:
    """Everything that is known of a usage."""
    if isinstance(found, Uncharged):
        yield from _uncharged(found)
        return
    yield facts(f"charge {found.identity}", _what(found))
    if found.reckoning is not None:
        yield _arithmetic(found, found.reckoning)
    yield _chain(found)
    yield facts("whose it is", _whose(found))
    yield facts("where it stands", _where(found))
    series = found.tally_partitions.items()
    head = ("added to", "tally partition")
    yield Table("", head, [(name, str(partition)) for name, partition in series], frozenset({1}))
    yield _refused(found)


def _what(found: Charged) -> Iterator[tuple[str, str]]:
    charge = found.charge
    yield "time", rfc3339(charge["time"])
    yield "type", charge["type"]
    yield from ((name, charge[name]) for name in DIMENSIONS)
    yield "cost", _cost(charge["cost_nano_usd"], charge["unpriced"])
    yield "price", charge["price_state"]
    yield "without a price", charge["unpriced"]
    yield "rate", charge["rate_id"]
    yield "late", LATE if charge["kind"] == "late" else ""
    yield "history", "it teaches and is allocated, but tells nobody" if charge["history"] else ""


def _chain(found: Charged) -> Table:
    """How it came to what it is, where it was restated."""
    head = ("kind", "cost", "rate", "owner", "rulebook")
    rows = [
        (one["kind"], usd(Fraction(one["cost_nano_usd"], NANO)), one["rate_id"], one["owner"],
         one["rulebook"])
        for one in found.chain
    ]  # fmt: skip
    return Table("restated", head, rows if len(rows) > 1 else [], frozenset({1}))


def _cost(nano: int, unpriced: str) -> str:
    """What is unknown is never shown as nothing."""
    exactly = f"{dollars(nano)}, exactly {nano:,} nano-dollars"
    if not unpriced:
        return exactly
    return f"unknown; what has a price is {exactly}" if nano else "unknown: nothing prices it"


def _arithmetic(found: Charged, again: Reckoning) -> Table:
    """Quantity times rate, line by line, and the sum."""
    rows = [_part(part) for part in again.parts]
    rows.append(("sum", "", "", "", usd(again.nano_usd / NANO)))
    cost = again.cost_nano_usd
    rows.append(("rounded once", "", "", "", usd(Fraction(cost, NANO))))
    rows.append(("the charge says", "", "", _verdict(found), usd(_charged(found))))
    head = ("quantity", "amount", "rate", "", "cost")
    return Table("how it adds up", head, rows, frozenset({1, 4}))


def _charged(found: Charged) -> Fraction:
    return Fraction(found.charge["cost_nano_usd"], NANO)


def _verdict(found: Charged) -> str:
    return "the same" if found.agrees else "NOT THE SAME: prices or rules are others now"


def _part(part: Part) -> tuple[str, ...]:
    if part.usd is None:
        rate = "no price" if part.billable else "not billable"
        return part.quantity, f"{part.amount:,}", rate, "", ""
    entry = "+".join(part.entries)
    rate = f"{usd(part.usd)} per {part.per}"
    return part.quantity, f"{part.amount:,}", rate, entry, usd(part.nano_usd / NANO)


def _whose(found: Charged) -> Iterator[tuple[str, str]]:
    charge, again = found.charge, found.reckoning
    path = (charge["business_unit"], charge["service"], charge["owner"])
    yield "owner", charge["owner"] if len(set(path)) == 1 else "/".join(path)
    yield "rule", charge["rule"] or "no rule matched"
    yield "rulebook", _rulebook(found)
    moved = again is not None and again.owner != charge["owner"]
    yield "today", f"the same rulebook says {again.path}" if again and moved else ""


def _rulebook(found: Charged) -> str:
    version, again = found.charge["rulebook"], found.reckoning
    if again is None:
        return f"{version}, which is not on the log any more: its prices can't be worked out"
    start = again.effective_from
    return f"{version}, in force from {rfc3339(start) if start else 'the beginning'}"


def _where(found: Charged) -> Iterator[tuple[str, str]]:
    tally = found.tally
    yield "usage", str(found.usage_at)
    yield "charge", str(found.charge_at)
    if tally is None:
        yield "tally", "not kept any more, or not there yet"
    else:
        yield "tally", f"[{tally.first}, {tally.next}) of {tally.source}, {tally.place}"
    yield "repeats", _repeats(found)


def _repeats(found: Charged) -> str:
    """Where it came again."""
    places = [str(place) for place in found.repeats]
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    named = f"{', '.join(places[:SHOWN])}{more}"
    return f"{counted(len(places), 'duplicate')} dropped: {named}" if places else ""


def _uncharged(found: Uncharged) -> Iterator[Table]:
    yield facts(f"usage {found.identity}", _standing(found))
    yield _refused(found)


def _standing(found: Uncharged) -> Iterator[tuple[str, str]]:
    yield "charge", "none"
    if found.waiting:
        places = ", ".join(str(place) for place in found.waiting)
        yield "waiting", f"the meter has not taken it up yet: {places}"
    if found.taken and not found.refusals:
        places = ", ".join(str(place) for place in found.taken)
        yield "taken up", f"{places}; no charge of it is kept, or it was rejected long ago"
    if not (found.waiting or found.taken or found.refusals):
        yield "usage", "nothing with this source and id is on the log"


def _refused(found: Charged | Uncharged) -> Table:
    rows = [_refusal(one.place, one.came_from, one.record) for one in found.refusals]
    return Table("rejected", ("place", "time", "reason", "from", "detail"), rows)


def _refusal(place: str, came_from: str, record: Rejected) -> tuple[str, ...]:
    return place, rfc3339(record.time), record.reason, came_from, record.detail
