"""How the columns of a table become usage: the file that `--map` names."""

import json
from collections.abc import Mapping as Names
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas import columns
from schemas.cloudevents import REQUIRED, TEXTS
from schemas.moments import rfc3339
from schemas.reasons import Refusal, Refused
from streams.sources.base import Item, Origin, Unreadable, micros_of

TOTAL = "input_total"
FIELDS = frozenset(
    {"source", "id", "time", "received", "duration_s", "period_start", "period_end"}
    | set(TEXTS)
    | set(columns.quantities())
    | {TOTAL}
)
"""What a column can become."""


class Mapping(BaseModel):
    """Field of a usage to the column that holds it, or to a text that is the same in every row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    columns: Names[str, str] = Field(description="field to column name")
    constants: Names[str, str | int] = Field(default={}, description="field to value")
    time_format: str = Field(default="", description="as strptime has it; empty: RFC 3339")

    def model_post_init(self, _: object) -> None:
        """Every field is one of a usage, and its type one of ours."""
        unknown = sorted({*self.columns, *self.constants} - FIELDS)
        if unknown:
            raise ValueError(f"no field of a usage: {', '.join(unknown)}")
        if self.type not in REQUIRED:
            raise ValueError(f"type is none of {', '.join(REQUIRED)}")
        if "time" not in self.columns:
            raise ValueError("columns: time is required")

    def event(self, row: Names[str, Any], file: str, number: int) -> dict[str, Any]:
        """The CloudEvent of a row. Raises Refused."""
        value: dict[str, Any] = {**self.constants}
        for field, column in self.columns.items():
            value[field] = row.get(column) or ""
        data = {name: value[name] for name in TEXTS if value.get(name)}
        if value.get("duration_s"):
            data["duration_s"] = whole(value["duration_s"], "duration_s")
        data |= {
            name: self.moment(value[name])
            for name in ("period_start", "period_end")
            if value.get(name)
        }
        data["quantities"] = {
            name: whole(value[name], name)
            for name in (*columns.quantities(), TOTAL)
            if value.get(name, "") != ""
        }
        event = {
            "specversion": "1.0",
            "type": self.type,
            "source": value.get("source") or file,
            "id": value.get("id") or str(number),
            "time": self.moment(value["time"]),
            "data": data,
        }
        received = value.get("received")
        return event | ({"received": self.moment(received)} if received else {})

    def moment(self, text: Any) -> str:
        """A time as RFC 3339; one without an offset is UTC. Raises Refused."""
        try:
            if self.time_format:
                found = datetime.strptime(text, self.time_format)  # noqa: DTZ007 - made aware below
            else:
                found = datetime.fromisoformat(text)
            return rfc3339(found if found.tzinfo else found.replace(tzinfo=UTC))
        except (TypeError, ValueError, OverflowError) as wrong:
            raise Refused(Refusal.BAD_TIME, str(wrong)) from wrong


def whole(text: str | int, name: str) -> int | float | str:
    """A number as JSON would hold it; what is none is left for the check of quantities."""
    if isinstance(text, int):
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as wrong:
        raise Refused(Refusal.BAD_QUANTITY, f"{name}: {text!r} is no number") from wrong


def item(columns: Mapping, row: Names[str, Any], origin: Origin, before: int) -> Item:
    """A row as an item; `before` is the time of the row before it."""
    try:
        event = columns.event(row, origin.file, origin.line)
    except Refused as why:
        return Item(*origin, b"", before, refused=why)
    time = micros_of(event["time"])
    message = json.dumps(event, separators=(",", ":")).encode()
    return Item(*origin, message, time, micros_of(event.get("received")))


def load(path: Path) -> Mapping:
    """The mapping in a YAML file. Raises Unreadable with every mistake."""
    try:
        return Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as wrong:
        raise Unreadable(f"{path}: {wrong.strerror}") from wrong
    except ValidationError as wrong:
        found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors()]
        raise Unreadable(f"{path}: {'; '.join(found)}") from wrong
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:  # not text, or no such day
        raise Unreadable(f"{path}: {' '.join(str(wrong).split())}") from wrong
