"""What the SQLite file adds to the promises of every log: one file, one process, kill -9."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.topics import TOMBSTONE_MS, topics, widths
from streams.embedded import EmbeddedLog
from streams.embedded_file import File
from streams.log import Entry, Fenced, LogError, Lost, Ownership

NewLog = Callable[..., EmbeddedLog]


@pytest.fixture
def new_log(tmp_path: Path) -> Iterator[NewLog]:
    """Opens the test's own file; all that was opened is closed in the end."""
    logs: list[EmbeddedLog] = []

    def make(clock: Callable[[], int] = lambda: time.time_ns() // 1000) -> EmbeddedLog:
        logs.append(EmbeddedLog(tmp_path / "log.db", widths(4, 4), clock))
        return logs[-1]

    yield make
    for log in logs:
        log.close()


def values(log: EmbeddedLog, topic: str, partition: int = 0) -> list[bytes | None]:
    return [record.value for record in log.read(topic, partition)]


def python(code: str, path: Path) -> "subprocess.Popen[str]":
    """Another process that has opened nothing yet."""
    head = "import sys, time\nfrom schemas.topics import widths\nfrom streams.log import *\n"
    head += "from streams.embedded import EmbeddedLog\n"
    head += "log = EmbeddedLog(sys.argv[1], widths(4, 4), lambda: time.time_ns() // 1000)\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + code, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


COMMITTER = """
owner = log.own("watch", 0)
at = log.end("docket", 0)
print("ready", flush=True)
while True:
    text = str(at).encode()
    at += 1
    owner.commit([Entry("docket", b"k", text), Entry("watch-state", b"n%d" % at, text, 0),
                  Entry("tally", None, bytes(20_000), 1)], {"tally": at})
"""


def test_a_process_killed_while_committing_leaves_a_whole_log(
    new_log: NewLog, tmp_path: Path
) -> None:
    done = 0
    for round_ in range(6):
        process = python(COMMITTER, tmp_path / "log.db")
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.03 * round_)
        process.kill()
        process.communicate()
        log = new_log()
        count = log.end("docket", 0)
        assert count > done
        assert values(log, "docket") == [str(number).encode() for number in range(count)]
        assert values(log, "watch-state") == values(log, "docket")
        assert len(values(log, "tally", 1)) == count
        assert log.committed("watch", 0) == {"tally": count}
        done = count
        log.close()


def test_a_second_process_reads_and_appends_but_runs_no_steps(
    new_log: NewLog, tmp_path: Path
) -> None:
    log = new_log()
    owner = log.own("watch", 0)
    owner.commit([Entry("docket", b"k", b"ours")], {})
    code = """
print([r.value for r in log.read("docket", 0)])
log.append([Entry("docket", b"k", b"theirs")])
for attempt in (lambda: log.own("watch", 1),
                lambda: log.join("watch", "w", ["tally"], lambda p: {}, lambda p: None)):
    try:
        attempt()
    except LogError as wrong:
        print(wrong)
"""
    said, wrong = python(code, tmp_path / "log.db").communicate(timeout=30)
    assert wrong == ""
    assert said.splitlines()[0] == "[b'ours']"
    assert said.count("another process already runs steps on it") == 2
    assert values(log, "docket") == [b"ours", b"theirs"]
    owner.commit([Entry("docket", b"k", b"ours again")], {})


def test_polling_sees_what_another_process_appends(new_log: NewLog, tmp_path: Path) -> None:
    log = new_log()
    member = log.join("watch", "w0", ["tally"], lambda _: {}, lambda _: None)
    code = """
sys.stdin.readline()
log.append([Entry("tally", None, str(time.time()).encode(), 0)])
sys.stdin.readline()
"""
    process = python(code, tmp_path / "log.db")
    assert process.stdin is not None
    member.poll(10, 0)
    process.stdin.write("go\n")
    process.stdin.flush()
    [record] = member.poll(10, 20)[0]
    late = time.time() - float(record.value or b"0")
    process.communicate("go\n", timeout=20)
    assert late < 0.5  # it looks every 0.1 s; the machine may be busy


def test_the_steps_lock_ends_with_its_process(new_log: NewLog, tmp_path: Path) -> None:
    code = 'log.own("watch", 0)\nprint("ready", flush=True)\nsys.stdin.readline()'
    process = python(code, tmp_path / "log.db")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    log = new_log()
    with pytest.raises(LogError, match="another process"):
        log.own("watch", 0)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    log.own("watch", 0).commit([Entry("docket", b"k", b"v")], {})


def test_a_file_that_takes_no_more_data_is_told_in_words(tmp_path: Path) -> None:
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
log.append([Entry("usage", b"k", b"small", 0)])
try:
    for _ in range(100):
        log.append([Entry("usage", b"k", bytes(100_000), 0)])
except LogError as wrong:
    print(wrong)
print(len(list(log.read("usage", 0))) == log.end("usage", 0))
"""
    said, wrong = python(code, tmp_path / "log.db").communicate(timeout=30)
    assert (wrong, said.splitlines()[1:]) == ("", ["True"])
    assert str(tmp_path / "log.db") in said
    assert "the disk does not take or give the data" in said


def test_a_full_disk_is_told_in_words_and_nothing_is_written(
    new_log: NewLog, tmp_path: Path
) -> None:
    new_log().close()
    file = File(tmp_path / "log.db")
    with file.write() as connection:
        [(pages,)] = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")

    def insert(place: int, size: int) -> None:
        with file.write() as connection:
            connection.execute(
                "INSERT INTO record VALUES (?, ?, ?, 0, NULL)", (place, b"", bytes(size))
            )

    insert(1, 100)
    with pytest.raises(LogError, match="the disk is full, nothing was written"):
        insert(2, 100_000)
    insert(3, 100)
    assert file.rows("SELECT place FROM record") == [(1,), (3,)]
    file.close()


@pytest.mark.parametrize("found", [b"not a database, but long enough to be one " * 100, b"short"])
def test_a_file_that_is_no_database_is_told_in_words(tmp_path: Path, found: bytes) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(found)
    with pytest.raises(LogError, match="no log of ours"):
        EmbeddedLog(path, widths(), lambda: 0)
    assert path.read_bytes() == found


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(LogError, match="another program's"):
        EmbeddedLog(path, widths(), lambda: 0)


@pytest.mark.parametrize("name", ["no/such/folder/log.db", "."])
def test_a_path_that_can_be_no_file_is_told_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(LogError, match="can't be opened"):
        EmbeddedLog(tmp_path / name, widths(), lambda: 0)


def test_a_topic_keeps_its_number_of_partitions(tmp_path: Path) -> None:
    EmbeddedLog(tmp_path / "log.db", widths(usage=4), lambda: 0).close()
    with pytest.raises(LogError, match="usage has 4 partitions, not 8"):
        EmbeddedLog(tmp_path / "log.db", widths(usage=8), lambda: 0)
    log = EmbeddedLog(tmp_path / "log.db", {}, lambda: 0)
    assert log.partitions("usage") == 4
    log.close()


def test_an_undeclared_topic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="nowhere"):
        EmbeddedLog(tmp_path / "log.db", {"nowhere": 1}, lambda: 0)


def test_a_failed_append_takes_none_of_its_entries(new_log: NewLog) -> None:
    log = new_log()
    with pytest.raises(LogError):
        log.append([Entry("usage", b"k", b"v", 0), Entry("usage", b"k", b"v", 99)])
    assert log.end("usage", 0) == 0


def test_tombstones_stay_an_hour_for_readers_that_are_behind(new_log: NewLog) -> None:
    now = [10**15]
    log = new_log(clock=lambda: now[0])
    log.append([Entry("allocation", b"k", b"v", 0), Entry("allocation", b"k", None, 0)])
    assert log.compact(dirty=0) == 1
    assert values(log, "allocation") == [None]
    now[0] += TOMBSTONE_MS * 1000 + 1
    log.append([Entry("allocation", b"other", b"v", 0)])
    assert log.compact(dirty=0) == 1
    assert values(log, "allocation") == [b"v"]


def test_compaction_waits_until_enough_is_new(new_log: NewLog) -> None:
    log = new_log()
    log.append([Entry("allocation", b"k%d" % number, b"v", 0) for number in range(100)])
    assert log.compact() == 0
    log.append([Entry("allocation", b"k0", b"w", 0)])
    assert log.compact() == 0
    assert log.end("allocation", 0) == 101
    log.append([Entry("allocation", b"k%d" % number, b"w", 0) for number in range(100)])
    assert log.compact() == 101
    assert set(values(log, "allocation")) == {b"w"}


def test_compaction_leaves_other_topics_and_partitions_alone(new_log: NewLog) -> None:
    log = new_log()
    for topic, partition in (("usage", 0), ("allocation", 1), ("allocation", 2)):
        log.append([Entry(topic, b"k", b"%d" % number, partition) for number in range(3)])
    assert log.compact(dirty=0) == 4
    assert values(log, "usage") == [b"0", b"1", b"2"]
    assert values(log, "allocation", 1) == values(log, "allocation", 2) == [b"2"]


def test_retention_drops_what_is_too_old_and_a_position_there_is_lost(new_log: NewLog) -> None:
    kept = (topics()["tally"].retention_ms or 0) * 1000
    now = [10**15]
    log = new_log(clock=lambda: now[0])
    log.append([Entry("tally", None, b"old", 0)] * 7000)
    positions = [{"tally": 1000}, {}, {}, {}]
    member = log.join("watch", "w0", ["tally"], positions.__getitem__, lambda _: None)
    now[0] += kept
    log.append([Entry("tally", None, b"new", 0)])
    assert log.expire(now[0]) == 0
    assert log.expire(now[0] + 1) == 7000
    assert values(log, "tally") == [b"new"]
    assert log.end("tally", 0) == 7001
    with pytest.raises(Lost, match=r"tally-0 holds \[7000, 7001\), 1000 is asked for"):
        member.poll(10, 0)
    late = log.join("late", "l0", ["tally"], lambda _: {}, lambda _: None)
    assert [record.offset for record in late.poll(10, 0)[0]] == [7000]


def test_retention_keeps_compacted_topics(new_log: NewLog) -> None:
    log = new_log(clock=lambda: 0)
    log.append([Entry("allocation", b"k", b"v", 0)])
    assert log.expire(10**18) == 0
    assert values(log, "allocation") == [b"v"]


def take(mine: set[int], partition: int) -> Mapping[str, int]:
    mine.add(partition)
    return {}


def test_three_members_have_ranges_in_the_order_of_their_names(new_log: NewLog) -> None:
    log = new_log()
    held: dict[str, set[int]] = {"a": set(), "b": set(), "c": set()}
    members = []
    for name, mine in held.items():
        members.append(log.join("watch", name, ["tally"], partial(take, mine), mine.discard))
        for member in members * 2:
            member.poll(1, 0)
    assert held == {"a": {0, 1}, "b": {2}, "c": {3}}
    members[0].leave()
    for member in members[1:] * 2:
        member.poll(1, 0)
    assert held == {"a": set(), "b": {0, 1}, "c": {2, 3}}


def test_a_member_that_hangs_loses_its_partitions(new_log: NewLog) -> None:
    log = new_log()
    closed: list[int] = []
    hangs = log.join("watch", "a", ["docket"], lambda _: {}, closed.append)
    hangs.poll(1, 0)
    hangs.polled -= 60  # type: ignore[attr-defined] # a minute has passed
    log.join("watch", "b", ["docket"], lambda _: {}, lambda _: None).poll(1, 0)
    assert closed == []
    other = log.join("watch", "Z", ["docket"], lambda _: {}, lambda _: None)
    log.append([Entry("docket", b"k", b"v")])
    assert [record.value for record in other.poll(1, 0)[0]] == [b"v"]
    assert hangs.poll(1, 0) == {}
    assert closed == [0]


def test_members_of_a_group_must_read_the_same_topics(new_log: NewLog) -> None:
    log = new_log()
    log.join("watch", "a", ["tally"], lambda _: {}, lambda _: None)
    with pytest.raises(LogError, match="group watch reads"):
        log.join("watch", "b", ["label"], lambda _: {}, lambda _: None)


def test_an_append_wakes_a_waiting_member_at_once(new_log: NewLog) -> None:
    log = new_log()
    member = log.join("watch", "w0", ["tally"], lambda _: {}, lambda _: None)
    waits: list[float] = []
    for _ in range(15):
        threading.Timer(0.02, lambda: log.append([Entry("tally", None, b"v", 0)])).start()
        [record] = member.poll(10, 20)[0]
        waits.append(time.time() - record.received / 1e6)
    assert sorted(waits)[7] < 0.05  # it would look again only after 0.1 s


def test_one_commit_is_seen_whole_by_other_threads(new_log: NewLog) -> None:
    log = new_log()
    owner = log.own("watch", 0)
    stop = threading.Event()
    torn: list[tuple[int, int, int]] = []

    def look() -> None:
        while not stop.is_set():
            seen = log.end("docket", 0), log.end("watch-state", 0), log.end("docket", 0)
            if not seen[0] <= seen[1] <= seen[2]:
                torn.append(seen)

    watcher = threading.Thread(target=look)
    watcher.start()
    for number in range(200):
        owner.commit([Entry("docket", b"k", b""), Entry("watch-state", b"%d" % number, b"", 0)], {})
    stop.set()
    watcher.join()
    assert torn == []


def test_threads_append_and_commit_side_by_side(new_log: NewLog) -> None:
    log = new_log()

    def append(name: int) -> None:
        for number in range(50):
            log.append([Entry("usage", None, b"%d-%d" % (name, number), name)])

    def commit(name: int) -> None:
        owner = log.own("meter", name)
        for number in range(50):
            owner.commit([Entry("charge", b"k", b"%d-%d" % (name, number), 0)], {"usage": number})

    threads = [
        threading.Thread(target=work, args=(n,)) for work in (append, commit) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in range(4):
        mine = [b"%d-%d" % (name, number) for number in range(50)]
        assert values(log, "usage", name) == mine
        assert [v for v in values(log, "charge") if v and v.startswith(b"%d-" % name)] == mine


COMMAND = st.one_of(
    st.tuples(st.just("append"), st.integers(0, 1), st.integers(1, 3)),
    st.tuples(st.just("own"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("commit"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("refused"), st.integers(0, 3), st.integers(1, 3)),
    st.tuples(st.just("reopen"), st.just(0), st.just(0)),
)


@settings(max_examples=40, deadline=None)
@given(commands=st.lists(COMMAND, max_size=25))
def test_whatever_happens_the_file_holds_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory, commands: list[tuple[str, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("log") / "log.db"
    log = EmbeddedLog(path, widths(2, 2), lambda: 0)
    owners: list[tuple[int, Ownership]] = []
    newest: dict[int, int] = {}
    docket: list[bytes | None] = []
    tally: dict[int, list[bytes | None]] = {0: [], 1: []}
    for step, (what, which, count) in enumerate(commands):
        new = [b"%d.%d" % (step, number) for number in range(count)]
        if what == "append":
            log.append([Entry("tally", None, value, which) for value in new])
            tally[which] += new
        elif what == "own":
            newest[which] = len(owners)
            owners.append((which, log.own("watch", which)))
        elif what == "reopen":
            log.close()
            log, owners, newest = EmbeddedLog(path, {}, lambda: 0), [], {}
        elif which < len(owners):
            partition, owner = owners[which]
            entries = [Entry("docket", b"k", value) for value in new]
            if newest[partition] != which:
                with pytest.raises(Fenced):
                    owner.commit(entries, {"tally": step})
            elif what == "refused":
                with pytest.raises(LogError):
                    owner.commit([*entries, Entry("nowhere", b"k", b"v")], {"tally": step})
            else:
                owner.commit(entries, {"tally": step})
                docket += new
                assert log.committed("watch", partition) == {"tally": step}
    assert values(log, "docket") == docket
    assert {partition: values(log, "tally", partition) for partition in tally} == tally
    log.close()
