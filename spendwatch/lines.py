"""What a report or a command says, one JSON object a line."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schemas.moments import rfc3339


def line(value: Mapping[str, Any]) -> str:
    """One object as a line."""
    return json.dumps(value, default=plain, separators=(",", ":"), ensure_ascii=False) + "\n"


def plain(value: Any) -> Any:
    """What JSON has no form for."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise TypeError(f"no JSON for {type(value).__name__}")
