"""What the tests of the meter share: a rulebook, usage of every type in every form, and a meter
that is fed batches and says what came of all of them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from schemas import columns
from schemas.cloudevents import parse
from schemas.codec import Codec, write_rows
from schemas.integers import unpacked
from schemas.moments import EPOCH, micros, moment, rfc3339
from schemas.records import Clock, Rejected, Tally
from streams import pipeline, rulebook
from streams.book import Book, Books
from streams.log import Record, Sheaf
from streams.steps import tallying
from streams.steps.identities import MeterState
from streams.steps.step import Key, Outcome, Output, Site, State, key_bytes, key_of

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NANO = 10**9

ACME = """
organisation: acme
owners:
  - {id: retail, level: business_unit}
  - {id: ops, level: business_unit}
  - {id: search, level: service, under: retail}
  - {id: desk, level: service, under: ops}
  - {id: chat, level: application, under: search}
  - {id: rank, level: application, under: search}
  - {id: triage, level: application, under: desk}
rules:
  - {owner: chat, when: {application: chat}}
  - {owner: rank, when: {application: rank}}
  - {owner: triage, when: {application: triage}}
pools:
  - {id: cluster, when: {type: gpu, resource: shared}, driver: tokens, members: [retail]}
  - {id: gateway, when: {type: call}, driver: calls, members: [search, triage]}
rates:
  - {name: house, when: {type: llm, model: "m-*"}, per: million,
     usd: {input_uncached: 3, cache_read: 0.3, output: 15.000001}}
  - {name: gratis, when: {type: llm, model: "free-*"}, usd: {output: 0}, per: million}
  - {name: guess, when: {type: llm, model: "new-*"}, usd: {output: 7}, per: million, fallback: true}
  - {name: hours, when: {type: gpu, resource: [h100, shared]}, usd: {gpu_seconds: 2.90}, per: hour}
  - {name: seats, when: {type: seat}, usd: {seats: 31}, per: unit}
  - {name: calls, when: {type: call}, usd: {requests: 1.5}, per: thousand}
  - {name: uses, when: {type: feature}, usd: {uses: 0.05}, per: unit}
cuts:
  - {name: keys, by: [application, principal], when: {type: llm}}
"""

DOLLARS: Mapping[str, Mapping[str, Fraction]] = {
    "m-1": {
        "input_uncached": Fraction(3, 10**6),
        "cache_read": Fraction(3, 10**7),
        "output": Fraction(15_000_001, 10**12),
    },
    "free-1": {"output": Fraction(0)},
    "new-1": {"output": Fraction(7, 10**6)},
    "h100": {"gpu_seconds": Fraction(29, 36_000)},
    "shared": {"gpu_seconds": Fraction(29, 36_000)},
    "seat": {"seats": Fraction(31)},
    "call": {"requests": Fraction(15, 10_000)},
    "feature": {"uses": Fraction(1, 20)},
}
"""What the rate card says, written down once more by hand: dollars a unit."""

PLACES = {"chat": ("retail", "search"), "rank": ("retail", "search"), "triage": ("ops", "desk")}
"""Applications with their business unit and service, by hand as well."""


def books(*texts: str, starts: Sequence[datetime] = ()) -> Books:
    """The versions of a rulebook: the first from the beginning, the others from `starts`."""
    made = zip(texts, (EPOCH, *starts), strict=True)
    return Books(
        [
            Book(f"{number:016x}", start, rulebook.read(text))
            for number, (text, start) in enumerate(made)
        ]
    )


BOOKS = books(ACME)


def event(
    id_: str = "e1", at: datetime = NOON, kind: str = "llm", source: str = "/svc", **data: Any
) -> dict[str, Any]:
    """A CloudEvent; a call of the model m-1 by chat unless told otherwise."""
    usual: dict[str, Any] = {"provider": "house", "application": "chat"}
    kinds: dict[str, dict[str, Any]] = {
        "llm": {"model": "m-1", "principal": "key-1", "quantities": {"output": 100}},
        "gpu": {"resource": "h100", "duration_s": 90, "quantities": {"gpu_seconds": 90}},
        "seat": {
            "product": "copilot",
            "quantities": {"seats": 1},
            "period_start": "2026-11-01T00:00:00Z",
            "period_end": "2026-12-01T00:00:00Z",
        },
        "call": {"quantities": {"requests": 1}},
        "feature": {"feature": "summary", "quantities": {"uses": 1}},
    }
    usual |= kinds[kind]
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": f"ai.usage.{kind}.v1",
        "time": rfc3339(at),
        "data": {**usual, **data},
    }


def as_json(one: Mapping[str, Any]) -> bytes:
    """A CloudEvent in JSON."""
    return json.dumps(one).encode()


def as_avro(one: Mapping[str, Any], codec: Codec | None = None, **changes: Any) -> bytes:
    """The same in Avro, framed as the codec frames it; `changes` are made to the row."""
    row = {**parse(as_json(one)), **changes}
    [body] = write_rows([row], columns.USAGE)
    return (codec or Codec()).prefix(columns.USAGE) + body


def clock(at: datetime, live: bool = False) -> bytes:
    """A clock record."""
    return Codec().encode(Clock(time=at, live=live))


def dollars(one: Mapping[str, Any]) -> int:
    """What a usage costs by the table above, in nano-dollars; what has no rate costs nothing."""
    data = one["data"]
    kind = one["type"].split(".")[2]
    card = DOLLARS.get(data.get("model") or data.get("resource") or kind, {})
    held = data["quantities"].items()
    return round(
        sum((amount * card.get(name, Fraction(0)) for name, amount in held), Fraction(0)) * NANO
    )


def records(
    messages: Sequence[bytes],
    received: datetime | int = NOON + timedelta(seconds=30),
    first: int = 0,
    partition: int = 0,
    headers: tuple[tuple[str, bytes], ...] = (),
) -> list[Record]:
    """Messages as the usage topic holds them, all taken at the same time."""
    taken = received if isinstance(received, int) else micros(received)
    return [
        Record("usage", partition, first + at, b"key", message, taken, headers)
        for at, message in enumerate(messages)
    ]


class Meter:
    """A meter with its state, and everything that it has said."""

    def __init__(
        self, held: Books = BOOKS, site: Site | None = None, restores: bool = False
    ) -> None:
        self.books, self.site = held, site or Site(usages=1, tallies=3)
        self.state, self.restores = MeterState(), restores
        self.charges: list[dict[str, Any]] = []
        self.tallies: list[list[Tally]] = [[] for _ in range(self.site.tallies)]
        self.rejected: list[Rejected] = []
        self.sent_on: list[Output] = []
        self.counts: Counter[str] = Counter()

    def feed(self, *batches: Sequence[Record]) -> "Meter":
        """Take batches, each to the end."""
        for batch in batches:
            self.hear(pipeline.meter(self.state, batch, self.books, self.site))
        return self

    def idle(self, now: datetime) -> "Meter":
        """Let the clock say what time it is."""
        self.hear(pipeline.idle(self.state, micros(now), self.books, self.site))
        return self

    def hear(self, outcome: Outcome) -> None:
        """Commit an outcome; with `restores`, go on from what was written of the state alone."""
        self.state.apply(outcome.changes)
        if self.restores:
            self.state = MeterState(restored(entries(self.state)).items())
        self.counts.update(outcome.counts)
        for output in outcome.outputs:
            if isinstance(output, Sheaf):
                batch = columns.read(output.bodies, columns.CHARGE) if output.bodies else None
                self.charges += batch.to_pylist() if batch is not None else []
            elif output.topic == "tally":
                self.tallies[output.partition or 0].append(output.record)
            elif output.topic == "rejected":
                self.rejected.append(output.record)
            else:
                self.sent_on.append(output)

    @property
    def progress(self) -> Any:
        """How far the partition has got."""
        return self.state.get(("progress",))

    @property
    def watermark(self) -> datetime:
        """The same, as a time."""
        return moment(self.progress.watermark)

    @property
    def reasons(self) -> list[str]:
        """Why messages were refused."""
        return [str(one.reason) for one in self.rejected]

    @property
    def cost(self) -> int:
        """All charges together, nano-dollars."""
        return sum(charge["cost_nano_usd"] for charge in self.charges)

    @property
    def sums(self) -> dict[tuple[str, int, int], Counter[str]]:
        """Everything tallied, by series, minute and kind."""
        return tallied(tally for held in self.tallies for tally in held)

    def of(self, name: str, what: str = "cost") -> int:
        """All that was tallied of a series."""
        return sum(held[what] for (named, _, _), held in self.sums.items() if named == name)

    def known(self, name: str) -> dict[int, int]:
        """The minutes of a series and those in which they became known, where that is said."""
        found: dict[int, int] = {}
        for tally in (tally for held in self.tallies for tally in held if tally.known):
            rows = tallying.rows(tally, "minute", "known")
            found |= {at: known for named, at, known in rows if named == name}
        return found

    def minutes(self, name: str, kind: int | None = None) -> dict[int, int]:
        """What a series cost, by minute since 1970."""
        found: Counter[int] = Counter()
        for (named, minute, of), held in self.sums.items():
            if named == name and kind in (None, of):
                found[minute] += held["cost"]
        return dict(found)


def tallied(tallies: Iterable[Tally]) -> dict[tuple[str, int, int], Counter[str]]:
    """Tallies added up by series, minute and kind."""
    found: dict[tuple[str, int, int], Counter[str]] = {}
    for tally in tallies:
        for key, amounts in amounts_of(tally):
            held = found.setdefault(key, Counter())
            for name, amount in amounts.items():
                held[name] += amount
    return {key: Counter({n: v for n, v in held.items() if v}) for key, held in found.items()}


def amounts_of(tally: Tally) -> Iterator[tuple[tuple[str, int, int], dict[str, int]]]:
    """Series, minute and kind of each entry of a tally, and its amounts."""
    names = ("cost", "charges", "unpriced", "unowned")
    quantities = {name: unpacked(column).tolist() for name, column in tally.quantities.items()}
    rows = tallying.rows(tally, "minute", "kind", *names)
    for row, (name, minute, kind, *plain) in enumerate(rows):
        held = {one: column[row] for one, column in quantities.items()}
        yield (name, minute, kind), {**dict(zip(names, plain, strict=True)), **held}


def entries(state: State) -> dict[Key, Any]:
    """All that a state holds, by key."""
    return dict(state.items())


def restored(held: Mapping[Key, Any]) -> dict[Key, Any]:
    """The same after a way through a state topic and back."""
    codec = Codec()
    written = {key_bytes(key): codec.encode(value) for key, value in held.items()}
    return {key_of(key): codec.decode(value) for key, value in written.items()}
