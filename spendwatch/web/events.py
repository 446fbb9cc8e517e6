"""A request's body as CloudEvents in JSON, one message each.

(CloudEvents 1.0.2, "HTTP Protocol Binding": binary, structured and batched mode; beside them JSON
lines, as our own tools write them.)
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import msgspec

from schemas.reasons import Refusal, Refused
from spendwatch.web.problems import Problem, Why

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
TYPES = (STRUCTURED, BATCH, JSON, *LINES)
ATTRIBUTE = "ce-"
"""Before each attribute in binary mode."""


def messages(body: bytes, kind: str, headers: Mapping[str, str]) -> Sequence[bytes]:
    """The events of a body; `kind` is its type without parameters. Raises Refused, Problem."""
    if kind not in TYPES:
        said = f"{kind!r} is none of {', '.join(TYPES)}"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Why.UNSUPPORTED_TYPE, said)
    if "ce-specversion" in headers:
        return [binary(body, headers)]
    if kind in LINES:
        return [line for line in body.split(b"\n") if line.strip()]
    if kind == BATCH or (kind == JSON and body.lstrip()[:1] == b"["):
        return batch(body)
    return [body]


def batch(body: bytes) -> list[bytes]:
    """The events of a JSON array, not decoded yet. Raises Refused."""
    try:
        return [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (ValueError, RecursionError) as wrong:
        raise Refused(Refusal.NOT_JSON, f"a batch is a JSON array: {wrong}") from wrong


def binary(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The event of binary mode: attributes are headers, the body is the data. Raises Refused."""
    attributes = {
        name.lower().removeprefix(ATTRIBUTE): unquote(value)
        for name, value in headers.items()
        if name.lower().startswith(ATTRIBUTE)
    }
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise Refused(Refusal.NOT_JSON, str(wrong)) from wrong
    return json.dumps({**attributes, "data": data}).encode()
