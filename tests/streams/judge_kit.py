"""What the tests of judge share: findings as watch says them, and a judge to hear them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from schemas.moments import at_minute, micros
from schemas.records import Answer, Finding, Incident, Label, Tick, Watermark
from streams import pipeline
from streams.book import Books
from streams.log import Record
from streams.steps.step import Outcome, Site, State
from streams.walk import Passing
from tests.streams.watch_kit import ACME, DOLLAR, LIVE, books_of, restarted

NOON = LIVE + 720
"""Wednesday at noon, in minutes since 1970."""

KEY = "keys:chat|k1"
CHAT = "application:chat"
STOREFRONT = "service:storefront"
RETAIL = "business_unit:retail"
ALL = "organisation:acme"

PLACES = """
places:
  - {name: finops, kind: console}
  - {name: tickets, kind: console}
routes:
  - {places: [finops]}
  - {when: {severity: [sev1, sev2]}, places: [tickets]}
"""
JUDGED = books_of(ACME, PLACES)

Docketed = Finding | Watermark | Tick | Answer


def dimensions(name: str) -> Mapping[str, str]:
    """What a series of ACME is cut by."""
    return JUDGED.versions[0].dimensions(name, at_minute(NOON).date())


def found(minute: int, phase: str = "breach", **changes: Any) -> Finding:
    """What a rule says at the close of a minute, counted from NOON; 3 dollars over, 12 an hour."""
    at = at_minute(NOON + minute)
    name = changes.get("series", CHAT)
    made: dict[str, Any] = {
        "series": name,
        "owner": JUDGED.versions[0].path(name, at.date()),
        "dimensions": dimensions(name),
        "rule": "burst",
        "cause": "records",
        "phase": phase,
        "bucket": "minute",
        "bucket_start": at,
        "bucket_end": at + timedelta(minutes=1),
        "time": at + timedelta(minutes=1),
        "window": 5,
        "observed": 4 * DOLLAR,
        "expected": DOLLAR,
        "low": 0,
        "high": 2 * DOLLAR,
        "excess_nano_usd": 3 * DOLLAR,
        "accrued_nano_usd": 3 * DOLLAR,
        "hourly_nano_usd": 12 * DOLLAR,
        "opened_at": at,
        "reason": "too much",
        "history": False,
        "rulebook": JUDGED.versions[0].hash,
    }
    return Finding(**{**made, **changes})


def burning(
    begin: int, length: int, pace: int = DOLLAR // 5, calm: bool = True, **changes: Any
) -> list[Finding]:
    """An episode: a breach, a finding each minute that it burns at a pace, then calm."""
    said = []
    for minute in range(begin, begin + length + calm):
        phase = "breach" if minute == begin else "burning"
        phase = "calm" if minute == begin + length else phase
        accrued = 3 * DOLLAR + pace * min(minute - begin, length - 1)
        numbers = {"accrued_nano_usd": accrued, "hourly_nano_usd": 60 * pace}
        opened = {"opened_at": at_minute(NOON + begin)}
        said.append(found(minute, phase, **{**numbers, **opened, **changes}))
    return said


def mark(minute: int, partition: int = 0, partitions: int = 1) -> Watermark:
    """Watch has passed a minute, counted from NOON."""
    return Watermark(partition=partition, partitions=partitions, time=at_minute(NOON + minute))


def tick(minute: float) -> Tick:
    """The clock shows a minute, counted from NOON."""
    return Tick(time=after(minute))


def after(minute: float) -> datetime:
    """A time, counted in minutes from NOON."""
    return at_minute(NOON) + timedelta(minutes=minute)


def answer(incident: str, action: str, minute: float, **changes: Any) -> Answer:
    """What somebody says to an incident."""
    made: dict[str, Any] = {"id": f"{action}-{minute}", "by": "ada", "time": after(minute)}
    return Answer(incident=incident, action=action, **{**made, **changes})


@dataclass(slots=True)
class Court:
    """Judge: what it remembers, and all that it has published, in order."""

    books: Books = JUDGED
    site: Site = field(default_factory=lambda: Site(codec=Passing()))
    state: State = field(default_factory=State)
    published: list[Incident] = field(default_factory=list)
    ever: dict[str, Incident] = field(default_factory=dict)
    """Every incident that was settled, as it was at last; also those that are forgotten since."""

    labels: list[tuple[Label, int | None]] = field(default_factory=list)
    last: Outcome = field(default_factory=Outcome)
    restarts: bool = False
    """Whether it is restored from its topic after each batch."""

    def hear(self, *given: Docketed, at: datetime | None = None) -> "Court":
        """One batch; each record is heard at its own time unless `at` is given."""
        records: list[Any] = [
            Record("docket", 0, n, None, one, micros(at or one.time))  # type: ignore[arg-type]
            for n, one in enumerate(given)
        ]
        self.last = pipeline.judge(self.state, records, self.books, self.site)
        self.state.apply(self.last.changes)
        if self.restarts:
            self.state = restarted(self.state)
        settled = ((key, one) for key, one in self.last.changes.items() if key[0] == "settled")
        self.ever |= {str(key[1]): one for key, one in settled if one is not None}
        outputs: list[Any] = list(self.last.outputs)
        self.labels += [(one.record, one.partition) for one in outputs]
        self.published += [
            value
            for key, value in sorted(self.last.changes.items())
            if key[0] == "incident" and value is not None
        ]
        return self

    def minutes(self, given: Iterable[Finding], until: int) -> "Court":
        """Hear findings as live: minute by minute, each batch with its watermark."""
        held: dict[datetime, list[Finding]] = {}
        for one in given:
            held.setdefault(one.time, []).append(one)
        first = min(held, default=after(until))
        minute = int((first - after(0)) / timedelta(minutes=1))
        for at in range(minute, until + 1):
            self.hear(*held.get(after(at), []), mark(at))
        return self

    def incidents(self) -> list[Incident]:
        """Those that can be looked at, as last published, by opening and id."""
        found = self.state.below(("incident",)).values()
        return sorted(found, key=lambda one: (one.opened_at, one.id))

    def incident(self, name: str = CHAT) -> Incident:
        """The only one of a series."""
        (one,) = (one for one in self.incidents() if one.series == name)
        return one

    def told(self) -> list[Incident]:
        """Those that people are told of."""
        return [one for one in self.incidents() if one.quiet == "" and one.state != "merged"]

    def news(self, name: str = CHAT) -> list[str]:
        """What was news of a series' incidents, each change once."""
        found = [(one.news, one.generation) for one in self.published if one.series == name]
        return [news for n, (news, _) in enumerate(found) if n == 0 or found[n - 1] != found[n]]

    def settled(self) -> dict[str, Incident]:
        """What is true for good."""
        return {str(key): one for key, one in self.state.below(("settled",)).items()}

    def beside(self) -> "Court":
        """A second judge that goes on from here."""
        return replace(self, state=State(self.state.items()), published=[], labels=[])


def agreed(incidents: Iterable[Incident]) -> set[Any]:
    """What live and replay agree on."""
    return {
        (one.id, one.series, one.causes, one.opened_at, one.resolved_at, one.accrued_nano_usd)
        for one in incidents
    }
