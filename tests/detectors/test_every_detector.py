"""What every detector promises, whatever it notices.

A new one is held to it as it is by default; other settings stand in detector_set.py.
"""

import math
from collections.abc import Callable, Sequence
from random import Random
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from detectors import DETECTORS
from schemas.codec import Codec
from schemas.rules import Grain, Memory, Rule
from schemas.siblings import SPANS, Siblings
from schemas.states import Bucket, Model
from tests.detectors.detector_set import ADAPTER, made, texts
from tests.detectors.detector_walk import (
    DOLLAR,
    Step,
    asked,
    called,
    day,
    learned,
    office,
    past_at,
    walk,
)

ASKED = ("hours", "eager")
"""Those whose ceiling says when to ask: what reaches it need not be a breach."""

TEXTS = texts()
RULES = tuple(map(made, TEXTS.values()))
every = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
ABOVE = tuple(rule for rule in RULES if rule.cause in ("records", "newcomer", "river"))
"""Those that find what is too much."""

DAYS = {Grain.MINUTE: 1.5, Grain.HOUR: 12}
"""Days of a generated history: past the first limits of records, in few buckets."""

LEVELS = (0, 1, 10**6, DOLLAR, 10**15)


def history(grain: Grain, kind: str, level: int, seed: int, days: float) -> list[int]:
    """Costs of a kind; nano-dollars a bucket are of the order of `level`."""
    random, count = Random(seed), max(1, int(days * day(grain)))
    shapes: dict[str, Callable[[int], float]] = {
        "constant": lambda at: level,
        "zeros then a cost": lambda at: level if at == count - 1 else 0,
        "sparse": lambda at: level if random.random() < 0.02 else 0,
        "gap": lambda at: 0 if count // 3 < at < count // 2 else level,
        "wild": lambda at: level * random.paretovariate(0.5),
        "climbing": lambda at: level * 1.3 ** (at % 90),
        "even": lambda at: level * random.random(),
    }
    return [min(10**15, int(shapes[kind](at))) for at in range(count)]


def quantified(costs: Sequence[int], how: str, seed: int) -> list[Bucket]:
    """Buckets of these costs with calls and tokens of a kind."""
    random = Random(seed)
    if how == "unknown":
        return [Bucket(cost=cost, charges=1 if cost else 0) for cost in costs]
    if how == "as dear":
        return called(costs, DOLLAR // 1000, seed)
    if how == "free":
        return [asked(0, int(cost % 1009)) for cost in costs]
    if how == "for nothing":
        return [Bucket(cost=c, charges=1, quantities={"gpu_seconds": 1}) for c in costs]
    if how == "huge":
        return [asked(cost, random.randrange(10**12)) for cost in costs]
    return [asked(cost, random.choice((0, 1, 99, 100, 5000))) for cost in costs]


HOWS = ("unknown", "as dear", "free", "for nothing", "huge", "anyhow")
KINDS = ("constant", "zeros then a cost", "sparse", "gap", "wild", "climbing", "even")
Story = tuple[str, int, str, int, float]
histories: st.SearchStrategy[Story] = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(LEVELS),
    st.sampled_from(HOWS),
    st.integers(0, 9),
    st.floats(0, 1),
)
few = settings(max_examples=8, deadline=None)


def buckets(grain: Grain, story: Story) -> list[Bucket]:
    """A generated history; it may end with its first bucket."""
    kind, level, how, seed, share = story
    return quantified(history(grain, kind, level, seed, DAYS[grain] * share), how, seed)


def lived(rule: Rule, story: Story) -> list[Step]:
    """The steps of a generated history."""
    return list(walk(rule, buckets(rule.grain, story), siblings=siblings_of(story)))


def siblings_of(story: Story) -> Siblings | None:
    """Every other series has some."""
    _, level, _, seed, _ = story
    costs = tuple((hours + 1) * level for hours in SPANS)
    return Siblings(series=9, middles=(0, *costs[:-1]), tops=costs) if seed % 2 else None


def sample(steps: Sequence[Step]) -> list[Step]:
    """Some steps: the latest, where most is known, and a few before."""
    return [*steps[:: max(1, len(steps) // 7)], *steps[-3:]]


def test_every_kind_of_the_rulebook_is_in_this_suite() -> None:
    kinds = ADAPTER.json_schema()["discriminator"]["mapping"]

    assert set(kinds) == {text["kind"] for text in TEXTS.values()} == set(DETECTORS)


@every
def test_its_cause_is_its_kind_and_its_name_the_rulebooks(rule: Rule) -> None:
    text = TEXTS[rule.name]

    assert rule.cause == text["kind"]


@every
@few
@given(story=histories)
def test_the_same_bucket_is_judged_alike_by_a_detector_made_anew(rule: Rule, story: Story) -> None:
    text = TEXTS[rule.name]

    for step in sample(lived(rule, story)):
        anew, bucket = made(text), step.bucket
        assert anew.verdict(step.memory, step.past, bucket) == step.verdict
        assert anew.ceiling(step.memory, step.past) == step.ceiling
        assert anew.learn(step.memory, step.past, bucket) == step.changed
        assert rule.verdict(step.memory, step.past, bucket) == step.verdict


@every
@few
@given(story=histories)
def test_only_a_cost_that_reaches_the_ceiling_is_a_breach(rule: Rule, story: Story) -> None:
    for step in sample(lived(rule, story)):
        if step.ceiling is None:
            continue
        assert step.ceiling >= 1
        for cost in {0, step.ceiling - 1, step.ceiling, step.ceiling + 1, 10**15, step.cost}:
            said = rule.verdict(step.memory, step.past, replace(step.bucket, cost=cost))
            assert cost >= step.ceiling or not said.breach
            assert said.breach or cost < step.ceiling or rule.name in ASKED


@every
@few
@given(story=histories)
def test_what_costs_less_than_it_rests_by_says_and_teaches_nothing(
    rule: Rule, story: Story
) -> None:
    steps = lived(rule, story) if rule.grain is Grain.MINUTE else []
    for at in range(0, len(steps), 7):
        left = rule.rests(steps[at].memory, steps[at].past)
        for step in steps[at:]:
            left -= step.cost
            if left <= 0 or (step.past.at + 1) % 60 == 0:
                break
            assert not step.verdict.breach
            assert step.changed == {}


@every
@few
@given(story=histories, length=st.integers(1, 59))
def test_what_it_calls_quiet_says_and_teaches_nothing(
    rule: Rule, story: Story, length: int
) -> None:
    steps = lived(rule, story)
    size = 60 if rule.grain is Grain.MINUTE else 24
    for at in range(0, len(steps), 7):
        left = size - 1 - steps[at].past.at % size
        passed = steps[at : at + min(length, left)]
        if passed and rule.quiet(passed[0].memory, passed[0].past, [one.cost for one in passed]):
            assert not any(step.verdict.breach for step in passed)
            assert all(step.changed == {} for step in passed)


@every
@few
@given(story=histories)
def test_rules_that_learn_by_the_same_learn_the_same(rule: Rule, story: Story) -> None:
    text = TEXTS[rule.name]
    fields = type(ADAPTER.validate_python(text)).model_fields
    rare = {"once_in_days": 700, "floor_usd": 90}
    other = made({**text, **{name: value for name, value in rare.items() if name in fields}})
    if rule.learner == other.learner:
        steps = lived(rule, story)
        assert all(one.changed == each.changed for one, each in
                   zip(steps, lived(other, story), strict=True))  # fmt: skip


@every
@few
@given(story=histories)
def test_where_more_is_too_much_more_is_never_less_so(rule: Rule, story: Story) -> None:
    if rule.cause not in ("records", "newcomer"):
        return
    for step in sample(lived(rule, story)):
        costs = sorted({0, 1, step.cost, 2 * step.cost + 1, DOLLAR, 40 * DOLLAR, 10**15})
        said = [
            rule.verdict(step.memory, step.past, replace(step.bucket, cost=cost)).breach
            for cost in costs
        ]
        assert said == sorted(said)


@every
@few
@given(story=histories)
def test_learning_names_only_what_changed(rule: Rule, story: Story) -> None:
    for step in lived(rule, story):
        if step.changed:
            assert all(step.memory.get(part) != model for part, model in step.changed.items())


@every
@few
@given(story=histories)
def test_nothing_is_changed_in_place_and_no_order_matters(rule: Rule, story: Story) -> None:
    for step in sample(lived(rule, story)):
        given = dict(reversed([*step.memory.items()]))
        before, costs = dict(given), tuple(step.past.costs)
        memory, past = MappingProxyType(given), step.past._replace(costs=costs)
        assert rule.ceiling(memory, past) == step.ceiling
        assert rule.verdict(memory, past, step.bucket) == step.verdict
        assert rule.learn(memory, past, step.bucket) == step.changed
        rule.quiet(memory, past, [step.cost]), rule.rests(memory, past)
        rule.taught(memory, [step.cost])
        assert (given, tuple(step.past.costs)) == (before, costs)


@every
@few
@given(story=histories, later=st.integers(0, 10**15))
def test_what_comes_later_changes_nothing_that_was_said(
    rule: Rule, story: Story, later: int
) -> None:
    steps = lived(rule, story)
    known = [step.bucket for step in steps]
    longer = walk(rule, [*known, later, later], siblings=siblings_of(story))

    for step, other in zip(steps, longer, strict=False):
        assert step == other


@every
@few
@given(story=histories)
def test_whatever_a_series_does_figures_stay_whole_and_finite(rule: Rule, story: Story) -> None:
    for step in lived(rule, story):
        said = step.verdict
        figures = (said.window, said.observed, said.expected, said.low, said.high, said.once_in)
        for figure in (*figures, *([] if said.latest is None else [said.latest])):
            assert type(figure) is int
        assert said.once_in >= 0
        assert said.window >= 1
        assert said.low <= said.high
        assert said.reason
        for model in step.changed.values():
            assert all(type(whole) is int and abs(whole) < 2**63 for whole in model.longs)
            assert all(math.isfinite(real) for real in model.doubles)
        assert type(rule.usual(step.memory, step.past.at * rule.grain.minutes)) is int


@every
@few
@given(story=histories, share=st.floats(0, 1))
def test_a_stored_memory_and_the_buckets_since_are_as_good_as_having_lived(
    rule: Rule, story: Story, share: float
) -> None:
    steps, anew = lived(rule, story), made(TEXTS[rule.name])
    begin = int(share * (len(steps) - 1))

    memory = stored(steps[begin].memory)
    assert memory == steps[begin].memory
    for step in steps[begin:]:
        assert anew.verdict(memory, step.past, step.bucket) == step.verdict
        memory = {**memory, **anew.learn(memory, step.past, step.bucket)}
    assert memory == steps[-1].after


def stored(memory: Memory) -> Memory:
    """A memory that has travelled as Avro."""
    codec = Codec()
    return {part: codec.decode(codec.encode(model)) for part, model in memory.items()}


@every
def test_after_a_year_it_remembers_no_more_than_sixteen_kilobytes(rule: Rule) -> None:
    short = {"gaussian": 90, "drifts": 8}  # slow, and full after 56 days
    days = short.get(rule.name, 365)
    costs = (office(rule.grain, 7) * 53)[: days * day(rule.grain)]
    memory = learned(rule, called(costs, DOLLAR // 1000))

    size = sum(8 * (len(part.longs) + len(part.doubles)) for part in memory.values())
    assert size <= 16 * 1024
    assert len(memory) <= 20


@every
@few
@given(story=histories, costs=st.lists(st.integers(0, 10**15), max_size=50))
def test_what_was_usual_after_all_leaves_it_no_narrower(
    rule: Rule, story: Story, costs: list[int]
) -> None:
    for step in lived(rule, story)[-1:]:
        changed = rule.taught(step.memory, costs)
        if changed is None:
            return  # it learns anew from what is kept: see tests/streams/test_watch_learning.py
        ceiling = rule.ceiling({**step.memory, **changed}, step.past)
        assert ceiling is None or ceiling >= (step.ceiling or 0)


@every
@pytest.mark.parametrize("cost", [0, 1, DOLLAR, 10**15])
def test_one_bucket_is_no_breach_but_for_a_newcomer_and_teaches_what_can_be_stored(
    rule: Rule, cost: int
) -> None:
    (step,) = walk(rule, [asked(cost, 1000)])

    assert not step.verdict.breach or rule.cause == "newcomer"
    assert stored(step.after) == step.after


@every
@pytest.mark.parametrize("cost", [0, 1, DOLLAR, 10**15])
def test_a_series_that_never_changes_is_quiet_once_the_longest_window_is_full(
    rule: Rule, cost: int
) -> None:
    steps = list(walk(rule, [asked(cost, 1000)] * int(DAYS[rule.grain] * day(rule.grain))))

    full = day(rule.grain) if rule.grain is Grain.MINUTE else 8 * day(rule.grain)
    mute = rule.cause == "silence" and not cost
    assert not any(step.verdict.breach for step in steps[full:]) or mute


def breaches(rule: Rule, costs: Sequence[int], since: int = 0) -> list[int]:
    """The buckets that are breaches."""
    return [n for n, step in enumerate(walk(rule, costs, since)) if step.verdict.breach]


LONG = tuple(rule for rule in ABOVE if rule.name in ("minutes", "hours", "gaussian"))


@pytest.mark.parametrize("rule", LONG, ids=[rule.name for rule in LONG])
def test_ten_times_the_cost_after_three_weeks_is_found_and_the_weeks_before_are_quiet(
    rule: Rule,
) -> None:
    costs, size = office(rule.grain, 23), day(rule.grain)
    jump = 21 * size + size // 2
    hurt = [*costs[:jump], *(10 * cost for cost in costs[jump:])]

    found = breaches(rule, hurt)

    assert breaches(rule, costs) == []
    assert found[0] >= jump
    assert found[0] - jump <= (30 if rule.grain is Grain.MINUTE else 12)


def test_the_walk_of_this_suite_shows_a_detector_no_more_than_it_asks_for() -> None:
    rule = next(rule for rule in RULES if rule.name == "minutes")

    past = past_at(rule, [1] * 500, 400, 10_000, 0)

    assert len(past.costs) == rule.memory
    assert (past.at, past.first, past.last) == (10_400, 10_000, 10_400)


def test_a_blank_memory_is_an_empty_one() -> None:
    for rule in RULES:
        step = next(iter(walk(rule, [DOLLAR])))
        assert not step.verdict.breach
        assert all(isinstance(part, Model) for part in step.changed.values())
