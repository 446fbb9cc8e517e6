"""`spendwatch series`: what is watched, what is still learnt, what it costs."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from schemas.moments import minute_of
from schemas.records import Allocation
from spendwatch.logbook import Logbook
from spendwatch.standing import allocations, beginnings, standings
from streams.book import Book, Books
from streams.rulebook import read
from streams.rulebooks import Rulebooks
from tests.spendwatch.first_day_kit import CODEC, END, RULEBOOK, START, Terminal, opened


def held(file: Path) -> dict[str, Allocation]:
    log = opened(file)
    found = dict(allocations(Logbook(log, CODEC, "")))
    log.close()
    return found


def test_each_watched_series_has_a_line_with_its_dollars(
    first_day: Path, spendwatch: Terminal
) -> None:
    shown = spendwatch("series", "--embedded", first_day)
    lines = {line.split()[0]: line.split()[1:] for line in shown.lines[1:]}
    assert sorted(lines) == list(lines)
    assert lines["application:chat"][0] == "watching"
    assert lines["application:chat"][1:] == ["$11.52", "$12.05"]
    assert "service:support" not in lines
    everything = spendwatch("series", "--embedded", first_day, "--all", "--json").objects
    [service] = [one for one in everything if one["series"] == "service:support"]
    assert service["rules"] == [] and service["month_nano_usd"] > 0


def test_a_young_series_says_until_when_which_rules_only_learn(first_day: Path) -> None:
    log = opened(first_day)
    begun = beginnings(Logbook(log, CODEC, ""))
    log.close()
    growth = "  - {name: tripled, kind: growth, series: ['application:*'], window: 4h}"
    text = RULEBOOK.replace("\nplaces:", f"\n{growth}\nplaces:")
    books = Books([Book("h", START, read(text))])
    young = {
        "application:agent": minute_of(END) - 60,
        "application:chat": begun["application:chat"],
    }
    known = {name: one for name, one in held(first_day).items() if name in young}
    learns = {name: _learning(one) for name, one in known.items()}
    found = {one.series: one.said for one in standings(learns, young, books)}
    week = START + timedelta(days=7, hours=3)
    assert (
        found["application:chat"] == f"watching; learning until {week:%Y-%m-%d %H:%M} UTC (growth)"
    )
    assert found["application:agent"] == (
        "watching; learning until 2026-11-05 00:00 UTC (records); "
        "learning until 2026-11-11 06:00 UTC (growth)"
    )


def test_where_no_rule_watches_it_says_how_to_see_the_series(
    first_day: Path, spendwatch: Terminal
) -> None:
    rules, places = RULEBOOK.index("detectors:"), RULEBOOK.index("places:")
    log = opened(first_day)
    Rulebooks(log, CODEC).publish(RULEBOOK[:rules] + RULEBOOK[places:], START)
    log.close()
    [told] = spendwatch("series", "--embedded", first_day).lines
    assert told.startswith("no rule watches any of ") and told.endswith(" series: --all shows them")


def _learning(one: Allocation) -> Allocation:
    return replace(one, learning_until=END + timedelta(days=30))


def test_an_empty_log_says_what_to_do(tmp_path: Path, spendwatch: Terminal) -> None:
    file = tmp_path / "log.db"
    opened(file).close()
    shown = spendwatch("series", "--embedded", file)
    assert shown.code == 2 and "no rulebook" in shown.err
    missing = spendwatch("series", "--embedded", tmp_path / "none.db")
    assert missing.code == 2 and not (tmp_path / "none.db").exists()
    assert spendwatch("series").code == 2
