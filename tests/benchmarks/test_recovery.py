"""The benchmark of recovery runs on a real Kafka, and restores what it says that it restores."""

import pytest

from benchmarks._history import History, names
from benchmarks._metering import CODEC
from benchmarks._organisation import START, Organisation
from benchmarks.peers._task import WIDTH
from schemas.moments import HOUR_MINUTES, MINUTE
from schemas.states import Block
from streams.steps.identities import MeterState
from streams.steps.packed import WatchState
from tests.benchmarks.bench_kit import told

PARTS = ("meter", "watch", "deliver")


@pytest.mark.kafka
@pytest.mark.timeout(240)
def test_every_process_comes_back(kafka_servers: str) -> None:
    few = ["--series", "50", "--identities", "3000", "--rounds", "1", "--seconds", "120"]
    few += ["--days", "1"]
    figures = told("recovery", *few, servers=kafka_servers)
    for part in PARTS:
        assert 0 < figures[f"recovery_s_{part}"] <= figures[f"longest_s_{part}"]
        assert min(figures[f"{what}_{part}"] for what in ("start_s", "cpu_s", "rss_mib")) > 0


def history(series: int, identities: int) -> History:
    return History(Organisation(series), identities, a_second=1000, end=START, days=5)


def test_identities_are_restored_and_lie_as_close_as_the_load_would_have_left_them() -> None:
    written = list(history(50, 3000).seen())
    states = [
        MeterState.restored(
            ((key or b"", value) for key, value, at in written if at == partition),
            CODEC.decode,
        )
        for partition in range(WIDTH)
    ]
    assert sum(len(state.known) for state in states) == 3000
    assert {minute for state in states for minute in state.minutes()} == {START // MINUTE - 1}


def test_every_series_is_restored_with_its_hours_and_none_twice() -> None:
    given = history(50, 10)
    written = list(given.watched())
    keys = [(key, partition) for key, _, partition in written]
    assert len(keys) == len(set(keys))
    states = [
        WatchState.restored(
            ((key or b"", value) for key, value, at in written if at == partition),
            CODEC.decode,
        )
        for partition in range(WIDTH)
    ]
    found = {str(name): state for state in states for name in state.names(("series",))}
    assert sorted(found) == names(given.organisation) and len(found) == 50
    for name, state in found.items():
        assert state.get(("series", name)).closed == START // MINUTE
        days = state.below(("block", name, "hour"))
        hours = sum(len(block.costs) for block in days.values() if isinstance(block, Block))
        assert hours + START // MINUTE // HOUR_MINUTES % 24 >= given.days * 24
