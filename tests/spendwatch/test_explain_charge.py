"""`spendwatch explain SOURCE|ID`: a charge adds up, and says where it stands."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Tally
from spendwatch.explaining.arithmetic import reckon
from spendwatch.explaining.charge_tables import usd
from spendwatch.explaining.charges import Charged, Place, explain, tally_of
from spendwatch.logbook import Logbook
from streams.log import Entry
from streams.rulebooks import Rulebooks
from tests.spendwatch.first_day_kit import CODEC, END, RULEBOOK, Terminal, build, event, opened

ID = "/svc|chat-0"


def test_every_charge_adds_up_to_the_nano_dollar(first_day: Path) -> None:
    log = opened(first_day)
    [book] = Rulebooks(log, CODEC)().versions
    charges = [CODEC.decode(record.value or b"") for record in log.read("charge", 0)]
    assert len(charges) > 300
    for charge in charges:
        again = reckon(charge, book)
        parts = sum((part.nano_usd for part in again.parts), Fraction(0))
        assert again.cost_nano_usd == round(parts) == charge["cost_nano_usd"]
        assert again.owner == charge["owner"]
    log.close()


def test_a_charge_says_its_rate_rule_and_tally(first_day: Path, spendwatch: Terminal) -> None:
    shown = spendwatch("explain", ID, "--embedded", first_day)
    assert shown.code == 0
    words = [" ".join(line.split()) for line in shown.lines]
    assert "cost $0.011, exactly 11,000,000 nano-dollars" in words
    assert any(line.startswith("input_uncached 4,000 $2.50 per million") for line in words)
    assert "the charge says the same $0.011" in words
    assert "owner retail/support/chat" in words and "rule all chats" in words
    assert "keys:chat|key-1 0" in words
    [tally] = [line for line in words if line.startswith("tally ")]
    assert tally.startswith("tally [0, ") and tally.endswith("of usage/0, tally/0 offset 0")


def test_a_fraction_without_an_end_is_rounded_once(first_day: Path, spendwatch: Terminal) -> None:
    [found] = spendwatch("explain", "/svc|gpu-1", "--embedded", first_day, "--json").objects
    assert found["agrees"] is True
    assert found["reckoning"]["parts"][0]["usd"] == "29/10"
    assert Fraction(found["reckoning"]["nano_usd"]) == Fraction(29, 36) * 250 * 10**6
    assert found["charge"]["cost_nano_usd"] == 201_388_889


def test_what_has_no_price_is_unknown_and_not_nothing(
    first_day: Path, spendwatch: Terminal
) -> None:
    out = spendwatch("explain", "/svc|own-1", "--embedded", first_day).out
    assert "unknown: nothing prices it" in out
    assert "no rule matched" in out


def test_a_repeat_is_said_to_be_dropped(first_day: Path, spendwatch: Terminal) -> None:
    log = opened(first_day)
    found = explain(Logbook(log, CODEC, ""), ID)
    assert isinstance(found, Charged)
    assert [place.offset for place in found.repeats] == [2]
    log.close()
    shown = spendwatch("explain", ID, "--embedded", first_day).out
    assert "1 duplicate dropped: usage/0 offset 2" in shown


def test_a_rejected_usage_says_why(first_day: Path, spendwatch: Terminal) -> None:
    shown = spendwatch("explain", "/svc|bad-1", "--embedded", first_day)
    assert "negative_quantity" in shown.out and "output: -1" in shown.out


def test_a_usage_that_the_meter_has_not_seen_is_waiting(
    first_day: Path, spendwatch: Terminal
) -> None:
    log = opened(first_day)
    value = str(event("new-1", END, quantities={"output": 1})).replace("'", '"').encode()
    log.append([Entry("usage", b"/svc|new-1", value)])
    log.close()
    shown = spendwatch("explain", "/svc|new-1", "--embedded", first_day)
    assert "the meter has not taken it up yet: usage/0 offset" in shown.out


def test_an_unknown_usage_and_a_strange_id_are_told_apart(
    first_day: Path, spendwatch: Terminal
) -> None:
    unknown = spendwatch("explain", "/svc|who", "--embedded", first_day)
    assert unknown.code == 0 and "nothing with this source and id" in unknown.out
    strange = spendwatch("explain", "who", "--embedded", first_day)
    assert strange.code == 2 and strange.err.count("\n") == 1


def test_on_many_partitions_a_usage_is_found_in_that_of_its_key(tmp_path: Path) -> None:
    build(tmp_path / "wide.db", usages=3, tallies=2)
    log = opened(tmp_path / "wide.db", usages=3, tallies=2)
    book = Logbook(log, CODEC, "")
    found = [explain(book, f"/svc|{name}") for name in ("chat-0", "gpu-1", "own-1", "burst-5")]
    assert len({one.charge_at.partition for one in found if isinstance(one, Charged)}) > 1
    for one in found:
        assert isinstance(one, Charged) and one.agrees and one.tally is not None
        assert one.tally.first <= one.usage_at.offset < one.tally.next
        assert one.tally.source == f"usage/{one.usage_at.partition}"
        covering = one.tally.place.partition
        assert covering == next(iter(one.tally_partitions.values()))
    log.close()


def test_another_rulebook_does_not_change_what_a_charge_was_priced_by(
    first_day: Path, spendwatch: Terminal
) -> None:
    log = opened(first_day)
    dearer = RULEBOOK.replace("gpu_seconds: 2.90", "gpu_seconds: 5.80")
    Rulebooks(log, CODEC).publish(dearer, END + timedelta(days=1))
    log.close()
    [found] = spendwatch("explain", "/svc|gpu-1", "--embedded", first_day, "--json").objects
    assert found["agrees"] is True
    assert found["reckoning"]["rulebook"] == found["charge"]["rulebook"]


def test_names_from_producers_do_not_steer_the_terminal(
    first_day: Path, spendwatch: Terminal
) -> None:
    shown = spendwatch("explain", "/svc|\x1b[31mred", "--embedded", first_day)
    assert "\x1b" not in shown.out and "red" in shown.out


def test_the_tally_of_any_offset_is_found_among_those_of_other_partitions(tmp_path: Path) -> None:
    log = opened(tmp_path / "log.db")
    at = {0: 10, 1: 0}
    for number, (partition, count) in enumerate([(0, 3), (1, 5), (0, 1), (0, 0), (1, 2), (0, 40)]):
        source = f"usage/{partition}"
        tally = Tally(source=source, first=at[partition], next=at[partition] + count)
        at[partition] += count
        log.append([Entry("tally", source.encode(), CODEC.encode(tally), 0)])
        assert log.end("tally", 0) == number + 1
    book = Logbook(log, CODEC, "")
    for partition, first in ((0, 10), (1, 0)):
        for offset in range(first, at[partition]):
            span = tally_of(book, Place("usage", partition, offset), 0)
            assert span is not None and span.source == f"usage/{partition}"
            assert span.first <= offset < span.next
    assert tally_of(book, Place("usage", 0, 9), 0) is None
    assert tally_of(book, Place("usage", 1, 7), 0) is None
    log.close()


@given(st.integers(0, 10**20))
def test_dollars_are_written_exactly_where_that_is_possible(pico: int) -> None:
    text = usd(Fraction(pico, 10**12))
    assert "…" not in text
    assert Fraction(text.removeprefix("$").replace(",", "")) == Fraction(pico, 10**12)


def test_dollars_without_an_end_say_so() -> None:
    assert usd(Fraction(1, 3)) == "$0.333333333333…"
    assert usd(Fraction(-13, 2000)) == "-$0.0065"
