"""What watch keeps packed reads as it was written."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Codec
from schemas.rules import Grain
from schemas.states import Block, Bucket, Series
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
    quantities=st.dictionaries(st.sampled_from(["input_uncached", "output", "requests"]), longs),
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


def change(state: State, made: list[tuple[tuple[Key, object], bool]]) -> State:
    """Put or forget each, through a draft as a step does it."""
    draft = Draft(state)
    for (key, value), forgets in made:
        draft.put(key, None if forgets else value)
    state.apply(draft.changes)
    return state


@given(batches=st.lists(changes, max_size=4))
def test_it_remembers_what_a_state_of_plain_values_does(
    batches: list[list[tuple[tuple[Key, object], bool]]],
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


def test_closed_hours_days_and_blocks_are_packed_and_minutes_are_not() -> None:
    kinds = [("bucket", "hour"), ("bucket", "day"), ("block", "minute"), ("learnt", "hour")]
    assert all(packs((kind, "application:a", grain)) for kind, grain in kinds)
    assert not packs(("bucket", "application:a", "minute"))
    assert not packs(("model", "application:a", "hour"))
    assert not packs(("series",))
