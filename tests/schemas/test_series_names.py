"""How series are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import series
from streams.steps.step import key_bytes, key_of

LEVELS = st.sampled_from([*series.LEVELS, "keys", "models.production", "budget.opus"])
VALUES = st.lists(st.text(), min_size=1, max_size=4)


@given(level=LEVELS, values=VALUES)
def test_a_name_is_taken_apart_as_it_was_put_together(level: str, values: list[str]) -> None:
    assert series.split(series.name(level, *values)) == (level, tuple(values))


@given(one=VALUES, other=VALUES)
def test_different_values_have_different_names(one: list[str], other: list[str]) -> None:
    assert (series.name("keys", *one) == series.name("keys", *other)) == (one == other)


@given(value=st.text())
def test_an_escaped_value_holds_no_sign_that_separates(value: str) -> None:
    assert not set(series.escaped(value)) & set(":|/ \t\n\r")
    assert series.unescaped(series.escaped(value)) == value


@given(level=LEVELS, values=VALUES, minute=st.integers(0, 10**8))
def test_a_name_stands_in_a_state_key_as_one_part(
    level: str, values: list[str], minute: int
) -> None:
    key = ("bucket", series.name(level, *values), "minute", minute)
    assert key_of(key_bytes(key)) == key


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (("chat", "key-7"), "keys:chat|key-7"),
        (("a|b", "c"), "keys:a%7Cb|c"),
        (("/feeds/x",), "keys:%2Ffeeds%2Fx"),
        (("100%", "a:b"), "keys:100%25|a%3Ab"),
        (("%7C",), "keys:%257C"),
        (("",), "keys:"),
    ],
)
def test_signs_that_separate_are_percent_escaped(values: tuple[str, ...], name: str) -> None:
    assert series.name("keys", *values) == name
    assert series.split(name) == ("keys", values)
