"""The table of identities says what a plain dict would."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.states import Seen
from streams.steps.known import NEVER, Ids, Known, ids_of

Lot = tuple[int, set[int]]
"""A minute and the numbers whose identities are accepted for it."""

lots = st.lists(st.tuples(st.integers(0, 9), st.sets(st.integers(0, 60), max_size=40)), max_size=12)


def identity(number: int) -> bytes:
    return blake2b(str(number).encode(), digest_size=16).digest()


def crowded(number: int) -> bytes:
    """Identities that all have the same first half, and so the same bucket."""
    return b"\xff" * 8 + number.to_bytes(8, "big")


def ids(numbers: range | set[int], of: object = identity) -> Ids:
    assert callable(of)
    return ids_of(b"".join(of(number) for number in numbers))


@pytest.mark.parametrize("of", [identity, crowded])
@given(given=lots)
@settings(max_examples=60)
def test_it_knows_the_last_minute_of_each_and_of_nobody_else(of: object, given: list[Lot]) -> None:
    known, minutes = Known(), dict[int, int]()
    for minute, numbers in given:
        known.add([Seen(minute=minute, ids=ids(numbers, of).tobytes())])
        for number in numbers:
            minutes[number] = max(minute, minutes.get(number, NEVER))
    found = known.minutes(ids(range(70), of)).tolist()
    assert found == [minutes.get(number, NEVER) for number in range(70)]
    assert len(known) == sum(len(numbers) for _, numbers in given)


def test_two_halves_that_stand_in_two_identities_do_not_make_a_third() -> None:
    known = Known()
    known.add([Seen(minute=1, ids=b"a" * 8 + b"b" * 8 + b"c" * 8 + b"d" * 8)])
    assert known.minutes(ids_of(b"a" * 8 + b"d" * 8)).tolist() == [NEVER]
    assert known.minutes(ids_of(bytes(16))).tolist() == [NEVER]


def test_many_are_found_again_after_the_table_has_grown() -> None:
    known = Known()
    for minute in range(40):
        numbers = range(minute * 1000, minute * 1000 + 1000)
        known.add([Seen(minute=minute, ids=ids(numbers).tobytes())])
    found = known.minutes(ids(range(41_000)))
    assert (found == np.append(np.repeat(np.arange(40), 1000), np.full(1000, NEVER))).all()


def test_what_is_forgotten_makes_room_and_what_is_kept_stays_known() -> None:
    known, kept = Known(), list[Seen]()
    for minute in range(500):
        numbers = range(minute * 100, minute * 100 + 100)
        kept.append(Seen(minute=minute, ids=ids(numbers).tobytes()))
        known.add(kept[-1:])
        if minute >= 10:
            known.forget(kept[minute - 10])
    assert len(known) == 1000
    assert known.size < 200_000
    assert (known.minutes(ids(range(49_000, 50_000))) == np.repeat(np.arange(490, 500), 100)).all()
