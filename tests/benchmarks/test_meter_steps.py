"""The benchmark of the meter's steps runs, and ends as every benchmark does."""

from tests.benchmarks.bench_kit import told


def test_it_ends_with_one_json_line_whose_steps_make_up_the_total() -> None:
    few = ["--usages", "1000", "--batch", "500", "--rounds", "1"]
    figures = told("meter_steps", *few)
    costs = figures["us_per_usage"]
    bare = {costs.pop("fastavro"), costs.pop("columns")}
    total = costs.pop("total")
    assert (figures["usages"], figures["batch"]) == (1000, 500)
    assert abs(sum(costs.values()) - total) < 0.1 and min(bare) > 0
