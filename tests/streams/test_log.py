"""One suite for every log: what streams/log.py promises, on one SQLite file, in the memory that
the simulation runs on, and on real Kafka.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from schemas.keys import partition_of
from schemas.topics import widths
from streams.embedded import EmbeddedLog
from streams.log import Entry, Fenced, Log, LogError, Lost, Membership, Ownership, Record
from tests.simulation.memory_log import MemoryLog
from tests.simulation.memory_store import Around

PATIENCE = 30.0
"""Seconds until something that must happen counts as not happening."""

STEP = "watch"
INPUTS = ("tally", "label")
QUICK = {
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.01",
    "min.compaction.lag.ms": "0",
    "delete.retention.ms": "0",
}
"""Settings by which Kafka compacts within a test's patience."""


LOGS = ("embedded", "memory", "lagging", pytest.param("kafka", marks=pytest.mark.kafka))


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    if request.param == "kafka":
        yield request.getfixturevalue("kafka_log")(extra=QUICK)
        return
    if request.param == "memory":
        yield MemoryLog(widths(2, 2))
        return
    if request.param == "lagging":  # each look at the log lets one marker of a transaction in
        lags = itertools.cycle([False, True])
        yield MemoryLog(widths(2, 2), Around(lags=lambda: next(lags)))
        return
    made = EmbeddedLog(tmp_path / "log.db", widths(2, 2), lambda: time.time_ns() // 1000)
    yield made
    made.close()


def until(done: Callable[[], Any], what: str) -> Any:
    """The first true answer within the patience."""
    end = time.monotonic() + PATIENCE
    while not (found := done()):
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.01)
    return found


def values(log: Log, topic: str, partition: int = 0, start: int = 0) -> list[bytes | None]:
    return [record.value for record in log.read(topic, partition, start)]


def entries(topic: str, *texts: str, partition: int = 0) -> list[Entry]:
    return [Entry(topic, text.encode(), text.encode(), partition) for text in texts]


class Worker:
    """What a runner does, in little: copies its inputs to the docket, its position beside it."""

    def __init__(self, log: Log, name: str, fails: int = 0) -> None:
        self.log = log
        self.fails = fails
        self.owned: dict[int, Ownership] = {}
        self.at: dict[int, dict[str, int]] = {}
        self.member: Membership = log.join(STEP, name, INPUTS, self.opened, self.closed)

    def opened(self, partition: int) -> Mapping[str, int]:
        if self.fails:
            self.fails -= 1
            raise LogError("not this time")
        self.owned[partition] = self.log.own(STEP, partition)
        restored = {r.key: r.value for r in self.log.read("watch-state", partition)}
        self.at[partition] = json.loads(restored.get(b"position") or b"{}")
        return self.at[partition]

    def closed(self, partition: int) -> None:
        self.at.pop(partition, None)
        if owned := self.owned.pop(partition, None):
            owned.close()

    def work(self, seconds: float = 0.05) -> int:
        """One round; how many records it copied."""
        taken = self.member.poll(100, seconds)
        for partition, records in taken.items():
            self.apply(partition, records)
        return sum(map(len, taken.values()))

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        at = {**self.at[partition], **{r.topic: r.offset + 1 for r in records}}
        copies = [Entry("docket", r.key, r.value) for r in records]
        state = Entry("watch-state", b"position", json.dumps(at).encode(), partition)
        self.owned[partition].commit([*copies, state], at)
        self.at[partition] = at


def copied(log: Log) -> list[str]:
    return sorted((value or b"").decode() for value in values(log, "docket"))


def work_until_copied(log: Log, texts: Sequence[str], *workers: Worker) -> None:
    def done() -> bool:
        for worker in workers:
            worker.work()
        return len(copied(log)) >= len(texts)

    until(done, f"{len(texts)} records copied")
    assert copied(log) == sorted(texts)


def test_what_is_appended_is_read_back_in_order(log: Log) -> None:
    log.append([
        Entry("usage", b"k", str(number).encode(), 1, (("name", b"\x00\xff"),))
        for number in range(2500)
    ])  # fmt: skip
    found = list(log.read("usage", 1))
    assert [record.value for record in found] == [str(number).encode() for number in range(2500)]
    assert [record.offset for record in found] == list(range(2500))
    assert {(r.topic, r.partition, r.key, r.headers) for r in found} == {
        ("usage", 1, b"k", (("name", b"\x00\xff"),))
    }
    assert log.end("usage", 1) == 2500
    assert log.end("usage", 0) == 0
    assert values(log, "usage", 1, start=2498) == [b"2498", b"2499"]
    assert values(log, "usage", 1, start=2500) == []


def test_the_log_says_when_it_took_a_record(log: Log) -> None:
    before = time.time_ns() // 1_000_000 * 1000
    log.append(entries("usage", "a"))
    [record] = log.read("usage", 0)
    assert before <= record.received <= time.time_ns() // 1000


def test_a_key_decides_the_partition_as_schemas_keys_says(log: Log) -> None:
    keys = [f"/svc/{number}|e{number}".encode() for number in range(200)]
    log.append([Entry("usage", key, b"") for key in keys])
    for partition in (0, 1):
        assert [record.key for record in log.read("usage", partition)] == [
            key for key in keys if partition_of(key, 2) == partition
        ]


def test_empty_values_and_missing_values_stay_apart(log: Log) -> None:
    log.append([Entry("usage", b"k", b"", 0), Entry("usage", b"k", None, 0)])
    log.append([Entry("usage", None, b"v", 0)])
    assert [(r.key, r.value) for r in log.read("usage", 0)] == [
        (b"k", b""),
        (b"k", None),
        (None, b"v"),
    ]


def test_the_newest_of_each_key_are_those_that_reading_ends_with(log: Log) -> None:
    owner = log.own(STEP, 1)
    first = [Entry("watch-state", f"{n % 900}".encode(), f"{n}".encode(), 1) for n in range(6000)]
    owner.commit(first, {})
    cleared = [Entry("watch-state", b"7", None, 1), Entry("watch-state", b"8", b"", 1)]
    owner.commit([*cleared, *entries("watch-state", "9", partition=1)], {})
    until(lambda: values(log, "watch-state", 1)[-3:] == [None, b"", b"9"], "all of it shows")
    last = {f"{n % 900}".encode(): f"{n}".encode() for n in range(6000)}
    del last[b"7"]
    assert log.newest("watch-state", 1) == {**last, b"8": b"", b"9": b"9"}
    assert log.newest("watch-state", 0) == {}


def test_topics_have_the_partitions_that_they_were_made_with(log: Log) -> None:
    assert [log.partitions(name) for name in ("usage", "tally", "docket")] == [2, 2, 1]


def test_an_unknown_topic_or_partition_is_refused_in_words(log: Log) -> None:
    with pytest.raises(LogError, match="nowhere"):
        log.partitions("nowhere")
    with pytest.raises(LogError, match="nowhere"):
        log.append(entries("nowhere", "a"))
    with pytest.raises(LogError):
        log.append(entries("usage", "a", partition=7))
    with pytest.raises(LogError):
        list(log.read("usage", 7))


def test_a_compacted_topic_takes_no_record_without_a_key(log: Log) -> None:
    with pytest.raises(LogError):
        log.append([Entry("allocation", None, b"v", 0)])
    assert values(log, "allocation") == []


def test_a_record_above_a_mebibyte_is_refused_and_the_owner_goes_on(log: Log) -> None:
    owner = log.own(STEP, 0)
    with pytest.raises(LogError):
        owner.commit([*entries("docket", "a"), Entry("docket", b"k", bytes(1_100_000))], {})
    owner.commit(entries("docket", "b"), {})
    until(lambda: values(log, "docket") == [b"b"], "only the second commit shows")


def test_a_commit_shows_in_all_its_topics_with_its_position(log: Log) -> None:
    owner = log.own(STEP, 1)
    owner.commit(
        [*entries("docket", "out"), *entries("watch-state", "state", partition=1)],
        {"tally": 7, "label": 3},
    )
    until(lambda: values(log, "docket") == [b"out"], "the output shows")
    until(lambda: values(log, "watch-state", 1) == [b"state"], "the state shows")
    assert until(lambda: log.committed(STEP, 1), "the position shows") == {"tally": 7, "label": 3}
    assert log.committed(STEP, 0) == {}


def test_a_commit_of_many_records_is_whole(log: Log) -> None:
    texts = [f"{number:05}" for number in range(5000)]
    log.own(STEP, 0).commit(entries("docket", *texts), {})
    until(lambda: len(values(log, "docket")) == 5000, "all of them show")
    assert values(log, "docket") == [text.encode() for text in texts]


def test_what_a_former_owner_commits_is_refused_and_never_shows(log: Log) -> None:
    former = log.own(STEP, 0)
    former.commit(entries("docket", "a"), {"tally": 1})
    owner = log.own(STEP, 0)
    with pytest.raises(Fenced):
        former.commit(entries("docket", "zombie"), {"tally": 9})
    with pytest.raises(Fenced):
        former.commit(entries("docket", "zombie"), {"tally": 9})
    owner.commit(entries("docket", "b"), {"tally": 2})
    until(lambda: values(log, "docket") == [b"a", b"b"], "both owners' own commits show")
    assert until(lambda: log.committed(STEP, 0) == {"tally": 2}, "the new owner's position")


def test_after_the_fence_all_that_the_former_owner_committed_is_there_to_restore(log: Log) -> None:
    for number in range(5):
        owner = log.own(STEP, 0)
        assert values(log, "watch-state") == [b"%d" % n for n in range(number)]
        owner.commit([Entry("watch-state", b"k%d" % number, b"%d" % number, 0)], {})


def test_owners_of_other_partitions_and_steps_do_not_fence_each_other(log: Log) -> None:
    owners = [log.own("watch", 0), log.own("watch", 1), log.own("split", 0)]
    for owner in owners:
        owner.commit(entries("docket", "a"), {})
    until(lambda: len(values(log, "docket")) == 3, "all three show")


def test_a_closed_owner_commits_no_more(log: Log) -> None:
    owner = log.own(STEP, 0)
    owner.close()
    owner.close()
    with pytest.raises(LogError):
        owner.commit(entries("docket", "a"), {})
    assert values(log, "docket") == []


def test_compaction_keeps_the_newest_of_each_key_in_order(log: Log) -> None:
    owner = log.own(STEP, 0)
    for round_ in range(20):
        owner.commit([Entry("watch-state", b"k%d" % k, b"%d" % round_, 0) for k in range(3)], {})
    owner.commit([Entry("watch-state", b"k1", None, 0)], {})
    thinned = until(lambda: compacted(log), "the partition is thinned")
    newest = {record.key: record.value for record in thinned}
    assert {key: value for key, value in newest.items() if value is not None} == {
        b"k0": b"19",
        b"k2": b"19",
    }
    offsets = [record.offset for record in thinned]
    assert offsets == sorted(set(offsets))


def compacted(log: Log) -> list[Record]:
    """The state, if it has been thinned; a log that compacts by itself needs one more record."""
    if isinstance(log, EmbeddedLog):
        log.compact(dirty=0)
    elif isinstance(log, MemoryLog):
        log.compact()
    else:
        time.sleep(0.2)
        log.append([Entry("watch-state", b"other", b"", 0)])
    found = [record for record in log.read("watch-state", 0) if record.key != b"other"]
    return found if len(found) < 10 else []


def test_a_member_reads_all_inputs_from_their_beginning(log: Log) -> None:
    log.append([*entries("tally", "a", "b"), *entries("label", "c"), *entries("tally", "d")])
    work_until_copied(log, ["a", "b", "c", "d"], Worker(log, "w0"))


def test_records_of_one_topic_come_in_order_and_without_gaps(log: Log) -> None:
    texts = [f"{number:04}" for number in range(1000)]
    log.append(entries("tally", *texts))
    member = log.join(STEP, "w0", INPUTS, lambda _: {}, lambda _: None)
    found: list[str] = []

    def enough() -> bool:
        taken = member.poll(64, 0.05)
        assert sum(map(len, taken.values())) <= 64
        found.extend((record.value or b"").decode() for record in taken.get(0, ()))
        return len(found) >= 1000

    until(enough, "a thousand records")
    assert found == texts


def test_a_member_is_woken_by_an_append(log: Log) -> None:
    worker = Worker(log, "w0")
    until(lambda: worker.work() == 0 and len(worker.owned) == 2, "both partitions open")
    log.append(entries("tally", "a"))
    started = time.monotonic()
    taken = worker.member.poll(100, PATIENCE)
    assert [record.value for record in taken[0]] == [b"a"]
    assert time.monotonic() - started < PATIENCE / 2


def test_polling_an_idle_log_returns_after_the_time_asked_for(log: Log) -> None:
    worker = Worker(log, "w0")
    until(lambda: worker.work() == 0 and len(worker.owned) == 2, "both partitions open")
    started = time.monotonic()
    assert worker.member.poll(100, 0.3) == {}
    assert 0.29 < time.monotonic() - started < 5


def test_a_member_never_sees_what_was_refused(log: Log) -> None:
    former = log.own("meter", 0)
    log.own("meter", 0).commit(entries("tally", "good"), {})
    with pytest.raises(Fenced):
        former.commit(entries("tally", "zombie"), {})
    worker = Worker(log, "w0")
    log.append(entries("tally", "after"))
    work_until_copied(log, ["good", "after"], worker)


def test_reading_goes_on_from_the_positions_that_opening_returns(log: Log) -> None:
    log.append([*entries("tally", "a", "b", "c"), *entries("label", "d", "e")])
    positions: list[dict[str, int]] = [{"tally": 2, "label": 1}, {}]
    member = log.join(STEP, "w0", INPUTS, positions.__getitem__, lambda _: None)
    assert sorted(gathered(member, 2)) == [b"c", b"e"]


def gathered(member: Membership, least: int) -> list[bytes]:
    """The next values that a member reads."""
    found: list[bytes] = []

    def enough() -> bool:
        for records in member.poll(100, 0.05).values():
            found.extend(record.value or b"" for record in records)
        return len(found) >= least

    until(enough, f"{least} records")
    return found


def test_a_rewound_partition_is_read_again_and_the_others_are_not(log: Log) -> None:
    log.append(entries("tally", "a", "b", "c"))
    log.append(entries("tally", "x", partition=1))
    member = log.join(STEP, "w0", INPUTS, lambda _: {}, lambda _: None)
    assert len(gathered(member, 4)) == 4
    member.rewind(0, {"tally": 1, "label": 0})
    assert gathered(member, 2) == [b"b", b"c"]
    log.append(entries("tally", "y", partition=1))
    assert gathered(member, 1) == [b"y"]


def test_rewinding_a_partition_that_is_not_ours_does_nothing(log: Log) -> None:
    member = log.join(STEP, "w0", INPUTS, lambda _: {}, lambda _: None)
    member.rewind(1, {"tally": 0})
    assert member.poll(10, 0) == {}


def shared(*workers: Worker) -> bool:
    """Whether each has one partition, after one more round."""
    for worker in workers:
        worker.work()
    return all(len(worker.owned) == 1 for worker in workers)


def test_two_members_share_and_one_takes_over_without_loss_or_repeat(log: Log) -> None:
    texts: list[str] = []

    def publish(name: str) -> None:
        new = [f"{name}{number}" for number in range(40)]
        texts.extend(new)
        for partition in (0, 1):
            log.append(entries("tally", *new[partition::2], partition=partition))

    first = Worker(log, "w0")
    publish("a")
    work_until_copied(log, texts, first)
    second = Worker(log, "w1")
    publish("b")
    until(lambda: shared(first, second), "each has its share")
    assert first.owned.keys() | second.owned.keys() == {0, 1}
    publish("c")
    work_until_copied(log, texts, first, second)
    second.member.leave()
    assert second.owned == {}
    publish("d")
    work_until_copied(log, texts, first)
    assert first.owned.keys() == {0, 1}


def test_a_member_that_comes_again_takes_its_own_place_and_the_former_is_fenced(log: Log) -> None:
    first, other = Worker(log, "w0"), Worker(log, "w1")
    until(lambda: shared(first, other), "a share each")
    [partition] = first.owned
    former = first.owned[partition]
    again = Worker(log, "w0")
    until(lambda: [again.work(), other.work()] and again.owned, "its own place")
    assert again.owned.keys() == {partition}
    assert len(other.owned) == 1
    with pytest.raises(Fenced):
        former.commit(entries("docket", "zombie"), {})
    with pytest.raises(Fenced):
        until(lambda: first.work() and False, "the former member is told")
    assert first.owned == {}
    log.append([*entries("tally", "a"), *entries("tally", "b", partition=1)])
    work_until_copied(log, ["a", "b"], again, other)


def test_a_partition_that_could_not_be_opened_is_opened_by_a_later_poll(log: Log) -> None:
    log.append([*entries("tally", "a"), *entries("tally", "b", partition=1)])
    worker = Worker(log, "w0", fails=1)
    with pytest.raises(LogError, match="not this time"):
        until(lambda: worker.work() and False, "the failure comes out of poll")
    work_until_copied(log, ["a", "b"], worker)


def test_whatever_opening_raises_comes_out_of_poll(log: Log) -> None:
    def opened(_: int) -> Mapping[str, int]:
        raise ZeroDivisionError

    member = log.join(STEP, "w0", INPUTS, opened, lambda _: None)
    with pytest.raises(ZeroDivisionError):
        until(lambda: member.poll(10, 0.05), "the error")


def test_a_position_that_is_not_there_is_lost_never_guessed(log: Log) -> None:
    log.append(entries("tally", "a"))
    member = log.join(STEP, "w0", INPUTS, lambda _: {"tally": 99}, lambda _: None)
    with pytest.raises(Lost, match="tally"):
        until(lambda: member.poll(10, 0.05), "Lost")


def test_topics_of_different_widths_cannot_be_read_together(log: Log) -> None:
    with pytest.raises(LogError, match="docket"):
        log.join(STEP, "w0", ("tally", "docket"), lambda _: {}, lambda _: None)


def test_a_member_that_has_left_reads_no_more(log: Log) -> None:
    closed: list[int] = []
    member = log.join(STEP, "w0", INPUTS, lambda _: {}, closed.append)
    log.append(entries("tally", "a"))
    until(lambda: member.poll(10, 0.05), "the first record")
    member.leave()
    member.leave()
    assert sorted(set(closed)) == [0, 1]
    with pytest.raises(LogError):
        member.poll(10, 0)


def test_groups_read_the_same_records_apart(log: Log) -> None:
    log.append(entries("tally", "a"))
    for group in ("watch", "split"):
        member = log.join(group, "w0", INPUTS, lambda _: {}, lambda _: None)
        assert gathered(member, 1) == [b"a"], group
