"""What only a real broker shows: transactions cut short, a broker that is gone, topic settings."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.topics import topics, widths
from streams.kafka import KafkaLog
from streams.log import Entry, LogError, Lost, Uncertain, Unreachable
from tests.kafka.broker import Broker, free_ports
from tests.kafka.kafka_fixtures import NewLog

pytestmark = pytest.mark.kafka
PATIENCE = 30.0


def until(done: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    end = time.monotonic() + patience
    while not (found := done()):
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)
    return found


def values(log: KafkaLog, topic: str, partition: int = 0) -> list[bytes | None]:
    return [record.value for record in log.read(topic, partition)]


def writer(servers: str, identity: str) -> Producer:
    """Somebody else's transactional producer."""
    producer = Producer({"bootstrap.servers": servers, "transactional.id": identity})
    producer.init_transactions(20)
    return producer


def test_an_aborted_record_never_shows(kafka_log: NewLog, kafka_servers: str) -> None:
    log = kafka_log()
    log.append([Entry("tally", None, b"before", 0)])
    other = writer(kafka_servers, f"{log.prefix}other")
    other.begin_transaction()
    other.produce(f"{log.prefix}tally", b"aborted", partition=0)
    other.flush(20)
    other.abort_transaction(20)
    log.append([Entry("tally", None, b"after", 0)])
    until(lambda: values(log, "tally") == [b"before", b"after"], "only what was committed shows")
    member = log.join("watch", "w0", ["tally"], lambda _: {}, lambda _: None)
    found: list[bytes | None] = []

    def both() -> bool:
        found.extend(record.value for record in member.poll(10, 0.1).get(0, ()))
        return len(found) > 1

    until(both, "what was committed is polled")
    assert found == [b"before", b"after"]


def test_an_open_transaction_hides_what_follows_until_it_ends(
    kafka_log: NewLog, kafka_servers: str
) -> None:
    log = kafka_log()
    other = writer(kafka_servers, f"{log.prefix}other")
    other.begin_transaction()
    other.produce(f"{log.prefix}tally", b"open", partition=0)
    other.flush(20)
    log.append([Entry("tally", None, b"after", 0)])
    assert values(log, "tally") == []
    assert log.end("tally", 0) == 0
    other.commit_transaction(20)
    until(lambda: values(log, "tally") == [b"open", b"after"], "both show")


def test_what_a_group_has_committed_is_told_beside_a_transaction_that_never_ends(
    kafka_log: NewLog, kafka_servers: str
) -> None:
    log = kafka_log()
    owner = log.own("watch", 0)
    owner.commit([], {"tally": 3})
    other = writer(kafka_servers, f"{log.prefix}other")
    group = Consumer({"bootstrap.servers": kafka_servers, "group.id": f"{log.prefix}watch"})
    open_offset = TopicPartition(f"{log.prefix}tally", 0, 9)
    other.begin_transaction()
    other.send_offsets_to_transaction([open_offset], group.consumer_group_metadata(), 20)
    assert log.committed("watch", 0) == {"tally": 3}
    owner.commit([], {"tally": 4})
    assert log.committed("watch", 0) == {"tally": 4}
    other.abort_transaction(20)
    group.close()


def test_a_new_owner_ends_the_open_transaction_of_a_dead_one(
    kafka_log: NewLog, kafka_servers: str
) -> None:
    log = kafka_log()
    dead = writer(kafka_servers, f"{log.prefix}watch-0")
    dead.begin_transaction()
    dead.produce(f"{log.prefix}docket", b"half", partition=0)
    dead.flush(20)
    log.own("watch", 0).commit([Entry("docket", b"k", b"whole")], {})
    until(lambda: values(log, "docket") == [b"whole"], "the half is gone, the whole shows", 8)


def test_topics_are_made_as_declared(kafka_log: NewLog, kafka_servers: str) -> None:
    log = kafka_log()
    assert {name: log.partitions(name) for name in topics()} == widths(usage=2, tally=2)
    assert settings(log, kafka_servers, "watch-state")["cleanup.policy"] == "compact"
    assert settings(log, kafka_servers, "watch-state")["segment.ms"] == "600000"
    assert settings(log, kafka_servers, "usage")["message.timestamp.type"] == "LogAppendTime"
    assert settings(log, kafka_servers, "docket")["retention.ms"] == str(30 * 86_400_000)
    assert settings(log, kafka_servers, "docket")["cleanup.policy"] == "delete"


def settings(log: KafkaLog, servers: str, topic: str) -> dict[str, str]:
    from confluent_kafka.admin import (  # type: ignore[attr-defined]
        ConfigResource,
        ResourceType,
    )

    asked = ConfigResource(ResourceType.TOPIC, log.prefix + topic)
    admin = AdminClient({"bootstrap.servers": servers})
    [found] = admin.describe_configs([asked]).values()
    return {name: entry.value for name, entry in found.result().items()}


def test_topics_that_are_there_and_differ_are_refused(kafka_log: NewLog) -> None:
    log = kafka_log({"usage": 2}, {"cleanup.policy": "compact"})
    with pytest.raises(LogError, match="usage has 2 partitions, not 4 as asked for"):
        log.create({"usage": 4}, 1)
    with pytest.raises(LogError, match=r"usage has cleanup\.policy=compact, not delete"):
        log.create({"usage": 2}, 1)


def test_a_topic_that_cannot_be_made_is_told_in_words(kafka_log: NewLog) -> None:
    with pytest.raises(LogError, match="create topic"):
        kafka_log({}).create({"usage": 2}, replication=3)


def test_a_position_that_retention_has_passed_stops_the_member(
    kafka_log: NewLog, kafka_servers: str
) -> None:
    log = kafka_log()
    log.append([Entry("tally", None, b"%d" % number, 0) for number in range(10)])
    admin = AdminClient({"bootstrap.servers": kafka_servers})
    [gone] = admin.delete_records([TopicPartition(f"{log.prefix}tally", 0, 6)]).values()
    gone.result()
    assert [r.offset for r in log.read("tally", 0)] == [6, 7, 8, 9]
    fresh = log.join("fresh", "w0", ["tally"], lambda _: {}, lambda _: None)
    [first, *_] = until(lambda: fresh.poll(10, 0.1).get(0), "a new group reads what is left")
    assert first.offset == 6
    positions = [{"tally": 2}, {}]
    behind = log.join("behind", "w0", ["tally"], positions.__getitem__, lambda _: None)
    with pytest.raises(Lost, match="tally-0"):
        until(lambda: behind.poll(10, 0.1), "Lost")


def test_every_call_to_a_broker_that_is_not_there_fails_within_half_a_minute() -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    log = KafkaLog(address)
    calls: list[Callable[[], object]] = [
        lambda: log.partitions("usage"),
        lambda: log.create(widths()),
        lambda: log.append([Entry("usage", b"k", b"v")]),
        lambda: list(log.read("usage", 0)),
        lambda: log.end("usage", 0),
        lambda: log.own("meter", 0),
        lambda: log.committed("meter", 0),
        lambda: log.join("meter", "m0", ["usage"], lambda _: {}, lambda _: None),
    ]

    def timed(call: Callable[[], object]) -> float:
        started = time.monotonic()
        with pytest.raises(LogError, match=f"Kafka at {address} does not answer"):
            call()
        return time.monotonic() - started

    with ThreadPoolExecutor(len(calls)) as pool:
        assert max(pool.map(timed, calls)) < PATIENCE
    log.close()


def test_a_member_and_an_owner_outlive_a_broker_that_is_gone_for_a_while(
    kafka_broker: Broker,
) -> None:
    log = KafkaLog(kafka_broker.bootstrap)
    log.create(widths(1, 1), replication=1)
    log.append([Entry("tally", None, b"a", 0)])
    at: dict[str, int] = {}
    member = log.join("watch", "w0", ["tally"], lambda _: at, lambda _: None)
    owner = log.own("watch", 0)
    assert until(lambda: member.poll(10, 0.1), "the first record")
    at["tally"] = 1
    kafka_broker.kill()
    gone = time.monotonic()
    with pytest.raises((Unreachable, Uncertain), match=kafka_broker.bootstrap):
        owner.commit([Entry("docket", b"k", b"lost?")], {"tally": 1})
    assert time.monotonic() - gone < PATIENCE
    with pytest.raises(Unreachable, match=kafka_broker.bootstrap):
        until(lambda: member.poll(10, 1), "the member says so", 40)
    kafka_broker.start()
    owner = log.own("watch", 0)
    before = values(log, "docket")
    assert before in ([], [b"lost?"])
    owner.commit([Entry("docket", b"k", b"b")], {"tally": 1})
    until(lambda: values(log, "docket") == [*before, b"b"], "the new owner's commit")
    log.append([Entry("tally", None, b"b", 0)])
    found = until(lambda: quiet(member.poll), "the member reads on", 60)
    assert [record.value for record in found[0]] == [b"b"]
    log.close()


def quiet(poll: Callable[[int, float], Any]) -> Any:
    """A poll that may still say that the broker was away."""
    try:
        return poll(10, 0.5)
    except Unreachable:
        return {}


def test_an_owner_whose_broker_hangs_in_a_transaction_is_void_until_it_owns_anew(
    kafka_broker: Broker,
) -> None:
    log = KafkaLog(kafka_broker.bootstrap)
    log.create(widths(1, 1), replication=1)
    owner = log.own("watch", 0)
    owner.commit([Entry("docket", b"k", b"a")], {"tally": 1})
    kafka_broker.pause()
    for _ in range(2):
        with pytest.raises(Uncertain, match=kafka_broker.bootstrap):
            owner.commit([Entry("docket", b"k", b"b")], {"tally": 2})
    kafka_broker.resume()
    owner = log.own("watch", 0)
    assert values(log, "docket") == [b"a"]
    owner.commit([Entry("docket", b"k", b"c")], {"tally": 2})
    until(lambda: values(log, "docket") == [b"a", b"c"], "the new owner's commit")
    log.close()
