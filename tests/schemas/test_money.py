"""Dollars in, nano-dollars inside, dollars out."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.money import Usd, divided, dollars, nano


@given(amount=st.integers(0, 9 * 10**18))
def test_every_whole_number_of_nano_dollars_is_read_back(amount: int) -> None:
    assert nano(Decimal(amount).scaleb(-9)) == amount


def test_a_part_of_a_nano_dollar_is_refused() -> None:
    with pytest.raises(ValueError, match="finer"):
        nano(Decimal("0.0000000001"))


@pytest.mark.parametrize("text", ["1000000", "2500000.50", "9000000000", "0.000000001", "1e6"])
def test_an_amount_is_as_large_as_int64_holds(text: str) -> None:
    assert TypeAdapter(Usd).validate_python(Decimal(text)) == Decimal(text)


@pytest.mark.parametrize("text", ["0", "-1", "9000000001", "1e-10", "1234567.123456789", "nan"])
def test_an_amount_that_is_not_held_exactly_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Usd).validate_python(Decimal(text))


@given(amount=st.integers(-(10**20), 10**20), by=st.integers(1, 10**12))
def test_a_division_is_off_by_half_at_most_and_even_there(amount: int, by: int) -> None:
    off = abs(Fraction(amount, by) - divided(amount, by))

    assert off <= Fraction(1, 2)
    assert off < Fraction(1, 2) or divided(amount, by) % 2 == 0


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.00"),
        (1_234_500_000_000, "$1,234.50"),
        (-3_000_000_000, "-$3.00"),
        (125_000_000, "$0.12"),
        (135_000_000, "$0.14"),
        (50_000_000, "$0.05"),
        (4_200_000, "$0.0042"),
        (1, "$0.000000001"),
        (2**63 - 1, "$9,223,372,036.85"),
    ],
)
def test_people_read_cents_and_finer_only_where_there_is_little(amount: int, text: str) -> None:
    assert dollars(amount) == text
