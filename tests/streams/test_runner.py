"""The runner: outputs, state and position together, whatever the log does; nothing twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import structlog

from schemas.codec import Codec
from schemas.keys import identity
from schemas.moments import micros
from schemas.records import Tally
from schemas.states import Position
from schemas.topics import widths
from streams import runner as runner_module
from streams.book import Books
from streams.embedded import EmbeddedLog
from streams.jobs import METER, SPLIT, WATCH, Job
from streams.log import Entry, Fenced, LogError, Record, Uncertain, Unreachable
from streams.runner import Runner
from streams.shell import Begin, Shell, Work, at_once, beside
from streams.steps.step import Outcome, Output, Site, State, StepError, key_of
from tests.streams.faulty_log import LOST_WORD, REFUSED, UNSENT, Fault, FaultyLog
from tests.streams.meter_kit import BOOKS, NOON, as_avro, as_json, dollars, event

CODEC = Codec()
NOW = NOON + timedelta(minutes=2)
QUICK = replace(METER, linger=0.0)
MakeLog = Callable[..., FaultyLog]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is opened again at once, and the end of the log is looked at each turn."""
    monkeypatch.setattr(runner_module, "AGAIN", 0.0)
    monkeypatch.setattr(runner_module, "IDLE", 0.0)


@pytest.fixture
def make_log(tmp_path: Path) -> Iterator[MakeLog]:
    opened: list[EmbeddedLog] = []

    def make(usages: int = 1, tallies: int = 2) -> FaultyLog:
        file = tmp_path / f"log{len(opened)}.db"
        opened.append(EmbeddedLog(file, widths(usages, tallies), lambda: micros(NOW)))
        return FaultyLog(opened[-1])

    yield make
    for one in opened:
        one.close()


def runner(
    log: FaultyLog,
    job: Job = QUICK,
    slot: str = "a",
    now: Any = NOW,
    begin: Begin = at_once,
) -> Runner:
    made = Runner(job, Shell(log, lambda: BOOKS, CODEC, lambda: micros(now), begin=begin))
    made.join(slot)
    return made


def usages(*numbers: int, application: str = "chat") -> list[Entry]:
    """Usages, each in the partition of its identity."""
    return [
        Entry("usage", identity("/svc", f"e{n}"), as_avro(event(f"e{n}", application=application)))
        for n in numbers
    ]


def settled(*runners: Runner) -> None:
    """Turn until nothing is left; time stands still in here, so the end comes."""
    calm = 0
    for _ in range(200):
        calm = 0 if any([one.turn(0.0) for one in runners]) else calm + 1  # noqa: C419
        if calm == 3:
            return
    raise AssertionError("it never settles")


def values(log: FaultyLog, topic: str) -> list[Any]:
    return [
        CODEC.decode(record.value)
        for partition in range(log.partitions(topic))
        for record in log.read(topic, partition)
        if record.value is not None
    ]


def charged(log: FaultyLog) -> Counter[str]:
    return Counter(charge["id"] for charge in values(log, "charge"))


def kept(log: FaultyLog, topic: str = "seen", partition: int = 0) -> dict[Any, Any]:
    """What a state topic holds."""
    found: dict[Any, Any] = {}
    for record in log.read(topic, partition):
        found[key_of(record.key or b"")] = record.value and CODEC.decode(record.value)
    return {key: value for key, value in found.items() if value is not None}


def tile(log: FaultyLog) -> None:
    """Every partition's tallies follow each other without a gap up to what was read."""
    for partition in range(log.partitions("tally")):
        due: dict[str, tuple[int, int]] = {}
        for record in log.read("tally", partition):
            tally = CODEC.decode(record.value or b"")
            assert (tally.first, tally.part) == due.get(tally.source, (0, 0))
            last = tally.part == tally.parts - 1
            due[tally.source] = (tally.next, 0) if last else (tally.first, tally.part + 1)
        read = {f"usage/{p}": (log.end("usage", p), 0) for p in range(log.partitions("usage"))}
        assert due == read


def test_outputs_state_and_position_are_of_one_batch(make_log: MakeLog) -> None:
    log = make_log()
    log.append(usages(1, 2, 3))
    assert runner(log).turn(0.0)
    assert charged(log) == Counter({"e1": 1, "e2": 1, "e3": 1})
    assert kept(log)[("position",)] == Position(next={"usage": 3})
    assert log.committed("meter", 0) == {"usage": 3}
    assert kept(log)[("progress",)].next == 3
    assert [tally.next for tally in values(log, "tally")] == [3, 3]
    assert log.commits == 1


@pytest.mark.parametrize("fault", [REFUSED, UNSENT, LOST_WORD, Fault(Fenced("another came"))])
def test_a_commit_that_fails_is_made_good_and_nothing_is_there_twice(
    make_log: MakeLog, fault: Fault
) -> None:
    log = make_log()
    one = runner(log)
    log.append(usages(1, 2))
    log.faults = [fault]
    one.turn(0.0)
    assert bool(charged(log)) is fault.lands
    assert one.positions() == {}
    log.append(usages(2, 3))
    settled(one)
    assert charged(log) == Counter({"e1": 1, "e2": 1, "e3": 1})
    assert one.positions() == {0: {"usage": 4}}
    tile(log)


def at_last(work: Work) -> Work:
    """Begins nothing before its end is asked for."""
    return work


@pytest.mark.parametrize("begin", [at_once, at_last, beside(3)])
@pytest.mark.parametrize("seed", range(6))
def test_faults_of_every_kind_at_any_time_change_nothing_that_is_said(
    make_log: MakeLog, seed: int, begin: Begin
) -> None:
    drawn = Random(seed)
    sound, faulty = make_log(2), make_log(2)
    faulty.faults = [drawn.choice([None, REFUSED, UNSENT, LOST_WORD]) for _ in range(30)]
    smooth, shaken = runner(sound), runner(faulty, begin=begin)
    for _ in range(12):
        sent = usages(*(drawn.randrange(40) for _ in range(drawn.randrange(1, 6))))
        for log in (sound, faulty):
            log.append(sent)
        for one in (smooth, shaken):
            one.turn(0.0)
        if drawn.random() < 0.3:
            shaken.leave()
            shaken = runner(faulty, slot=f"a{drawn.randrange(3)}", begin=begin)
    settled(smooth, shaken)
    faulty.faults.clear()
    settled(shaken)  # the last looks at the clock may have failed
    assert charged(faulty) == charged(sound)
    assert set(charged(faulty).values()) == {1}
    tile(faulty)
    for partition in range(2):
        wanted = {key: value for key, value in kept(sound, "seen", partition).items()
                  if key[0] in ("progress", "position")}  # fmt: skip
        found = kept(faulty, "seen", partition)
        assert {key: found[key] for key in wanted} == wanted
        assert ids(found) == ids(kept(sound, "seen", partition))


@pytest.mark.parametrize("error", [Unreachable("nobody there"), Uncertain("no answer")])
def test_a_log_that_is_silent_once_is_not_waited_for_again_in_the_same_turn(
    make_log: MakeLog, error: LogError
) -> None:
    log = make_log(2)
    one = runner(log)
    log.append(usages(*range(40)))
    log.faults = [Fault(error)]
    one.turn(0.0)
    assert log.commits == 1
    [waiting] = one.positions()
    one.turn(0.0)
    assert one.positions()[waiting] == {"usage": log.end("usage", waiting)}
    settled(one)
    assert charged(log) == Counter({f"e{n}": 1 for n in range(40)})
    tile(log)


def test_no_step_waits_for_the_commit_of_another_partition(make_log: MakeLog) -> None:
    log, events = make_log(3), list[str]()

    def step(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
        events.append("step")
        return METER.step(state, records, books, site)

    def begin(work: Work) -> Work:
        def end() -> None:
            events.append("commit")
            work()

        return end

    one = runner(log, replace(QUICK, step=step), begin=begin)
    log.append(usages(*range(30)))
    one.turn(0.0)
    assert events == ["step"] * 3 + ["commit"] * 3
    assert set(charged(log).values()) == {1}


@pytest.mark.parametrize("begin", [at_once, at_last, beside(3)])
def test_a_commit_that_fails_drops_its_own_partition_alone(make_log: MakeLog, begin: Begin) -> None:
    log = make_log(3)
    one = runner(log, begin=begin)
    log.append(usages(*range(30)))
    log.faults = [REFUSED]
    one.turn(0.0)
    assert len(one.positions()) == 2
    assert all(position == {"usage": log.end("usage", number)}
               for number, position in one.positions().items())  # fmt: skip
    settled(one)
    assert charged(log) == Counter({f"e{n}": 1 for n in range(30)})
    tile(log)


def test_work_beside_is_done_elsewhere_and_what_it_raises_is_raised_at_its_end() -> None:
    begin, done = beside(2), list[int]()
    end = begin(lambda: done.append(threading.get_ident()))
    end()
    assert done != [threading.get_ident()]
    failing = begin([].pop)
    with pytest.raises(IndexError):
        failing()


def ids(state: Mapping[Any, Any]) -> bytes:
    joined = b"".join(seen.ids for key, seen in state.items() if key[0] == "seen")
    return b"".join(sorted(joined[at : at + 16] for at in range(0, len(joined), 16)))


def test_memory_takes_nothing_of_a_batch_that_was_not_committed(make_log: MakeLog) -> None:
    log = make_log()
    one = runner(log)
    states: list[State] = []

    def spy(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
        states.append(state)
        return METER.step(state, records, books, site)

    one.leave()
    one = runner(log, replace(QUICK, step=spy), slot="b")
    log.append(usages(1))
    log.faults = [REFUSED]
    one.turn(0.0)
    assert states[0].get(("progress",)) is None
    settled(one)
    assert states[1] is not states[0] and states[1].get(("progress",)).next == 1


def test_a_restart_goes_on_where_the_last_commit_ended(make_log: MakeLog) -> None:
    log = make_log()
    first = runner(log)
    log.append(usages(1, 2))
    settled(first)
    first.leave()
    log.append(usages(2, 3))
    second = runner(log)
    settled(second)
    assert charged(log) == Counter({"e1": 1, "e2": 1, "e3": 1})
    tile(log)


@pytest.mark.parametrize("short", [1, 2])
def test_memory_that_was_not_read_to_its_end_is_read_again_and_nothing_counts_twice(
    make_log: MakeLog, short: int
) -> None:
    log = make_log(usages=1)
    log.append(usages(0, 1))
    first = runner(log)
    settled(first)
    first.leave()
    log.append(usages(2))
    log.short = short
    second = runner(log)
    for _ in range(short):
        with pytest.raises(LogError, match=r"seen-0 ends where usage was read to 0, and 2 was"):
            second.turn(0.0)
    settled(second)
    assert log.short == 0
    assert charged(log) == Counter({"e0": 1, "e1": 1, "e2": 1})
    tile(log)


def test_a_second_runner_with_the_same_name_fences_the_first(make_log: MakeLog) -> None:
    log = make_log()
    first = runner(log)
    log.append(usages(1))
    settled(first)
    second = runner(log)
    log.append(usages(2))
    settled(second)
    with pytest.raises(Fenced):
        first.turn(0.0)
    assert charged(log) == Counter({"e1": 1, "e2": 1})


def test_two_members_share_the_partitions_and_one_takes_over_what_the_other_leaves(
    make_log: MakeLog,
) -> None:
    log = make_log(usages=4)
    first, second = runner(log, slot="a"), runner(log, slot="b")
    log.append(usages(*range(40)))
    settled(first, second)
    held = [set(one.positions()) for one in (first, second)]
    assert [len(some) for some in held] == [2, 2] and held[0] | held[1] == {0, 1, 2, 3}
    first.leave()
    log.append(usages(*range(30, 80)))
    settled(second)
    assert set(second.positions()) == {0, 1, 2, 3}
    assert charged(log) == Counter({f"e{n}": 1 for n in range(80)})
    tile(log)


def empty_tally(first: int, next_: int, source: str = "usage/0") -> bytes:
    return CODEC.encode(Tally(source=source, first=first, next=next_))


@pytest.mark.parametrize("job", [SPLIT, WATCH])
@pytest.mark.parametrize("bad", [empty_tally(5, 6), b"garbage"])
def test_a_step_that_can_not_go_on_stops_its_partition_loudly_and_no_other(
    make_log: MakeLog, job: Job, bad: bytes
) -> None:
    log = make_log()
    for partition in (0, 1):
        log.append([Entry("tally", b"usage/0", empty_tally(0, 1), partition)])
    one = runner(log, job)
    one.turn(0.0)
    log.append([Entry("tally", b"usage/0", bad, 0)])
    log.append([Entry("tally", b"usage/0", empty_tally(1, 2), 1)])
    with structlog.testing.capture_logs() as said:
        settled(one)
    [stopped] = [line for line in said if line["event"] == "step_stopped"]
    assert (stopped["job"], stopped["partition"]) == (job.name, 0)
    assert stopped["log_level"] == "error"
    assert one.positions() == {1: {"tally": 2}}
    assert log.committed(job.name, 0) == {"tally": 1}
    log.append([Entry("tally", b"usage/0", empty_tally(2, 3), 1)])
    log.append([Entry("tally", b"usage/0", empty_tally(1, 2), 0)])
    settled(one)
    assert one.positions() == {1: {"tally": 3}}


def test_a_partition_that_stopped_goes_on_after_a_restart_once_the_step_can(
    make_log: MakeLog,
) -> None:
    log = make_log()
    fails = True

    def step(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
        if fails:
            raise StepError("not like this")
        return METER.step(state, records, books, site)

    log.append(usages(1))
    one = runner(log, replace(QUICK, step=step))
    settled(one)
    assert one.positions() == {} and not charged(log)
    one.leave()
    fails = False
    settled(runner(log, replace(QUICK, step=step)))
    assert charged(log) == Counter({"e1": 1})


def test_what_nothing_came_of_is_not_read_again_after_a_restart(make_log: MakeLog) -> None:
    log = make_log()
    seen: list[int] = []

    def step(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
        seen.extend(record.offset for record in records)
        return Outcome()

    job = replace(QUICK, step=step, idle=None, state=State)
    log.append(usages(1, 2))
    one = runner(log, job)
    assert one.turn(0.0)
    assert log.commits == 0 and log.committed("meter", 0) == {}
    one.turn(0.0)
    assert log.commits == 1 and log.committed("meter", 0) == {"usage": 2}
    settled(one)
    assert log.commits == 1
    one.leave()
    settled(runner(log, job))
    assert seen == [0, 1]


def test_a_position_that_could_not_be_saved_is_only_read_again(make_log: MakeLog) -> None:
    log = make_log()
    seen: list[int] = []

    def step(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
        seen.extend(record.offset for record in records)
        return Outcome()

    log.append(usages(1))
    one = runner(log, replace(QUICK, step=step, idle=None, state=State))
    log.faults = [REFUSED]
    settled(one)
    assert seen == [0, 0] and log.committed("meter", 0) == {"usage": 1}


def test_at_the_end_of_the_log_time_passes_and_not_before(make_log: MakeLog) -> None:
    log = make_log()
    log.append(usages(1))
    one = runner(log)
    one.turn(0.0)
    before = kept(log)[("progress",)].watermark
    assert before == micros(NOON - timedelta(seconds=5))
    one.turn(0.0)
    after = kept(log)[("progress",)]
    assert after.watermark == micros(NOW - timedelta(seconds=5))
    assert (after.next, one.positions()) == (1, {0: {"usage": 1}})
    tile(log)
    commits = log.commits
    settled(one)
    assert log.commits == commits


def test_an_error_that_is_no_errand_of_the_log_ends_the_turn(make_log: MakeLog) -> None:
    log = make_log()

    def step(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
        raise ZeroDivisionError

    log.append(usages(1))
    with pytest.raises(ZeroDivisionError):
        runner(log, replace(QUICK, step=step)).turn(0.0)
    assert not charged(log)


def test_a_runner_that_has_not_joined_can_not_turn(make_log: MakeLog) -> None:
    made = Runner(QUICK, Shell(make_log(), lambda: BOOKS, CODEC, lambda: 0))
    with pytest.raises(LogError, match="has not joined"):
        made.turn(0.0)


def test_a_rulebook_that_can_not_be_read_just_now_is_tried_again(make_log: MakeLog) -> None:
    log = make_log()
    failures = [LogError("no answer")]

    def known() -> Books:
        if failures:
            raise failures.pop()
        return BOOKS

    log.append(usages(1))
    one = Runner(QUICK, Shell(log, known, CODEC, lambda: micros(NOW)))
    one.join("a")
    settled(one)
    assert charged(log) == Counter({"e1": 1})


def test_misplaced_usage_goes_to_its_own_partition_and_is_charged_there_once(
    make_log: MakeLog,
) -> None:
    log = make_log(usages=3)
    sent = [Entry("usage", None, as_json(event(f"e{n}")), 0, (("trace", b"1"),)) for n in range(12)]
    log.append([*sent, *sent])
    one = runner(log)
    settled(one)
    assert charged(log) == Counter({f"e{n}": 1 for n in range(12)})
    assert sum(charge["cost_nano_usd"] for charge in values(log, "charge")) == 12 * dollars(event())
    again = [record.headers for p in (1, 2) for record in log.read("usage", p)]
    assert again and {headers[0] for headers in again} == {("trace", b"1")}
    tile(log)


def test_what_a_step_says_as_bytes_goes_out_as_it_is_and_without_partition_by_its_key(
    make_log: MakeLog,
) -> None:
    log = make_log(usages=2)

    def step(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
        said = [Output("charge", b"k", b"raw", None, (("h", b"1"),))] if site.partition == 0 else []
        return Outcome({("progress",): None}, said)

    log.append([Entry("usage", None, b"x", 0)])
    one = runner(log, replace(QUICK, step=step, idle=None, state=State))
    settled(one)
    [found] = [record for p in range(2) for record in log.read("charge", p)]
    assert (found.key, found.value, found.headers) == (b"k", b"raw", (("h", b"1"),))
    assert [record.value for record in log.read("seen", 0) if record.key == b"progress"] == [None]
