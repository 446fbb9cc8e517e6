"""What peers answer of sums, by line or by series, comes to the same."""

from benchmarks import _prices

TABLE = {"lines": [{"series": ["organisation", "unit a"]}, {"series": ["organisation"]}]}


def test_sums_by_line_and_by_series_come_to_the_same() -> None:
    by_line = _prices.by_series(TABLE, {"sums": {"0 7": 3, "1 7": 4, "1 8": 5}})
    told = {"organisation 7": 7, "unit a 7": 3, "organisation 8": 5}
    assert by_line == _prices.by_series(TABLE, {"by_series": told})
    assert by_line["unit a", 7] == 3
