"""What a seed's producers send, and when: usage late and twice, poison, clocks; answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from random import Random
from typing import Any

from schemas.codec import Codec
from schemas.keys import identity, partition_of
from schemas.moments import micros, rfc3339
from schemas.records import Answer, Clock, Incident
from streams.book import Books
from streams.log import Entry
from tests.streams.meter_cases import POISON
from tests.streams.meter_kit import ACME, NOON, as_avro, as_json, books, event

CODEC = Codec()
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LATENESS = 5 * SECOND
EVENING = NOON.replace(hour=22, minute=50)
MIDNIGHT = NOON.replace(hour=0) + timedelta(days=1)
AFTERWARDS = timedelta(days=1)
"""How far behind the log's clock the data is where it has a clock of its own."""

WATCHED = (
    ACME
    + """
budgets:
  - {name: retail, series: "business_unit:retail", amount_usd: 1, marks: [10, 50, 100]}
  - {name: models, when: {model: "m-*"}, amount_usd: 5}
detectors:
  - {name: fresh, kind: newcomer, series: ["application:*"], history_days: 0, floor_usd: 2}
policies:
  - {name: rail, kind: limit, series: ["application:*", "pool:*"], usd: 0.5, window: 10m}
  - {name: allowed, kind: models_allowed, models: ["m-1", "new-1"]}
places: [{name: here, kind: console}]
routes: [{places: [here]}]
"""
)
Event = Mapping[str, Any]


@cache
def rulebook() -> Books:
    """The rulebook of every seed."""
    return books(WATCHED)


@dataclass(frozen=True, slots=True)
class Message:
    """What is appended at a moment of the data's time; `usage` where it is one."""

    due: datetime
    entries: tuple[Entry, ...]
    usage: Event | None = None
    answer: Answer | None = None
    poison: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that happens outside, drawn from a seed."""

    seed: int
    usages: int
    """Partitions of `usage`."""

    tallies: int
    """Partitions of `tally`."""

    live: bool
    """Whether usage comes as it happens, timed by the wall clock, without clocks of its own."""

    strays: bool
    """Whether some usage comes to a wrong partition first, and so at a time of its own."""

    late: bool
    """Whether some usage comes after its minute had closed."""

    begin: datetime
    end: datetime
    messages: Sequence[Message] = field(repr=False, default=())

    @property
    def shift(self) -> timedelta:
        """What the log's clock shows beyond the data's."""
        return timedelta() if self.live else AFTERWARDS

    @property
    def final(self) -> datetime:
        """Where the data's clock stops: what the last usage fell into closes."""
        return self.end + LATENESS + MINUTE


def draw(seed: int) -> Scenario:
    """A seed's scenario."""
    drawn = Random(f"scenario {seed}")
    length = timedelta(minutes=drawn.choice((20, 40, 40, 90)))
    begin = EVENING + timedelta(minutes=drawn.randrange(80))
    scenario = Scenario(
        seed=seed,
        usages=drawn.randint(1, 3),
        tallies=drawn.randint(1, 3),
        live=(live := drawn.random() < 0.4),
        strays=drawn.random() < 0.1,
        late=not live and drawn.random() < 0.4,
        begin=begin,
        end=begin + length,
    )
    found = [*_firsts(scenario), *_usages(scenario, drawn)]
    return with_messages(scenario, [*found, *_poison(scenario, drawn), *_clocks(scenario)])


def with_messages(scenario: Scenario, messages: Sequence[Message]) -> Scenario:
    """The scenario with these messages, in the order in which they are due."""
    return replace(scenario, messages=tuple(sorted(messages, key=lambda one: one.due)))


def _firsts(scenario: Scenario) -> Iterator[Message]:
    """One usage in each partition to begin with where it is live.

    As long as its meter has read nothing, a partition counts as empty and holds nobody back.
    """
    time = scenario.begin + SECOND
    for partition in range(scenario.usages if scenario.live else 0):
        one = next(one for one in _named(time) if _place(one, scenario) == partition)
        yield Message(time, (Entry("usage", _key(one), as_avro(one)),), one)


def _named(time: datetime) -> Iterator[Event]:
    return (event(f"first-{number}", time) for number in count())


def _key(one: Event) -> bytes:
    return identity(one["source"], one["id"])


def _place(one: Event, scenario: Scenario) -> int:
    return partition_of(_key(one), scenario.usages)


def _usages(scenario: Scenario, drawn: Random) -> Iterator[Message]:
    """Usage in time or a little later, where the seed has it also late, and some of it twice."""
    seconds = int((scenario.end - scenario.begin) / SECOND)
    twice = drawn.choice((0, 0.1, 0.3))
    for number in range(drawn.randint(15, 50)):
        time = scenario.begin + drawn.randrange(seconds) * SECOND
        one = _usage(f"e{number}", time, drawn)
        seated = time.replace(minute=10 + time.minute % 40)
        if _seats(scenario) and drawn.random() < 0.05 and _clocked(scenario, seated):
            time, one = seated, _seat(f"s{number}", seated, drawn)
        due = time + drawn.choice((0, 1)) * drawn.random() * LATENESS
        if scenario.late and drawn.random() < 0.1 and not _over_midnight(time):
            due = _late(time, drawn)
        yield Message(due, (_entry(one, scenario, drawn),), one)
        while drawn.random() < twice and due < scenario.end:
            due += timedelta(seconds=drawn.expovariate(1 / 200))
            yield Message(min(due, scenario.end), (_entry(one, scenario, drawn),), one)


def _over_midnight(time: datetime) -> bool:
    """Whether it could come when its day has been split for good."""
    return MIDNIGHT - timedelta(minutes=40) < time < MIDNIGHT


def _late(time: datetime, drawn: Random) -> datetime:
    """Behind the clock that closed its minute in every partition, so that it is late in each."""
    closed = time.replace(second=0, microsecond=0) + 2 * MINUTE
    return closed + timedelta(seconds=drawn.uniform(1, 1500))


def _usage(id_: str, time: datetime, drawn: Random) -> Event:
    application = drawn.choice(("chat", "chat", "rank", "triage", "stranger"))
    kind = drawn.choice(("llm",) * 6 + ("gpu", "call", "call", "feature"))
    data = HELD[kind](drawn) if kind in HELD else {}
    return event(id_, time, kind, application=application, **data)


def _seats(scenario: Scenario) -> bool:
    """Whether seats are sure to be booked alike."""
    return not (scenario.live or scenario.late)


def _clocked(scenario: Scenario, time: datetime) -> bool:
    """Whether every partition has heard a clock by then."""
    return scenario.begin + 2 * MINUTE < time < scenario.end


def _seat(id_: str, time: datetime, drawn: Random) -> Event:
    """A seat told of in the midst of its period, and of an hour: each of its hours is clearly past
    or clearly ahead in every partition, as far as a data clock ticks in each."""
    start = time.replace(minute=0, second=0) - drawn.randint(-1, 3) * HOUR
    end = time.replace(minute=0, second=0) + drawn.randint(2, 9) * HOUR
    period = {"period_start": rfc3339(start), "period_end": rfc3339(end)}
    return event(id_, time, "seat", application="chat", quantities={"seats": 1}, **period)


def _llm(drawn: Random) -> Event:
    model = drawn.choice(("m-1",) * 8 + ("free-1", "new-1", "house-1"))
    amount = min(int(drawn.paretovariate(1) * 1000), 10**6)
    held = {"output": amount, "input_uncached": drawn.randrange(9999)}
    return {"model": model, "principal": f"key-{drawn.randrange(3)}", "quantities": held}


def _gpu(drawn: Random) -> Event:
    resource = drawn.choice(("h100", "shared", "shared"))
    held = {"gpu_seconds": drawn.randrange(1, 900)}
    return {"resource": resource, "duration_s": 0, "quantities": held}


def _call(drawn: Random) -> Event:
    return {"quantities": {"requests": drawn.randrange(1, 400)}}


HELD: Mapping[str, Callable[[Random], Event]] = {"llm": _llm, "gpu": _gpu, "call": _call}
"""What a usage of a type holds."""


def _entry(one: Event, scenario: Scenario, drawn: Random) -> Entry:
    """The usage as one of the producers sends it."""
    form = as_json if drawn.random() < 0.1 else as_avro
    partition = drawn.randrange(scenario.usages) if _strays(scenario, drawn) else None
    return Entry("usage", _key(one), form(one), partition)


def _strays(scenario: Scenario, drawn: Random) -> bool:
    return scenario.strays and drawn.random() < 0.2


def _poison(scenario: Scenario, drawn: Random) -> Iterator[Message]:
    """What can't be read, of the kinds that do not hang on the time."""
    bad = [one for one in POISON if b'"ahead"' not in one]
    for _ in range(drawn.choice((0, 0, 3))):
        due = scenario.begin + drawn.random() * (scenario.end - scenario.begin)
        partition = drawn.randrange(scenario.usages)
        entry = Entry("usage", None, drawn.choice(bad), partition)
        yield Message(due, (entry,), poison=True)


def _clocks(scenario: Scenario) -> Iterator[Message]:
    """The data's clock in every partition, each minute and at the end; none where it is live."""
    if scenario.live:
        return
    time = scenario.begin.replace(second=0, microsecond=0) + MINUTE
    while time < scenario.final:
        yield Message(time, _clock(time, scenario.usages))
        time += MINUTE
    yield Message(scenario.final, _clock(scenario.final, scenario.usages))


def _clock(time: datetime, width: int) -> tuple[Entry, ...]:
    value = CODEC.encode(Clock(time=time))
    return tuple(Entry("usage", None, value, number) for number in range(width))


def answered(scenario: Scenario, incidents: Sequence[Incident]) -> Scenario:
    """The scenario with answers to some of the incidents that it leads to, some sent twice."""
    drawn = Random(f"answers {scenario.seed}")
    given = []
    for incident in sorted(incidents, key=lambda one: one.id):
        if incident.state == "merged" or drawn.random() < 0.5:
            continue
        answer = _answer(incident, scenario, drawn)
        entry = Entry("docket", incident.id.encode(), CODEC.encode(answer), 0)
        given += [Message(answer.time, (entry,), answer=answer)] * drawn.choice((1, 1, 2))
    return with_messages(scenario, [*scenario.messages, *given])


def _answer(incident: Incident, scenario: Scenario, drawn: Random) -> Answer:
    """What somebody says while it burns."""
    end = incident.resolved_at or scenario.end
    time = incident.opened_at + drawn.uniform(0.1, 1) * (end - incident.opened_at)
    action = drawn.choice(("acknowledge", "snooze", "expected"))
    return Answer(
        id=f"a-{incident.id}",
        incident=incident.id,
        action=action,
        by="kim",
        time=time,
        until=time + timedelta(minutes=30) if action == "snooze" else None,
    )


def sent_at(message: Message, scenario: Scenario) -> int:
    """When the log's clock shows that a message is due, microseconds since 1970."""
    return micros(message.due + scenario.shift)
