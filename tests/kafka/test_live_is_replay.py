"""A seeded fortnight through real Kafka, as separate processes, is exactly what a replay says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from schemas import columns
from schemas.codec import Codec
from schemas.moments import EPOCH, minute_of
from schemas.records import Clock, Finding, Incident
from spendwatch.simulated import batches, fortnight_overruns
from streams import rulebook
from streams.book import Book, Books
from streams.publishing import END, Publisher
from streams.rulebooks import hash_of
from tests.kafka import oracle
from tests.kafka.fleet import Fleet, kept, settle, values
from tests.kafka.kafka_fixtures import drop

BEGIN = datetime(2026, 10, 19, tzinfo=UTC)
LENGTH = timedelta(days=14)
SEED = 11
RATE = 0.5
LATENESS = 5
RULEBOOK = Path(__file__).parents[2] / "rulebook.yaml"

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


def test_a_fortnight_live_is_exactly_its_replay(kafka_servers: str) -> None:
    text = RULEBOOK.read_text()
    end = BEGIN + LENGTH
    overruns = fortnight_overruns(BEGIN)
    with Fleet(kafka_servers, f"f{uuid4().hex[:8]}-") as fleet:
        fleet.call("rulebook", "publish", str(RULEBOOK))
        for part, slot in (("meter", "0"), ("meter", "1"), ("watch", "0"), ("deliver", "0")):
            fleet.start(part, slot)
        log = fleet.log()
        publisher = Publisher(log, Codec(), LATENESS)
        for batch in batches(SEED, BEGIN, end, overruns, RATE):
            publisher.publish_batch(batch)
        final = Clock(time=end + timedelta(seconds=LATENESS) + END)
        log.append(publisher.clocks(int(final.time.timestamp() * 1e6), False))

        books = Books([Book(hash_of(text), EPOCH, rulebook.read(text))])
        replayed = oracle.Replayed(books).feed(batches(SEED, BEGIN, end, overruns, RATE), final)
        settle(log)

        state = kept(log, "watch-state")
        until = minute_of(end)
        live = list(values(log, "charge"))
        assert sorted(oracle.charges(columns.from_rows(live, columns.CHARGE))) == sorted(
            replayed.charges
        )
        assert oracle.closed_buckets(state) == oracle.closed_buckets(replayed.state())
        assert oracle.closed_days(state, until) == oracle.closed_days(replayed.state(), until)
        findings = [one for one in values(log, "docket") if isinstance(one, Finding)]
        assert oracle.breaches(findings) == replayed.breaches
        published = oracle.settled(kept(log, "incident"))
        assert all(isinstance(one, Incident) for one in published)
        found = oracle.incidents(published)
        assert found == oracle.incidents(replayed.incidents.values())
        assert len(found) >= len(overruns)
        assert fleet.stop("deliver") == fleet.stop("watch") == 0
        assert fleet.stop("meter", "0") == fleet.stop("meter", "1") == 0
        log.close()
    drop(kafka_servers, fleet.prefix)
