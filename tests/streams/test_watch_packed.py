"""What watch keeps packed reads as it was written."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Codec
from schemas.rules import Grain
from schemas.states import Block, Bucket, Series
from streams.steps import minutes
from streams.steps.minute_rows import MOST
from streams.steps.packed import WatchState, packs
from streams.steps.step import Draft, Key, State, key_bytes
from tests.streams.meter_cases import CONFLUENT

longs = st.integers(-(2**63), 2**63 - 1)
buckets = st.builds(
    Bucket,
    cost=longs,
    late=longs,
    shared=longs,
    charges=longs,
    quantities=st.dictionaries(
        st.sampled_from(["input_uncached", "output", "requests"]), longs.filter(bool)
    ),
)
blocks = st.builds(Block, costs=st.lists(longs, max_size=60).map(tuple))
names = st.sampled_from(["application:a", "application:b"])
places = st.integers(0, 3)
entries = st.one_of(
    st.tuples(st.tuples(st.just("bucket"), names, st.sampled_from(list(Grain)), places), buckets),
    st.tuples(st.tuples(st.just("block"), names, st.just(Grain.MINUTE), places), blocks),
    st.tuples(st.tuples(st.just("learnt"), names, st.just(Grain.HOUR), places), blocks),
    st.tuples(
        st.tuples(st.just("series"), names),
        st.builds(Series, first=places, last=places, closed=places),
    ),
)
changes = st.lists(st.tuples(entries, st.booleans()), max_size=12)
Changed = Sequence[tuple[tuple[Key, object], bool]]


def change(state: State, made: Changed) -> State:
    """Put or forget each, through a draft as a step does it."""
    draft = Draft(state)
    for (key, value), forgets in made:
        draft.put(key, None if forgets else value)
    state.apply(draft.changes)
    return state


@given(batches=st.lists(changes, max_size=4))
def test_it_remembers_what_a_state_of_plain_values_does(
    batches: list[Changed],
) -> None:
    plain, packed = State(), WatchState()
    for made in batches:
        change(plain, made)
        change(packed, made)
    held = dict(plain.items())
    assert dict(packed.items()) == held
    assert all(packed.get(key) == value for key, value in held.items())
    assert all(packed.below(key[:-1]) == plain.below(key[:-1]) for key in held)
    for codec in (Codec(), CONFLUENT):
        written = [(key_bytes(key), codec.encode(value)) for key, value in held.items()]
        assert dict(WatchState.restored(written, codec.decode).items()) == held


def commit(state: WatchState, topic: dict[Key, bytes], made: Changed) -> None:
    """Put or forget each, and let the topic hold it."""
    draft = Draft(state)
    for (key, value), forgets in made:
        draft.put(key, None if forgets else value)
    for key, value in state.written(draft.changes).items():
        if value is None:
            del topic[key]  # nothing is forgotten that was not there
        else:
            topic[key] = Codec().encode(value)
    state.apply(draft.changes)


def restarted(topic: dict[Key, bytes]) -> WatchState:
    """What comes of a topic."""
    entries = [(key_bytes(key), value) for key, value in topic.items()]
    return WatchState.restored(entries, Codec().decode)


@given(batches=st.lists(changes, max_size=8), later=st.lists(changes, max_size=3))
def test_a_topic_gives_back_every_minute_as_it_stood(
    batches: list[Changed], later: list[Changed]
) -> None:
    state, topic = WatchState(), dict[Key, bytes]()
    for made in batches:
        commit(state, topic, made)
    restored = restarted(topic)
    assert (dict(restored.items()), restored.kept) == (dict(state.items()), state.kept)
    for made in later:  # it goes on as the one that never stopped
        before = dict(topic)
        commit(state, topic, made)
        commit(restored, before, made)
        assert (before, restored.kept) == (topic, state.kept)
    assert not [key for key in topic if key[0] == "bucket" and key[2] == Grain.MINUTE]
    held = {key[-1] for key in dict(state.items()) if minutes.holds(key[:-1])}
    assert {key[1] for key in topic if key[0] == "minute"} == held


def test_a_batch_writes_a_minute_once_and_anew_before_its_rows_are_many() -> None:
    names = [f"application:{number}" for number in range(MOST + 1)]
    state, topic = WatchState(), dict[Key, bytes]()
    commit(
        state,
        topic,
        [((("series", one), Series(first=0, last=0, closed=0)), False) for one in names],
    )
    sizes = []
    for turn in range(1, 6):
        commit(
            state,
            topic,
            [((("bucket", one, Grain.MINUTE, 7), Bucket(cost=turn)), False) for one in names],
        )
        sizes.append(sum(key[0] == "minute" for key in topic))
    assert sizes == [2, 4, 2, 4, 2]
    some = [((("bucket", names[0], Grain.MINUTE, 7), Bucket()), True)]
    commit(state, topic, some)
    restored = restarted(topic)
    assert dict(restored.items()) == dict(state.items())
    assert restored.get(("bucket", names[-1], Grain.MINUTE, 7)) == Bucket(cost=5)


def test_closed_hours_days_and_blocks_are_packed_and_minutes_are_not() -> None:
    kinds = [("bucket", "hour"), ("bucket", "day"), ("block", "minute"), ("learnt", "hour")]
    assert all(packs((kind, "application:a", grain)) for kind, grain in kinds)
    assert not packs(("bucket", "application:a", "minute"))
    assert not packs(("model", "application:a", "hour"))
    assert not packs(("series",))
