"""`spendwatch rejected`: what could not be used, and again after the fix."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from schemas import columns
from schemas.codec import Codec, write_rows
from schemas.moments import MINUTE, moment
from schemas.records import Rejected
from spendwatch.logbook import Logbook
from spendwatch.refusals import Refusal, identity_of, oldest, replay
from streams.log import Entry
from streams.rulebooks import Rulebooks
from tests.schemas.avro_values import example_row
from tests.spendwatch.first_day_kit import CODEC, NOW, RULEBOOK, Steps, Terminal, event, opened


def rejected(**changes: object) -> Rejected:
    held = {
        "reason": "no_quantity", "detail": "", "topic": "usage", "partition": 0, "offset": 7,
        "time": datetime(2026, 11, 3, tzinfo=UTC), "headers": {}, "key": b"k", "original": b"{}",
        "size": 2, **changes,
    }  # fmt: skip
    return Rejected(**held)  # type: ignore[arg-type]


def refusals(records: Sequence[Rejected]) -> list[Refusal]:
    return [Refusal(0, offset, record) for offset, record in enumerate(records)]


def test_rejected_messages_are_listed_newest_first(first_day: Path, spendwatch: Terminal) -> None:
    shown = spendwatch("rejected", "list", "--embedded", first_day)
    assert [line.split()[0] for line in shown.lines[1:]] == ["0:1", "0:0"]
    one = spendwatch("rejected", "list", "--embedded", first_day, "--limit", "1", "--json")
    assert [held["reason"] for held in one.objects] == ["unknown_quantity"]
    assert json.loads(one.objects[0]["original"])["id"] == "bad-2"
    none = spendwatch("rejected", "list", "--embedded", first_day, "--reason", "too_late")
    assert none.out == "nothing was rejected\n"


def test_one_says_what_is_to_be_replayed(first_day: Path, spendwatch: Terminal) -> None:
    for wrong in ([], ["--all", "--offset", "0:1"], ["--offset", "0:99"], ["--offset", "x"]):
        shown = spendwatch("rejected", "replay", "--embedded", first_day, *wrong)
        assert shown.code == 2 and shown.err.count("\n") == 1
    log = opened(first_day)
    before = log.end("usage", 0)
    log.close()
    assert spendwatch("rejected", "replay", "--embedded", first_day, "--offset", "0:1").code == 0
    log = opened(first_day)
    [again] = log.read("usage", 0, before)
    assert again.key == b"/svc|bad-2" and json.loads(again.value or b"")["id"] == "bad-2"
    log.close()


def test_what_came_too_early_is_charged_once_however_often_it_is_replayed(tmp_path: Path) -> None:
    ahead = json.dumps(event("soon", moment(NOW + 10 * MINUTE), quantities={"output": 5})).encode()
    log = opened(tmp_path / "log.db")
    Rulebooks(log, CODEC).publish(RULEBOOK)
    log.append([Entry("usage", None, ahead)])
    steps = Steps(log, ["meter"])
    steps.turn()
    steps.leave()
    log.close()
    log = opened(tmp_path / "log.db", NOW + 11 * MINUTE)
    book = Logbook(log, CODEC, "")
    assert [one.record.reason for one in oldest(book)] == ["time_ahead"]
    assert [replay(book, oldest(book)).appended for _ in range(3)] == [1, 1, 1]
    steps = Steps(log, ["meter"], NOW + 11 * MINUTE)
    steps.turn()
    steps.leave()
    assert [CODEC.decode(one.value or b"")["id"] for one in log.read("charge", 0)] == ["soon"]
    assert len(list(oldest(book))) == 1
    log.close()


def test_only_whole_messages_go_back_and_each_bytes_once(tmp_path: Path) -> None:
    log = opened(tmp_path / "log.db")
    found = [
        rejected(original=b'{"source":"s","id":"1"}', size=23),
        rejected(original=b'{"source":"s","id":"1"}', size=23),
        rejected(original=b"beginning", size=70_000),
        rejected(topic="usage.jsonl", offset=12),
    ]
    done = replay(Logbook(log, CODEC, ""), refusals(found))
    assert (done.appended, done.repeats, done.cut, done.files) == (1, 1, 1, 1)
    [record] = log.read("usage", 0)
    assert record.key == b"s|1"
    log.close()


def test_files_are_to_be_published_again(first_day: Path, spendwatch: Terminal) -> None:
    log = opened(first_day)
    log.append([Entry("rejected", None, CODEC.encode(rejected(topic="usage.jsonl")), 0)])
    log.close()
    shown = spendwatch("rejected", "replay", "--embedded", first_day, "--all")
    assert "2 messages appended" in shown.out
    assert "1 line of files left out: publish those files again" in shown.out


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode) |
       st.dictionaries(st.sampled_from(["source", "id", "x"]), st.text(max_size=5) | st.integers())
       .map(lambda held: json.dumps(held).encode()))  # fmt: skip
def test_the_key_of_anything_is_found_or_none(message: bytes) -> None:
    found = identity_of(message, CODEC)
    assert found is None or b"|" in found


def test_the_key_of_an_avro_usage_is_its_source_and_id() -> None:
    row = {**example_row("usage.v1"), "source": "/a", "id": "7"}
    body = CODEC.prefix(columns.USAGE) + write_rows([row], columns.USAGE)[0]
    assert identity_of(body, CODEC) == b"/a|7"
    assert identity_of(Codec().encode(rejected()), CODEC) is None
