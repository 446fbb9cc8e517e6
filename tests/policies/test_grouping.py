"""The narrowest series tells; what contains it is evidence."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import opening
from policies.grouping import explained, explaining, explains, related
from policies.heard import Heard
from policies.incidents import Incidents
from schemas.records import Incident
from tests.policies.folding import TERMS
from tests.streams.judge_kit import ALL, CHAT, KEY, RETAIL, STOREFRONT, found
from tests.streams.watch_kit import DOLLAR

MODEL = {"application": "chat", "model": "gpt-4o", "business_unit": "retail"}
cuts = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"))


def incident(**changes: Any) -> Incident:
    """The incident that a finding opens."""
    incidents = Incidents({})
    finding = found(0, **changes)
    incidents.hear([Heard(finding, finding.time)], TERMS)
    (opened,) = incidents.all()
    return opened


def dollars(accrued: float, hourly: float = 0) -> dict[str, Any]:
    return {
        "accrued_nano_usd": round(accrued * DOLLAR),
        "hourly_nano_usd": round(hourly * DOLLAR),
    }


@given(cuts, cuts)
def test_relation_is_mutual(one: Mapping[str, str], other: Mapping[str, str]) -> None:
    assert related(one, other) == related(other, one)


@given(cuts, cuts)
def test_what_contains_another_is_related(one: dict[str, str], other: dict[str, str]) -> None:
    assert related(one, {**other, **one})
    assert related(one, {})


def test_series_that_can_hold_no_usage_in_common_are_not() -> None:
    assert not related({"application": "chat"}, {"application": "search", "model": "gpt-4o"})


@pytest.mark.parametrize(
    ("narrow", "wide", "most"),
    [
        ((70, 0), (100, 0), True),
        ((69, 0), (100, 0), False),
        ((0, 7), (100, 10), True),
        ((0, 6), (100, 10), False),
        ((100, 0), (10, 0), True),
        ((0, 0), (0, 0), False),
        ((100, 100), (0, 0), False),
        ((-5, -5), (-10, -10), False),
    ],
)
def test_seven_tenths_explain_by_what_accrued_or_by_the_pace(
    narrow: tuple[int, int], wide: tuple[int, int], most: bool
) -> None:
    assert explains(narrow, wide) is most


@pytest.mark.parametrize("wide", [CHAT, STOREFRONT, RETAIL, ALL])
def test_a_key_explains_all_that_contain_it(wide: str) -> None:
    narrow = incident(series=KEY, **dollars(8))

    assert explaining(found(1, series=wide, **dollars(10)), [narrow]) == narrow
    assert explaining(found(1, series=wide, **dollars(20)), [narrow]) is None


def test_a_wider_series_explains_no_narrower_one() -> None:
    wide = incident(series=CHAT, **dollars(10))

    assert explaining(found(1, series=KEY, **dollars(9)), [wide]) is None
    assert explained(incident(series=KEY, **dollars(9)), [wide]) == [wide]


def test_of_two_cuts_as_narrow_as_each_other_the_first_tells() -> None:
    key = incident(series=KEY, **dollars(10))
    model = found(1, series="models:chat|gpt-4o", dimensions={**MODEL, "service": "storefront"})

    assert explaining(model, [key]) == key
    assert (
        explained(key, [incident(series="models:chat|gpt-4o", dimensions=model.dimensions)]) == []
    )


def test_another_unit_explains_nothing() -> None:
    other = incident(series="application:triage", **dollars(100))

    assert explaining(found(1, series=CHAT), [other]) is None


def test_of_several_the_dearest_explains() -> None:
    cheap, dear = (incident(series=f"keys:chat|{k}", **dollars(n)) for k, n in (("a", 8), ("b", 9)))

    assert explaining(found(1, series=CHAT, **dollars(10)), [cheap, dear]) == dear


@pytest.mark.parametrize("cause", ["budget", "silence"])
def test_budgets_and_silence_stand_alone(cause: str) -> None:
    narrow = incident(series=KEY, **dollars(8))
    alone = incident(series=KEY, cause=cause, rule="retail/1/2026-11/80", **dollars(8))

    assert explaining(found(1, series=CHAT, cause=cause), [narrow]) is None
    assert explaining(found(1, series=CHAT), [alone]) is None
    assert explained(alone, [incident(series=CHAT)]) == []
    assert explained(narrow, [incident(series=CHAT, cause=cause, rule="a/1/2026-11/9")]) == []


def test_what_has_no_dollars_is_explained_by_nothing() -> None:
    narrow = incident(series=KEY, **dollars(100, 100))

    assert explaining(found(1, series=ALL, cause="share", **dollars(0)), [narrow]) is None


def test_what_is_owned_explains_no_share_of_what_is_not() -> None:
    owned = incident(series=KEY, **dollars(100))
    stray = incident(series="keys:stray|k9", owner="unowned/unowned/unowned", **dollars(90))
    share = found(1, series=ALL, cause="share", **dollars(100))

    assert explaining(share, [owned]) is None
    assert explaining(share, [owned, stray]) == stray
    assert explained(owned, [incident(series=ALL, cause="share", **dollars(100))]) == []


def test_pools_and_what_nobody_owns_are_no_part_of_the_tree() -> None:
    loop = incident(series=KEY, **dollars(100))

    for beside in ("pool:gpus", "application:unowned", "business_unit:unowned"):
        assert explaining(found(1, series=beside, **dollars(100)), [loop]) is None
        assert explaining(found(1, series=ALL, **dollars(10)), [incident(series=beside)]) is None
        dear = incident(series=beside, **dollars(100))
        assert explaining(found(1, series=ALL, **dollars(100)), [dear]) == dear


def test_an_id_is_of_series_and_first_bucket_and_of_a_mark_where_there_is_one() -> None:
    one, later, other = found(0), found(1), found(0, series=KEY)
    marks = [found(0, cause="budget", rule=f"retail/1/2026-11/{mark}") for mark in (50, 80)]

    ids = [opening.named(finding) for finding in (one, later, other, *marks)]

    assert len(set(ids)) == len(ids)
    assert opening.named(found(0, rule="another", cause="limit")) == opening.named(one)
