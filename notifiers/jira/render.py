"""An incident as a Jira ticket and its news as comments, in bodies of REST v3."""

import re
from typing import Any

from notifiers import facts, words
from notifiers.base import Update
from notifiers.jira import adf
from notifiers.jira.settings import JiraSettings
from notifiers.news import News, told
from notifiers.text import cut
from schemas.records import Incident

LONGEST_SUMMARY = 255
LONGEST_DESCRIPTION = 32_767
"""(As Prometheus Alertmanager has them, notify/jira; the facts and reasons stay far below.)"""

PROPERTY = "spend.incident"
NOT_IN_LABELS = re.compile(r"[^A-Za-z0-9_.-]")


def render(update: Update, settings: JiraSettings) -> dict[str, Any]:
    """The body that creates the ticket."""
    incident = update.incident
    fields = {
        "project": {"key": settings.project},
        "issuetype": {"name": settings.issue_type},
        "summary": summary(incident),
        "description": adf.document(_description(update)),
        "labels": [label(incident), *settings.labels],
    }
    known = {"incident": incident.id, **told(incident)}
    return {"fields": fields, "properties": [{"key": PROPERTY, "value": known}]}


def summary(incident: Incident) -> str:
    """The ticket's title; a person may change it, then it stays theirs."""
    return cut(words.headline(incident), LONGEST_SUMMARY)


def label(incident: Incident) -> str:
    """The label by which the ticket is found again: `spend-<incident>`."""
    return "spend-" + NOT_IN_LABELS.sub("-", incident.id)[:200]


def query(incident: Incident) -> str:
    """JQL for all tickets of an incident, oldest first; the label can't break out of its quotes."""
    return f'labels = "{label(incident)}" ORDER BY created ASC'


def comment(incident: Incident, news: News) -> dict[str, Any]:
    """The body of a comment; its last line tells it apart when an answer was lost."""
    said = adf.paragraph(news.text)
    return {"body": adf.document([said, adf.paragraph(words.footer(incident))])}


def duplicate(key: str) -> dict[str, Any]:
    """The comment with which a second ticket is closed."""
    return {"body": adf.document([adf.paragraph(f"Duplicate of {key}, which goes on.")])}


def _description(update: Update) -> list[adf.Node]:
    incident = update.incident
    told = (*facts.facts(incident), *facts.reasoned(incident))
    lines = [(fact.label, fact.text) for fact in told]
    page = [adf.link("Open the incident", update.link)] if update.link else []
    return [adf.bullets(lines), *page, adf.paragraph(words.footer(incident))]
