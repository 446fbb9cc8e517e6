"""The simulated usage is the same everywhere, joins anywhere and is fit to be read."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import cloudevents, columns
from spendwatch.simulated import batches, demo_overruns, simulate

ROOT = Path(__file__).parents[2]
START = datetime(2026, 11, 3, 8, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DIGEST = """
import hashlib, json
from datetime import UTC, datetime, timedelta
from spendwatch.simulated import demo_overruns, simulate
start = datetime(2026, 11, 3, 8, tzinfo=UTC)
events = simulate(7, start, start + timedelta(hours=2), demo_overruns(start))
print(hashlib.sha256("".join(json.dumps(event) for event in events).encode()).hexdigest())
"""


def digest_elsewhere(hash_seed: str) -> str:
    """The digest of two hours as another process sees them."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def test_the_same_seed_gives_the_same_events_in_any_process() -> None:
    events = simulate(7, START, START + 2 * HOUR, demo_overruns(START))
    here = hashlib.sha256("".join(json.dumps(event) for event in events).encode()).hexdigest()
    assert [digest_elsewhere("0"), digest_elsewhere("4711")] == [here, here]


def test_another_seed_gives_other_events() -> None:
    one, other = (list(simulate(seed, START, START + HOUR, [])) for seed in (1, 2))
    assert not {event["id"] for event in one} & {event["id"] for event in other}
    assert [e["data"]["quantities"] for e in one] != [e["data"]["quantities"] for e in other]


@settings(max_examples=6, deadline=None)
@given(cut=st.integers(1, 14 * 3600 * 1000 - 1), rate=st.sampled_from([0.5, 1.0, 3.7, 12.0, 60.0]))
def test_two_parts_join_to_the_whole(cut: int, rate: float) -> None:
    end = START + (14 * HOUR if rate < 10 else HOUR)
    middle = START + timedelta(milliseconds=cut) % (end - START)
    overruns = demo_overruns(START)
    whole = list(simulate(7, START, end, overruns, rate))
    parts = [
        *simulate(7, START, middle, overruns, rate),
        *simulate(7, middle, end, overruns, rate),
    ]
    assert parts == whole


def test_events_come_in_time_order_within_the_stretch() -> None:
    times = [event["time"] for event in simulate(7, START, START + DAY, demo_overruns(START))]
    assert times == sorted(times)
    assert times[0] >= "2026-11-03T08:00:00.000Z"
    assert times[-1] < "2026-11-04T08:00:00.000Z"


@pytest.mark.parametrize(("rate", "lasts"), [(1.0, DAY), (50.0, HOUR), (3000.0, MINUTE)])
def test_no_two_events_share_an_identity(rate: float, lasts: timedelta) -> None:
    found = list(simulate(7, START, START + lasts, demo_overruns(START), rate))
    assert len({(event["source"], event["id"]) for event in found}) == len(found)


def test_every_event_is_accepted_as_it_is() -> None:
    events = list(simulate(7, START, START + DAY, demo_overruns(START)))
    rows = [cloudevents.parse(json.dumps(event)) for event in events]
    assert {row["type"] for row in rows} == set(cloudevents.REQUIRED)
    assert {row["outcome"] for row in rows} == {"ok", "error", "retry"}
    assert {row["environment"] for row in rows} == {"production", "staging"}
    assert all(len(row["id"]) < 100 for row in rows)


def test_batches_hold_the_rows_of_the_same_events() -> None:
    overruns = demo_overruns(START)
    rows = [cloudevents.row_of(event) for event in simulate(7, START, START + DAY, overruns)]
    found = list(batches(7, START, START + DAY, overruns))
    assert all(batch.schema == columns.arrow(columns.USAGE) for batch in found)
    assert [row for batch in found for row in batch.to_pylist()] == rows


def test_a_rate_makes_the_organisation_so_many_times_as_busy() -> None:
    def requests(rate: float) -> tuple[int, int]:
        events = list(simulate(7, START, START + 12 * HOUR, [], rate))
        return len(events), sum(e["data"]["quantities"].get("requests", 0) for e in events)

    (events, calls), (more_events, more_calls) = requests(1.0), requests(8.0)
    assert 7.8 < more_events / events < 8.2
    assert 7.6 < more_calls / calls < 8.4


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_not_above_zero_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        next(simulate(7, START, START + HOUR, [], rate))


def test_three_weeks_are_a_quarter_of_a_million_events_at_most() -> None:
    a_week = sum(batch.num_rows for batch in batches(7, START, START + 7 * DAY, []))
    assert 150_000 < 3 * a_week < 250_000


def test_an_empty_stretch_has_no_events() -> None:
    assert list(simulate(7, START, START, [])) == []


def test_machine_feeds_speak_at_least_every_three_minutes() -> None:
    heard: dict[str, list[datetime]] = {}
    for event in simulate(7, START, START + DAY, []):
        if event["source"].startswith("/feeds/"):
            heard.setdefault(event["source"], []).append(datetime.fromisoformat(event["time"]))
    gaps = {source: max(b - a for a, b in pairwise(times)) for source, times in heard.items()}
    assert len(gaps) == 4
    assert max(gaps.values()) <= 3 * MINUTE
