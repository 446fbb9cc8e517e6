"""Usage over HTTP: all or nothing, and 202 only when the log has it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.codec import read_row
from schemas.keys import identity
from schemas.moments import micros, rfc3339
from spendwatch.web import calls
from streams.log import Record
from streams.steps import checks
from streams.steps.intake import take
from tests.spendwatch.web_kit import Site, running
from tests.streams.views_kit import CODEC, NOW

USAGE = "/v1/usage"
JSON = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json; charset=utf-8"}
LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running(tmp_path) as found:
        yield found


def event(name: str = "e1", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": "/svc/chat",
        "type": "ai.usage.llm.v1",
        "time": rfc3339(NOW),
        "data": {
            "provider": "openai",
            "model": "gpt-4o",
            "application": "chat",
            "quantities": {"input_uncached": 1200, "output": 350, "requests": 1},
            **data,
        },
    }


def taken(site: Site) -> list[str]:
    """Ids of the usage on the log, which is keyed as it must be and in Avro."""
    found = []
    for record in site.records("usage"):
        value = record.value or b""
        name, start = CODEC.contract(value)
        row = read_row(value[start:], name)
        assert record.key == identity(row["source"], row["id"])
        assert (row["provider"], row["history"]) == ("openai", False)
        found.append(row["id"])
    return found


@pytest.mark.parametrize("kind", ["application/cloudevents+json", "application/json"])
async def test_one_event_is_taken(site: Site, kind: str) -> None:
    given = json.dumps(event())
    assert await site.post(USAGE, data=given, headers={"Content-Type": kind}) == {"accepted": 1}
    assert taken(site) == ["e1"]


async def test_a_batch_is_taken_in_its_order(site: Site) -> None:
    names = [f"e{number}" for number in range(50)]
    body = json.dumps([event(name) for name in names])
    assert await site.post(USAGE, data=body, headers=BATCH) == {"accepted": 50}
    assert taken(site) == names
    lines = "\n".join(json.dumps(event(name)) for name in ("l1", "l2")) + "\n\n"
    assert await site.post(USAGE, data=lines, headers=LINES) == {"accepted": 2}
    assert taken(site)[50:] == ["l1", "l2"]


async def test_an_empty_batch_is_fine(site: Site) -> None:
    assert await site.post(USAGE, data="[]", headers=BATCH) == {"accepted": 0}


async def test_binary_mode_is_taken(site: Site) -> None:
    given = event()
    data = json.dumps(given.pop("data"))
    attributes = {f"ce-{name}": value for name, value in given.items()}
    headers = {**attributes, "ce-source": "/svc/%63hat", "Content-Type": "application/json"}
    assert await site.post(USAGE, data=data, headers=headers) == {"accepted": 1}
    assert [record.key for record in site.records("usage")] == [b"/svc/chat|e1"]


BAD = [
    (event(quantities={"output": -5}), "negative_quantity"),
    (event(quantities={"output": 0}), "no_quantity"),
    (event(quantities={"output": 2e9}), "quantity_too_large"),
    (event(quantities={"tokens": 5}), "unknown_quantity"),
    (event(quantities={"input_total": 5, "cache_read": 6}), "cached_above_total"),
    (event(model=""), "missing_field"),
    (event(tier="gold"), "unknown_tier"),
    ({**event(), "id": ""}, "missing_field"),
    ({**event(), "type": "ai.usage.moon.v1"}, "unknown_type"),
    ({**event(), "time": "yesterday"}, "bad_time"),
    ({**event(), "time": rfc3339(NOW + timedelta(minutes=6))}, "time_ahead"),
    ({**event(), "time": "2001-01-01T00:00:00Z"}, "bad_time"),
    ({**event(), "type": "ai.usage.gpu.v1"}, "missing_field"),
    ("text", "not_json"),
]
"""Events that the meter would reject, and why."""


@pytest.mark.parametrize(("wrong", "reason"), BAD)
async def test_one_bad_event_refuses_the_whole_batch_and_is_named(
    site: Site, wrong: Any, reason: str
) -> None:
    told = await site.post(USAGE, 400, json=[event("good"), wrong, event("also good")])
    assert (told["error"]["reason"], told["error"]["index"]) == (reason, 1)
    assert [one["index"] for one in told["error"]["faults"]] == [1]
    assert site.records("usage") == []


@pytest.mark.parametrize(("wrong", "reason"), BAD[:-1])
def test_the_meter_refuses_it_for_the_same_reason(wrong: Any, reason: str) -> None:
    message = Record("usage", 0, 0, None, json.dumps(wrong).encode(), micros(NOW))
    taken = take([message], CODEC)
    received = np.full(len(taken.usages), micros(NOW), dtype=np.int64)
    taken = taken.without(checks.check(taken.usages, received))
    assert [why.reason for why in taken.refused.values()] == [reason]


async def test_several_faults_are_named_in_order(site: Site) -> None:
    body = [event(), event(tier="gold"), event(model=""), event(quantities={"output": -1})]
    told = await site.post(USAGE, 400, json=body)
    assert [(one["index"], one["reason"]) for one in told["error"]["faults"]] == [
        (1, "unknown_tier"),
        (2, "missing_field"),
        (3, "negative_quantity"),
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"[{]", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_json_is_refused(site: Site, body: bytes) -> None:
    told = await site.post(USAGE, 400, data=body, headers={"Content-Type": "application/json"})
    assert told["error"]["reason"] == "not_json"


async def test_binary_data_that_is_no_json_is_refused(site: Site) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "e1", "Content-Type": "application/json"}
    assert (await site.post(USAGE, 400, data="{", headers=headers))["error"]["reason"] == "not_json"


async def test_a_type_that_a_form_could_send_is_refused(site: Site) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        told = await site.post(USAGE, 415, data="{}", headers={"Content-Type": kind})
        assert told["error"]["reason"] == "unsupported_type"


async def test_what_is_too_large_is_refused(site: Site) -> None:
    large = event(feature="x" * 1_048_576)
    told = await site.post(USAGE, 413, json=[event(), large])
    assert (told["error"]["reason"], told["error"]["index"]) == ("record_too_large", 1)
    told = await site.post(USAGE, 413, data=b" " * (4 * 2**20 + 1), headers=JSON)
    assert told["error"]["reason"] == "too_large"
    assert site.records("usage") == []


async def test_a_silent_log_is_said_and_when_to_come_again(site: Site) -> None:
    site.log.silent = True
    async with site.client.post(USAGE, json=event()) as answered:
        assert answered.status == 503
        assert answered.headers["Retry-After"] == "5"
        assert (await answered.json())["error"]["reason"] == "log_unavailable"
    site.log.silent = False
    assert await site.post(USAGE, json=event()) == {"accepted": 1}


async def test_many_at_once_are_all_taken_or_all_told(site: Site) -> None:
    names = [f"e{number}" for number in range(40)]

    async def post(name: str, status: int) -> None:
        await site.post(USAGE, status, json=event(name))

    await asyncio.gather(*(post(name, 202) for name in names))
    assert sorted(taken(site)) == sorted(names)
    site.log.silent = True
    await asyncio.gather(*(post(name, 503) for name in names))


async def test_too_many_at_once_are_told_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "WAITING", 0)
    assert (await site.post(USAGE, 503, json=event()))["error"]["reason"] == "busy"


async def test_what_was_taken_twice_has_one_identity(site: Site) -> None:
    await site.post(USAGE, json=event())
    await site.post(USAGE, json=event())
    first, second = site.records("usage")
    assert (first.key, first.value) == (second.key, second.value)
