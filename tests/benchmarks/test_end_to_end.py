"""The benchmark of the whole way runs on a real Kafka, and ends as every benchmark does."""

from pathlib import Path

import pytest

from benchmarks import _prices, end_to_end
from benchmarks._backlog import Backlog, Digest, backlog, books_of, sums
from benchmarks._organisation import Organisation
from benchmarks._peers import PREFIXES
from benchmarks.peers._task import Task
from benchmarks.peers._work import Work, check, rounded
from streams.book import Books
from tests.benchmarks.bench_kit import told

FIELDS = {
    "usage_per_s", "cpu_s_per_million", "ratio_bare", "ratio_copy", "ratio_aiokafka",
    "ratio_faust", "ratio_faust_tuned", "ratio_quix", "ratio_kafka_streams",
    "cpu_ratio_kafka_streams",
}  # fmt: skip


@pytest.mark.kafka
@pytest.mark.timeout(240)
def test_ours_and_the_peers_in_python_come_to_the_same_charges(kafka_servers: str) -> None:
    few = ["--usages", "4000", "--series", "50", "--rounds", "1"]
    few += ["--only", "bare,copy,aiokafka,faust,faust_tuned,quix"]
    figures = told("end_to_end", *few, servers=kafka_servers)
    assert figures.keys() >= FIELDS
    ran = {name for name in FIELDS if figures[name]}
    assert ran == {name for name in FIELDS if not name.endswith("kafka_streams")}


def organisation_of(count: int) -> tuple[Backlog, Books]:
    organisation = Organisation(50)
    return backlog(organisation, count, 1000), books_of(organisation)


def test_the_first_usages_of_a_backlog_come_to_less_than_all_of_them() -> None:
    given, books = organisation_of(2000)
    few, all_ = (sums(given.first(count), books) for count in (500, 2000))
    assert (few.charges.count, all_.charges.count) == (500, 2000)
    assert 0 < few.total < all_.total
    assert set(few.nano_usd) <= set(all_.nano_usd)


def test_charges_made_row_by_row_are_the_meters_own(tmp_path: Path) -> None:
    given, books = organisation_of(2000)
    [batch] = Organisation(50).usage(2000, 1000, 2000)
    _prices.write(_prices.table(batch, books), tmp_path / "prices.json")
    work = Work(Task("", "", "", 2000, "", PREFIXES, str(tmp_path / "prices.json")))
    made = [
        work.charge(value, offset)
        for values in given.values()
        for offset, value in enumerate(values)
    ]
    assert Digest.of(one.body for one in made if one) == sums(given, books).charges
    assert work.charge(given.messages[0][1], 0) is None


def test_a_digest_does_not_depend_on_the_order_but_on_every_charge() -> None:
    assert Digest.of([b"a", b"b"]) == Digest.of([b"b"]) + Digest.of([b"a"])
    assert Digest.of([b"a", b"b"]) != Digest.of([b"a", b"c"])
    assert Digest.of([b"a", b"a"]) != Digest.of([b"b", b"b"])


def test_half_a_nano_dollar_goes_to_the_even_one() -> None:
    assert [rounded(pico) for pico in (499, 500, 501, 1500, 2500)] == [0, 0, 1, 2, 2]


@pytest.mark.parametrize("change", [{"id": ""}, {"model": "x" * 2000}, {"quantities": {"a": -1}}])
def test_rows_that_must_not_be_charged_are_refused(change: dict[str, object]) -> None:
    sound = dict.fromkeys(("source", "id", "provider", "model", "application"), "x")
    row = {"type": "ai.usage.llm.v1", "quantities": {"a": 1}, **sound}
    check(row)
    with pytest.raises(ValueError, match=r"missing|range"):
        check(row | change)


def test_a_ratio_is_the_median_over_the_rounds_and_none_without_the_peer() -> None:
    rounds = [{"meter_per_s": ours, "bare_per_s": 2.0} for ours in (1.0, 8.0, 6.0)]
    assert end_to_end.ratios(rounds, "per_s", "meter", "bare") == 3.0
    assert end_to_end.ratios(rounds, "per_s", "meter", "faust") is None
