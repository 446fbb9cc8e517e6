"""200,000 usages, one in twenty twice, meter and watch killed three times each: nothing is lost,
nothing counts twice, and the incidents are those of a replay.
"""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from genai_prices import Usage, calc_price

from schemas import columns, series
from schemas.codec import Codec
from schemas.moments import EPOCH, micros
from schemas.records import Clock
from spendwatch.simulated import batches, demo_overruns
from streams import rulebook
from streams.book import Book, Books
from streams.publishing import END, Publisher
from streams.rulebooks import hash_of
from streams.steps.amounts import borne
from streams.steps.step import Key
from tests.kafka import oracle
from tests.kafka.fleet import Fleet, kept, settle, values
from tests.kafka.kafka_fixtures import drop

RULEBOOK = Path(__file__).parents[2] / "rulebook.yaml"
BEGIN = datetime(2026, 11, 3, 8, tzinfo=UTC)
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


def ledger(found: list[pa.RecordBatch]) -> int:
    """What the producer itself says it has used, nano-dollars: priced by genai-prices one by one.

    Each different usage is priced once; what public lists don't know has the rulebook's price.
    """
    counted: Counter[tuple[str, str, str, str, tuple[int, ...]]] = Counter()
    for batch in found:
        held = [batch.column(name).to_pylist() for name in ("type", "provider", "model", "tier")]
        amounts = [tuple(row.values()) for row in batch.column("quantities").to_pylist()]
        counted.update(zip(*held, amounts, strict=True))
    return sum(nano(*row) * times for row, times in counted.items())


def nano(kind: str, provider: str, model: str, tier: str, amounts: tuple[int, ...]) -> int:
    """One usage's nano-dollars, rounded half to even."""
    held = {name: count for name, count in zip(columns.quantities(), amounts, strict=True) if count}
    if kind != "ai.usage.llm.v1":
        card = CARD[kind] if kind != CALL or provider == "translate-co" else {}
        price = sum((held.get(name, 0) * each for name, each in card.items()), Decimal(0))
    elif sum(held.get(name, 0) for name in PROMPT) > SHORT:
        price = listed(provider, model, tier, tuple(sorted(held.items())))
    else:
        price = sum(
            (count * listed(provider, model, tier, ((name, 1),)) for name, count in held.items()),
            Decimal(0),
        )
    return int((price * 10**9).quantize(Decimal(1)))


PROMPT = ("input_uncached", "cache_read", "cache_write_5m")
SHORT = 100_000
"""Prompt tokens up to which no model's price depends on their number."""


@cache
def listed(provider: str, model: str, tier: str, held: tuple[tuple[str, int], ...]) -> Decimal:
    """Dollars by genai-prices' own calculation; calls themselves cost nothing."""
    count = Counter(dict(held))
    usage = Usage(
        input_tokens=sum(count[name] for name in PROMPT),
        cache_read_tokens=count["cache_read"],
        cache_write_tokens=count["cache_write_5m"],
        output_tokens=count["output"] + count["reasoning"],
    )
    return calc_price(
        usage,
        model,
        provider_id=provider,
        genai_request_timestamp=BEGIN,
        price_context={"processing": tier} if tier == "batch" else None,
    ).total_price


CALL = "ai.usage.call.v1"
CARD: dict[str, dict[str, Decimal]] = {
    "ai.usage.gpu.v1": {"gpu_seconds": Decimal("1.10") / 3600},
    "ai.usage.seat.v1": {"seats": Decimal("0.60")},
    "ai.usage.feature.v1": {"uses": Decimal("0.002")},
    CALL: {"requests": Decimal("0.0005")},
}
"""Dollars a unit, as the rulebook has them; calls of a pool's models carry no price."""


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
        assert allocated(state) == total
        published = [one for key, one in kept(log, "incident").items() if key[0] == "incident"]
        assert oracle.incidents(published) == oracle.incidents(replayed.incidents.values())
        assert len(published) >= len(demo_overruns(BEGIN))
        log.close()
    drop(kafka_servers, fleet.prefix)


def allocated(state: dict[Key, Any]) -> int:
    """What the units bear, what nobody owns and what stays with pools, over all that is kept.

    Days hold their closed hours; the hour that is not over and open minutes stand beside them.
    """
    found = 0
    for key, value in state.items():
        if key[0] == "bucket" and series.split(str(key[1]))[0] in LEVEL:
            _, name, grain, index = key
            closed = state["series", name].closed
            begun = {"day": 0, "hour": closed // 60, "minute": closed}[str(grain)]
            found += borne(value) if int(index) >= begun else 0
    return found


LEVEL = (series.UNIT, series.UNALLOCATED)
