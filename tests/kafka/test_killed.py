"""200,000 usages, one in twenty twice, meter and watch killed three times each: nothing is lost,
nothing counts twice, and the incidents are those of a replay.
"""

import random
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep
from uuid import uuid4

import pyarrow as pa
import pytest

from schemas.codec import Codec
from schemas.moments import EPOCH, micros
from schemas.records import Clock
from spendwatch.simulated import batches, demo_overruns
from streams import rulebook
from streams.book import Book, Books
from streams.publishing import END, Publisher
from streams.rulebooks import hash_of
from tests.kafka import oracle
from tests.kafka.fleet import Fleet, kept, settle, values
from tests.kafka.kafka_fixtures import drop
from tests.kafka.own_ledger import BEGIN, ledger

RULEBOOK = Path(__file__).parents[2] / "rulebook.yaml"
SEED, RATE, LATENESS = 5, 8.0, 5
USAGES = 200_000
KILLS = 3

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


def usages() -> list[pa.RecordBatch]:
    """At least 200,000 usages of a busy organisation with its overruns, in small batches."""
    found, count = [], 0
    for batch in batches(SEED, BEGIN, BEGIN + timedelta(days=9), demo_overruns(BEGIN), RATE):
        found += [batch.slice(at, 500) for at in range(0, batch.num_rows, 500)]
        count += batch.num_rows
        if count >= USAGES:
            return found
    raise AssertionError(f"only {count} usages")


def with_repeats(batch: pa.RecordBatch, chance: random.Random) -> pa.RecordBatch:
    """The batch, one in twenty of its usages twice."""
    again = [row for row in range(batch.num_rows) if chance.random() < 0.05]
    both = pa.Table.from_batches([batch, batch.take(pa.array(again, pa.int64()))])
    return both.combine_chunks().to_batches()[0]


def test_nothing_is_lost_and_nothing_counts_twice_through_kills(kafka_servers: str) -> None:
    chance = random.Random(SEED)
    found = usages()
    final = Clock(time=found[-1].column("time")[-1].as_py() + timedelta(seconds=LATENESS) + END)
    with Fleet(kafka_servers, f"k{uuid4().hex[:8]}-") as fleet:
        fleet.call("rulebook", "publish", str(RULEBOOK))
        fleet.start("meter")
        fleet.start("watch")
        log = fleet.log()
        publisher = Publisher(log, Codec(), LATENESS)

        def produce() -> None:
            for batch in found:
                publisher.publish_batch(with_repeats(batch, chance))
            log.append(publisher.clocks(micros(final.time), False))

        producer = Thread(target=produce)
        producer.start()
        for part in ["meter", "watch"] * KILLS:
            sleep(chance.uniform(2, 6))
            fleet.kill(part)
            fleet.start(part)
        producer.join()
        text = RULEBOOK.read_text()
        books = Books([Book(hash_of(text), EPOCH, rulebook.read(text))])
        replayed = oracle.Replayed(books).feed(found, final)
        settle(log)

        charged = list(values(log, "charge"))
        assert len(charged) == sum(batch.num_rows for batch in found) >= USAGES
        assert publisher.published.usages > len(charged)
        total = sum(row["cost_nano_usd"] for row in charged)
        assert total == ledger(found)
        state = kept(log, "watch-state")
        assert oracle.allocated(state) == total
        published = oracle.settled(kept(log, "incident"))
        assert oracle.incidents(published) == oracle.incidents(replayed.incidents.values())
        assert len(published) >= len(demo_overruns(BEGIN))
        log.close()
    drop(kafka_servers, fleet.prefix)
