"""Jira: one open ticket per incident, news as comments, statuses by category."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from notifiers.base import Gone, NotSent, Refused, Remote, Uncertain, Unreachable
from notifiers.jira.client import Jira
from notifiers.jira.render import label, query, render
from notifiers.jira.transitions import choose
from tests.notifiers.incident_samples import CASES, HOSTILE, hostile, incident, resolved, update
from tests.notifiers.jira_double import NO_WAY, STEPWISE, JiraDouble, texts_of
from tests.notifiers.place_kits import jira_settings
from tests.notifiers.vendor_double import CUT, LOST, Fault
from tests.notifiers.vendor_specs import check_jira

WORSE = incident(revision=2, severity="SEV1", news="worse")
AGAIN = incident(revision=11, generation=2, news="reopened")


@pytest.fixture
async def place(jira: JiraDouble) -> AsyncIterator[Jira]:
    found = Jira(jira_settings(jira.url))
    yield found
    await found.close()


async def opened(place: Jira) -> Remote:
    return await place.show(update(), {})


async def test_a_ticket_is_made_with_label_property_and_description(
    place: Jira, jira: JiraDouble
) -> None:
    remote = await opened(place)
    ticket = jira.tickets[remote["key"]]

    assert ticket["fields"]["labels"] == [f"spend-{incident().id}", "finops"]
    assert ticket["properties"]["spend.incident"]["told"] == "1"
    assert "$412" in ticket["fields"]["summary"]
    assert any(
        "6.1x" in text or "$427.00" in text for text in texts_of(ticket["fields"]["description"])
    )


async def test_news_become_comments_and_the_end_closes_the_ticket(
    place: Jira, jira: JiraDouble
) -> None:
    remote = await opened(place)
    remote = await place.show(update(WORSE, delivered=1), remote)
    remote = await place.show(update(resolved(), delivered=2), remote)

    said = jira.comments_of(remote["key"])
    assert [line.split()[0].strip(",:") for line in said] == ["Worse", "Resolved"]
    assert jira.open == []
    assert jira.tickets[remote["key"]]["fields"]["summary"].startswith("Resolved")


async def test_a_second_life_reopens_the_same_ticket(place: Jira, jira: JiraDouble) -> None:
    remote = await opened(place)
    remote = await place.show(update(resolved(), delivered=1), remote)
    await place.show(update(AGAIN, delivered=9), remote)

    assert jira.open == [remote["key"]]
    assert len(jira.tickets) == 1


async def test_growth_alone_calls_nobody(place: Jira, jira: JiraDouble) -> None:
    remote = await opened(place)
    calls = len(jira.calls)
    grown = incident(revision=2, accrued_nano_usd=10**15)
    remote = await place.show(update(grown, delivered=1), remote)

    assert remote["told"] == "2"
    assert len(jira.calls) == calls


async def test_a_summary_of_what_is_over_is_a_closed_ticket(place: Jira, jira: JiraDouble) -> None:
    remote = await place.show(update(CASES["catching-up"]), {})

    assert jira.open == []
    assert remote["ticket"] == "done"


async def test_a_summary_that_cannot_be_closed_is_still_known(
    place: Jira, jira: JiraDouble
) -> None:
    jira.workflow = NO_WAY
    remote = await place.show(update(CASES["catching-up"]), {})

    assert jira.open == [remote["key"]]
    assert remote["ticket"] == "open"


async def test_what_a_person_wrote_is_left_alone(place: Jira, jira: JiraDouble) -> None:
    remote = await opened(place)
    jira.tickets[remote["key"]]["fields"]["summary"] = "Ask Ada about this"
    remote = await place.show(update(WORSE, delivered=1), remote)
    await place.show(update(resolved(), delivered=2), remote)

    assert jira.tickets[remote["key"]]["fields"]["summary"] == "Ask Ada about this"


async def test_a_ticket_that_a_person_closed_stays_closed(place: Jira, jira: JiraDouble) -> None:
    remote = await opened(place)
    jira.tickets[remote["key"]]["status"] = "3"
    remote = await place.show(update(WORSE, delivered=1), remote)
    assert jira.open == []
    await place.show(update(resolved(), delivered=2), remote)

    assert jira.named("transition") == []


@pytest.mark.parametrize("conflicts", [1, 2])
async def test_a_conflict_is_read_again(place: Jira, jira: JiraDouble, conflicts: int) -> None:
    remote = await opened(place)
    jira.conflicts = conflicts
    await place.show(update(resolved(), delivered=1), remote)

    assert jira.open == []


async def test_a_workflow_may_need_a_step_in_between(place: Jira, jira: JiraDouble) -> None:
    jira.workflow = STEPWISE
    remote = await opened(place)
    remote = await place.show(update(resolved(), delivered=1), remote)
    assert jira.open == []
    await place.show(update(AGAIN, delivered=9), remote)

    assert jira.open == [remote["key"]]


async def test_a_workflow_without_an_end_is_refused_after_the_news(
    place: Jira, jira: JiraDouble
) -> None:
    jira.workflow = NO_WAY
    remote = await opened(place)
    with pytest.raises(Refused, match="no_transition"):
        await place.show(update(resolved(), delivered=1), remote)

    assert jira.comments_of(remote["key"])[0].startswith("Resolved")


async def test_a_lost_answer_makes_one_ticket_and_is_found(place: Jira, jira: JiraDouble) -> None:
    jira.fail("create", LOST)
    with pytest.raises(Uncertain):
        await opened(place)
    found = await place.find(update(), {})
    assert found is not None
    await place.show(update(resolved(), delivered=0), found)

    assert len(jira.tickets) == 1
    assert jira.open == []
    assert found["told"] == "1"


async def test_a_second_ticket_that_search_hid_is_closed_as_a_duplicate(
    place: Jira, jira: JiraDouble
) -> None:
    jira.lag = 1
    jira.fail("create", LOST)
    with pytest.raises(Uncertain):
        await opened(place)
    assert await place.find(update(), {}) is None
    jira.lag = 0
    remote = await opened(place)
    assert len(jira.open) == 2
    await place.show(update(WORSE, delivered=1), remote)

    assert jira.open == [remote["key"]]
    assert jira.comments_of("SPEND-1") == [f"Duplicate of {remote['key']}, which goes on."]


async def test_a_comment_whose_answer_was_lost_is_not_made_twice(
    place: Jira, jira: JiraDouble
) -> None:
    remote = await opened(place)
    jira.fail("comment", LOST)
    with pytest.raises(Uncertain):
        await place.show(update(WORSE, delivered=1), remote)
    found = await place.find(update(WORSE, delivered=1), remote)
    assert found is not None
    await place.show(update(WORSE, delivered=1), found)

    assert len(jira.comments_of(remote["key"])) == 1


async def test_a_deleted_ticket_is_gone(place: Jira, jira: JiraDouble) -> None:
    remote = await opened(place)
    jira.tickets.clear()

    with pytest.raises(Gone):
        await place.show(update(WORSE, delivered=1), remote)


@pytest.mark.parametrize(
    ("fault", "meaning", "wait"),
    [
        (Fault(429, {"Retry-After": "12"}), Unreachable, 12.0),
        (Fault(429), Unreachable, 5.0),
        (Fault(503, {"Retry-After": "3"}), Uncertain, 3.0),
        (Fault(500), Uncertain, None),
        (Fault(400), Refused, None),
        (Fault(403), Refused, None),
        (Fault(404), Refused, None),
        (CUT, Uncertain, None),
    ],
)
async def test_each_answer_has_one_meaning(
    place: Jira, jira: JiraDouble, fault: Fault, meaning: type[NotSent], wait: float | None
) -> None:
    jira.fail("create", fault)
    with pytest.raises(meaning) as wrong:
        await opened(place)

    assert wrong.value.retry_after == wait


async def test_a_wrong_token_is_refused(
    place: Jira, jira: JiraDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIRA_TOKEN", "old")

    with pytest.raises(Refused, match="http_401"):
        await opened(place)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_id_cannot_break_out_of_the_search(name: str) -> None:
    asked = query(incident(id=name))

    assert asked.count('"') == 2
    assert " " not in label(incident(id=name))


@pytest.mark.parametrize(
    ("ways", "done", "now", "chosen"),
    [
        ([("a", "indeterminate"), ("b", "done")], True, "new", "b"),
        ([("a", "indeterminate"), ("b", "new")], True, "new", "a"),
        ([("a", "indeterminate")], True, "indeterminate", None),
        ([("a", "indeterminate"), ("b", "new")], False, "done", "b"),
        ([("a", "done")], False, "done", None),
        ([], True, "new", None),
    ],
)
def test_a_transition_is_chosen_by_category(
    ways: list[tuple[str, str]], done: bool, now: str, chosen: str | None
) -> None:
    found = [{"id": way, "to": {"statusCategory": {"key": key}}} for way, key in ways]

    assert choose(found, done, now) == chosen


PATHS = {
    "create": ("/rest/api/3/issue", "post"),
    "search": ("/rest/api/3/search/jql", "post"),
    "comment": ("/rest/api/3/issue/{issueIdOrKey}/comment", "post"),
    "transition": ("/rest/api/3/issue/{issueIdOrKey}/transitions", "post"),
    "edit": ("/rest/api/3/issue/{issueIdOrKey}", "put"),
}


async def test_requests_have_the_shape_that_jira_describes(place: Jira, jira: JiraDouble) -> None:
    remote = await opened(place)
    await place.show(update(resolved(), delivered=1), remote)

    for call in jira.calls:
        if call.name in PATHS:
            check_jira(*PATHS[call.name], call.body)
    assert {call.name for call in jira.calls} >= PATHS.keys()


@pytest.mark.parametrize("case", CASES)
def test_every_ticket_has_the_shape_that_jira_describes(case: str) -> None:
    body: Any = render(update(CASES[case]), jira_settings("http://127.0.0.1:9"))

    check_jira(*PATHS["create"], body)
    check_jira(
        *PATHS["create"],
        render(replace(update(hostile("<b>"))), jira_settings("http://127.0.0.1:9")),
    )
