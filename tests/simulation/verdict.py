"""Whether a world came to the truth: held against a replay in memory, and the producers' ledger."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from schemas import columns
from schemas.keys import identity
from schemas.kinds import Kind
from schemas.moments import micros, minute_of
from schemas.records import Answer, Clock, Finding, Rejected, Tally
from streams.log import Log, Record
from streams.steps import tallying
from streams.steps.packed import WatchState
from streams.steps.step import Output, State, key_of
from streams.walk import Walk
from tests.kafka import oracle
from tests.simulation.scenario import CODEC, LATENESS, Message, Scenario, rulebook
from tests.streams.meter_kit import dollars

ALL = "organisation:acme"
SWAYED = {"budget", "models_allowed"}
"""Causes that late usage sways by the moment at which it comes."""


class Answered(Walk):
    """A walk whose judge hears answers, each before anything later than it is settled."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__(rulebook())
        self._answers = sorted(answers, key=lambda one: one.time)

    def _records(self, topic: str, outputs: Iterable[Any], received: int) -> list[Record]:
        if topic == "docket":
            outputs = self._with_answers(outputs)
        return super()._records(topic, outputs, received)

    def _with_answers(self, outputs: Iterable[Any]) -> Iterator[Any]:
        for output in outputs:
            while self._answers and self._answers[0].time < output.record.time:
                answer = self._answers.pop(0)
                yield Output("docket", answer.incident.encode(), answer, 0)
            yield output


class Expected(oracle.Replayed):
    """What a replay in the order of arrival says."""

    def __init__(self, scenario: Scenario, sent: Sequence[tuple[Message, int]]) -> None:
        super().__init__(rulebook())
        self.walk = Answered([one.answer for one, _ in sent if one.answer])
        records: list[Record] = []
        for message, received in sent:
            entry = message.entries[0]
            if entry.topic == "usage":
                records.append(Record("usage", 0, len(records), entry.key, entry.value, received))
        if scenario.live:  # the members' own clocks move the last minutes
            end = CODEC.encode(Clock(time=scenario.final))
            records.append(Record("usage", 0, len(records), None, end, micros(scenario.final)))
        self._hear(self.walk.feed(records))


def punctual(scenario: Scenario) -> list[tuple[Message, int]]:
    """The messages as the log takes them when no clock is wrong."""
    return [(one, micros(one.due + scenario.shift)) for one in scenario.messages]


def mistakes(log: Log, scenario: Scenario, sent: Sequence[tuple[Message, int]]) -> list[str]:
    """Everything in which the log is not what it should be."""
    found = dict(_found(log, scenario))
    wanted = dict(_wanted(scenario, sent))
    if scenario.late:
        found, wanted = _promised(found), _promised(wanted)
    return [
        f"{name}: {difference(wanted[name], found[name])}"
        for name in wanted
        if wanted[name] != found[name]
    ] + list(gaps(log))


def _promised(parts: dict[str, Any]) -> dict[str, Any]:
    """What is promised where usage is late.

    A late amount counts for a budget when it comes: the minute that reached a mark hangs on the
    batches. A late charge whose minute watch has yet to close is seen by rules that look at
    charges, not at cost. Its quantities join those of its hour when it comes: nothing is promised
    of why something is over.
    """
    found = dict(parts)
    if "breaches" in parts:
        found["marks"] = {rule for _, _, _, rule, *_ in parts["breaches"] if "/" in rule}
        found["breaches"] = {one[:4] for one in parts["breaches"] if _by_cost(one[3])}
        found["incidents"] = {one for one in parts["incidents"] if not {*one[2]} & SWAYED}
    return found


def _by_cost(rule: str) -> bool:
    return "/" not in rule and rule != "allowed"


def difference(wanted: Any, found: Any) -> str:
    """What is missing and what is too much."""
    if isinstance(wanted, int):
        return f"{found} instead of {wanted}"
    pairs = [list(one.items()) if isinstance(one, dict) else list(one) for one in (wanted, found)]
    missing = [one for one in pairs[0] if one not in pairs[1]]
    extra = [one for one in pairs[1] if one not in pairs[0]]
    sizes = f"{len(pairs[0])} wanted, {len(pairs[1])} found"
    return f"{sizes}, missing {sorted(missing, key=repr)[:3]}, extra {sorted(extra, key=repr)[:3]}"


Part = tuple[str, Any]


def _found(log: Log, scenario: Scenario) -> Iterator[Part]:
    """What a log says in the end, part by part."""
    charges = [one for body in _bodies(log) for one in oracle.charges(body)]
    state, incidents = kept(log, "watch-state"), kept(log, "incident")
    findings = [one for one in values(log, "docket") if isinstance(one, Finding)]
    rejected = [one for one in values(log, "rejected") if isinstance(one, Rejected)]
    yield "charges", sorted(charges)
    yield "rejected", sorted(one.original for one in rejected)
    yield "ledger", sum(charge[3] for charge in charges)
    yield "tallies", sum(_tallied(values(log, "tally")))
    yield "month", _month(kept(log, "allocation"))
    until = minute_of(scenario.final - LATENESS)
    yield "days", oracle.closed_days(state, until)
    yield "buckets", oracle.closed_buckets(state)
    yield "breaches", oracle.breaches(findings)
    yield "incidents", oracle.incidents(oracle.settled(incidents))


def _wanted(scenario: Scenario, sent: Sequence[tuple[Message, int]]) -> Iterator[Part]:
    """The same by a replay, and by adding up what the producers know themselves."""
    usages = {identity(m.usage["source"], m.usage["id"]): m.usage for m, _ in sent if m.usage}
    ledger = sum(map(dollars, usages.values()))
    replayed = Expected(scenario, sent)
    yield "charges", sorted(replayed.charges)
    yield "rejected", sorted(_poison(sent))
    yield "ledger", ledger
    yield "tallies", ledger
    yield "month", ledger
    if scenario.strays:
        return
    yield "days", oracle.closed_days(replayed.state(), minute_of(scenario.final - LATENESS))
    yield "buckets", oracle.closed_buckets(replayed.state())
    yield "breaches", replayed.breaches
    yield "incidents", oracle.incidents(replayed.incidents.values())


def _poison(sent: Sequence[tuple[Message, int]]) -> Iterator[bytes]:
    return (message.entries[0].value or b"" for message, _ in sent if message.poison)


def _tallied(tallies: Iterable[Any]) -> Iterator[int]:
    """What the organisation cost by the tallies of usage."""
    for tally in tallies:
        if isinstance(tally, Tally) and tally.source.startswith("usage/"):
            for name, kind, cost in tallying.rows(tally, "kind", "cost"):
                if name == ALL and kind in (Kind.USAGE, Kind.LATE):
                    yield cost


def _month(standing: dict[Any, Any]) -> int:
    """What the organisation bears in the month by its allocation."""
    held = standing.get(key_of(ALL.encode()))
    return sum(w.cost_nano_usd for w in held.windows if w.window == "month") if held else 0


def gaps(log: Log) -> Iterator[str]:
    """Where tallies do not tile the log."""
    for partition in range(log.partitions("tally")):
        due: dict[str, tuple[int, int]] = {}
        for record in log.read("tally", partition):
            tally = CODEC.decode(record.value or b"")
            if (tally.first, tally.part) != due.get(tally.source, (0, 0)):
                yield f"tally {partition}: {tally.source} has a gap at {tally.first}"
            last = tally.part == tally.parts - 1
            due[tally.source] = (tally.next, 0) if last else (tally.first, tally.part + 1)


def _bodies(log: Log) -> Iterator[Any]:
    start = len(CODEC.prefix(columns.CHARGE))
    for partition in range(log.partitions("charge")):
        bodies = [(record.value or b"")[start:] for record in log.read("charge", partition)]
        if bodies:
            yield columns.read(bodies, columns.CHARGE)


def values(log: Log, topic: str) -> Iterator[Any]:
    """Every record of a topic, decoded."""
    for partition in range(log.partitions(topic)):
        for record in log.read(topic, partition):
            yield CODEC.decode(record.value or b"")


def kept(log: Log, topic: str) -> dict[Any, Any]:
    """The newest values of a compacted topic, all partitions together."""
    found: dict[Any, Any] = {}
    state = WatchState if topic == "watch-state" else State
    for partition in range(log.partitions(topic)):
        held = log.newest(topic, partition).items()
        found |= dict(state.restored(held, CODEC.decode).items())
    return found
