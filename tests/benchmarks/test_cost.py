"""The benchmark of costs runs, and ends as every benchmark does."""

from tests.benchmarks.bench_kit import told


def test_it_ends_with_one_json_line_that_tells_cpu_bytes_and_memory() -> None:
    few = ["--usages", "2000", "--series", "50", "--a-minute", "1000", "--rounds", "1"]
    few += ["--identities", "100000", "--remembered", "200"]
    figures = told("cost", *few)
    assert min(figures["cpu_s_per_million"].values()) > 0
    assert {"usage", "charge", "tally", "watch-state"} <= set(figures["bytes_per_million"])
    assert 16 < figures["mib_per_million_ids"] * 2**20 / 1e6 < 200
    assert figures["mib_per_thousand_series"] > figures["mib_per_thousand_series_a_day_old"] > 0
