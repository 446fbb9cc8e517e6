"""What watches a series: the one protocol of detectors and policies, and what they say.

A detector learns from the past, a policy is told its limits; watch treats both alike. A rule is
pure: the same memory, past and bucket give the same verdict, and nothing is changed in place.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from schemas.ends import Ends
from schemas.siblings import Siblings
from schemas.states import Bucket, Model

Memory = Mapping[str, Model]
"""What a detector has learnt of one series, in parts that change at their own pace; empty for a
series that it has never seen."""

ANY = 1 << 62
"""More nano-dollars than there will be: what a rule that can't be woken lets minutes cost."""

NEVER = 1 << 40
"""More minutes than there will be: the patience of a rule that accepts nothing."""


class Grain(StrEnum):
    """How long a bucket is."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def minutes(self) -> int:
        """Minutes in a bucket."""
        return MINUTES[self]


MINUTES: Mapping[Grain, int] = {Grain.MINUTE: 1, Grain.HOUR: 60, Grain.DAY: 1440}
"""Minutes in a bucket."""


class Past(NamedTuple):
    """What is known of a series when bucket `at` begins; indices count grains since 1970."""

    at: int
    costs: Sequence[int]
    """Costs of the closed buckets before `at`, oldest first, nano-dollars; at most the rule's
    `memory` of them, fewer where the series is younger. A rule that guards sees them as they were
    learnt, without what was found."""

    first: int
    """The series' first bucket with a charge."""

    last: int
    """Its latest bucket with a charge; `at` itself when one is there at the verdict."""

    since: int
    """The first bucket that watch saw of anything: no series can have a longer past."""

    siblings: Siblings | None = None
    """What its siblings used to cost in a day before it came, for a rule that asks for them; None
    where it has none of which that is known."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a bucket; money in nano-dollars over the `window` buckets that end it."""

    breach: bool
    window: int
    observed: int
    expected: int
    low: int
    high: int
    reason: str
    once_in: int = 0
    """How seldom a usual day shows as much, days; 0 while that is usual or the rule can't tell.

    Told whether it is a breach or not: what another threshold would have said follows from it.
    """

    latest: int | None = None
    """The excess of the last bucket alone, where a rule that ends with the next bucket has a longer
    window: what an overrun grows by from bucket to bucket."""

    @property
    def excess(self) -> int:
        """What was spent above what was expected."""
        return self.observed - self.expected


class Rule(Protocol):
    """One way to notice; `name` is its name in the rulebook, `cause` its kind."""

    @property
    def name(self) -> str: ...

    @property
    def cause(self) -> str: ...

    @property
    def grain(self) -> Grain:
        """The length of its buckets."""
        ...

    @property
    def memory(self) -> int:
        """How many past buckets it wants to see."""
        ...

    @property
    def siblings(self) -> int:
        """For how many minutes of a series' life it wants to know its siblings, at most 14 days."""
        ...

    @property
    def ends(self) -> Ends:
        """What calms it."""
        ...

    @property
    def guards(self) -> bool:
        """Whether what it found is kept out of learning while it burns."""
        ...

    @property
    def idles(self) -> bool:
        """Whether an empty minute, but for the last of an hour, says and teaches nothing to it."""
        ...

    @property
    def patience(self) -> int:
        """Minutes after which what still burns is accepted as the new level."""
        ...

    @property
    def version(self) -> str:
        """Another one means that its memory can't be carried over."""
        ...

    @property
    def learner(self) -> Hashable:
        """What it learns by: rules with the same learn the same of the same."""
        ...

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """The nano-dollars from which bucket `past.at` may be a breach, known before it fills.

        None: only the closed bucket can tell. At or above it the verdict decides, and says of a
        dearer bucket no less; below it only a bucket without cost can be a breach.
        """
        ...

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The bucket up to which it only learns; None once it may find something."""
        ...

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """Whether buckets of these costs, which follow each other from `past.at` on, are surely no
        breach and teach nothing; they end before the last minute of an hour, or the last hour of
        a day. Those of a rule of minutes that learns nothing may go on until then.

        Asked to pass over what says nothing; False is always right.
        """
        ...

    def rests(self, memory: Memory, past: Past) -> int:
        """Nano-dollars: buckets from `past.at` on that together cost less are surely no breach and
        teach nothing, however many they are; they end before the last minute of an hour.

        Only a rule of minutes is asked, once before they come; 0 is always right.
        """
        ...

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """What it says of the bucket, which may still be filling where a ceiling was reached."""
        ...

    def usual(self, memory: Memory, minute: int) -> int:
        """What that minute costs if nothing is wrong, nano-dollars; decides calm and accrued."""
        ...

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """The parts of its memory that the closed bucket changes, after the verdict.

        A rule that guards is given the cost without what was found; all else is as it was. Where
        a rule is new to a series, what is kept of long ago may be the cost alone.
        """
        ...

    def taught(self, memory: Memory, costs: Sequence[int]) -> Memory | None:
        """The parts that change when costs that were kept out of learning were usual after all.

        None: all buckets that are kept are to be learnt anew.
        """
        ...
