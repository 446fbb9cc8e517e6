"""What a first rulebook watches: cuts, budgets, detectors and policies, with dollars seen."""

from collections.abc import Iterator

from schemas.money import dollars
from schemas.wording import counted
from spendwatch.drafting import pulses
from spendwatch.drafting.floors import RAIL, Floors, written
from spendwatch.drafting.remarks import off, said
from spendwatch.drafting.sighting import Seen
from spendwatch.drafting.spelling import globbed

MOST_KEYS = 2000
"""Keys from which on each would be a line of its own only if somebody wants it: a series costs
memory, and single users say little."""

PRODUCTION = "prod"
"""How the names of environments in production begin."""


def cuts(seen: Seen) -> Iterator[str]:
    """The section `cuts`."""
    yield from said(
        "What is watched beside the tree: each key of an application, each of its models, each "
        f"source that should never fall silent. It was used with {counted(len(seen.keys), 'key')}."
    )
    yield "cuts:"
    keys = [f"  - {{name: keys, by: [application, principal], series: {max(1, len(seen.keys))}}}"]
    yield from keys if len(seen.keys) <= MOST_KEYS else off(keys)
    yield "  - {name: models, by: [application, model]}"
    yield from pulses.cut(seen)


def budgets(seen: Seen, organisation: str, amounts: Floors) -> Iterator[str]:
    """The section `budgets`, switched off: a budget is a decision."""
    yield from said(
        "A budget is a decision, so none is set. A month at this pace and a fifth more would be "
        "what stands here; marks are percent."
    )
    series = f'series: "organisation:{organisation}"'
    amount = f"amount_usd: {written(amounts.month)}, marks: [50, 80, 100, 120]"
    yield from off(["budgets:", f"  - {{name: everything, {series}, {amount}}}"])


def detectors(seen: Seen, amounts: Floors) -> Iterator[str]:
    """The section `detectors`."""
    keys = ', "keys:*"' if len(seen.keys) <= MOST_KEYS else ""
    yield from said(
        "What is unusual: windows that cost more than any of the last 56 days, by far. Under "
        "`floor_usd` excess dollars nothing is told, in a series' first two weeks under three "
        "times that. How far is by far follows from how many false alarms a month everybody "
        "together bears. The first day only teaches."
    )
    yield "false_alarms_a_month: 4"
    yield "detectors:"
    yield from _records("burst", "minute", f'"application:*"{keys}', written(amounts.burst))
    whole = '"application:*", "service:*", "business_unit:*"'
    yield from _records("day", "hour", whole, written(amounts.day))
    new = f'series: ["models:*"{keys}], floor_usd: {written(amounts.newcomer)}'
    yield f"  - {{name: newcomers, kind: newcomer, {new}}}"
    yield from pulses.detector(seen)


def _records(name: str, grain: str, series: str, floor: str) -> Iterator[str]:
    yield f"  - name: {name}"
    yield "    kind: records"
    yield f"    grain: {grain}"
    yield f"    series: [{series}]"
    yield f"    floor_usd: {floor}"


def policies(seen: Seen, amounts: Floors) -> Iterator[str]:
    """The section `policies`."""
    dearest = dollars(max(seen.hours.values(), default=0))
    yield from said("What deserves attention however usual it is.")
    yield "policies:"
    yield from _allowed(seen)
    yield from said(
        f"The dearest hour of any application cost {dearest}; {RAIL} times that stops nothing, "
        "but is told within seconds.", "  "
    )  # fmt: skip
    rail = f'series: ["application:*"], usd: {written(amounts.rail)}, window: 1h'
    yield f"  - {{name: rail, kind: limit, {rail}}}"
    growth = (
        f'series: ["application:*"], window: 4h, times: 3, floor_usd: {written(amounts.growth)}'
    )
    yield f"  - {{name: tripled, kind: growth, {growth}}}"
    yield "  - {name: unowned, kind: share, of: unowned, percent: 5}"
    yield "  - {name: unpriced, kind: share, of: unpriced, percent: 1}"


def _allowed(seen: Seen) -> Iterator[str]:
    """The models of production, where an environment is called so."""
    where = sorted(name for name in seen.models if name.lower().startswith(PRODUCTION))
    models = sorted({model for name in where for model in seen.models[name]})
    if not models:
        yield from said("No usage names an environment `production`; if yours will:", "  ")
        allowed = "environments: [production], models: [gpt-4o-mini]"
        yield from off([f"  - {{name: production-models, kind: models_allowed, {allowed}}}"])
        return
    yield from said("Models seen in production; the first charge of any other is told.", "  ")
    yield "  - name: production-models"
    yield "    kind: models_allowed"
    yield f"    environments: [{', '.join(globbed(name) for name in where)}]"
    yield "    models:"
    yield from (f"      - {globbed(model)}" for model in models)
