"""Overruns sent at known moments, and when each came past every stage up to its notice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from time import time

from confluent_kafka import KafkaError, Message, Producer

from benchmarks._metering import CODEC
from benchmarks._organisation import LIMIT_USD, Organisation
from benchmarks.peers._task import WIDTH
from schemas import columns
from schemas.codec import write_rows
from schemas.records import Attempt, Finding, Incident, Tally
from streams.kafka_settings import APPENDING
from streams.log import Log

PROMPT = 10**8 * LIMIT_USD // 10
"""Tokens of gpt-4o-mini, at $0.15 a million, that cost more than the limit by themselves."""

STAGES = ("usage", "tally", "finding", "incident", "told")
"""What an overrun comes past: when the log had it; last, when its notice had been rendered."""

Moments = dict[str, float]
"""When an overrun came past each stage, seconds since 1970; `sent` is when it was produced."""


@dataclass
class Overruns:
    """One for each application that is to overrun; `moments` are filled as they become known."""

    servers: str
    topic: str
    organisation: Organisation
    moments: dict[str, Moments] = field(default_factory=dict)
    stop: Event = field(default_factory=Event)
    _places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Partition and offset of the usage of each."""

    def __post_init__(self) -> None:
        self._row = next(Organisation(20).usage(1, 1, 1)).to_pylist()[0]
        settings = {**APPENDING, "bootstrap.servers": self.servers, "linger.ms": 0, "log_level": 0}
        self._producer = Producer(settings)

    def awake(self) -> None:
        """A first usage of each application, so that its series is there; it is cheap."""
        for name in self.organisation.hot:
            self._producer.produce(self.topic, *self._usage(name, "first", 1))
        self._producer.flush()

    def send(self, begin: float, seconds: float) -> None:
        """Send one after the other, evenly over so many seconds from `begin` on, until stopped."""
        hot = self.organisation.hot
        for number, name in enumerate(hot):
            if self.stop.wait(begin + seconds * number / len(hot) - time()):
                break
            value, key = self._usage(name, "overrun", PROMPT)
            self.moments[name] = {"sent": time()}
            self._producer.produce(self.topic, value, key, on_delivery=self._delivered)
            self._producer.poll(0)
        if self._producer.flush(60):
            raise SystemExit("the overruns could not be produced")

    def _usage(self, name: str, what: str, prompt: int) -> tuple[bytes, bytes]:
        """A message's value and key; its time is now."""
        quantities = {**self._row["quantities"], "input_uncached": prompt}
        id_ = f"{name}-{what}"
        row = {**self._row, "id": id_, "source": "/hot", "time": datetime.now(UTC),
               "application": name, "quantities": quantities}  # fmt: skip
        body = write_rows([row], columns.USAGE)[0]
        return CODEC.prefix(columns.USAGE) + body, f"/hot|{id_}".encode()

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            raise SystemExit(f"an overrun could not be produced: {error}")
        name = (message.key() or b"").decode().split("|")[1].removesuffix("-overrun")
        self._places[name] = message.partition() or 0, message.offset() or 0
        self.moments[name]["usage"] = message.timestamp()[1] / 1e3

    def trace(self, log: Log) -> None:
        """Look where each has got to."""
        for stage, found in (
            ("tally", self._tallied(log)),
            ("finding", findings(log)),
            ("incident", incidents(log)),
            ("told", told(log)),
        ):
            for name in found.keys() & self.moments.keys():
                self.moments[name][stage] = found[name]

    def _tallied(self, log: Log) -> Mapping[str, float]:
        covers: dict[str, list[tuple[int, int, float]]] = {}
        for partition in range(WIDTH):
            for record in log.read("tally", partition):
                tally: Tally = CODEC.decode(record.value or b"")
                span = tally.first, tally.next, record.received / 1e6
                covers.setdefault(tally.source, []).append(span)
        return {
            name: min(at for first, next_, at in covers[f"usage/{partition}"]
                      if first <= offset < next_)
            for name, (partition, offset) in self._places.items()
        }  # fmt: skip


def findings(log: Log) -> dict[str, float]:
    """When the first finding of each application came."""
    found: dict[str, float] = {}
    for record in log.read("docket", 0):
        said = CODEC.decode(record.value or b"")
        if isinstance(said, Finding):
            found.setdefault(_application(said.series), record.received / 1e6)
    return found


def incidents(log: Log) -> dict[str, float]:
    """When the first revision of each application's incident came."""
    found: dict[str, float] = {}
    for incident, at in _incidents(log):
        found.setdefault(_application(incident.series), at)
    return found


def told(log: Log) -> dict[str, float]:
    """When the first notice of each application's incident had been rendered."""
    named = {incident.id: _application(incident.series) for incident, _ in _incidents(log)}
    found: dict[str, float] = {}
    for record in log.read("delivery-log", 0):
        said = CODEC.decode(record.value or b"")
        if isinstance(said, Attempt) and said.outcome == "sent":
            at = said.at.timestamp() + said.latency_ms / 1e3
            found.setdefault(named[said.incident], at)
    return found


def _incidents(log: Log) -> Iterator[tuple[Incident, float]]:
    for record in log.read("incident", 0):
        if (record.key or b"").startswith(b"incident ") and record.value:
            yield CODEC.decode(record.value), record.received / 1e6


def _application(name: str) -> str:
    return name.partition(":")[2]


def stages(moments: Sequence[Moments]) -> Iterator[tuple[str, list[float]]]:
    """Seconds that each overrun took from the stage before to this one."""
    for before, stage in zip(("sent", *STAGES), STAGES, strict=False):
        yield stage, [one[stage] - one[before] for one in moments]
