"""What a meter remembers of earlier batches only saves asking twice: no answer depends on it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Codec
from streams import book as books_module
from streams import entries, pipeline
from streams.book import Books
from streams.log import Sheaf
from streams.steps.identities import MeterState
from streams.steps.names import Names
from streams.steps.rowset import UNKNOWN, RowSet
from streams.steps.step import Output, Site
from tests.streams.meter_kit import ACME, NOON, as_avro, books, event, records

DEARER = ACME.replace("input_uncached: 3,", "input_uncached: 4,").replace(
    "{owner: triage, when: {application: triage}}", "{owner: rank, when: {principal: key-1}}"
)
TEAMS = ACME + "  - {name: models, by: [model, environment]}\n"
CHANGING = partial(
    books, ACME, DEARER, TEAMS, starts=[NOON, NOON + timedelta(minutes=2)]
)  # each call makes versions that remember nothing
SITE = Site(usages=1, tallies=3, codec=Codec())

llm = st.fixed_dictionaries({
    "kind": st.just("llm"),
    "application": st.sampled_from(["chat", "rank", "triage", "nobody", "odd n|me", "ünknown"]),
    "principal": st.sampled_from([f"key-{n}" for n in range(9)]),
    "model": st.sampled_from(["m-1", "free-1", "new-1", "none"]),
    "quantities": st.fixed_dictionaries({"output": st.sampled_from([1, 70, 10**9])}),
})  # fmt: skip
others = st.sampled_from(
    [
        {"kind": kind, "application": name}
        for kind in ("gpu", "seat", "call")
        for name in ("chat", "x")
    ]
    + [{"kind": "gpu", "resource": "shared"}]
)
seconds = st.one_of(st.integers(-100, 300), st.integers(-90_000, 3_000))
batches = st.lists(st.lists(st.tuples(seconds, st.one_of(llm, others)), max_size=12), max_size=4)


def messages(batch: Sequence[tuple[int, dict[str, Any]]], number: int) -> list[bytes]:
    """Usage in Avro, with identities of its own."""
    return [
        as_avro(event(f"{number}-{at}", NOON + timedelta(seconds=when), **data))
        for at, (when, data) in enumerate(batch)
    ]


def written(output: Output | Sheaf) -> Any:
    """What goes to the log, byte for byte."""
    [entry] = entries.written([output], Codec())
    return (entry.keys, entry.bodies) if isinstance(entry, Sheaf) else entry


def told(given: Sequence[Sequence[tuple[int, dict[str, Any]]]], held: Sequence[Books]) -> list[Any]:
    """All that a meter says of batches, each by books of its own."""
    state, first, said = MeterState(), 0, []
    for number, (batch, mine) in enumerate(zip(given, held, strict=True)):
        taken = records(messages(batch, number), NOON + timedelta(minutes=4), first)
        if taken:
            outcome = pipeline.meter(state, taken, mine, SITE)
            state.apply(outcome.changes)
            said += [*map(written, outcome.outputs), outcome.counts]
        first += len(taken)
    return said


@settings(max_examples=60)
@given(batches, batches)
def test_a_meter_says_the_same_whatever_it_remembers(before: Any, given_: Any) -> None:
    cold = told(given_, [CHANGING() for _ in given_])
    warm = CHANGING()
    told(before, [warm] * len(before))
    assert told(given_, [warm] * len(given_)) == cold


@settings(max_examples=30)
@given(batches)
def test_a_meter_says_the_same_when_it_forgets(given_: Any) -> None:
    whole = told(given_, [CHANGING()] * len(given_))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(books_module, "MOST", 3)
        forgetful = CHANGING()
        assert told(given_, [forgetful] * len(given_)) == whole


def test_lines_are_forgotten_together_when_they_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(books_module, "MOST", 3)
    held = books(ACME)
    batch = [(0, {"kind": "llm", "principal": f"key-{n}"}) for n in range(3)]
    told([batch[:2]], [held])
    begun = held.lines
    told([batch], [held])
    assert len(begun) == 3 and held.lines is not begun and not len(held.lines)


def test_values_that_no_line_depends_on_any_more_are_bounded_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(books_module, "MOST", 3)
    held = books(ACME, "organisation: acme\n", starts=[NOON - timedelta(days=1)])
    begun = held.lines
    told([[(0, {"kind": "llm", "principal": f"key-{n}"}) for n in range(5)]], [held])
    assert len(begun) == 1 and held.lines is not begun


small = st.integers(-2, 2)
wide = st.one_of(small, st.integers(-(2**31), 2**31 - 1))


@given(st.lists(st.lists(st.tuples(wide, small, wide), max_size=200), max_size=4))
def test_rows_that_are_known_are_found_again(given_: list[list[tuple[int, int, int]]]) -> None:
    known, numbers = RowSet(3), dict[tuple[int, int, int], int]()
    for rows in given_:
        asked = np.array(rows, dtype=np.int32).reshape(-1, 3)
        assert known.find(asked).tolist() == [numbers.get(row, UNKNOWN) for row in rows]
        fresh = [row for row in dict.fromkeys(rows) if row not in numbers]
        known.add(np.array(fresh, dtype=np.int32).reshape(-1, 3))
        numbers |= {row: number for number, row in enumerate(fresh, len(numbers))}
        assert known.find(asked).tolist() == [numbers[row] for row in rows]
    assert len(known) == len(numbers)


@given(st.lists(st.lists(st.text(), max_size=30), max_size=5))
def test_names_keep_their_numbers_and_come_in_the_order_of_their_texts(
    given_: list[list[str]],
) -> None:
    names, first = Names(), dict[str, int]()
    for texts in given_:
        for text in texts:
            first.setdefault(text, len(first))
        numbers = names.numbers(texts)
        assert numbers.tolist() == [first[text] for text in texts]
        some = np.unique(numbers)
        ordered = [names.array[number].as_py() for number in some[names.order(some)].tolist()]
        assert ordered == sorted(set(texts))
    assert names.array.to_pylist() == list(first)
