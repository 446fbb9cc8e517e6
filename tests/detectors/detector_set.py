"""The detectors that are measured and held to what all promise, as a rulebook writes them."""

from typing import Any

from pydantic import TypeAdapter

from detectors import DETECTORS, DetectorSettings
from schemas.rules import Rule

SERIES = "application:chat"
SET: tuple[dict[str, Any], ...] = (
    {"kind": "records", "name": "minutes", "series": "*", "grain": "minute", "floor_usd": "0.5"},
    {"kind": "records", "name": "hours", "series": "*", "grain": "hour", "floor_usd": 1},
    {"kind": "records", "name": "eager", "series": "*", "once_in_days": 10, "floor_usd": 0},
    {"kind": "drop", "name": "drop", "series": "*", "floor_usd": 1},
    {"kind": "newcomer", "name": "newcomer", "series": "*", "floor_usd": 25},
    {"kind": "silence", "name": "silence", "series": "*", "expect": "every 30m"},
    {"kind": "runaway", "name": "runaway", "series": "*", "floor_usd": "0.5"},
    {"kind": "runaway", "name": "steps", "series": "*", "minutes": 1, "steps": 5, "floor_usd": 0},
    {"kind": "unit_cost", "name": "calls", "series": "*", "floor_usd": 1},
    {
        "kind": "unit_cost",
        "name": "outcomes",
        "series": "*",
        "per": "successes",
        "units": 1,
        "once_in_days": 10,
        "floor_usd": 0,
    },
    {"kind": "unit_cost", "name": "tokens", "series": "*", "per": "output", "floor_usd": 0},
    {
        "kind": "river",
        "name": "gaussian",
        "series": "*",
        "model": "anomaly.GaussianScorer",
        "params": {"grace_period": 48},
        "floor_usd": 1,
    },
    {
        "kind": "river",
        "name": "drifts",
        "series": "*",
        "grain": "minute",
        "model": "drift.PageHinkley",
        "params": {"mode": "up", "threshold": 1.0},
        "floor_usd": 0,
    },
)
"""A kind that is not here is taken as it is by default."""

ADAPTER: TypeAdapter[Any] = TypeAdapter(DetectorSettings)


def texts() -> dict[str, dict[str, Any]]:
    """All of them by name."""
    told = {text["kind"] for text in SET}
    plain = ({"kind": one, "name": one, "series": "*"} for one in DETECTORS if one not in told)
    return {text["name"]: text for text in (*SET, *plain)}


def made(text: dict[str, Any]) -> Rule:
    """The detector of a rulebook's text."""
    rule: Rule = ADAPTER.validate_python(text).rule_for(SERIES)
    return rule
