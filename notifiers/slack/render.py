"""An incident as a Slack message: Block Kit, with a fallback text that is enough by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from notifiers import facts, words
from notifiers.base import Update
from notifiers.news import News, told
from notifiers.slack.escaping import fit
from schemas.records import Incident

LONGEST_HEADER = 150
LONGEST_SECTION = 3000
LONGEST_FIELD = 2000
LONGEST_BUTTON_URL = 3000
"""(docs.slack.dev/reference/block-kit/blocks, as slack_sdk.models checks it.)"""

LONGEST_TEXT = 4000
"""Slack truncates past 40,000 and recommends 4,000.
(docs.slack.dev/reference/methods/chat.postMessage, "Truncating content".)"""

MOST_REASONS = 7
"""Of them why, where and five rules."""

LONGEST_FACT = 300
"""Ten of them, the header and the reasons stay under 13,200 characters, above which Slack answers
msg_blocks_too_long without documenting it (github.com/slackapi/bolt-js/issues/2509)."""

EVENT_TYPE = "spend_incident"
"""How our messages are found again by their metadata."""

SIGNS = {"SEV1": "🔴", "SEV2": "🟠", "SEV3": "🟡", "info": "🔵"}
STANDING = {"resolved": "🟢", "expected": "⚪", "merged": "⚪", "stale": "⚫"}

BUTTONS = (
    ("acknowledge", "Acknowledge"),
    ("snooze", "Snooze"),
    ("expected", "This was expected…"),
)
"""Action id, which is the answer's action, and label; the value is `incident:revision`."""

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What chat.postMessage and chat.update take, beside the channel."""

    text: str
    blocks: tuple[Block, ...]
    metadata: dict[str, Any]


def render(update: Update) -> Message:
    """The one message of an incident as it now stands."""
    incident = update.incident
    found = [
        _header(incident),
        *_facts(incident),
        *_reasons(incident),
        *_actions(update),
        _footer(incident),
    ]
    return Message(fit(words.summary(update), LONGEST_TEXT), tuple(found), _metadata(incident))


def reply(incident: Incident, news: News) -> Message:
    """A line of news for the thread."""
    text = fit(news.text, LONGEST_SECTION)
    return Message(text, (_section(text),), _metadata(incident))


def _header(incident: Incident) -> Block:
    sign = STANDING.get(incident.state) or SIGNS.get(incident.severity, "")
    title = fit(f"{sign} {words.headline(incident)}".strip(), LONGEST_HEADER)
    return {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}


def _facts(incident: Incident) -> Iterable[Block]:
    """Label and text as fields, at most ten of them."""
    fields = [
        _mrkdwn(f"*{fit(fact.label, LONGEST_FACT)}*\n{fit(fact.text, LONGEST_FACT)}")
        for fact in facts.facts(incident)
    ]
    if fields:
        yield {"type": "section", "fields": fields}


def _reasons(incident: Incident) -> Iterable[Block]:
    lines = [f"*{fact.label}*: {fact.text}" for fact in facts.reasoned(incident)]
    if lines:
        yield _section("\n".join(fit(line, LONGEST_SECTION // MOST_REASONS - 1) for line in lines))


def _actions(update: Update) -> Iterable[Block]:
    incident = update.incident
    value = f"{incident.id}:{incident.revision}"
    known = BUTTONS if words.answerable(incident) else ()
    elements = [{**_button(label), "action_id": id_, "value": value} for id_, label in known]
    if update.link and len(update.link) <= LONGEST_BUTTON_URL:
        elements.append({**_button("Open"), "action_id": "open", "url": update.link})
    if elements:
        yield {"type": "actions", "elements": elements}


def _button(label: str) -> Block:
    return {"type": "button", "text": {"type": "plain_text", "text": label, "emoji": False}}


def _footer(incident: Incident) -> Block:
    said = fit(words.footer(incident), LONGEST_FACT)
    return {"type": "context", "elements": [_mrkdwn(said)]}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Block:
    """Verbatim: Slack looks for no links, channels or people in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _metadata(incident: Incident) -> dict[str, Any]:
    return {
        "event_type": EVENT_TYPE,
        "event_payload": {"incident": incident.id, **told(incident)},
    }
