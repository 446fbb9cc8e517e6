"""What the web says of the views as they stand."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.money import NANO
from spendwatch.web import shapes
from streams.rulebooks import Rulebooks
from tests.notifiers.incident_samples import narrow
from tests.spendwatch.web_kit import Site, running, unrestored
from tests.streams.views_kit import (
    CODEC,
    HOUR,
    NOW,
    allocation,
    block,
    budget,
    clock,
    incident,
    judged,
    refused,
    rejected,
    standing,
)

RULEBOOK = """
organisation: acme
owners:
  - {id: retail, level: business_unit}
budgets:
  - {name: retail, series: "business_unit:retail", amount_usd: 10, marks: [50, 100]}
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    entries = [
        standing(allocation("organisation:acme", 10 * NANO, owner="")),
        standing(allocation("business_unit:retail", 6 * NANO)),
        standing(allocation("business_unit:unowned", NANO, owner="unowned")),
        standing(allocation("application:chat", 4 * NANO, owner="retail/search/chat")),
        standing(allocation("keys:chat|key-7", 3 * NANO, owner="retail/search/chat")),
        standing(allocation("pool:gpu", NANO, owner="pool/gpu", learning_until=NOW)),
        standing(budget()),
        judged(incident()),
        judged(incident(id="inc_b", state="resolved", opened_at=NOW, resolved_at=NOW)),
        block("service:search", HOUR - 1, [5] * 60),
        block("service:search", HOUR, [7, 8]),
        clock(NOW - timedelta(seconds=90)),
        refused(rejected("not_json")),
        refused(rejected("not_json")),
        refused(rejected("bad_time", time=NOW - timedelta(days=3))),
    ]
    async with running(tmp_path, *entries) as found:
        yield found


async def test_all_owners_are_listed_with_their_windows(site: Site) -> None:
    told = await site.get("/v1/allocations")
    assert told["watermark"] == "2026-11-03T14:28:30Z"
    names = [one["series"] for one in told["allocations"]]
    assert names == [
        "application:chat",
        "business_unit:retail",
        "business_unit:unowned",
        "organisation:acme",
        "pool:gpu",
    ]
    first = told["allocations"][0]
    assert (first["owner"], first["level"], first["name"]) == (
        "retail/search/chat", "application", "chat",
    )  # fmt: skip
    assert [one["window"] for one in first["windows"]] == ["1h", "24h", "7d", "month"]
    assert first["windows"][0] == {
        "window": "1h",
        "start": "2026-11-03T13:30:00Z",
        "end": "2026-11-03T14:30:00Z",
        "cost_nano_usd": 4_000_000_000,
        "shared_nano_usd": 400_000_000,
        "direct_nano_usd": 3_600_000_000,
        "charges": 7,
        "unpriced": 2,
        "tokens": 42,
        "calls": 3,
        "quantities": {"input_uncached": 40, "output": 2, "requests": 3},
        "late_nano_usd": 0,
        "restated_nano_usd": 0,
    }


async def test_a_level_or_a_cut_can_be_picked(site: Site) -> None:
    told = await site.get("/v1/allocations?level=keys")
    assert [one["series"] for one in told["allocations"]] == ["keys:chat|key-7"]
    wrong = await site.get("/v1/allocations?level=teams", 404)
    assert wrong["error"]["reason"] == "unknown_level"


@pytest.mark.parametrize(
    ("asked", "series"),
    [
        ("retail", "business_unit:retail"),
        ("retail/search/chat", "application:chat"),
        ("unowned", "business_unit:unowned"),
        ("pool/gpu", "pool:gpu"),
        ("organisation:acme", "organisation:acme"),
        ("keys:chat%7Ckey-7", "keys:chat|key-7"),
    ],
)
async def test_an_owner_is_found_by_path_and_a_series_by_name(
    site: Site, asked: str, series: str
) -> None:
    assert (await site.get(f"/v1/allocations/{asked}"))["series"] == series


async def test_an_owner_that_nobody_knows_is_not_found(site: Site) -> None:
    told = await site.get("/v1/allocations/retail/nobody", 404)
    assert told["error"]["reason"] == "unknown_owner"
    assert "retail/nobody" in told["error"]["detail"]


async def test_budgets_come_with_the_marks_of_the_newest_rulebook(site: Site) -> None:
    [without] = (await site.get("/v1/budgets"))["budgets"]
    assert (without["spent_nano_usd"], without["marks"]) == (NANO, [])


async def test_marks_are_those_of_the_rulebook(tmp_path: Path) -> None:
    async with running(tmp_path, standing(budget()), standing(budget("gone"))) as site:
        Rulebooks(site.log, CODEC).publish(RULEBOOK)
        found = (await site.get("/v1/budgets"))["budgets"]
        assert {one["name"]: one["marks"] for one in found} == {"gone": [], "retail": [50, 100]}


async def test_incidents_come_newest_first_and_by_state(site: Site) -> None:
    async def ids(query: str) -> list[str]:
        return [one["id"] for one in (await site.get(f"/v1/incidents{query}"))["incidents"]]

    assert await ids("") == ["inc_b", "inc_a"]
    assert await ids("?state=open") == ["inc_a"]
    assert await ids("?state=resolved") == ["inc_b"]
    assert await ids("?state=snoozed") == []
    told = await site.get("/v1/incidents?state=burning", 400)
    assert told["error"]["reason"] == "unknown_state"


async def test_an_incident_has_its_words_and_the_last_day_of_minutes(site: Site) -> None:
    told = await site.get("/v1/incidents/inc_a")
    assert told["headline"].startswith("SEV2 · search")
    assert told["answerable"]
    assert told["reasons"][0]["text"].startswith("$427.00 in 25 min")
    assert told["why"] == {"text": "", "where": "", "parts": []}
    assert told["minutes"] == {
        "start": "2026-11-03T13:00:00Z",
        "costs_nano_usd": [*[5] * 60, 7, 8],
    }


def test_an_incident_tells_all_parts_of_what_it_is_over() -> None:
    found = shapes.incident(narrow())
    parts = found["why"]["parts"]
    assert [one["part"] for one in parts] == [
        "volume", "tokens_per_call", "cache_rate", "model_mix", "price",
    ]  # fmt: skip
    assert sum(one["nano_usd"] for one in parts) == 357 * NANO
    assert parts[0]["text"] == "$312 more calls (11,400, usually 1,150)"
    assert found["why"]["where"].endswith(" of what engineering is over")


async def test_an_incident_that_nobody_knows_is_not_found(site: Site) -> None:
    assert (await site.get("/v1/incidents/inc_x", 404))["error"]["reason"] == "unknown_incident"


async def test_each_series_says_whether_it_still_learns(site: Site) -> None:
    told = {one["series"]: one for one in (await site.get("/v1/series"))["series"]}
    assert told["keys:chat|key-7"] == {
        "series": "keys:chat|key-7",
        "level": "keys",
        "owner": "retail/search/chat",
        "standing": "watching",
        "learning_until": None,
    }
    assert told["pool:gpu"]["standing"] == "learning"
    assert told["pool:gpu"]["learning_until"] == "2026-11-03T14:30:00Z"


async def test_the_status_tells_lag_gaps_and_age(site: Site) -> None:
    owner = site.log.own("judge", 0)
    site.log.append([standing(allocation())])
    told = await site.get("/v1/status")
    assert (told["ready"], told["log"], told["watermark_age_s"]) == (True, "answers", 90.0)
    steps = {(one["step"], one["topic"]): one["behind"] for one in told["steps"]}
    assert list(dict.fromkeys(step for step, _ in steps)) == [
        "meter", "split", "watch", "judge", "deliver",
    ]  # fmt: skip
    assert steps["deliver", "incident"] == 2
    assert steps["meter", "usage"] == 0
    assert told["rejected"]["by_reason"] == {"not_json": 2}
    assert told["rejected"]["whole"]
    assert told["rejected"]["newest"][0]["detail"] == "it is no JSON"
    assert told["unpriced"]["24h"] == {"charges": 2, "of": 7}
    assert told["unowned"]["7d"] == {"cost_nano_usd": NANO, "of_nano_usd": 10 * NANO}
    assert not told["token_required"]
    owner.close()


async def test_a_silent_log_is_said_and_the_views_are_still_told(site: Site) -> None:
    site.log.silent = True
    told = await site.get("/v1/status")
    assert (told["ready"], told["log"], told["steps"]) == (True, "silent", [])
    assert len((await site.get("/v1/allocations"))["allocations"]) == 5


async def test_views_that_are_not_restored_yet_are_not_told(tmp_path: Path) -> None:
    async with unrestored(tmp_path, standing(allocation())) as site:
        for path in ("allocations", "allocations/retail", "budgets", "incidents", "series"):
            async with site.client.get(f"/v1/{path}") as answered:
                assert answered.status == 503
                assert answered.headers["Retry-After"] == "1"
                assert (await answered.json())["error"]["reason"] == "restoring"
        assert not (await site.get("/v1/status"))["ready"]
