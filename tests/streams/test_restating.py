"""Restating: what was charged is taken back to nothing, and stands as if metered so at first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import columns
from schemas.kinds import Kind
from schemas.moments import DAY_MINUTES, EPOCH, micros
from schemas.records import Tally
from schemas.states import Progress
from streams import rulebook
from streams.book import Book, Books
from streams.log import Sheaf
from streams.steps import rerating, restating, standing
from streams.steps.rerating import PROGRESS
from streams.steps.step import Output, Site, StepError
from tests.streams.meter_cases import usages
from tests.streams.meter_kit import ACME, NOON, Meter, amounts_of, as_json, event, records

DEARER = ACME.replace("output: 15.000001", "output: 17.5").replace("seats: 31", "seats: 29.99")
MOVED = (
    ACME.replace(
        "{owner: chat, when: {application: chat}}", "{owner: triage, when: {application: chat}}"
    )
    .replace("model: \"new-*\"}, usd: {output: 7}, per: million, fallback: true", 'model: "new-*"}'
             ", usd: {output: 7}, per: million")
    .replace("members: [search, triage]", "members: [search]")
    .replace("  - {name: keys, by: [application, principal], when: {type: llm}}",
             "  - {name: keys, by: [application, principal]}")
)  # fmt: skip
UNPRICED = ACME.replace('model: "m-*"', 'model: "other-*"')
CORRECTED = {"dearer": DEARER, "moved": MOVED, "unpriced": UNPRICED}
SITE = Site(usages=1, tallies=3)


def book(text: str, digest: str) -> Book:
    return Book(digest, EPOCH, rulebook.read(text))


def together(*texts: str) -> Books:
    """Versions that all hold from the beginning: the last one does."""
    return Books([book(text, f"{number:x}" * 16) for number, text in enumerate(texts, start=10)])


FIRST = together(ACME)


class Ledger:
    """The charges of a partition in the order of its log, and its tallies."""

    def __init__(self, events: Sequence[Mapping[str, Any]], books: Books) -> None:
        meter = Meter(books, SITE)
        meter.feed(records([as_json(one) for one in events], NOON + timedelta(seconds=400)))
        self.rows = columns.from_rows(meter.charges, columns.CHARGE)
        self.tallies: list[Tally] = [one for held in meter.tallies for one in held]
        self.progress = Progress()

    def restate(self, books: Books, portion: int = 1000) -> int:
        """Restate in portions; how many charges moved."""
        found = restating.look(standing.standing(self.rows), books)
        for some in restating.cut(found.moved, portion):
            outcome = rerating.restate(self.progress, some, SITE)
            self.progress = outcome.changes[PROGRESS]
            for output in outcome.outputs:
                if isinstance(output, Sheaf):
                    new = columns.read(output.bodies, columns.CHARGE)
                    self.rows = pa.concat_batches([self.rows, new])
                elif isinstance(output, Output):
                    self.tallies.append(output.record)
        return int(found.moved.charges.num_rows)

    @property
    def stands(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What stands, by identity, without what says how it came to be so."""
        apart = {"kind", "rulebook", "rate_id", "rule", "offset"}
        return {
            (row["source"], row["id"]): {k: v for k, v in row.items() if k not in apart}
            for row in standing.standing(self.rows).to_pylist()
        }

    @property
    def days(self) -> dict[tuple[str, int], Counter[str]]:
        """All that was tallied, by series and day; what comes to nothing is left out."""
        found: dict[tuple[str, int], Counter[str]] = {}
        for tally in self.tallies:
            for (series, minute, _), amounts in amounts_of(tally):
                held = found.setdefault((series, minute // DAY_MINUTES), Counter())
                for name, amount in amounts.items():
                    held[name] += amount
        whole = {key: Counter({n: v for n, v in held.items() if v}) for key, held in found.items()}
        return {key: held for key, held in whole.items() if held}

    def kinds(self, *kinds: Kind) -> list[dict[str, Any]]:
        names = {kind.word for kind in kinds}
        return [row for row in self.rows.to_pylist() if row["kind"] in names]


several = st.integers(1, 10).flatmap(lambda n: st.tuples(*(usages(at) for at in range(n))))
texts = st.sampled_from(sorted(CORRECTED.values()))


@settings(max_examples=60, deadline=None)
@given(events=several, text=texts, portion=st.integers(1, 5))
def test_what_stands_is_what_a_fresh_meter_says_under_the_corrected_rulebook(
    events: Sequence[Mapping[str, Any]], text: str, portion: int
) -> None:
    ledger, fresh = Ledger(events, FIRST), Ledger(events, together(ACME, text))
    ledger.restate(together(ACME, text), portion)
    assert ledger.stands == fresh.stands
    assert ledger.days == fresh.days


@pytest.mark.parametrize("text", CORRECTED)
def test_each_correction_moves_some_of_it(text: str) -> None:
    each = [event("a"), event("b", kind="seat"), event("c", kind="call"), event("d", model="new-1")]
    assert Ledger(each, FIRST).restate(together(ACME, CORRECTED[text])) > 0


@settings(max_examples=40, deadline=None)
@given(events=several, first=texts, second=texts, seed=st.integers(0, 999))
def test_neither_order_nor_portions_nor_what_came_between_matter(
    events: Sequence[Mapping[str, Any]], first: str, second: str, seed: int
) -> None:
    ledger, again = Ledger(events, FIRST), Ledger(events, FIRST)
    order = list(range(again.rows.num_rows))
    Random(seed).shuffle(order)
    again.rows = again.rows.take(pa.array(order, pa.int64()))
    ledger.restate(together(ACME, first))
    ledger.restate(together(ACME, first, second), 2)
    again.restate(together(ACME, second), 3)
    assert ledger.stands == again.stands
    assert ledger.days == again.days


@settings(max_examples=40, deadline=None)
@given(events=several, text=texts)
def test_a_reversal_takes_its_charge_back_to_nothing_and_twice_is_once(
    events: Sequence[Mapping[str, Any]], text: str
) -> None:
    ledger, books = Ledger(events, FIRST), together(ACME, text)
    moved = ledger.restate(books)
    charged = {(row["source"], row["id"]): row for row in ledger.kinds(Kind.USAGE, Kind.LATE)}
    taken = ledger.kinds(Kind.REVERSAL)
    assert len(taken) == len(ledger.kinds(Kind.RERATE)) == moved
    for row in taken:
        before = charged[row["source"], row["id"]]
        assert row == {**before, "kind": "reversal", "cost_nano_usd": -before["cost_nano_usd"]}
    assert ledger.progress.next == 2 * moved
    assert ledger.restate(books) == 0


def test_tallies_tile_what_was_written() -> None:
    ledger = Ledger([event(f"e{n}") for n in range(7)], FIRST)
    before = len(ledger.tallies)
    ledger.restate(together(ACME, DEARER), 3)
    for_first = ledger.tallies[before :: SITE.tallies]
    spans = [(one.source, one.first, one.next) for one in for_first]
    ends = [0, 3, 6, 9, 12, 13, 14]
    assert spans == [("restate/0", a, b) for a, b in pairwise(ends)]


def test_a_rerate_carries_a_new_rate_id_though_the_card_names_the_rate_as_before() -> None:
    ledger = Ledger([event()], FIRST)
    ids = [ledger.rows.to_pylist()[0]["rate_id"]]
    for texts_ in ((ACME, DEARER), (ACME, DEARER, ACME)):
        ledger.restate(together(*texts_))
        ids.append(ledger.rows.to_pylist()[-1]["rate_id"])
    house = "card/house/undated"
    assert ids == [house, f"{house}@bbbbbbbb", f"{house}@cccccccc"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("house", "house@0123abcd"),
        ("house@ffffffff", "house@0123abcd"),
        ("house@0123abcd", "house@0123abcd.2"),
        ("house@0123abcd.2", "house@0123abcd.3"),
        ("", "house@0123abcd"),
    ],
)
def test_no_rate_id_is_that_of_what_it_replaces(old: str, new: str) -> None:
    assert restating.rate_id("house", "0123abcd89ef0000", old) == new


def test_what_would_cost_more_than_is_believed_stays_and_is_counted() -> None:
    dear = ACME.replace("output: 15.000001", "output: 9000000")
    ledger = Ledger([event("e1"), event("e2", quantities={"output": 10**9})], FIRST)
    found = restating.look(standing.standing(ledger.rows), together(ACME, dear))
    assert (found.too_large, found.moved.charges.num_rows) == (1, 1)


def test_a_charge_whose_rulebook_is_gone_is_not_guessed_at() -> None:
    ledger = Ledger([event()], FIRST)
    with pytest.raises(StepError, match="aaaaaaaaaaaaaaaa, which priced some of it"):
        restating.look(ledger.rows, Books([book(DEARER, "b" * 16)]))


def test_only_usage_of_the_time_asked_for_is_looked_at_with_its_whole_chain() -> None:
    events = [event(f"e{hour}", NOON - timedelta(hours=hour)) for hour in (3, 2, 1)]
    ledger = Ledger(events, FIRST)
    ledger.restate(together(ACME, DEARER))
    since, until = (micros(NOON - timedelta(hours=hours)) for hours in (2, 1))
    held = standing.within(ledger.rows, since, until)
    assert [(row["id"], row["kind"]) for row in held.to_pylist()] == [
        ("e2", "usage"), ("e2", "reversal"), ("e2", "rerate"),
    ]  # fmt: skip
    assert [row["kind"] for row in standing.standing(held).to_pylist()] == ["rerate"]


def test_a_rulebook_that_keeps_no_charges_is_named_where_it_held() -> None:
    tallies_only = ACME + "charges: tallies-only\n"
    later = Book("b" * 16, NOON, rulebook.read(tallies_only))
    books = Books([book(ACME, "a" * 16), later])
    noon = micros(NOON)
    assert restating.unkept(books, 0, noon) == []
    assert restating.unkept(books, 0, noon + 1) == [later]


def test_a_rulebook_that_kept_no_charges_is_named_up_to_when_its_correction_was_published() -> None:
    first = book(ACME + "charges: tallies-only\n", "a" * 16)
    books = Books([first, replace(book(ACME, "b" * 16), published=micros(NOON))])
    assert restating.unkept(books, micros(NOON) - 1, 2**62) == [first]
    assert restating.unkept(books, micros(NOON), 2**62) == []
