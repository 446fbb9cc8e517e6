"""The benchmark of tuning runs, and ends as every benchmark does."""

from tests.benchmarks.bench_kit import told


def test_it_ends_with_one_json_line_that_tells_wall_and_cpu() -> None:
    figures = told("tune", "--series", "10", "--days", "30", "--rounds", "1")
    assert figures["buckets"] == 7200
    assert set(figures["wall_s"]) == set(figures["cpu_s"]) == {"calmer", "sharper", "csv"}
    assert min(*figures["wall_s"].values(), *figures["cpu_s"].values()) > 0
