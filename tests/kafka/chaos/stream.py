"""What a round is fed: usage drawn from its seed, some of it twice, and a patient producer."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from time import monotonic, sleep
from typing import Any

import pyarrow as pa
import yaml
from confluent_kafka import Producer

from schemas.codec import Codec
from schemas.moments import EPOCH, micros
from schemas.records import Clock
from spendwatch.simulated import batches, demo_overruns
from streams import rulebook
from streams.book import Book, Books
from streams.kafka import KafkaLog
from streams.kafka_producer import Pending, put
from streams.kafka_settings import APPENDING
from streams.log import Entry, Uncertain
from streams.publishing import END, Publisher
from streams.rulebooks import hash_of
from tests.kafka import oracle
from tests.kafka.fleet import ROOT
from tests.kafka.own_ledger import BEGIN, ledger

LASTS = timedelta(minutes=100)
RATE = 16.0
"""Times acme's usual number of events: some 25,000 in all."""

SOON, WHOLE = 200, 5000
"""Usages of an append, and of a batch of the replay."""

TWICE, AGAIN = 0.05, 0.1
"""How many usages come twice in their batch, and how often a whole batch comes again later."""

BUDGETS = {
    "business_unit:engineering": 900,
    "business_unit:operations": 150,
    "business_unit:retail": 60,
}
"""Dollars. Their marks are passed one after the other, and are told however old the data is."""

MARKS = [20, 40, 60, 80, 100]
LONGEST = 200.0
"""Seconds that the producer waits for the broker: longer than any fault of a round."""


def rules(places: Sequence[dict[str, Any]]) -> str:
    """Acme's rulebook with tight budgets and these places, which hear of everything."""
    known = yaml.safe_load((ROOT / "rulebook.yaml").read_text())
    known["budgets"] = [
        {"name": name.partition(":")[2], "series": name, "amount_usd": usd, "marks": MARKS}
        for name, usd in BUDGETS.items()
    ]
    known["places"] = [{**one, "allow_http": True} for one in places]
    known["routes"] = [{"places": [one["name"] for one in places]}]
    return yaml.safe_dump(known, sort_keys=False)


@dataclass(frozen=True)
class Stream:
    """A seed's usage."""

    seed: int
    rules: str

    @cached_property
    def usage(self) -> list[pa.RecordBatch]:
        """In time order, each usage once."""
        found = batches(self.seed, BEGIN, BEGIN + LASTS, demo_overruns(BEGIN), RATE)
        return [whole.slice(at, SOON) for whole in found for at in range(0, whole.num_rows, SOON)]

    @property
    def lateness_s(self) -> int:
        """As the rulebook has it."""
        return rulebook.read(self.rules).lateness_s

    @property
    def final(self) -> Clock:
        """The last word: everything is over."""
        last = self.usage[-1].column("time")[-1].as_py()
        return Clock(time=last + timedelta(seconds=self.lateness_s) + END)

    def ledger(self) -> int:
        """What it cost, nano-dollars, by the producer's own books."""
        return ledger(self.usage)

    def replayed(self) -> oracle.Replayed:
        """What a replay says of it."""
        books = Books([Book(hash_of(self.rules), EPOCH, rulebook.read(self.rules))])
        table = pa.Table.from_batches(self.usage).combine_chunks()
        return oracle.Replayed(books).feed(table.to_batches(WHOLE), self.final)

    def send(self, log: KafkaLog, seconds: float) -> int:
        """Publish it in about so many seconds, with its repeats; how many usages went out."""
        chance, begun, waiting = random.Random(self.seed), monotonic(), list[pa.RecordBatch]()
        publisher = Publisher(log, Codec(), self.lateness_s)
        for number, batch in enumerate(self.usage):
            sleep(max(0.0, begun + seconds * number / len(self.usage) - monotonic()))
            publisher.publish_batch(with_repeats(batch, chance))
            if chance.random() < AGAIN:
                waiting.append(batch)
            if waiting and chance.random() < AGAIN:
                publisher.publish_batch(waiting.pop(0))
        log.append(publisher.clocks(micros(self.final.time), False))
        return publisher.published.usages


def with_repeats(batch: pa.RecordBatch, chance: random.Random) -> pa.RecordBatch:
    """The batch with some of its usages a second time at its end."""
    again = [row for row in range(batch.num_rows) if chance.random() < TWICE]
    both = pa.Table.from_batches([batch, batch.take(pa.array(again, pa.int64()))])
    return both.combine_chunks().to_batches()[0]


class PatientLog(KafkaLog):
    """A log whose appends outlast every fault, as a producer with a long timeout does.

    It gives up nothing in between, so that what it sends stays in order and comes once.
    """

    def __init__(self, bootstrap: str, prefix: str) -> None:
        super().__init__(bootstrap, prefix=prefix)
        patience = {"message.timeout.ms": int(LONGEST * 1000)}
        self._patient: Producer = self._producer({**APPENDING, **patience})

    def append(self, entries: Iterable[Entry]) -> None:
        """See `streams.log.Log`."""
        pending, until = Pending(), monotonic() + LONGEST
        for entry in entries:
            put(self._patient, entry, self.prefix, LONGEST, pending.told)
            pending.sent += 1
        while pending.open and monotonic() < until:
            self._patient.poll(0.1)
        if pending.open or pending.wrong is not None:
            raise Uncertain(f"the producer gave up: {pending.wrong}, {pending.said()}")
