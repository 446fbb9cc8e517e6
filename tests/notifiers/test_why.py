"""Why and where an incident is over, in words."""

from dataclasses import replace
from typing import Any

import pytest

from notifiers import facts, why, words
from schemas.clues import PARTS
from schemas.money import NANO
from tests.notifiers.incident_samples import evidence, incident, narrow, update


def sentence(*, accrued: int | None = None, **changes: Any) -> str:
    """The line of an incident with this evidence, which has accrued no more since it was found."""
    over = sum(changes["parts"].values()) if accrued is None else accrued
    return why.sentence(incident(evidence=(evidence(**changes),), accrued_nano_usd=over))


def test_the_line_tells_the_largest_part_first_and_leaves_out_what_is_under_a_twentieth() -> None:
    said = sentence(parts={"retries": 5 * NANO, "price": 4_999_999_999, "volume": 90_000_000_001})
    assert said == "$90.00 more use, $5.00 failed calls"


def test_what_was_over_when_it_was_found_stands_beside_what_has_accrued_since() -> None:
    assert sentence(parts={"price": 5 * NANO}, accrued=60 * NANO) == (
        "$5.00 higher prices, of $5.00 when it was found"
    )


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_words_for_more_and_for_less(part: str) -> None:
    assert set(PARTS) == {"volume", *why.WORDS}
    more = sentence(parts={part: 100 * NANO})
    less = sentence(parts={"volume": 10 * NANO, part: -5 * NANO})
    assert more.startswith("$100 ") and "saved by" not in more
    assert "saved by" in less


def test_figures_stand_beside_their_part_as_seen_and_as_usual() -> None:
    parts = {"volume": 60, "retries": 40, "tokens_per_call": 30, "cache_rate": 20}
    counts = {
        "calls": 11_400, "usual_calls": 1_150, "failed": 40, "tokens_per_call": 2_100,
        "usual_tokens_per_call": 1_900, "usual_cached_percent": 80,
    }  # fmt: skip
    said = [
        part.text for part in why.parts(incident(evidence=(evidence(parts=parts, counts=counts),)))
    ]
    assert said == [
        "more calls (11,400, usually 1,150)",
        "failed calls (40)",
        "longer calls (2,100 tokens each, usually 1,900)",
        "less from the cache (0 % of the input, usually 80)",
    ]


def test_all_parts_are_there_the_largest_first() -> None:
    found = why.parts(narrow())
    assert sum(part.nano_usd for part in found) == (427 - 70) * NANO
    assert [part.name for part in found][:2] == ["volume", "tokens_per_call"]


def test_the_rule_that_found_most_at_once_explains() -> None:
    limit = evidence(cause="limit", parts={"volume": 5}, accrued_nano_usd=900 * NANO)
    least, most = evidence(parts={"volume": 7}), evidence(parts={"price": 9 * NANO})
    other = evidence(series="unit:retail", parts={"volume": 50 * NANO})
    found = incident(evidence=(limit, least, most, other), accrued_nano_usd=9 * NANO)
    assert why.sentence(found) == "$9.00 higher prices"


def test_the_narrowest_place_tells_its_share_of_what_holds_it() -> None:
    found = narrow()
    own, wide = found.evidence
    paced = replace(wide, hourly_nano_usd=5 * own.hourly_nano_usd)
    assert why.place(replace(found, evidence=(own, paced))) == (
        "principal k-17 of coding-agent: 91 % of what engineering is over"
    )
    longer = replace(wide, accrued_nano_usd=2 * own.accrued_nano_usd)
    assert "100 %" in why.place(replace(found, evidence=(own, longer))), "by its pace"
    unit = replace(found, dimensions={}, owner="engineering")
    assert why.place(unit).startswith("engineering: ")
    ownerless = replace(found, owner="")
    assert why.place(ownerless).startswith("application coding-agent, principal k-17: ")


def test_nothing_is_said_where_nothing_is_known() -> None:
    plain = incident()
    assert not why.sentence(plain) and not why.place(plain)
    assert [one.label for one in facts.reasoned(plain)] == ["Why (spike)", "Why (limit)"]
    summed = narrow(cause="catching_up")
    assert not why.sentence(summed) and not why.place(summed)
    assert not why.sentence(incident(evidence=()))


def test_both_lines_stand_before_the_rules_reasons() -> None:
    labels = [one.label for one in facts.reasoned(narrow())]
    assert labels == ["Why", "Where", "Why (spike)"]
    told = words.plain(update(narrow()))
    assert "\n  Why: $312 more calls (11,400, usually 1,150), " in told
