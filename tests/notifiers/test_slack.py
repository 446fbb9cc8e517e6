"""Slack: one message per incident, edited in place, and what each of its errors means."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.models.blocks import Block, HeaderBlock

from notifiers.base import Gone, Notifier, NotSent, Refused, Remote, Uncertain, Unreachable
from notifiers.news import News
from notifiers.slack.answers import failure
from notifiers.slack.client import Slack
from notifiers.slack.render import LONGEST_HEADER, render, reply
from tests.notifiers.incident_samples import CASES, hostile, incident, resolved, update
from tests.notifiers.place_kits import slack_settings, wall
from tests.notifiers.slack_double import SlackDouble, texts_of
from tests.notifiers.vendor_double import CUT, LOST, Fault
from tests.notifiers.vendor_specs import check_slack


@pytest.fixture
async def place(slack: SlackDouble) -> AsyncIterator[Slack]:
    found = Slack(slack_settings(slack.url))
    yield found
    await found.close()


async def opened(place: Notifier) -> Remote:
    return await place.show(update(), {})


async def test_a_message_is_edited_and_its_news_stand_in_the_thread(
    place: Slack, slack: SlackDouble
) -> None:
    remote = await opened(place)
    worse = incident(revision=2, severity="SEV1", news="worse")
    remote = await place.show(update(worse, delivered=1), remote)
    answered = incident(
        revision=3, severity="SEV1", state="acknowledged", news="acknowledged", by="ada"
    )
    remote = await place.show(update(answered, delivered=2), remote)
    await place.show(update(resolved(severity="SEV1"), delivered=3), remote)

    assert len(slack.parents) == 1
    assert "Resolved" in slack.parents[0]["text"]
    thread = slack.replies(slack.parents[0]["ts"])
    assert [one["text"].split()[0].strip(",:") for one in thread] == [
        "Worse",
        "Acknowledged",
        "Resolved",
    ]
    assert [one["broadcast"] for one in thread] == [True, False, True]


async def test_a_change_without_news_edits_only(place: Slack, slack: SlackDouble) -> None:
    remote = await opened(place)
    await place.show(update(incident(revision=2, accrued_nano_usd=10**15), delivered=1), remote)

    assert len(slack.messages) == 1
    assert slack.parents[0]["metadata"]["event_payload"]["told"] == "2"


async def test_the_wire_has_metadata_and_no_previews(place: Slack, slack: SlackDouble) -> None:
    await opened(place)
    body = slack.named("chat.postMessage")[0].body

    assert body["metadata"]["event_type"] == "spend_incident"
    assert body["metadata"]["event_payload"]["incident"] == incident().id
    assert body["unfurl_links"] is False
    assert "link_names" not in body


async def test_a_lost_answer_makes_one_message_and_is_found(
    place: Slack, slack: SlackDouble
) -> None:
    slack.fail("chat.postMessage", LOST)
    with pytest.raises(Uncertain):
        await opened(place)
    found = await place.find(update(since=wall()), {})
    assert found is not None
    await place.show(update(resolved()), found)

    assert len(slack.parents) == 1
    assert found["told"] == "1"
    assert found["ts"] == slack.parents[0]["ts"]


async def test_a_cut_call_leaves_nothing_to_be_found(place: Slack, slack: SlackDouble) -> None:
    slack.fail("chat.postMessage", CUT)
    with pytest.raises(Uncertain):
        await opened(place)

    assert await place.find(update(since=wall()), {}) is None
    assert len(slack.calls) == 2


async def test_news_whose_answer_was_lost_are_not_told_twice(
    place: Slack, slack: SlackDouble
) -> None:
    remote = await opened(place)
    worse = update(incident(revision=2, severity="SEV1", news="worse"), delivered=1)
    slack.fail("chat.postMessage", LOST)
    with pytest.raises(Uncertain):
        await place.show(worse, remote)
    found = await place.find(replace(worse, since=wall()), remote)
    assert found is not None
    await place.show(worse, found)

    assert len(slack.replies(remote["ts"])) == 1


async def test_only_this_incidents_message_is_found(place: Slack, slack: SlackDouble) -> None:
    for number in range(5):
        await place.show(update(incident(id=f"other{number}")), {})
    remote = await opened(place)
    broadcast = incident(revision=2, severity="SEV1", news="worse")
    await place.show(update(broadcast, delivered=1), remote)
    found = await place.find(update(broadcast, since=wall()), {})

    assert found is not None
    assert found["ts"] == remote["ts"]
    assert await place.find(update(incident(id="unknown"), since=wall()), {}) is None


async def test_without_the_scope_to_read_nothing_is_found(place: Slack, slack: SlackDouble) -> None:
    remote = await opened(place)
    slack.scopes.discard("channels:history")

    assert await place.find(update(), {}) is None
    assert await place.find(update(), remote) == remote


async def test_a_deleted_message_is_gone(place: Slack, slack: SlackDouble) -> None:
    remote = await opened(place)
    slack.messages.clear()

    with pytest.raises(Gone, match="message_not_found"):
        await place.show(update(resolved(), delivered=1), remote)
    with pytest.raises(Gone, match="thread_not_found"):
        await place.find(update(resolved(), delivered=1), remote)


async def test_a_second_message_within_a_second_waits_as_slack_says(
    place: Slack, slack: SlackDouble
) -> None:
    slack.limited = True
    await opened(place)
    with pytest.raises(Unreachable, match="ratelimited") as wrong:
        await place.show(update(incident(id="other")), {})

    assert wrong.value.retry_after == 1
    assert len(slack.parents) == 1
    assert len(slack.named("chat.postMessage")) == 2


async def test_a_layout_that_slack_dislikes_goes_out_as_text(
    place: Slack, slack: SlackDouble
) -> None:
    slack.errors = ["invalid_blocks"]
    await opened(place)

    assert slack.parents[0]["blocks"] == []
    assert "$412" in slack.parents[0]["text"]


async def test_a_wrong_token_is_refused(
    place: Slack, slack: SlackDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_TOKEN", "xoxb-old")

    with pytest.raises(Refused, match="invalid_auth"):
        await opened(place)


async def test_a_redirect_is_not_followed(place: Slack, slack: SlackDouble) -> None:
    slack.fail("chat.postMessage", Fault(307, {"Location": f"{slack.url}/chat.update"}))

    with pytest.raises(Refused, match="redirected"):
        await opened(place)
    assert [call.name for call in slack.calls] == ["chat.postMessage"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, body={"ok": False, "error": "internal_error"}),
        Fault(503),
        Fault(200, body={"ok": False, "error": "fatal_error"}),
        CUT,
    ],
)
async def test_what_may_have_happened_is_uncertain(
    place: Slack, slack: SlackDouble, fault: Fault
) -> None:
    slack.fail("chat.postMessage", fault)

    with pytest.raises(Uncertain):
        await opened(place)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ("channel_not_found", Refused),
        ("not_in_channel", Refused),
        ("is_archived", Refused),
        ("invalid_auth", Refused),
        ("account_inactive", Refused),
        ("token_revoked", Refused),
        ("token_expired", Refused),
        ("missing_scope", Refused),
        ("restricted_action", Refused),
        ("ekm_access_denied", Refused),
        ("msg_too_long", Refused),
        ("some_error_of_tomorrow", Refused),
        ("ratelimited", Unreachable),
        ("rate_limited", Unreachable),
        ("message_limit_exceeded", Unreachable),
        ("fatal_error", Uncertain),
        ("internal_error", Uncertain),
        ("request_timeout", Uncertain),
        ("service_unavailable", Uncertain),
        ("duplicate_message_not_found", Uncertain),
        ("", Uncertain),
        ("message_not_found", Gone),
        ("cant_update_message", Gone),
        ("edit_window_closed", Gone),
    ],
)
def test_each_error_of_slack_has_one_meaning(error: str, meaning: type[NotSent]) -> None:
    assert type(failure(200, error, None)) is meaning


def test_buttons_carry_incident_and_revision_and_end_with_it() -> None:
    def values(of: Any) -> list[str]:
        blocks = [one for one in render(update(of)).blocks if one["type"] == "actions"]
        return [str(one.get("value")) for block in blocks for one in block["elements"]]

    assert values(incident(revision=3)) == [f"{incident().id}:3"] * 3 + ["None"]
    assert values(resolved()) == ["None"]


def test_nobody_is_pinged_by_a_name() -> None:
    message = render(update(hostile("<!channel> <@U1> @here")))

    for text in [message.text, *texts_of(list(message.blocks))]:
        assert "<" not in text
    sections = [one for one in message.blocks if one["type"] == "section"]
    assert all(one["verbatim"] for block in sections for one in block.get("fields", ()))


@pytest.mark.parametrize("case", CASES)
def test_slacks_own_models_accept_every_message(case: str) -> None:
    blocks = Block.parse_all(list(render(update(CASES[case])).blocks))

    for block in blocks:
        block.validate_json()
    assert isinstance(blocks[0], HeaderBlock)
    assert blocks[0].text_max_length == LONGEST_HEADER


async def test_requests_have_the_shape_that_slack_describes(
    place: Slack, slack: SlackDouble
) -> None:
    remote = await opened(place)
    await place.show(update(resolved(), delivered=1), remote)

    for call in slack.calls:
        check_slack(call.name, call.body)
    assert {call.name for call in slack.calls} == {"chat.postMessage", "chat.update"}


def test_a_reply_is_one_escaped_line() -> None:
    message = reply(incident(), News("a <b> & c", loud=True))

    assert message.text == "a &lt;b&gt; &amp; c"
    assert message.metadata["event_payload"]["told"] == "1"


def test_edits_are_apart_and_a_lane_is_as_slow_as_slack_wants() -> None:
    manner = slack_settings("http://127.0.0.1:9", edits_apart_s=30).manner

    assert manner.apart.total_seconds() == 30
    assert manner.interval.total_seconds() >= 1
    assert manner.at_once == 1
