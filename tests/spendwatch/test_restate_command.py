"""spendwatch restate: what moves, in dollars, once; and what it says where nothing can."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.moments import EPOCH, SECOND, rfc3339
from spendwatch.commands.restate import moved, patience, said
from streams.book import Book, Books
from streams.restate import Change, Report, Sums
from streams.rulebook import read
from streams.rulebooks import Rulebooks, hash_of
from tests.spendwatch.first_day_kit import (
    BURST,
    CODEC,
    NOW,
    RULEBOOK,
    START,
    Done,
    Steps,
    Terminal,
    opened,
)

SINCE = rfc3339(START)
CONTRACT = """rates:
  - {name: contract, when: {type: llm, model: gpt-4o}, per: million,
     usd: {input_uncached: 2.50, output: 8}}
"""
CHEAPER = RULEBOOK.replace("rates:\n", CONTRACT)
OWNED = RULEBOOK.replace("owner: chat, when", "owner: agent, when")


def publish(file: Path, text: str) -> None:
    log = opened(file)
    Rulebooks(log, CODEC).publish(text, EPOCH)
    log.close()


def walk(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Let every step hear what was restated; what they log is no command's output."""
    log = opened(file)
    steps = Steps(log)
    steps.turn()
    steps.leave()
    log.close()
    capsys.readouterr()


@pytest.fixture
def cheaper(first_day: Path) -> Path:
    """The first day, with a contract that was corrected from the beginning: 8 dollars, not 10."""
    publish(first_day, CHEAPER)
    return first_day


def restate(spendwatch: Terminal, file: Path, *more: str) -> Done:
    return spendwatch("restate", "--since", SINCE, "--embedded", file, *more)


def test_it_says_per_owner_and_rate_what_moves_in_dollars_and_once(
    cheaper: Path, spendwatch: Terminal
) -> None:
    would = restate(spendwatch, cheaper, "--dry-run")
    done = restate(spendwatch, cheaper)
    again = restate(spendwatch, cheaper)
    assert would.code == done.code == again.code == 0
    assert would.lines[:-1] == done.lines[:-1]
    assert "would be restated" in would.lines[-1] and " restated of" in done.lines[-1]
    assert any(
        line.startswith("agent ") and "card/contract/undated@" in line for line in done.lines
    )
    assert again.lines == [
        f"nothing to restate: 388 usages since {SINCE}, all as the rulebook has it"
    ]


def test_the_corrected_version_is_listed_with_the_one_that_it_replaces(
    cheaper: Path, spendwatch: Terminal
) -> None:
    first, second = spendwatch("rulebook", "list", "--embedded", cheaper).lines
    assert first == f"{hash_of(RULEBOOK)}  from 1970-01-01T00:00:00+00:00  replaced by the next"
    assert second == f"{hash_of(CHEAPER)}  from 1970-01-01T00:00:00+00:00"


def test_for_machines_money_is_in_integer_nano_dollars(cheaper: Path, spendwatch: Terminal) -> None:
    [found] = restate(spendwatch, cheaper, "--json").objects
    # 10 bursts of 100,000 and 40 loops of 60,000 tokens, 336 calls of 100: 2 dollars a million less
    tokens = 10 * 100_000 + 40 * 60_000 + 336 * 100
    assert found["restated"] == 386
    assert found["was_nano_usd"] - found["now_nano_usd"] == tokens * 2000
    assert sum(one["charges"] for one in found["moves"]) == 386
    assert {(one["owner"], one["to_owner"]) for one in found["moves"]} == {
        ("agent", "agent"), ("chat", "chat"),
    }  # fmt: skip
    assert all(one["rate_id"] != one["to_rate_id"] for one in found["moves"])


def test_only_usage_of_the_time_asked_for_moves(cheaper: Path, spendwatch: Terminal) -> None:
    until = rfc3339(BURST.replace(minute=5))
    [found] = spendwatch("restate", "--since", rfc3339(BURST), "--until", until, "--embedded",
                         cheaper, "--json").objects  # fmt: skip
    assert found["usages"] == found["restated"] == 7  # five minutes of a burst, two calls


def test_explain_shows_the_chain_of_a_charge_and_the_correction_of_an_incident(
    cheaper: Path, spendwatch: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    restate(spendwatch, cheaper)
    walk(cheaper, capsys)
    [found] = spendwatch("explain", "/svc|burst-3", "--embedded", cheaper, "--json").objects
    kinds = [(one["kind"], one["cost_nano_usd"]) for one in found["chain"]]
    assert kinds == [("usage", 10**9), ("reversal", -(10**9)), ("rerate", 8 * 10**8)]
    assert found["agrees"] is True
    words = [" ".join(line.split()) for line in
             spendwatch("explain", "/svc|burst-3", "--embedded", cheaper).lines]  # fmt: skip
    assert "restated" in words
    listed = spendwatch("incident", "list", "--all", "--embedded", cheaper, "--json").objects
    [chat] = [one for one in listed if one["series"] == "application:chat"]
    # ten bursts, and eight calls in the window in which the first was seen
    assert chat["restated_nano_usd"] == -10 * 2 * 10**8 - 8 * 100 * 2000
    out = spendwatch("explain", chat["id"], "--embedded", cheaper).out
    assert "corrected" in out and "-$2.00 restated" in out


def test_an_owner_that_was_wrong_takes_its_usage_along(
    first_day: Path, spendwatch: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(first_day, OWNED)
    done = restate(spendwatch, first_day)
    walk(first_day, capsys)
    assert " ".join(done.lines[1].split()).startswith("chat card/")
    shown = spendwatch("series", "--all", "--json", "--embedded", first_day).objects
    month = {one["series"]: one["month_nano_usd"] for one in shown}
    assert month["application:chat"] == month["keys:chat|key-1"] == 0
    assert month["application:agent"] == month["business_unit:retail"] > 10**9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "yesterday"), "is not like 2026-11-03T10:00:00Z"),
        (("--since", "2026-11-03T10:00:00"), "a time needs its offset"),
        (("--since", SINCE, "--until", SINCE), "is not after --since"),
        ((), "Missing option '--since'"),
    ],
)
def test_wrong_arguments_are_named(
    first_day: Path, spendwatch: Terminal, arguments: tuple[str, ...], words: str
) -> None:
    done = spendwatch("restate", "--embedded", first_day, *arguments)
    assert done.code == 2
    assert words in done.err


def test_a_log_that_is_not_there_is_not_made(tmp_path: Path, spendwatch: Terminal) -> None:
    done = restate(spendwatch, tmp_path / "none.db")
    assert (done.code, (tmp_path / "none.db").exists()) == (2, False)
    assert spendwatch("restate", "--since", SINCE).code == 2


def test_where_no_charges_are_kept_it_is_refused(first_day: Path, spendwatch: Terminal) -> None:
    publish(first_day, RULEBOOK + "charges: tallies-only\n")
    done = restate(spendwatch, first_day)
    assert done.code == 2
    assert "has `charges: tallies-only`" in done.err


@pytest.mark.parametrize(("age", "waits"), [(-10, 3), (0, 3), (1, 2), (2.5, 0.5), (3, 0), (999, 0)])
def test_it_begins_when_every_worker_knows_the_newest_version(age: float, waits: float) -> None:
    version = Book("0" * 16, EPOCH, read(RULEBOOK), published=NOW)
    books = Books([version, replace(version, published=0)])
    assert patience(books, NOW + int(age * SECOND)) == waits * SECOND


def test_what_stays_is_said() -> None:
    report = Report(looked_at=5, too_large=2, gone_before=START)
    report.moves[Change("chat", "", "chat", "a@1")] = Sums(1, 0, 2 * 10**9)
    assert list(said(report, SINCE, False)) == [
        f"1 charge restated of 5 usages since {SINCE}: $0.00 to $2.00, +$2.00",
        "2 charges would cost more than $9 million each, and stay as they are",
        f"whatever was charged before {SINCE} is not kept any more, and stays as it was",
    ]
    assert moved(Sums(1, 5, 5)) == "$0.00"
