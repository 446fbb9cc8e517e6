"""A first rulebook from what usage shows: complete, commented, and honest about its guesses.

Whatever names the usage holds, the draft is a rulebook and owns all of that usage.
"""

from collections.abc import Iterator

from schemas.money import dollars
from schemas.wording import counted
from spendwatch.drafting import owning, pricing, telling, watching
from spendwatch.drafting.floors import floors
from spendwatch.drafting.remarks import said
from spendwatch.drafting.sighting import Seen
from spendwatch.drafting.spelling import quoted


def draft(seen: Seen, organisation: str) -> str:
    """The rulebook as YAML, for an organisation with a valid id."""
    amounts = floors(seen)
    sections = (
        _head(seen, organisation),
        owning.owners(seen),
        owning.rules(seen),
        pricing.rates(seen),
        watching.cuts(seen),
        watching.budgets(seen, organisation, amounts),
        watching.detectors(seen, amounts),
        watching.policies(seen, amounts),
        telling.places(),
        telling.routes(),
    )
    return "\n".join("\n".join([*section, ""]) for section in sections)


def _head(seen: Seen, organisation: str) -> Iterator[str]:
    span = f"{seen.days:.1f} days" if seen.days > 1 else "a day at most"
    yield from said(
        f"A first rulebook for {organisation}, drafted by `spendwatch init` from "
        f"{counted(seen.usages, 'usage')} in {span}: {dollars(round(seen.daily))} a day at public "
        "prices, without discounts. Everything here may be changed; `spendwatch check FILE` names "
        "every mistake."
    )
    yield from said(
        "A line with # and no space after it is a setting that is off: take the # away to switch "
        "it on."
    )
    yield f"organisation: {quoted(organisation)}"
