"""Incidents to show: one for each way in which one can stand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notifiers.base import Update
from schemas.money import NANO
from schemas.records import Evidence, Incident

OPENED = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
NOW = OPENED + timedelta(minutes=25)

HOSTILE = (
    "<!channel>",
    "<@U123>",
    "<https://evil.example|click>",
    "&lt;!here&gt;",
    "@everyone *bold* `code`",
    'a" OR project = SECRET OR labels = "b',
    "line\nbreak\r\n\x1b[31mred\x07",
    "\u202eevil\u2066\u200b",
    "{color:red}[~accountid:5]{panel}",
    "'; DROP TABLE incidents; --",
    "",
    "   ",
    "x" * 5000,
    "😀" * 3000,
    "&<>" * 2000,
)
"""Names that somebody may give to a team, a model or an application."""


def evidence(**changes: Any) -> Evidence:
    """What a rule said of the search service's spend."""
    found = Evidence(
        series="service:search",
        rule="records",
        cause="spike",
        phase="breach",
        bucket_start=OPENED + timedelta(minutes=20),
        opened_at=OPENED,
        accrued_nano_usd=412_330_000_000,
        hourly_nano_usd=852 * NANO,
        observed=427 * NANO,
        expected=70 * NANO,
        reason="$427.00 in 25 min; $70.00 was usual, at most $96.20",
    )
    return replace(found, **changes)


def incident(**changes: Any) -> Incident:
    """A SEV2 on the search service that has just been opened."""
    found = Incident(
        id="0f3c9a7be21d4e55",
        revision=1,
        generation=1,
        series="service:search",
        owner="retail/search",
        dimensions={"model": "gpt-4o"},
        cause="spike",
        causes=("limit", "spike"),
        severity="SEV2",
        state="firing",
        opened_at=OPENED,
        resolved_at=None,
        updated_at=NOW,
        accrued_nano_usd=412_330_000_000,
        projected_nano_usd=20_448 * NANO,
        hourly_nano_usd=852 * NANO,
        evidence=(
            evidence(rule="ceiling", cause="limit", reason="$427.00 in 1 h; the limit is $400.00"),
            evidence(),
        ),
        news="opened",
        places=("spend-alerts",),
        rulebook="b00c",
    )
    return replace(found, **changes)


def update(of: Incident | None = None, **changes: Any) -> Update:
    """The incident as it is to be shown."""
    found = Update(
        incident=incident() if of is None else of,
        delivered=0,
        organisation="acme",
        link="https://spend.example/incidents/0f3c9a7be21d4e55",
    )
    return replace(found, **changes)


def resolved(**changes: Any) -> Incident:
    """The same incident after its end."""
    ended = NOW + timedelta(hours=1)
    life = {"state": "resolved", "news": "resolved", "resolved_at": ended, "updated_at": ended}
    return incident(**{"revision": 9, **life, **changes})


def narrow(**changes: Any) -> Incident:
    """One key makes up most of what its business unit is over, by far more and longer calls."""
    said = evidence(
        series="keys:coding-agent|k-17",
        observed=427 * NANO,
        expected=70 * NANO,
        parts={
            "volume": 312 * NANO,
            "tokens_per_call": 41_500_000_000,
            "cache_rate": 20 * NANO,
            "price": 1_500_000_000,
            "model_mix": -18 * NANO,
        },
        counts={
            "calls": 11_400,
            "usual_calls": 1_150,
            "tokens_per_call": 5_210,
            "usual_tokens_per_call": 4_630,
            "cached_percent": 52,
            "usual_cached_percent": 61,
        },
    )
    wide = evidence(series="unit:engineering", accrued_nano_usd=448_200_000_000)
    found: dict[str, Any] = {
        "series": said.series,
        "owner": "engineering/devtools/coding-agent",
        "dimensions": {"application": "coding-agent", "principal": "k-17"},
        "evidence": (said, wide),
    }
    return incident(**{**found, **changes})


def silent(**changes: Any) -> Incident:
    """A feed that nothing has been heard from since 14:00."""
    said = evidence(
        series="feeds:%2Ffeeds%2Finvoices",
        rule="feeds",
        cause="silence",
        accrued_nano_usd=0,
        hourly_nano_usd=0,
        observed=0,
        expected=0,
        reason="no usage since 14:00 UTC; expected every 5 minutes",
    )
    found: dict[str, Any] = {
        "series": said.series,
        "owner": "",
        "dimensions": {"source": "/feeds/invoices"},
        "cause": "silence",
        "causes": ("silence",),
        "severity": "SEV3",
        "state": "stale",
        "accrued_nano_usd": 0,
        "projected_nano_usd": 0,
        "hourly_nano_usd": 0,
        "evidence": (said,),
    }
    return incident(**{**found, **changes})


CASES = {
    "explained": narrow(),
    "opened": incident(),
    "worse": incident(revision=2, severity="SEV1", news="worse", accrued_nano_usd=5_210 * NANO),
    "mild": incident(revision=2, severity="SEV3", accrued_nano_usd=61 * NANO, news="opened"),
    "info": incident(severity="info", accrued_nano_usd=0, cause="budget", evidence=()),
    "acknowledged": incident(revision=3, state="acknowledged", news="acknowledged", by="ada"),
    "snoozed": incident(
        revision=4, state="snoozed", news="snoozed", by="ada", until=NOW + timedelta(hours=2)
    ),
    "stale": incident(revision=5, state="stale", news="stale"),
    "resolved": resolved(),
    "expected": incident(
        revision=7, state="expected", news="expected", by="ada", until=NOW + timedelta(days=7)
    ),
    "merged": incident(
        revision=8, state="merged", news="merged", merged_into="77aa", quiet="merged"
    ),
    "reopened": incident(revision=11, generation=2, news="reopened"),
    "catching-up": incident(
        id="inc_caughtup",
        series="catching_up:3",
        owner="",
        dimensions={},
        cause="catching_up",
        causes=("catching_up",),
        severity="info",
        state="resolved",
        resolved_at=NOW,
        hourly_nano_usd=0,
        news="caught_up",
        evidence=tuple(evidence(series=f"application:app-{n}") for n in range(3)),
    ),
    "silent": silent(),
    "silent-resolved": silent(revision=2, state="resolved", news="resolved", resolved_at=NOW),
    "crumbs": incident(
        accrued_nano_usd=420_000,
        hourly_nano_usd=7,
        evidence=(evidence(observed=3, expected=0, reason=""),),
    ),
    "corrected": resolved(revision=12, late_nano_usd=2 * NANO, restated_nano_usd=-103_250_000_000),
}
"""Every state and severity, by a name for its golden file."""


def hostile(name: str) -> Incident:
    """An incident in which somebody put a name everywhere a name can stand."""
    said = evidence(series=f"service:{name}", rule=name, cause=name, reason=name)
    return incident(
        series=f"service:{name}",
        owner=f"{name}/{name}",
        dimensions={name: name, "model": name},
        cause=name,
        causes=(name,),
        by=name,
        evidence=(said,),
        merged_into=name,
        places=(name,),
        news="acknowledged",
        state="acknowledged",
    )
