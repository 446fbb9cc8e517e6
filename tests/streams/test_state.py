"""What a step remembers is restored from its topic as it was."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from streams.steps.step import GROUPS, Key, State, key_bytes

WORDS = st.text(st.characters(categories=["Ll", "Nd"], include_characters=":|-@."), max_size=3)
PARTS = st.one_of(st.integers(-3, 3), WORDS.filter(lambda word: not word[-1:].isdigit()))
KEYS = st.lists(PARTS, min_size=1, max_size=4).map(tuple)


def written(held: Mapping[Key, bytes]) -> Mapping[bytes, bytes]:
    return {key_bytes(key): value for key, value in held.items()}


@given(held=st.dictionaries(KEYS, st.binary(max_size=3)))
def test_every_key_comes_back_with_its_value_whatever_its_parts(held: dict[Key, bytes]) -> None:
    restored = State.restored(written(held).items(), bytes.hex)
    assert dict(restored.items()) == {key: value.hex() for key, value in held.items()}


def test_all_of_many_groups_come_back() -> None:
    held: dict[Key, bytes] = {
        ("kind", f"a{of}", at): b"" for of in range(3 * GROUPS + 1) for at in range(2)
    }
    assert dict(State.restored(written(held).items(), bytes.hex).items()) == dict.fromkeys(held, "")
