"""What comes in time is added up in columns, and reads as if each series had been told apart."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Codec
from schemas.integers import packed
from schemas.kinds import Kind
from schemas.records import Tally
from schemas.states import Bucket
from streams.steps.growing import SOON, Growth
from streams.steps.packed import WatchState
from streams.steps.step import Draft, Key, StepError, key_bytes
from tests.streams.watch_kit import (
    ACME,
    CENT,
    MONDAY,
    Source,
    Use,
    Watched,
    books_of,
    entries,
    plain,
    restarted,
)

CHAT = "application:chat"
uses = st.builds(
    Use,
    minute=st.integers(MONDAY, MONDAY + SOON + 1),
    cost=st.integers(0, 5),
    application=st.sampled_from(["chat", "search", "triage"]),
    kind=st.sampled_from([Kind.USAGE, Kind.USAGE, Kind.USAGE, Kind.LATE]),
    requests=st.integers(0, 2),
)
FIRST = [Use(minute=MONDAY - 2, application=name) for name in ("chat", "search")]
SOURCES = ("usage/0", "pool/gpus")
tallies = st.tuples(st.sampled_from(SOURCES), st.lists(uses, max_size=6))
batches = st.lists(st.lists(tallies, max_size=3), min_size=1, max_size=4)


def begun() -> tuple[Source, Watched]:
    """A meter and a watch that know chat and search, up to MONDAY."""
    books = books_of(ACME)
    meter, watch = Source(books), Watched(books)
    watch.feed(meter.tally(FIRST, MONDAY))
    return meter, watch


def feed(watch: Watched, topic: dict[Key, bytes], *tallies: Tally) -> None:
    """One batch, as the topic of watch's state then holds it."""
    before = watch.beside().state
    watch.feed(*tallies)
    for key, value in before.written(watch.last.changes).items():
        topic.pop(key, None)
        if value is not None:
            topic[key] = Codec().encode(value)


def buckets(watch: Watched) -> dict[Key, Any]:
    """All sums that are kept."""
    return {key: held for key, held in entries(watch.state).items() if key[0] == "bucket"}


@given(given=batches, ends=st.integers(0, SOON + 2))
@settings(max_examples=200, deadline=None)
def test_each_series_has_what_came_whichever_way_it_was_added_up(
    given: Sequence[Sequence[tuple[str, Sequence[Use]]]], ends: int
) -> None:
    books, topic = books_of(ACME), dict[Key, bytes]()
    sources, alone = ({name: Source(books, name) for name in SOURCES} for _ in range(2))
    before = dict.fromkeys(SOURCES, MONDAY)
    watch, apart, single = (Watched(books) for _ in range(3))
    for number, batch in enumerate([[(name, FIRST) for name in sources], *given]):
        reached = MONDAY + ends * number // (len(given) + 1)
        tallies = [sources[name].tally(held, reached) for name, held in batch]
        feed(watch, topic, *tallies)
        apart.feed(*tallies)
        for name, held in batch:  # each a batch of its own, before time goes on
            single.feed(alone[name].tally(held, before[name]))
        for name in dict.fromkeys(name for name, _ in batch):
            single.feed(alone[name].tally([], reached))
            before[name] = reached
        assert entries(apart.state) == entries(watch.state)
        apart.state = restarted(apart.state)  # what is restored is not in columns
    assert watch.said == apart.said
    assert buckets(single) == buckets(watch)
    found = WatchState.restored(((key_bytes(k), v) for k, v in topic.items()), Codec().decode)
    assert (entries(found), found.kept) == (entries(watch.state), watch.state.kept)


def test_what_grows_is_one_row_of_a_record_and_a_bucket_once_its_minute_has_closed() -> None:
    meter, watch = begun()
    watch.feed(meter.tally([Use(minute=MONDAY), Use(minute=MONDAY + 1)], MONDAY))
    key = ("bucket", CHAT, "minute", MONDAY)
    assert watch.state.open[MONDAY].held.any() and MONDAY not in watch.state.groups[key[:-1]]
    held = watch.state.get(key)
    watch.feed(meter.tally([], MONDAY + 1))
    assert (
        watch.state.groups[key[:-1]][MONDAY]
        == held
        == Bucket(cost=10**9, charges=1, quantities={"requests": 1})
    )
    assert list(watch.state.open) == [MONDAY + 1]


def test_what_is_changed_by_name_after_it_grew_leaves_the_columns() -> None:
    _, watch = begun()
    growth = Growth(watch.state)
    draft = Draft(growth)
    key = ("bucket", CHAT, "minute", MONDAY)
    left = growth.fold(plain(CHAT, MONDAY, 3 * CENT), MONDAY)
    assert (growth.told(), left.tolist(), draft.get(key).cost) == ([CHAT], [], 3 * CENT)
    draft.put(key, replace_cost(draft.get(key), CENT))
    watch.state.apply(growth.changes(draft.changes))
    assert watch.state.get(key).cost == CENT
    assert not watch.state.open[MONDAY].held.any()


def replace_cost(bucket: Bucket, cost: int) -> Bucket:
    """The same at another cost."""
    return Bucket(cost=cost, charges=bucket.charges, quantities=bucket.quantities)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "pool/cluster"},
        {"kind": packed([Kind.LATE])},
        {"minute": packed([MONDAY - 1])},
        {"minute": packed([MONDAY + SOON])},
        {"cost": packed([2**48])},
        {"cost": packed([2**64])},
        {"series": "application:new"},
    ],
)
def test_what_is_special_is_left_to_be_added_by_name(changes: dict[str, Any]) -> None:
    _, watch = begun()
    tally = replace(plain(CHAT, MONDAY, CENT), **changes)
    growth = Growth(watch.state)
    assert growth.fold(tally, MONDAY).tolist() == [0]
    assert growth.told() == []


@pytest.mark.parametrize("changes", [{"source": "pool/gpus"}, {"cost": packed([2**64])}])
def test_what_a_batch_changed_by_name_takes_nothing_more_in_columns(
    changes: dict[str, Any],
) -> None:
    _, watch = begun()
    growth = Growth(watch.state)
    growth.fold(replace(plain(CHAT, MONDAY, CENT), **changes), MONDAY)
    assert growth.fold(plain(CHAT, MONDAY, CENT), MONDAY).tolist() == [0]
    assert growth.told() == []


def test_a_sum_beyond_64_bits_stops_the_partition() -> None:
    _, watch = begun()
    watch.state.table(MONDAY).plain[:] = 2**62 - 2
    growth = Growth(watch.state)
    growth.fold(plain(CHAT, MONDAY, 1), MONDAY)
    growth.changes(Draft(growth).changes)
    growth.fold(plain(CHAT, MONDAY, 1), MONDAY)
    with pytest.raises(StepError, match="64 bits"):
        growth.changes(Draft(growth).changes)
