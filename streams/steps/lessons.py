"""What rules learn of a past that several rulebooks go through: each lesson is worked out once."""

from collections.abc import Hashable
from typing import NamedTuple

from schemas.rules import Memory, Past, Rule
from schemas.states import Bucket
from streams.steps.memories import Memories
from streams.steps.step import Draft


class Lesson(NamedTuple):
    """Who learnt what, knowing what, and what was known then."""

    learner: Hashable
    before: Memory
    past: Past
    bucket: Bucket
    after: Memory


Lessons = dict[tuple[str, int], Lesson]
"""The latest by rule and bucket, of one series."""


class Learnt(Memories):
    """What rules have learnt, in memory alone."""

    def __init__(self, draft: Draft, name: str, lessons: Lessons) -> None:
        super().__init__(draft, name, ())
        self._lessons = lessons

    def learn(self, rule: Rule, past: Past, bucket: Bucket) -> None:
        """Let a rule learn a closed bucket, or know what was learnt of the same."""
        before, key = self.of(rule), (rule.name, past.at)
        known = self._lessons.get(key)
        if known is not None and known[:-1] == (rule.learner, before, past, bucket):
            self._held[rule.name] = known.after
            return
        super().learn(rule, past, bucket)
        after = self.of(rule)
        if after is not before:
            self._lessons[key] = Lesson(rule.learner, before, past, bucket, after)

    def _keep(self, rule: Rule, memory: Memory, changed: Memory) -> None:
        self._held[rule.name] = memory
