"""What the rules of one series have learnt: loaded part by part, saved where it changes."""

from collections.abc import Callable, Sequence

from msgspec import structs

from schemas.rules import Grain, Memory, Past, Rule
from schemas.states import Bucket, Model
from streams.steps.costs import Costs
from streams.steps.step import Draft


def lore(rule: Rule) -> str:
    """What a rule's memory is stored under; another version begins anew."""
    return f"{rule.name}@{rule.grain}.{rule.version}"


class Memories:
    """The memories of one series' rules."""

    def __init__(self, draft: Draft, name: str, begun: tuple[str, ...]) -> None:
        self._draft, self._name = draft, name
        self.begun = set(begun)
        self._held: dict[str, Memory] = {}

    def of(self, rule: Rule) -> Memory:
        """What a rule knows."""
        if rule.name not in self._held:
            kept = self._draft.below(("model", self._name, lore(rule)))
            self._held[rule.name] = {str(part): model for part, model in kept.items()}
        return self._held[rule.name]

    def edit(self, rules: Sequence[Rule], costs: Callable[[Grain], Costs], since: int) -> None:
        """Forget what rules that are gone have learnt; let new ones learn what is kept."""
        for gone in sorted(self.begun - {lore(rule) for rule in rules}):
            self.begun.discard(gone)
            self._held.clear()
            for part in list(self._draft.below(("model", self._name, gone))):
                self._draft.put(("model", self._name, gone, part), None)
        for rule in rules:
            if lore(rule) not in self.begun:
                self.begun.add(lore(rule))
                self._begin(rule, costs(rule.grain), since // rule.grain.minutes)

    def _begin(self, rule: Rule, costs: Costs, since: int) -> None:
        """Let a rule that is new to the series learn all buckets that are kept.

        Costs are kept longer than quantities are.
        """
        memory: dict[str, Model] = {}
        costs.reach(costs.kept)
        known = costs.learnt if rule.guards else costs.raw
        held = self._draft.below(("bucket", self._name, rule.grain))
        for at in range(costs.kept, costs.end):
            done = at - costs.start
            begin = max(0, done - rule.memory, costs.kept - costs.start)
            seen = known[begin:done] if rule.memory else ()
            past = Past(at, seen, costs.kept, at, since)
            memory |= rule.learn(memory, past, _bucket(held.get(at), known[done]))
        self._keep(rule, memory, memory)

    def learn(self, rule: Rule, past: Past, bucket: Bucket) -> None:
        """Let a rule learn a closed bucket."""
        changed = rule.learn(self.of(rule), past, bucket)
        if changed:
            self._keep(rule, {**self.of(rule), **changed}, changed)

    def teach(self, rule: Rule, restored: list[int], costs: Costs, since: int) -> None:
        """Let a rule learn what was kept from it: those, or anew all that is kept of `costs`.

        `since` is the first bucket that watch saw of anything.
        """
        changed = rule.taught(self.of(rule), restored) if restored else {}
        if changed is None:
            self._begin(rule, costs, since)
        else:
            self._keep(rule, {**self.of(rule), **changed}, changed)

    def _keep(self, rule: Rule, memory: Memory, changed: Memory) -> None:
        self._held[rule.name] = memory
        for part, model in changed.items():
            self._draft.put(("model", self._name, lore(rule), part), model)


def _bucket(held: Bucket | None, cost: int) -> Bucket:
    """A closed bucket as it is learnt."""
    return Bucket(cost=cost) if held is None else structs.replace(held, cost=cost)
