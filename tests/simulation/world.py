"""The world that a seed makes: time, producers, members of each step, and what befalls them.

One thread, and every choice drawn from the seed. A member that pauses stands in the middle of its
turn, deep in the log's call, while the world goes on around it; then it continues from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random

from schemas.moments import micros
from schemas.topics import widths
from streams.jobs import JOBS, Job
from streams.log import LogError, Uncertain, Unreachable
from streams.runner import Runner
from streams.shell import Shell, Work, at_once
from tests.simulation.faults import WHERE, Fault, Faults
from tests.simulation.memory_group import MemoryMembership
from tests.simulation.memory_log import MemoryLog
from tests.simulation.memory_store import Around
from tests.simulation.scenario import CODEC, Message, Scenario, rulebook, sent_at

SLOTS = ("0", "1", "2")
DEPTH = 2
"""How many members may stand still in the middle of a turn at once."""

SECOND = 1_000_000


class Crashed(BaseException):
    """The process is gone: nothing may catch this on its way but the world."""


@dataclass(eq=False)
class Member:
    """One process that runs one step."""

    job: Job
    slot: str
    runner: Runner
    membership: MemoryMembership
    paused: bool = False

    @property
    def name(self) -> str:
        """Step and slot."""
        return f"{self.job.name}-{self.slot}"


@dataclass(eq=False)
class World:
    """Everything, at one moment."""

    scenario: Scenario
    faults: Faults
    jobs: Mapping[str, Job] = field(default_factory=lambda: JOBS)
    runner: type[Runner] = Runner
    members: list[Member] = field(default_factory=list)
    acting: Member | None = None
    calm: bool = False
    """Whether nothing goes wrong any more."""

    ended: bool = False
    """Whether all is sent, and the wall clock stands still."""

    trace: list[str] = field(default_factory=list)
    sent: list[tuple[Message, int]] = field(default_factory=list)
    """Messages in the order in which the log took them, and when by its clock."""

    turns: int = 0
    befallen: int = 0
    _depth: int = 0
    _seconds: float = 0.0
    _stood: float = 0.0
    """Seconds by which the wall clock is behind the monotonic one: it stands still in the end."""

    _log_jump: float = 0.0
    _member_jump: float = 0.0

    def __post_init__(self) -> None:
        scenario = self.scenario
        self.drawn = Random(f"world {scenario.seed}")
        self._commits = Random(f"commits {scenario.seed}")
        self._origin = micros(scenario.begin + scenario.shift)
        self._waiting = list(scenario.messages)
        around = Around(
            clock=lambda: self._wall + int(self._log_jump * SECOND),
            monotonic=lambda: self._seconds,
            wait=self._wait,
            at=self.at,
            lags=lambda: not self.calm and self.drawn.random() < self.faults.lag,
            portion=self._portion,
        )
        self.log = MemoryLog(widths(scenario.usages, scenario.tallies), around)
        books = rulebook()
        self.shell = Shell(
            log=self.log,
            books=lambda: books,
            codec=CODEC,
            clock=lambda: self._wall + int(self._member_jump * SECOND),
            monotonic=lambda: self._seconds,
            begin=self._begin,
        )

    def _begin(self, work: Work) -> Work:
        """A commit is done at once, or not before the steps of other partitions."""
        return at_once(work) if self._commits.random() < 0.5 else work

    @property
    def _wall(self) -> int:
        return self._origin + int((self._seconds - self._stood) * SECOND)

    @property
    def data_seconds_left(self) -> float:
        """Until the last message is due and the clocks have passed the end."""
        final = micros(self.scenario.final + self.scenario.shift)
        return max(0.0, (final - self._wall) / SECOND)

    def note(self, what: str) -> None:
        """Put a line into the trace."""
        self.trace.append(f"{self._seconds:.3f} {what}")

    def digest(self) -> str:
        """A hash of all that happened and of all that the log holds."""
        digest = blake2b("\n".join(self.trace).encode(), digest_size=16)
        for topic, width in widths(self.scenario.usages, self.scenario.tallies).items():
            for partition in range(width):
                for record in self.log.read(topic, partition):
                    digest.update(repr(record).encode())
        return digest.hexdigest()

    def advance(self, seconds: float) -> None:
        """Let time go on; producers send what is due meanwhile, clients say that they live."""
        target = self._seconds + seconds
        while self._waiting and self._due(self._waiting[0]) <= target:
            message = self._waiting.pop(0)
            self._seconds = max(self._seconds, self._due(message))
            self.sent.append((message, self._wall + int(self._log_jump * SECOND)))
            self.log.append(message.entries)
        self._seconds = max(self._seconds, target)
        for member in self.members:
            if not member.paused:
                member.membership.beat()

    def _wait(self, seconds: float) -> None:
        (self.pass_calmly if self.ended else self.advance)(seconds)

    def pass_calmly(self, seconds: float) -> None:
        """Let monotonic time go on alone, so that no clock moves any watermark."""
        self._stood += seconds
        self.advance(seconds)

    def _due(self, message: Message) -> float:
        return (sent_at(message, self.scenario) - self._origin) / SECOND

    def start(self, name: str, slot: str) -> None:
        """Start a member; one of its name that stands still loses its place."""
        runner = self.runner(self.jobs[name], self.shell)
        runner.join(slot)
        membership = self.log.memberships[name, f"{name}-{slot}"]
        self.members.append(Member(self.jobs[name], slot, runner, membership))
        self.note(f"start {name}-{slot}")

    def leave(self, member: Member, why: str) -> None:
        """A process ends in order."""
        self.note(f"leave {member.name}: {why}")
        self.members.remove(member)
        member.runner.leave()

    def turn(self, member: Member, wait: float) -> bool:
        """One turn of a member; whether it had anything to do."""
        before, self.acting = self.acting, member
        self.turns += 1
        try:
            return member.runner.turn(wait)
        except Crashed:
            self.note(f"crash {member.name}")
            self.members.remove(member)
        except LogError as wrong:  # the service ends its process then
            self.leave(member, f"{type(wrong).__name__} {wrong}")
        finally:
            self.acting = before
        return True

    def action(self) -> None:
        """Something happens: mostly a turn of somebody."""
        free = [member for member in self.members if not member.paused]
        missing = self._missing()
        if self.drawn.random() < self.faults.moves:
            self._move(free)
        elif missing and self.drawn.random() < 0.3:
            self.start(*self.drawn.choice(missing))
        elif free:
            self.turn(self.drawn.choice(free), self.drawn.choice((0.0, 0.0, 0.05, 0.5)))

    def _missing(self) -> list[tuple[str, str]]:
        """Places that nobody fills, as far as each step needs one."""
        filled = {member.job.name for member in self.members if not member.paused}
        return [(name, SLOTS[0]) for name in self.jobs if name not in filled]

    def _move(self, free: list[Member]) -> None:
        """Somebody comes or goes, the clocks jump, or the log is thinned."""
        what = self.drawn.choice(("come", "go", "jump", "thin"))
        taken = {(one.job.name, one.slot) for one in free}
        places = [(name, slot) for name in self.jobs for slot in SLOTS if (name, slot) not in taken]
        if what == "come" and places:
            self.start(*self.drawn.choice(places))
        elif what == "go" and free:
            self.leave(self.drawn.choice(free), "in order")
        elif what == "jump" and self.faults.jumps:
            self._jump()
        elif what == "thin":
            self.note(f"thin {self.log.compact()}")

    def _jump(self) -> None:
        """The clocks go wrong; where they time live usage, not so far that it is refused."""
        far = 3600.0 if not self.scenario.live else 240.0
        self._log_jump = self.drawn.uniform(-far, far)
        self._member_jump = self.drawn.uniform(-far, 0.0 if self.scenario.live else far)
        self.note(f"jump {self._log_jump:.1f} {self._member_jump:.1f}")

    def settle_clocks(self) -> None:
        """The clocks are right again."""
        self._log_jump = self._member_jump = 0.0

    def _portion(self, most: int) -> int:
        if self.calm or self.drawn.random() >= self.faults.small:
            return most
        return self.drawn.randint(0, 5)

    def at(self, point: str) -> None:
        """A member has come to a point; perhaps something befalls it. Raises what it meets."""
        member = self.acting
        if member is None or self.calm or self.befallen >= self.faults.most:
            return
        for fault in WHERE[point]:
            if self.drawn.random() < self.faults.chances[fault]:
                self.befallen += 1
                self.note(f"{fault} {member.name} at {point}")
                self._befall(member, fault, point)
                return

    def _befall(self, member: Member, fault: Fault, point: str) -> None:
        if fault is Fault.CRASH:
            raise Crashed
        if fault is Fault.UNCERTAIN:
            raise Uncertain(f"no answer after {point}")
        if fault is Fault.REFUSE:
            raise Unreachable("no answer") if point == "poll" else LogError(f"refused at {point}")
        if self._depth < DEPTH:
            self._pause(member)

    def _pause(self, member: Member) -> None:
        """Stand still while the world goes on, long enough or not for another to take over."""
        member.paused, self._depth = True, self._depth + 1
        if self.drawn.random() < 0.5:
            self.start(member.job.name, member.slot)
        for _ in range(self.drawn.randint(1, 6)):
            self.advance(self.drawn.choice((0.0, 0.5, 3.0, 7.0)))
            for _ in range(self.drawn.randint(1, 5)):
                self.action()
        member.paused, self._depth, self.acting = False, self._depth - 1, member
        self.note(f"wake {member.name}")
        if self.drawn.random() < 0.2:
            raise Crashed
