"""What the log in memory does as Kafka does, beyond what tests/streams/test_log.py asks."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from schemas.topics import TOMBSTONE_MS, topics, widths
from streams.log import Entry, Fenced, LogError, Uncertain
from tests.simulation.memory_log import MemoryLog
from tests.simulation.memory_store import Around

DAY = 86_400 * 1_000_000


@dataclass
class Surroundings:
    """Time that stands still until it is told, and faults at points that are named."""

    seconds: float = 0.0
    meets: dict[str, Exception | Callable[[], None]] = field(default_factory=dict)
    lags: bool = False

    def at(self, point: str) -> None:
        met = self.meets.pop(point, None)
        if isinstance(met, Exception):
            raise met
        if met is not None:
            met()

    def log(self) -> MemoryLog:
        around = Around(
            clock=lambda: int(self.seconds * 1_000_000),
            monotonic=lambda: self.seconds,
            wait=lambda _: None,
            at=self.at,
            lags=lambda: self.lags,
        )
        return MemoryLog(widths(1, 2), around)


def entry(text: str, topic: str = "docket", partition: int = 0) -> Entry:
    return Entry(topic, text.encode(), text.encode(), partition)


def texts(log: MemoryLog, topic: str = "docket", partition: int = 0) -> list[str]:
    return [(record.value or b"").decode() for record in log.read(topic, partition)]


def test_nothing_is_read_behind_a_transaction_that_is_open() -> None:
    around = Surroundings()
    log = around.log()
    log.append([entry("a")])
    around.meets = {"produced": Uncertain("the client is gone")}
    with pytest.raises(Uncertain):
        log.own("watch", 0).commit([entry("b")], {})
    log.append([entry("c")])
    assert (texts(log), log.end("docket", 0)) == (["a"], 1)
    log.own("watch", 0)
    assert (texts(log), log.end("docket", 0)) == (["a", "c"], 4)


def test_a_transaction_whose_writer_is_gone_times_out_and_its_owner_is_fenced() -> None:
    around = Surroundings()
    log, later = around.log(), list[str]()
    owner = log.own("watch", 0)

    def stand_still() -> None:
        around.seconds = 11.0
        log.append([entry("c")])
        later.extend(texts(log))

    around.meets = {"produced": stand_still}
    with pytest.raises(Fenced):
        owner.commit([entry("b")], {})
    assert later == texts(log) == ["c"]


def test_a_commit_shows_in_one_partition_after_the_other_and_whole_to_the_next_owner() -> None:
    around = Surroundings(lags=True)
    log = around.log()
    owner = log.own("watch", 1)
    owner.commit([entry("b"), entry("s", "watch-state", 1)], {"tally": 3})
    assert (texts(log), texts(log, "watch-state", 1)) == ([], [])
    log.own("watch", 1)
    assert (texts(log), texts(log, "watch-state", 1)) == (["b"], ["s"])
    assert log.committed("watch", 1) == {"tally": 3}


@pytest.mark.parametrize(
    ("point", "error", "lands"),
    [
        ("begin", LogError("refused"), False),
        ("produced", LogError("refused"), False),
        ("offsets", LogError("refused"), False),
        ("offsets", Uncertain("no answer"), False),
        ("committed", Uncertain("no answer"), True),
    ],
)
def test_what_fails_at_a_point_is_there_or_not_and_never_in_part(
    point: str, error: LogError, lands: bool
) -> None:
    around = Surroundings()
    log = around.log()
    owner = log.own("watch", 0)
    around.meets = {point: error}
    with pytest.raises(type(error)):
        owner.commit([entry("a"), entry("s", "watch-state")], {"tally": 1})
    if isinstance(error, Uncertain):
        with pytest.raises(Uncertain):
            owner.commit([entry("again")], {})
        owner = log.own("watch", 0)
    owner.commit([entry("b")], {})
    assert texts(log) == (["a", "b"] if lands else ["b"])
    assert texts(log, "watch-state") == (["s"] if lands else [])
    assert log.committed("watch", 0) == ({"tally": 1} if lands else {})


class Member:
    """One that holds partitions and does nothing with them."""

    def __init__(self, log: MemoryLog, name: str) -> None:
        self.held: set[int] = set()
        self._joined = log.join("watch", name, ("tally", "label"), self._take, self.held.discard)

    def _take(self, number: int) -> dict[str, int]:
        self.held.add(number)
        return {}

    def speak(self) -> None:
        self._joined.poll(10, 0.0)


def test_who_does_not_speak_for_a_session_is_out_and_comes_back_with_empty_hands() -> None:
    around = Surroundings()
    log = around.log()
    mute, other = Member(log, "a"), Member(log, "b")
    for one in (mute, other) * 3:
        one.speak()
    assert (mute.held, other.held) == ({0}, {1})
    around.seconds = 7.0
    other.speak()
    assert (mute.held, other.held) == ({0}, {0, 1})
    mute.speak()
    assert (mute.held, other.held) == (set(), {0, 1})
    for one in (other, mute) * 2:
        one.speak()
    assert (mute.held, other.held) == ({0}, {1})


def test_retention_drops_the_oldest_and_what_is_lost_is_said() -> None:
    around = Surroundings()
    log = around.log()
    log.append([entry("old", "tally")])
    around.seconds = 2 * 86_400.0
    log.append([entry("new", "tally"), entry("kept", "watch-state")])
    kept = (topics()["tally"].retention_ms or 0) * 1000
    assert log.expire(DAY + kept) == 1
    assert texts(log, "tally") == ["new"]
    assert log.expire(DAY * 1000) == 1
    assert texts(log, "watch-state") == ["kept"]
    joined = log.join("watch", "a", ("tally", "label"), lambda _: {"tally": 0}, lambda _: None)
    with pytest.raises(LogError, match="tally-0"):
        joined.poll(10, 0.0)


def test_a_tombstone_goes_when_everybody_has_seen_it() -> None:
    around = Surroundings()
    log = around.log()
    owner = log.own("watch", 0)
    owner.commit([entry("a", "watch-state")], {})
    owner.commit([Entry("watch-state", b"a", None, 0)], {})
    assert (log.compact(), texts(log, "watch-state")) == (1, [""])
    around.seconds = TOMBSTONE_MS / 1000 + 1
    assert (log.compact(), texts(log, "watch-state")) == (1, [])
