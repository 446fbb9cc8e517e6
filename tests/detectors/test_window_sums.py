"""Window sums against their definition."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.windows import MINUTES, in_minutes
from schemas.sums import largest

money = st.integers(0, 10**15)


@given(costs=st.lists(money, max_size=250))
def test_pieces_add_up_to_the_windows_without_their_last_bucket(costs: list[int]) -> None:
    held = 0
    for window, piece in zip(MINUTES.windows, MINUTES.pieces, strict=True):
        held += sum(costs[piece])
        assert held == sum(costs[max(0, len(costs) - window + 1) :])


@given(costs=st.lists(money, min_size=1, max_size=200))
def test_the_largest_sum_is_that_of_any_window_that_ends_in_the_stretch(costs: list[int]) -> None:
    ends = range(max(1, len(costs) - MINUTES.stretch + 1), len(costs) + 1)

    found = largest(costs, MINUTES.windows, MINUTES.stretch)

    for window, most in zip(MINUTES.windows, found, strict=True):
        assert most == max(sum(costs[max(0, end - window) : end]) for end in ends)


def test_a_stretch_needs_no_more_of_the_past_than_the_shape_says() -> None:
    costs = list(range(1, MINUTES.memory + 2))

    assert largest([10**9, *costs], MINUTES.windows, MINUTES.stretch) == largest(
        costs, MINUTES.windows, MINUTES.stretch
    )


@given(
    hours=st.lists(st.integers(0, 10**12), min_size=48, max_size=48), minute=st.integers(0, 1439)
)
def test_minutes_expect_their_share_of_each_hour_that_they_touch(
    hours: list[int], minute: int
) -> None:
    sums = [sum(hours[:count]) for count in range(49)]
    windows = MINUTES.windows

    found = in_minutes(sums, 1440 + minute, windows)

    for window, expected in zip(windows, found, strict=True):
        touched = range(1440 + minute - window + 1, 1440 + minute + 1)
        assert expected == sum(hours[at // 60] for at in touched) // 60
