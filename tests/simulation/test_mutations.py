"""The simulation can fail: shells that are broken on purpose are caught within a few seeds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Self

import pytest

from streams import entries
from streams.jobs import JOBS, METER
from streams.log import Entry, LogError, Uncertain
from streams.part import Part
from streams.runner import Runner
from streams.shell import Work
from streams.steps.identities import MeterState
from streams.steps.step import Decode, Outcome
from tests.simulation.memory_owner import Coordinator, Place
from tests.simulation.memory_partition import Partition
from tests.simulation.simulated import Result, simulate

SEEDS = range(22, 62)
"""The first few of these catch each."""


def caught(simulated: Callable[[int], Result]) -> Result:
    """The first seed that fails."""
    found = next((one for one in map(simulated, SEEDS) if one.mistakes), None)
    assert found is not None, f"nobody noticed in {len(SEEDS)} seeds"
    return found


class Careless(Runner):
    """Goes on with what it has in memory when a commit fails."""

    def _guarded(self, number: int, work: Callable[[], Work | None]) -> Work | None:
        def kept() -> Work | None:
            try:
                return work()
            except LogError:
                self._parts[number].owner = self._log.own(self._job.name, number)
                return None

        return super()._guarded(number, kept)


class Stubborn(Runner):
    """Commits once more what may have been committed."""

    def _commit(self, part: Part, outcome: Outcome, *given: Any) -> Work:
        commit = super()._commit

        def end() -> None:
            try:
                commit(part, outcome, *given)()
            except Uncertain:
                part.owner = self._log.own(self._job.name, part.site.partition)
                commit(part, outcome, *given)()

        return end


class Torn(Runner):
    """Commits what it says before what it remembers."""

    def _commit(self, part: Part, outcome: Outcome, *given: Any) -> Work:
        if outcome.outputs:
            part.owner.commit(list(entries.written(outcome.outputs, self._shell.codec)), {})
        return super()._commit(part, replace(outcome, outputs=()), *given)


class Homeless(Runner):
    """Does not remember where it was."""

    def _memory(
        self, part: Part, outcome: Outcome, following: Mapping[str, int]
    ) -> Iterator[Entry]:
        return (one for one in super()._memory(part, outcome, following) if one.key != b"position")


class Trusting(Runner):
    """Restores before it has fenced the former owner, and asks for no position of the group."""

    def _opened(self, number: int) -> Mapping[str, int]:
        log, self._log = self._log, Stale(self._log, self._job.memory, number)
        try:
            return super()._opened(number)
        finally:
            self._log = log


class Stale:
    """A log that answers as it would have before."""

    def __init__(self, log: Any, topic: str, number: int) -> None:
        self._log, self._found = log, log.newest(topic, number)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def newest(self, topic: str, partition: int) -> Any:
        """What stood there."""
        return dict(self._found)

    def committed(self, step: str, partition: int) -> Any:
        """Nothing, so that what stood there is believed."""
        return {}


@pytest.mark.parametrize("broken", [Careless, Stubborn, Torn, Homeless, Trusting])
def test_a_runner_that_is_not_exact_is_caught(broken: type[Runner]) -> None:
    assert caught(lambda seed: simulate(seed, runner=broken)).mistakes


def test_a_meter_that_forgets_identities_when_it_restarts_is_caught() -> None:
    class Forgetful(MeterState):
        @classmethod
        def restored(cls, entries: Iterable[tuple[bytes, bytes]], decode: Decode) -> Self:
            kept = [(key, value) for key, value in entries if not key.startswith(b"seen ")]
            return super().restored(kept, decode)

    jobs = {**JOBS, "meter": replace(METER, state=Forgetful)}
    found = caught(lambda seed: simulate(seed, jobs=jobs))
    assert any(wrong.startswith("charges") for wrong in found.mistakes)


def test_a_log_that_shows_what_is_not_committed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Partition, "stable", property(lambda self: self.next))
    assert caught(simulate).mistakes


def test_a_log_that_does_not_fence_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def fence(self: Coordinator, place: Place) -> int:
        return self._epochs.setdefault(place, 0)

    monkeypatch.setattr(Coordinator, "fence", fence)
    assert caught(simulate).mistakes
