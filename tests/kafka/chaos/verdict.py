"""What a round came to: the producer's ledger, a replay and the places against what is there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from notifiers.delivery import Action, Why, decide
from schemas import columns, series
from schemas.codec import Codec
from schemas.records import Delivery, Incident, Tally
from spendwatch import clocks
from streams.log import Log
from streams.steps import tallying
from tests.kafka import oracle
from tests.kafka.chaos.receivers import Receivers
from tests.kafka.fleet import kept, values

CODEC = Codec()
COUNTED = (
    "lost_nano_usd",
    "doubled_nano_usd",
    "incidents_missing",
    "incidents_doubled",
    "unrecovered",
)


@dataclass
class Verdict:
    """Five numbers that are 0 where all is well, and what was seen where they are not."""

    lost_nano_usd: int = 0
    doubled_nano_usd: int = 0
    incidents_missing: int = 0
    incidents_doubled: int = 0
    unrecovered: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether all is well."""
        return not any(self.numbers().values())

    def numbers(self) -> dict[str, int]:
        """What the rounds' last line adds up."""
        return {name: getattr(self, name) for name in COUNTED}

    def amounts(self, what: str, missing: int, extra: int) -> None:
        """One view of the money; the worst of them counts. Nano-dollars, none below 0."""
        self.lost_nano_usd = max(self.lost_nano_usd, missing)
        self.doubled_nano_usd = max(self.doubled_nano_usd, extra)
        if missing or extra:
            self.notes.append(f"{what}: {missing} n$ lost, {extra} n$ doubled")

    def total(self, what: str, found: int, wanted: int) -> None:
        """A view that is one sum."""
        self.amounts(what, max(wanted - found, 0), max(found - wanted, 0))

    def broken(self, what: str) -> None:
        """Something else than money and incidents is not as it was."""
        self.unrecovered = 1
        self.notes.append(what)


@dataclass(frozen=True)
class Expected:
    """What is known without the fleet."""

    ledger: int
    replayed: oracle.Replayed
    poison: int


def judged(log: Log, expected: Expected, receivers: Receivers) -> Verdict:
    """Compare everything. Raises LogError."""
    verdict = Verdict()
    replayed, state = expected.replayed, kept(log, "watch-state")
    judge_charges(verdict, list(values(log, "charge")), expected)
    judge_tallies(verdict, log, expected.ledger)
    verdict.total("allocations", oracle.allocated(state), expected.ledger)
    differences(verdict, "series", oracle.spent(state), oracle.spent(replayed.state()))
    if oracle.closed_buckets(state) != oracle.closed_buckets(replayed.state()):
        verdict.broken("closed buckets are not those of a replay")
    judge_incidents(verdict, published(log), replayed.incidents.values())
    judge_places(verdict, replayed.incidents.values(), receivers)
    refused = sum(1 for _ in values(log, "rejected"))
    if refused != expected.poison:
        verdict.broken(f"{refused} rejected, {expected.poison} records of poison")
    return verdict


def judge_charges(verdict: Verdict, rows: list[Mapping[str, Any]], expected: Expected) -> None:
    """One charge for each usage, and together what the producer says."""
    found = Counter(oracle.charges(columns.from_rows(rows, columns.CHARGE)))
    wanted = Counter(expected.replayed.charges)
    missing, extra = wanted - found, found - wanted
    verdict.amounts("charges", cost(missing), cost(extra))
    if missing or extra:
        verdict.broken(f"charges: {missing.total()} missing, {extra.total()} too many")
    verdict.total("charges", cost(found), expected.ledger)


def cost(charges: Counter[oracle.Charge]) -> int:
    """Nano-dollars."""
    return sum(charge[3] * count for charge, count in charges.items())


def judge_tallies(verdict: Verdict, log: Log, ledger: int) -> None:
    """Tallies of usage add up to the ledger, and tile each source without gap or overlap."""
    total = 0
    for partition in range(log.partitions("tally")):
        tallies = [one.value for one in log.read("tally", partition) if one.value]
        total += tiled(verdict, [CODEC.decode(value) for value in tallies])
    verdict.total("tallies", total, ledger)


def tiled(verdict: Verdict, tallies: Iterable[Tally]) -> int:
    """The organisation's nano-dollars in the tallies of usage of one partition."""
    reached, total = dict[str, int](), 0
    for one in tallies:
        begin = 0 if one.source.startswith("usage/") else one.first
        if one.part == 0 and one.first != (before := reached.get(one.source, begin)):
            verdict.broken(f"tally of {one.source}: {one.first} follows {before}")
        reached[one.source] = one.next
        if one.source.startswith("usage/"):
            total += sum(nano for name, nano in tallying.rows(one, "cost") if is_whole(name))
    return total


def is_whole(name: str) -> bool:
    """Whether a series holds everything."""
    return series.split(name)[0] == series.ORGANISATION


def differences(
    verdict: Verdict, what: str, found: Mapping[str, int], wanted: Mapping[str, int]
) -> None:
    """Sums by name; a wrong one is named."""
    wrong = [
        name for name in sorted({*found, *wanted}) if found.get(name, 0) != wanted.get(name, 0)
    ]
    gaps = [wanted.get(name, 0) - found.get(name, 0) for name in wrong]
    names = f"{what} {', '.join(wrong[:5])}"
    verdict.amounts(names, max((0, *gaps)), max((0, *(-gap for gap in gaps))))


def published(log: Log) -> list[Incident]:
    """Incidents as they stand."""
    return oracle.settled(kept(log, "incident"))


def judge_incidents(
    verdict: Verdict, found: Iterable[Incident], wanted: Iterable[Incident]
) -> None:
    """The same as a replay's: one that differs is both missing and too much."""
    live, replayed = oracle.incidents(found), oracle.incidents(wanted)
    verdict.incidents_missing += len(replayed - live)
    verdict.incidents_doubled += len(live - replayed)
    verdict.notes += [f"missing incident {one}" for one in sorted(map(repr, replayed - live))]
    verdict.notes += [f"unknown incident {one}" for one in sorted(map(repr, live - replayed))]


def judge_places(verdict: Verdict, wanted: Iterable[Incident], receivers: Receivers) -> None:
    """Marks of budgets are told whenever they are passed: once in each place."""
    told = {one.id for one in wanted if one.cause == "budget"}
    messages, events = receivers.messages(), receivers.events()
    unheard = sorted(name for name in told if not messages[name] or not events[name])
    twice = sorted(name for name, count in messages.items() if count > 1)
    verdict.incidents_missing += len(unheard)
    verdict.incidents_doubled += len(twice)
    verdict.notes += [f"nobody heard of {name}" for name in unheard]
    verdict.notes += [f"told {messages[name]} times: {name}" for name in twice]
    for name in receivers.contradictions():
        verdict.broken(f"two different events to the webhook under the id {name}")


def undelivered(log: Log) -> list[str]:
    """Incidents and places that still have something to be shown, or were given up."""
    records: dict[tuple[str, str], Delivery] = {
        (one.incident, one.place): one
        for one in kept(log, "delivery").values()
        if isinstance(one, Delivery)
    }
    now = clocks.now() + timedelta(days=1)  # nothing waits as long as that
    return [
        f"{one.id} in {place}"
        for one in published(log)
        for place in one.places
        if not is_done(records.get((one.id, place)), one, now)
    ]


def is_done(record: Delivery | None, incident: Incident, now: datetime) -> bool:
    """Whether a place shows all that it is to show."""
    decision = decide(record, incident, now)
    return decision.action is Action.NOTHING and decision.why not in (Why.UNDER_WAY, Why.GAVE_UP)
