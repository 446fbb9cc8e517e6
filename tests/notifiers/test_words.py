"""What an incident says: headlines, facts, reasons, news; amounts, times and names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifiers import facts, words
from notifiers.figures import clock_time, duration, headline_dollars, ratio
from notifiers.news import LINES, STATES, News, news, told
from notifiers.slack.escaping import fit
from notifiers.subject import main_evidence
from notifiers.text import clean, cut
from schemas.money import NANO
from schemas.records import Incident
from tests.notifiers.incident_samples import (
    CASES,
    HOSTILE,
    NOW,
    OPENED,
    evidence,
    incident,
    resolved,
    silent,
    update,
)


@pytest.mark.parametrize(
    ("nano", "said"),
    [
        (0, "$0.00"),
        (420_000, "$0.00042"),
        (99 * NANO + 995_000_000, "$100.00"),
        (100 * NANO, "$100"),
        (412_330_000_000, "$412"),
        (412_500_000_000, "$412"),
        (413_500_000_000, "$414"),
        (-1_234_500_000_000, "-$1,234"),
        (1_234_567 * NANO, "$1,234,567"),
    ],
)
def test_headlines_have_whole_dollars_from_a_hundred_on(nano: int, said: str) -> None:
    assert headline_dollars(nano) == said


@pytest.mark.parametrize(
    ("observed", "expected", "said"),
    [
        (427, 70, "6.1x"),
        (105, 100, "1.0x"),
        (99_949, 1000, "99.9x"),
        (999_600, 1000, "1,000x"),
        (153_000, 1000, "153x"),
        (12_345_678, 100, "123,457x"),
        (70, 70, None),
        (69, 70, None),
        (5, 0, None),
        (5, -1, None),
    ],
)
def test_a_ratio_is_exact_to_its_last_digit(observed: int, expected: int, said: str | None) -> None:
    assert ratio(observed, expected) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(0), "0 min"),
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=25, seconds=59), "25 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(days=1, minutes=4), "1 day 4 min"),
        (timedelta(days=2, hours=4, minutes=9), "2 days 4 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(length: timedelta, said: str) -> None:
    assert duration(length) == said


def test_times_are_in_utc_whatever_their_offset() -> None:
    here = datetime(2026, 11, 4, 1, 5, tzinfo=timezone(timedelta(hours=11)))

    assert clock_time(here) == "3 Nov 2026 14:05 UTC"
    assert clock_time(here.astimezone(UTC)) == clock_time(here)


@given(st.text(), st.integers(2, 50))
def test_a_cut_text_is_short_and_on_one_line(text: str, limit: int) -> None:
    said = cut(text, limit)

    assert len(said) <= limit
    assert said.isprintable()
    assert said == clean(said)


@given(st.text(alphabet="a&<>é ", max_size=60), st.integers(2, 50))
def test_slack_never_gets_half_an_entity(text: str, limit: int) -> None:
    said = fit(text, limit)

    assert len(said) <= limit
    assert "<" not in said
    rest = said.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


def test_the_headline_puts_dollars_first() -> None:
    assert (
        words.headline(incident(dimensions={}))
        == "SEV2 · search spend 6.1x expected · $412 over so far"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "acknowledged"}, "SEV2 acknowledged · search (gpt-4o) spend 6.1x expected"),
        ({"state": "stale"}, "SEV2 no data · search"),
        ({"severity": "info"}, "Info · search"),
        ({"evidence": ()}, "SEV2 · search (gpt-4o) spend above expected"),
        ({"evidence": (evidence(expected=0),)}, "spend where none was expected"),
        ({"evidence": (evidence(observed=0, cause="silence"),)}, "search (gpt-4o) silence"),
        ({"owner": "", "series": "keys:chat|key-7"}, "SEV2 · key-7 (gpt-4o)"),
        ({"accrued_nano_usd": 0}, "SEV2 · search (gpt-4o) spend 6.1x expected"),
    ],
)
def test_a_headline_says_how_it_stands(changes: dict[str, object], said: str) -> None:
    assert said in words.headline(incident(**changes))


def test_a_headline_after_the_end_has_the_total_and_how_long_it_took() -> None:
    said = words.headline(resolved(dimensions={}))

    assert said == "Resolved · search · $412 over in total · 1 h 25 min"


def test_the_main_evidence_is_of_the_own_series_and_the_opening_cause() -> None:
    other = evidence(series="application:chat", accrued_nano_usd=10**15)
    later = evidence(cause="limit", accrued_nano_usd=10**14)
    main = evidence()

    assert main_evidence(incident(evidence=(other, later, main))) == main


def test_what_the_owner_says_already_is_not_said_again() -> None:
    dimensions = {"business_unit": "retail", "service": "search", "model": "gpt-4o"}
    found = facts.facts(incident(dimensions=dimensions))

    assert [fact.label for fact in found][-2:] == ["Owner", "Model"]


def test_each_reason_is_said_once_with_the_main_one_first() -> None:
    twice = (evidence(rule="a", reason="same"), evidence(rule="b", cause="limit", reason="same"))
    more = tuple(evidence(rule=f"r{n}", cause="limit", reason=f"{n}") for n in range(9))
    said = facts.reasons(incident(evidence=(*more, *twice)))

    assert said[0] == facts.Reason("spike", "same")
    assert len(said) == facts.MOST_REASONS
    assert len({reason.text for reason in said}) == len(said)


@pytest.mark.parametrize("case", CASES)
def test_there_are_never_more_facts_than_a_slack_section_takes(case: str) -> None:
    many = replace(CASES[case], dimensions={f"d{n}": f"v{n}" for n in range(20)})

    assert len(facts.facts(many)) <= 10


@pytest.mark.parametrize("name", HOSTILE)
def test_plain_text_can_be_written_to_a_terminal(name: str) -> None:
    said = words.plain(update(incident(owner=name, by=name, state="acknowledged")))

    assert all(line.isprintable() for line in said.split("\n"))


def test_every_state_is_also_a_kind_of_news_and_begins_a_headline() -> None:
    assert set(STATES) == set(words.LEADS)
    assert set(STATES) <= set(LINES)


@pytest.mark.parametrize("kind", LINES)
def test_every_kind_of_news_has_a_line(kind: str) -> None:
    said = news(incident(news=kind, until=NOW, merged_into="77aa", by="ada"))

    assert said.text.endswith(".")
    assert said.text.isprintable()


def test_news_name_who_answered_and_until_when() -> None:
    snoozed = incident(news="snoozed", by="ada", until=OPENED)

    assert news(snoozed).text == "Snoozed by ada until 3 Nov 2026 14:05 UTC."


def test_a_resolve_tells_total_and_duration() -> None:
    assert news(resolved()).text == "Resolved: $412.33 over in total, in 1 h 25 min."


def test_what_was_told_already_is_no_news() -> None:
    assert news(incident(), told(incident())) == News("", loud=False)


def test_a_kind_of_change_that_nobody_knows_adds_no_line() -> None:
    assert news(incident(revision=2, news="recounted"), told(incident())).text == ""


def test_a_change_that_was_skipped_on_the_way_is_told_all_the_same() -> None:
    before = told(incident(severity="SEV3"))
    said = news(incident(revision=4, severity="SEV1", news="recounted"), before)

    assert said.text.startswith("Worse, now SEV1")
    assert said.loud


def test_growth_alone_is_no_news() -> None:
    grown = incident(revision=2, accrued_nano_usd=10**15)

    assert news(grown, told(incident())) == News("", loud=False)


def test_the_same_answer_by_somebody_else_is_news() -> None:
    first = incident(revision=2, state="snoozed", news="snoozed", by="ada", until=NOW)
    second = replace(first, revision=3, by="bob", until=NOW + timedelta(hours=1))

    assert news(second, told(first)).text == "Snoozed by bob until 3 Nov 2026 15:30 UTC."


def test_a_summary_of_what_was_missed_names_the_dearest() -> None:
    said = words.plain(update(CASES["catching-up"]))

    assert said.startswith("Catching up · overruns that are over: 3 · $412 over in total")
    assert "app-0 $412 over, $427.00 in 25 min" in said


def test_a_new_state_is_told_even_where_the_last_change_was_another() -> None:
    before = told(incident())
    said = news(resolved(news="recounted"), before)

    assert said.text.startswith("Resolved")
    assert said.loud


def test_data_that_is_back_is_told() -> None:
    before = told(incident(state="stale"))

    assert news(incident(revision=6, news="recounted"), before).text.startswith("Firing again")
    assert news(incident(revision=6, news="burns"), before).text.startswith("Data is back")


def test_an_acknowledgement_is_told_quietly_and_a_rise_with_it_loudly() -> None:
    answered = incident(revision=3, state="acknowledged", news="acknowledged", by="ada")
    risen = replace(answered, severity="SEV1")

    assert news(answered, told(incident())) == News("Acknowledged by ada.", loud=False)
    assert news(risen, told(incident())).text.startswith("Acknowledged by ada. Worse, now SEV1")
    assert news(risen, told(incident())).loud


def test_a_second_life_is_told_as_one() -> None:
    before = told(resolved())
    again = incident(revision=11, generation=2, news="opened")
    over = resolved(revision=12, generation=2)

    assert news(again, before).text.startswith("It is back")
    assert news(over, before).text.startswith("Resolved")


def heard_again() -> Incident:
    return CASES["silent-resolved"]


@pytest.mark.parametrize("case", ["silent", "silent-resolved"])
def test_a_silence_says_nothing_of_dollars(case: str) -> None:
    said = update(CASES[case])

    assert "$" not in words.plain(said) + words.summary(said)
    assert "spend" not in words.headline(CASES[case])


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", LINES)
def test_no_change_of_a_silence_speaks_of_dollars(kind: str, state: str) -> None:
    changed = silent(news=kind, state=state, until=NOW, by="ada", merged_into="77aa")
    worse = news(replace(changed, severity="SEV1"), told(silent()) | {"told": "0"})

    assert kind == "caught_up" or "$" not in news(changed).text + worse.text


def test_a_silence_says_who_is_silent_and_for_how_long() -> None:
    assert words.summary(update(silent())) == (
        "SEV3 no data · nothing heard from /feeds/invoices · 25 min overdue"
    )
    assert news(silent()).text == "Nothing heard: usage was due at 3 Nov 2026 14:05 UTC."
    assert facts.facts(silent())[0] == facts.Fact(
        "Usage was due at", "3 Nov 2026 14:05 UTC (25 min late)"
    )


def test_a_silence_that_is_over_says_how_long_it_was() -> None:
    headline = "Resolved · /feeds/invoices is heard again · was 25 min overdue"

    assert words.headline(heard_again()) == headline
    assert news(heard_again(), told(silent())) == News(
        "Usage is back, 25 min after it was due.", loud=True
    )


def test_a_silence_that_comes_again_counts_from_its_own_beginning() -> None:
    [first] = silent().evidence
    second = replace(first, opened_at=OPENED + timedelta(minutes=20))
    again = silent(revision=3, generation=2, news="reopened", evidence=(second,))

    assert news(again, told(heard_again())).text == (
        "Silent again: usage was due at 3 Nov 2026 14:25 UTC."
    )
    assert words.headline(again).endswith("· 5 min overdue")


def test_what_has_no_dollars_says_none() -> None:
    unpriced = evidence(
        cause="share", accrued_nano_usd=0, observed=0, expected=0, reason="6 of 40 charges"
    )
    none = {"accrued_nano_usd": 0, "projected_nano_usd": 0, "hourly_nano_usd": 0}
    open_, over = incident(evidence=(unpriced,), **none), resolved(evidence=(unpriced,), **none)

    assert "$" not in words.plain(update(open_)) + words.summary(update(open_))
    assert "$" not in words.plain(update(over))
    assert news(over).text == "Resolved after 1 h 25 min."


def test_a_drop_says_what_was_expected_and_what_came() -> None:
    found = evidence(cause="drop", accrued_nano_usd=0, observed=12 * NANO, expected=140 * NANO)
    none = {"accrued_nano_usd": 0, "projected_nano_usd": 0, "hourly_nano_usd": 0}
    one = incident(cause="drop", evidence=(found,), news="burns", **none)

    assert "spend far below expected" in words.headline(one)
    assert "$12.00 where $140.00 was expected" in news(one).text
    assert "over" not in words.plain(update(one))


def test_a_summary_of_silences_that_were_missed_says_what_they_were() -> None:
    missed = replace(CASES["catching-up"], accrued_nano_usd=0, projected_nano_usd=0)
    missed = replace(missed, evidence=silent().evidence)
    said = words.plain(update(missed))

    assert "All of this was over before it could be told." in said
    assert "/feeds/invoices, no usage since 14:00 UTC" in said
    assert "$" not in said
