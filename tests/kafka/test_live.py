"""The live views on a real broker: committed records show at once, others never."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from aiohttp import web
from confluent_kafka import Consumer, Producer, TopicPartition

import streams.live
from schemas.topics import widths
from streams.kafka import KafkaLog
from streams.live_access import Cluster
from streams.live_consumer import LiveApp
from streams.log import Entry, LogError, Ownership
from streams.views import TOPICS, Views
from streams.views_host import Hosted
from tests.kafka.broker import Broker
from tests.kafka.kafka_fixtures import NewLog
from tests.kafka.live_kit import PATIENCE, Live, running, until
from tests.streams.views_kit import (
    CODEC,
    NOW,
    allocation,
    clock,
    costs,
    forgotten,
    incident,
    judged,
    refused,
    rejected,
    standing,
)

pytestmark = pytest.mark.kafka
OWNERS = ("chat", "search", "drafts", "triage")


@pytest.fixture
def log(kafka_log: NewLog) -> KafkaLog:
    return kafka_log()


@pytest.fixture
def watch(log: KafkaLog) -> Iterator[Ownership]:
    owner = log.own("watch", 0)
    yield owner
    owner.close()


def owner(name: str, cost: int, partition: int = 0) -> Entry:
    return standing(allocation(f"application:{name}", cost), partition)


def shown(live: Live) -> dict[str, int]:
    told = live.get("allocations")
    owners = told["allocations"] if told else []
    return {one["name"]: one["windows"][0]["cost_nano_usd"] for one in owners}


def aborted(log: KafkaLog, servers: str, *entries: Entry) -> None:
    """Records of a transaction that was cut short, on the log for all to fetch."""
    producer = Producer({"bootstrap.servers": servers, "transactional.id": f"{log.prefix}torn"})
    producer.init_transactions(20)
    producer.begin_transaction()
    for entry in entries:
        producer.produce(f"{log.prefix}{entry.topic}", entry.value, entry.key, partition=0)
    producer.flush(20)
    producer.abort_transaction(20)


def test_an_aborted_record_never_shows(log: KafkaLog, watch: Ownership, kafka_servers: str) -> None:
    watch.commit([owner("chat", 1)], {})
    aborted(log, kafka_servers, owner("chat", 666), owner("ghost", 666))
    with running(kafka_servers, log.prefix) as live:
        until(lambda: shown(live) == {"chat": 1}, "what was committed before the start")
        for round in range(2, 6):
            aborted(log, kafka_servers, owner("chat", 666), owner("ghost", 666))
            aborted(log, kafka_servers, judged(incident(id="inc_ghost")))
            watch.commit([owner("chat", round), owner("search", round)], {})
            log.append([judged(incident(revision=round))])
            seen: list[dict[str, int]] = []

            def done(wanted: int = round, seen: list[dict[str, int]] = seen) -> bool:
                seen.append(shown(live))
                return seen[-1] == {"chat": wanted, "search": wanted}

            until(done, "what was committed since")
            assert not any("ghost" in one or 666 in one.values() for one in seen)
        assert [one["id"] for one in live.get("incidents")["incidents"]] == ["inc_a"]


def test_the_views_follow_what_is_written_and_forgotten(
    log: KafkaLog, watch: Ownership, kafka_servers: str
) -> None:
    log.append([judged(incident()), judged(incident(id="inc_b")), refused(rejected())])
    watch.commit([clock(NOW, 0), owner("chat", 1)], {})
    with running(kafka_servers, log.prefix) as live:
        until(lambda: len((live.get("incidents") or {"incidents": ()})["incidents"]) == 2, "both")
        status = live.get("status")
        assert status["watermark"] == "2026-11-03T14:30:00Z"
        assert status["log"] == "answers"
        assert {"step": "deliver", "topic": "incident"}.items() <= status["steps"][-1].items()
        log.append([forgotten("inc_a")])
        until(lambda: live.get("incidents/inc_a") is None, "it is gone")
        began = time.monotonic()
        watch.commit([owner("chat", 2)], {})
        until(lambda: shown(live) == {"chat": 2}, "what is new")
        assert time.monotonic() - began < 3.0
        ticks = until(lambda: list(log.read("docket", 0)), "the tick of this minute")
        assert all(one.key == b"tick" for one in ticks)
        assert live.stop() == 0


def test_a_rebalance_of_its_group_loses_nothing(
    log: KafkaLog, watch: Ownership, kafka_servers: str
) -> None:
    other = log.own("watch", 1)
    with running(kafka_servers, log.prefix) as live:
        until(lambda: (live.get("status") or {}).get("ready"), "the start")
        cost = 0

        def write() -> None:
            nonlocal cost
            cost += 1
            watch.commit([owner(OWNERS[cost % 2], cost, 0)], {})
            other.commit([owner(OWNERS[2 + cost % 2], cost, 1)], {})

        with intruder(log, kafka_servers) as stranger:

            def has_some() -> list[TopicPartition]:
                write()
                stranger.poll(0.05)
                return stranger.assignment()

            until(has_some, "it has some partitions")
            for _ in range(20):
                has_some()
        for _ in range(20):
            write()
        wanted = {OWNERS[at % 2 + half]: at for at in (cost - 1, cost) for half in (0, 2)}
        until(lambda: shown(live) == wanted, "all of it")
    other.close()


def test_the_views_follow_again_when_the_broker_was_away(kafka_broker: Broker) -> None:
    log = KafkaLog(kafka_broker.bootstrap)
    log.create(widths(1, 1), replication=1)
    log.own("watch", 0).commit([owner("chat", 1)], {})
    with running(kafka_broker.bootstrap, log.prefix) as live:
        until(lambda: shown(live) == {"chat": 1}, "the start")
        kafka_broker.kill()
        until(lambda: (live.get("status") or {}).get("log") == "silent", "that is said")
        assert shown(live) == {"chat": 1}
        kafka_broker.start()
        until(lambda: appended(log, owner("chat", 2)), "the log takes something", 60)
        until(lambda: shown(live) == {"chat": 2}, "what is new")
        until(lambda: live.get("status")["log"] == "answers", "that is said")
    log.close()


async def test_a_faust_that_stands_still_is_started_anew(
    log: KafkaLog, watch: Ownership, kafka_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives: list[LiveApp] = []

    def build(hosted: Hosted, cluster: Cluster, folder: str) -> LiveApp:
        lives.append(built(hosted, cluster, folder))
        return lives[-1]

    built = streams.live.build
    monkeypatch.setattr(streams.live, "build", build)
    monkeypatch.setattr(streams.live, "CHECK", 0.5)
    views, stop = Views(CODEC), asyncio.Event()
    hosted = Hosted(
        views=views,
        log=log,
        codec=CODEC,
        clock=lambda: 0,
        application=web.Application(),
        host="127.0.0.1",
        port=0,
    )
    cluster = Cluster(bootstrap=kafka_servers, prefix=log.prefix)
    serving = asyncio.create_task(streams.live.serve(hosted, cluster, stop))

    async def shows(cost: int) -> None:
        await asyncio.to_thread(watch.commit, [owner("chat", cost)], {})
        async with asyncio.timeout(PATIENCE):
            while costs(views) != {"application:chat": cost}:
                await asyncio.sleep(0.05)

    await shows(1)
    await shows(2)
    lives[0].consumer.pause_partitions(lives[0].consumer.assignment())
    await shows(3)
    assert len(lives) == 2
    await shows(4)
    stop.set()
    await asyncio.wait_for(serving, PATIENCE)


def appended(log: KafkaLog, entry: Entry) -> bool:
    """Append, if the broker has come back to it."""
    try:
        log.append([entry])
    except LogError:
        return False
    return True


class intruder:  # noqa: N801 - reads as what it is
    """Somebody who joins the web's group and takes partitions from it for a while."""

    def __init__(self, log: KafkaLog, servers: str) -> None:
        self._topics = [f"{log.prefix}{name}" for name in TOPICS]
        self._consumer = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": f"{log.prefix}web-0",
                "partition.assignment.strategy": "roundrobin",
                "session.timeout.ms": 6000,
                "auto.offset.reset": "latest",
            }
        )

    def __enter__(self) -> Consumer:
        self._consumer.subscribe(self._topics)
        return self._consumer

    def __exit__(self, *_: object) -> None:
        self._consumer.close()
