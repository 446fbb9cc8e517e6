"""CloudEvents JSON to a usage row: what a producer without Avro sends.

(CloudEvents 1.0.2, "JSON Event Format", structured mode.) Nothing is guessed: what does not fit is
refused with a named reason.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from schemas import columns
from schemas.moments import EPOCH, rfc3339
from schemas.reasons import Refusal, Refused

LLM = "ai.usage.llm.v1"
GPU = "ai.usage.gpu.v1"
CALL = "ai.usage.call.v1"
SEAT = "ai.usage.seat.v1"
FEATURE = "ai.usage.feature.v1"
REQUIRED: Mapping[str, tuple[str, ...]] = {
    LLM: ("provider", "model", "application"),
    GPU: ("provider", "application", "resource"),
    CALL: ("provider", "application"),
    SEAT: ("provider", "application", "product"),
    FEATURE: ("provider", "application", "feature"),
}
"""Usage types and the dimensions that each must name."""

TIERS = ("standard", "batch", "flex", "priority")
MOST = 1_000_000_000
"""The largest quantity of one usage."""

LARGEST = 1_048_576
"""The largest message in bytes, Kafka's own default (message.max.bytes)."""

TEXTS: Mapping[str, str] = {
    "provider": "", "model": "", "application": "", "environment": "", "feature": "",
    "principal": "", "tier": "standard", "outcome": "ok", "resource": "", "product": "",
}  # fmt: skip
"""Text dimensions and what they are when absent."""

LONGEST_TEXT = 512


def parse(message: bytes | str) -> dict[str, Any]:
    """A usage row of the newest contract. Raises Refused."""
    if len(message) > LARGEST:
        raise Refused(Refusal.RECORD_TOO_LARGE, f"{len(message)} bytes, at most {LARGEST}")
    try:
        event = json.loads(message)
    except (ValueError, RecursionError) as wrong:
        raise Refused(Refusal.NOT_JSON, str(wrong)) from wrong
    if not isinstance(event, dict):
        raise Refused(Refusal.NOT_JSON, "a CloudEvent is a JSON object")
    return row_of(event)


def row_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """A usage row of a decoded CloudEvent. Raises Refused."""
    kind = text(event, "type", required=True)
    if kind not in REQUIRED:
        raise Refused(Refusal.UNKNOWN_TYPE, f"{kind!r} is none of {', '.join(REQUIRED)}")
    data = event.get("data")
    if not isinstance(data, dict):
        raise Refused(Refusal.MISSING_FIELD, "data: an object is required")
    row = {
        "type": kind,
        **{name: text(data, name, default) for name, default in TEXTS.items()},
        "source": text(event, "source", required=True),
        "id": text(event, "id", required=True),
        "time": moment(event, "time"),
        "quantities": quantities(data),
        "duration_s": whole(data.get("duration_s", 0), "duration_s"),
        "period_start": moment(data, "period_start", EPOCH),
        "period_end": moment(data, "period_end", EPOCH),
        "history": False,
    }
    for name in REQUIRED[kind]:
        if not row[name]:
            raise Refused(Refusal.MISSING_FIELD, f"data.{name} is required for {kind}")
    return row


def event_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The CloudEvent of a usage row: the way back from `row_of`."""
    data: dict[str, Any] = {name: row[name] for name in TEXTS if row[name]}
    data["quantities"] = {name: held for name, held in row["quantities"].items() if held}
    if row["duration_s"]:
        data["duration_s"] = row["duration_s"]
    for name in ("period_start", "period_end"):
        if row[name] != EPOCH:
            data[name] = rfc3339(row[name])
    said = {name: row[name] for name in ("type", "source", "id")}
    return {"specversion": "1.0", **said, "time": rfc3339(row["time"]), "data": data}


def text(of: Mapping[str, Any], name: str, default: str = "", required: bool = False) -> str:
    """A text field; null counts as absent. Raises Refused."""
    value = of.get(name)
    if value is None or value == "":
        if required:
            raise Refused(Refusal.MISSING_FIELD, f"{name} is required")
        return default
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Refused(Refusal.BAD_FIELD, f"{name}: a text of at most {LONGEST_TEXT} characters")
    return encodable(value, name)


def encodable(value: str, name: str) -> str:
    """The text, if it is Unicode that can be written. Raises Refused."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as wrong:  # a lone surrogate, as JSON can spell it
            raise Refused(Refusal.BAD_TEXT, f"{name}: {wrong}") from wrong
    return value


def moment(of: Mapping[str, Any], name: str, default: datetime | None = None) -> datetime:
    """A time in RFC 3339 with its offset, as UTC. Raises Refused."""
    value = of.get(name)
    if value is None:
        if default is None:
            raise Refused(Refusal.MISSING_FIELD, f"{name} is required")
        return default
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError("it has no offset from UTC")
        return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as wrong:
        raise Refused(Refusal.BAD_TIME, f"{name}: {wrong}") from wrong


def quantities(data: Mapping[str, Any]) -> dict[str, int]:
    """Disjoint quantities, 0 where absent. Raises Refused."""
    given = data.get("quantities")
    if not isinstance(given, dict):
        raise Refused(Refusal.MISSING_FIELD, "data.quantities: an object is required")
    found = {name: whole(value, name) for name, value in disjoint(given).items()}
    unknown = sorted(found.keys() - set(columns.quantities()))
    if unknown:
        raise Refused(Refusal.UNKNOWN_QUANTITY, ", ".join(unknown))
    return {name: found.get(name, 0) for name in columns.quantities()}


def disjoint(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Quantities in which `input_total`, which holds the cached tokens, is taken apart.

    OpenAI and OpenTelemetry report input that includes cached tokens, Anthropic does not; whoever
    sends the total says so by this name. Raises Refused.
    """
    if "input_total" not in given:
        return given
    rest = {name: value for name, value in given.items() if name != "input_total"}
    if "input_uncached" in rest:
        raise Refused(Refusal.BAD_FIELD, "input_total and input_uncached exclude each other")
    cached = sum(whole(rest.get(name, 0), name) for name in CACHED)
    total = whole(given["input_total"], "input_total")
    if cached > total:
        raise Refused(Refusal.CACHED_ABOVE_TOTAL, f"{cached} cached of {total} input tokens")
    return {**rest, "input_uncached": total - cached}


CACHED = ("cache_read", "cache_write_5m", "cache_write_1h")


def whole(value: Any, name: str) -> int:
    """A whole number from 0 to 10^9; 12.0 is 12. Raises Refused."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(Refusal.BAD_QUANTITY, f"{name}: {value!r} is not a whole number")
    if value < 0:
        raise Refused(Refusal.NEGATIVE_QUANTITY, f"{name}: {value}")
    if value > MOST:
        raise Refused(Refusal.QUANTITY_TOO_LARGE, f"{name}: {value}, at most {MOST}")
    return value
