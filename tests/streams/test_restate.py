"""Restating a log: it ends as if the corrected rulebook had held from the first, whatever kills it.

(DESIGN, sections 3 and 4: nothing is edited, and a restatement never looks like an anomaly.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas import columns
from schemas.moments import EPOCH, micros, minute_of, moment
from schemas.records import Allocation, Budget, Finding, Incident
from schemas.topics import widths
from streams.embedded import EmbeddedLog
from streams.log import Entry, Log, LogError, Ownership, Positions, Sheaf
from streams.publishing import Publisher
from streams.restate import NAME, Report, Restate, Unable
from streams.rulebooks import Rulebooks
from tests.kafka import oracle
from tests.spendwatch.first_day_kit import Steps
from tests.streams.meter_kit import ACME
from tests.streams.test_restating import DEARER, MOVED
from tests.streams.test_settled_view import (
    CODEC,
    DAWN,
    LATENESS,
    WATCHED,
    Events,
    days,
    end_of,
    items,
    kept,
    settled,
    walked,
)

BESIDE = WATCHED.removeprefix(ACME)
CORRECTED = {"dearer": DEARER + BESIDE, "moved": MOVED + BESIDE}


class Site:
    """A log on which usage was metered and watched to its end."""

    def __init__(self, events: Events, file: Path, wide: int = 1, text: str = WATCHED) -> None:
        self.end = end_of(events).time
        self.now = micros(self.end + timedelta(days=1))
        self.log = EmbeddedLog(file, widths(wide, wide), lambda: self.now)
        Rulebooks(self.log, CODEC).publish(text)
        for _ in Publisher(self.log, CODEC, 5).publish(items(events)):
            pass
        self.walk()

    def walk(self) -> None:
        """Run every step until there is nothing left to do."""
        steps = Steps(self.log, now=self.now)
        steps.turn()
        steps.leave()

    def correct(self, text: str) -> None:
        Rulebooks(self.log, CODEC).publish(text, EPOCH)

    def restate(self, log: Log | None = None, portion: int = 1000, write: bool = True) -> Report:
        books = Rulebooks(self.log, CODEC)()
        return Restate(log or self.log, CODEC, books, 0, portion=portion).run(write)

    @property
    def view(self) -> Mapping[str, Any]:
        """What it comes to: days, months, budgets; and what stands of every usage."""
        state = kept(self.log, "watch-state")
        shown = kept(self.log, "allocation").values()
        return {
            "days": oracle.closed_days(state, minute_of(self.end - LATENESS)),
            "months": months(one for one in shown if isinstance(one, Allocation)),
            "budgets": {
                one.name: one.spent_nano_usd for one in shown if isinstance(one, Budget)
            },
        }

    def findings(self, *phases: str) -> list[Finding]:
        held = (CODEC.decode(one.value or b"") for one in self.log.read("docket", 0))
        return [one for one in held if isinstance(one, Finding) and one.phase in phases]

    def incidents(self) -> dict[str, Incident]:
        held = kept(self.log, "incident")
        return {one.id: one for key, one in held.items() if key[0] == "incident"}


def months(shown: Iterable[Allocation]) -> dict[str, tuple[int, int, Mapping[str, int]]]:
    """What each series bears in its month; nothing is left out."""
    found = {
        one.series: (w.cost_nano_usd, w.charges, {k: v for k, v in w.quantities.items() if v})
        for one in shown
        for w in one.windows
        if w.window == "month"
    }
    return {name: held for name, held in found.items() if held != (0, 0, {})}


@settings(max_examples=10, phases=[Phase.generate],
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(events=days(), text=st.sampled_from(sorted(CORRECTED.values())), wide=st.integers(1, 3))
def test_a_restated_log_comes_to_what_the_corrected_rulebook_would_have_said(
    events: list[dict[str, Any]], text: str, wide: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("restated")
    site = Site(events, folder / "log.db", wide)
    site.correct(text)
    site.restate(portion=3)
    site.walk()
    fresh = Site(events, folder / "fresh.db", wide, text)
    assert site.view["days"] == fresh.view["days"]
    assert site.view["months"] == fresh.view["months"]
    assert site.restate().total.charges == 0
