"""The benchmark of detectors runs, and tells what each costs as every benchmark does."""

from tests.benchmarks.bench_kit import told


def test_it_ends_with_one_json_line_that_tells_time_and_bytes_of_each_detector() -> None:
    figures = told(
        "detectors", "--days", "9", "--rounds", "1", "--only", "hours,calls,page-hinkley"
    )

    assert list(figures) == ["hours", "calls", "page-hinkley"]
    for cost in figures.values():
        assert cost["grain"] == "hour"
        assert cost["microseconds"] > 0
        assert 100 < cost["bytes"] < 16 * 1024
        assert cost["parts"] > 3
