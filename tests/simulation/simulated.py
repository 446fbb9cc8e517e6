"""One seed from its first message to its verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from structlog.testing import capture_logs

from streams.jobs import JOBS, Job
from streams.runner import Runner
from tests.simulation import faults, scenario, verdict
from tests.simulation.scenario import Scenario
from tests.simulation.world import SLOTS, World

ROUNDS = 400
"""Rounds after which a world that still has something to do counts as stuck."""


CALM = 3
"""Rounds in which nobody had anything to do: by then what was idle has saved where it is."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a seed."""

    seed: int
    mistakes: tuple[str, ...]
    scenario: str
    faults: str
    trace: tuple[str, ...]
    digest: str
    """A hash of all that happened and of all that the log holds."""

    steps: int
    """Turns of members."""


def simulate(seed: int, jobs: Mapping[str, Job] = JOBS, runner: type[Runner] = Runner) -> Result:
    """Run a seed, with other jobs or another runner where a test wants to break them."""
    drafted, store = _drawn(seed), faults.draw(seed)
    world = World(drafted, store, jobs, runner)
    with capture_logs() as said:
        wrong = _mistakes(world)
    wrong += [str(line) for line in said if line["event"] == "step_stopped"]
    trace = tuple(world.trace)
    return Result(
        seed, tuple(wrong), repr(drafted), repr(store), trace, world.digest(), world.turns
    )


def _drawn(seed: int) -> Scenario:
    """A seed's scenario; in some, people answer the incidents that are to be expected of it."""
    drafted = scenario.draw(seed)
    if drafted.strays or Random(f"simulation {seed}").random() > 0.3:
        return drafted
    foreseen = verdict.Expected(drafted, verdict.punctual(drafted)).incidents
    return scenario.answered(drafted, list(foreseen.values()))


def _mistakes(world: World) -> list[str]:
    """Play it to its end; all that is wrong then."""
    try:
        play(world)
        stuck = list(drain(world))
    except Exception as wrong:  # whatever it is, it would have ended a process
        return [f"{type(wrong).__name__}: {wrong}"]
    return stuck or verdict.mistakes(world.log, world.scenario, world.sent)


def play(world: World) -> None:
    """The time in which things go wrong: time leaps on, and somebody does something, by turns."""
    for name in world.jobs:
        for slot in SLOTS[: world.drawn.randint(1, len(SLOTS))]:
            world.start(name, slot)
    warm_up(world)
    leaps = world.drawn.randint(3, 8)
    for left in range(leaps, 0, -1):
        world.advance(world.data_seconds_left / left * world.drawn.uniform(0.3, 1))
        for _ in range(world.drawn.randint(2, 2 * len(world.members) + 2)):
            world.action()


def warm_up(world: World) -> None:
    """Where usage is live, let each meter read its first before anything goes wrong."""
    world.calm = world.scenario.live
    for _ in range(6 if world.calm else 0):
        world.advance(1.0)
        for member in list(world.members):
            world.turn(member, 0.0)
    world.calm = False


def drain(world: World) -> Iterator[str]:
    """Let everything come to its end in peace; yields what is stuck."""
    world.calm = True
    world.note("calm")
    world.settle_clocks()
    missing = set(world.jobs) - {member.job.name for member in world.members}
    for name in sorted(missing):
        world.start(name, SLOTS[0])
    world.advance(world.data_seconds_left)
    world.ended = True
    calm, behind = 0, list(_behind(world))
    for _ in range(ROUNDS):
        busy = [world.turn(member, 0.0) for member in list(world.members)]
        calm, behind = 0 if any(busy) else calm + 1, list(_behind(world))
        if calm > CALM and not behind:
            return
        world.pass_calmly(3.0)
    yield f"it never settles: {behind}"


def _behind(world: World) -> Iterator[str]:
    """Partitions that nobody reads, or not to their end."""
    for name, job in world.jobs.items():
        held = [one.runner.positions() for one in world.members if one.job is job]
        at = {number: where for positions in held for number, where in positions.items()}
        for number in range(world.log.partitions(job.inputs[0])):
            if number not in at:
                yield f"nobody has {name}-{number}"
            elif any(_more(world, topic, number, at[number]) for topic in job.inputs):
                yield f"{name}-{number} is behind"


def _more(world: World, topic: str, number: int, position: Mapping[str, int]) -> bool:
    """Whether there are records from the position on; markers do not count."""
    return any(True for _ in world.log.read(topic, number, position.get(topic, 0)))
