"""An incident as a structured CloudEvent.

(CloudEvents 1.0.2, JSON format; Standard Webhooks 1.0.0 asks for less than 20 kB.)
"""

from typing import Any
from urllib.parse import quote

from notifiers import why, words
from notifiers.base import Update
from notifiers.news import news
from notifiers.text import cut
from schemas.moments import rfc3339
from schemas.records import Evidence, Incident

LONGEST_BODY = 20_000
"""Bytes; the cuts below keep the body under it whatever the names are."""

LONGEST_PATH = 200
LONGEST_NAME = 64
LONGEST_REASON = 300
LONGEST_LINK = 1000
MOST_EVIDENCE = 4
MOST_DIMENSIONS = 8


def render(update: Update) -> dict[str, Any]:
    """The event of an incident's revision; `id` is its idempotency key."""
    incident = update.incident
    organisation = quote(cut(update.organisation, LONGEST_NAME), safe="")
    return {
        "specversion": "1.0",
        "id": f"{incident.id}.{incident.revision}",
        "source": f"/spendwatch/{organisation}",
        "type": f"ai.spend.incident.{incident.state}.v1",
        "subject": incident.id,
        "time": rfc3339(incident.updated_at),
        "datacontenttype": "application/json",
        "data": _data(update),
    }


def _data(update: Update) -> dict[str, Any]:
    incident = update.incident
    return {
        "incident": incident.id,
        "revision": incident.revision,
        "generation": incident.generation,
        "state": incident.state,
        "severity": incident.severity,
        "headline": words.headline(incident),
        "news": news(incident).text,
        "why": cut(why.sentence(incident), LONGEST_REASON),
        "where": cut(why.place(incident), LONGEST_REASON),
        "link": update.link if len(update.link) <= LONGEST_LINK else "",
        **_whose(incident),
        **_times(incident),
        **_money(incident),
        "evidence": [_evidence(one) for one in incident.evidence[:MOST_EVIDENCE]],
    }


def _whose(incident: Incident) -> dict[str, Any]:
    dimensions = sorted(incident.dimensions.items())[:MOST_DIMENSIONS]
    return {
        "series": cut(incident.series, LONGEST_PATH),
        "owner": cut(incident.owner, LONGEST_PATH),
        "dimensions": {cut(k, LONGEST_NAME): cut(v, LONGEST_NAME) for k, v in dimensions},
        "cause": cut(incident.cause, LONGEST_NAME),
        "causes": [cut(one, LONGEST_NAME) for one in incident.causes[:MOST_DIMENSIONS]],
        "by": cut(incident.by, LONGEST_NAME),
        "merged_into": cut(incident.merged_into or "", LONGEST_NAME) or None,
    }


def _times(incident: Incident) -> dict[str, Any]:
    until, ended = incident.until, incident.resolved_at
    return {
        "opened_at": rfc3339(incident.opened_at),
        "resolved_at": None if ended is None else rfc3339(ended),
        "until": None if until is None else rfc3339(until),
    }


def _money(incident: Incident) -> dict[str, Any]:
    return {
        "accrued_nano_usd": incident.accrued_nano_usd,
        "projected_nano_usd": incident.projected_nano_usd,
        "hourly_nano_usd": incident.hourly_nano_usd,
        "late_nano_usd": incident.late_nano_usd,
        "restated_nano_usd": incident.restated_nano_usd,
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        "rule": cut(one.rule, LONGEST_NAME),
        "cause": cut(one.cause, LONGEST_NAME),
        "bucket_start": rfc3339(one.bucket_start),
        "observed_nano_usd": one.observed,
        "expected_nano_usd": one.expected,
        "reason": cut(one.reason, LONGEST_REASON),
        "parts_nano_usd": dict(one.parts),
    }
