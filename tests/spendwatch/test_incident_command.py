"""`spendwatch incident`: overruns, and what people say to them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from policies.life import State
from schemas.records import Answer
from spendwatch import answering, incidents
from spendwatch.commands.incident import Said
from spendwatch.logbook import Logbook
from tests.spendwatch.first_day_kit import CODEC, END, Steps, Terminal, opened


@contextmanager
def judging(file: Path) -> Iterator[None]:
    """Judge at work on the log, as it is while a service runs."""
    stop = threading.Event()

    def run() -> None:
        log = opened(file)
        steps = Steps(log, ["judge"])
        while not stop.wait(0.02):
            steps.turn()
        steps.leave()
        log.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def ids(spendwatch: Terminal, file: Path, *options: str) -> dict[str, str]:
    """Series to id, as `list` says."""
    shown = spendwatch("incident", "list", "--embedded", file, "--json", *options)
    return {one["series"]: one["id"] for one in shown.objects}


def test_what_burns_is_listed_and_the_rest_on_request(
    first_day: Path, spendwatch: Terminal
) -> None:
    assert set(ids(spendwatch, first_day)) == {"application:agent"}
    assert {"application:agent", "application:chat"} < set(ids(spendwatch, first_day, "--all"))
    assert "application:chat" in ids(spendwatch, first_day, "--state", "resolved")
    shown = spendwatch("incident", "list", "--embedded", first_day)
    assert "retail/support/agent" in shown.out and "$" in shown.out
    assert spendwatch("incident", "list", "--state", "odd", "--embedded", first_day).code == 2


def test_an_answer_is_shown_with_what_became_of_it(first_day: Path, spendwatch: Terminal) -> None:
    name = ids(spendwatch, first_day)["application:agent"]
    with judging(first_day):
        ack = spendwatch("incident", "ack", name[4:10], "--by", "ann", "--embedded", first_day)
        again = spendwatch("incident", "ack", name, "--by", "bob", "--embedded", first_day)
        sleep = ["incident", "snooze", name, "--for", "2h", "--by", "ann"]
        snooze = spendwatch(*sleep, "--embedded", first_day)
        meant = ["incident", "expect", name, "--cap", "50", "--note", "load test", "--by", "eve"]
        expect = spendwatch(*meant, "--embedded", first_day)
        late = spendwatch("incident", "ack", name, "--embedded", first_day)
    assert ack.code == 0 and "Acknowledged by ann." in ack.out
    assert again.out == f"{name} is acknowledged already by ann\n"
    assert "Snoozed by ann until" in snooze.out
    assert "Marked as expected by eve" in expect.out
    assert late.code == 2 and "is expected" in late.err


def test_an_answer_that_judge_has_not_heard_is_on_the_docket(first_day: Path) -> None:
    log = opened(first_day)
    book = Logbook(log, CODEC, "")
    [incident] = [one for one in incidents.known(book).values() if one.state == State.FIRING]
    answer = Said("acknowledge", "ann").answer(incident, END)
    mark = answering.give(book, answer)
    assert answering.heard(book, answer, mark, patience=0.0) is None
    last = list(log.read("docket", 0))[-1]
    assert last.key == incident.id.encode()
    held = CODEC.decode(last.value or b"")
    assert isinstance(held, Answer) and held == answer
    log.close()


@pytest.mark.parametrize(
    "words",
    [
        ["snooze", "inc_", "--for", "2h"],
        ["ack", "nobody-knows-this"],
        ["snooze", "ID"],
        ["snooze", "ID", "--for", "2h", "--until", "2026-11-04T10:00:00Z"],
        ["snooze", "ID", "--for", "two hours"],
        ["snooze", "ID", "--for", "0h"],
        ["snooze", "ID", "--for", "999999w"],
        ["snooze", "ID", "--for", "10"],
        ["snooze", "ID", "--until", "2026-11-04T10:00:00"],
        ["snooze", "ID", "--until", "2020-01-01T00:00:00Z"],
        ["snooze", "ID", "--until", "0001-01-01T00:00:00+10:00"],
        ["expect", "ID", "--cap", "-3"],
        ["expect", "ID", "--cap", "much"],
        ["expect", "ID", "--cap", "nan"],
        ["expect", "ID", "--cap", "0"],
        ["expect", "ID", "--until", "tomorrow"],
        ["ack", "ID", "--by", ""],
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_a_line_and_leaves_no_answer(
    first_day: Path, spendwatch: Terminal, words: list[str]
) -> None:
    name = ids(spendwatch, first_day)["application:agent"]
    log = opened(first_day)
    before = log.end("docket", 0)
    given = [name if word == "ID" else word for word in words]
    shown = spendwatch("incident", *given, "--embedded", first_day)
    assert shown.code == 2 and not shown.out
    assert shown.err.splitlines()[-1].startswith("Error: ") and shown.err.count("Error") == 1
    assert log.end("docket", 0) == before
    log.close()


def test_an_answer_is_never_older_than_the_data(first_day: Path) -> None:
    log = opened(first_day)
    [incident] = [
        one for one in incidents.known(Logbook(log, CODEC, "")).values() if one.state == "firing"
    ]
    log.close()
    early = datetime.fromisoformat("2020-01-01T00:00:00Z")
    assert answering.given_at(incident, early) == incident.updated_at
    assert answering.given_at(incident, END + timedelta(days=9)) == END + timedelta(days=9)


def test_answers_have_ids_of_their_own() -> None:
    said = {
        answering.identity(incident, action, by, END + timedelta(seconds=second))
        for incident in ("inc_a", "inc_b")
        for action in ("acknowledge", "snooze")
        for by in ("ann", "bob")
        for second in (0, 1)
    }
    assert len(said) == 16
