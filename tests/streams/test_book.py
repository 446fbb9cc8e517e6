"""A rulebook made ready: whose a usage is, which series it adds to, which version holds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.moments import EPOCH, micros
from streams import book as books_module
from streams.book import Book, Books
from streams.steps.ruled import Line
from tests.streams.meter_kit import ACME, books

DAY = date(2026, 11, 3)
JUNE = date(2026, 6, 1)

TEXT = ACME.replace("rules:\n", """\
  - {id: search, level: service, under: ops, from: 2026-06-01}
rules:
  - {owner: triage, when: {application: chat, environment: staging}, name: staging}
  - {owner: rank, when: {application: chat}, from: 2026-01-01, until: 2026-02-01}
""").replace("cuts:\n", """\
cuts:
  - {name: models, by: [application, model]}
  - {name: units, by: [business_unit, service]}
  - {name: all-batch, when: {tier: batch}}
""")  # fmt: skip
BOOK = books(TEXT).versions[0]


def line(day: date = DAY, book: Book = BOOK, **dimensions: str) -> Line:
    """Where a usage goes: a call of chat unless told otherwise."""
    known: dict[str, str] = dict.fromkeys(book.asked, "")
    known |= {"type": "ai.usage.llm.v1", "application": "chat", "model": "m-1", "tier": "standard"}
    return book.line({**known, **dimensions}, day)


def test_the_first_rule_that_matches_and_holds_that_day_decides() -> None:
    assert (line().owner, line().rule) == ("chat", "chat")
    staging = line(environment="staging")
    assert (staging.owner, staging.rule) == ("triage", "staging")
    owners = [line(date(2026, month, day)).owner for month, day in ((1, 1), (1, 31), (2, 1))]
    assert owners == ["rank", "rank", "chat"]


def test_what_no_rule_matches_is_nobodys_and_is_cut_by_its_own_name() -> None:
    found = line(application="stranger", principal="k")
    assert (found.owner, found.rule, str(found.path)) == ("unowned", "", "unowned/unowned/unowned")
    assert found.series == (
        "application:unowned", "service:unowned", "business_unit:unowned", "organisation:acme",
        "models:stranger|m-1", "units:unowned|unowned", "keys:stranger|k",
    )  # fmt: skip
    assert found.drivers == ()


def test_a_usage_adds_to_its_owners_of_every_level_and_to_each_cut_that_it_has_values_for() -> None:
    assert line(tier="batch").series == (
        "application:chat", "service:search", "business_unit:ops", "organisation:acme",
        "models:chat|m-1", "units:ops|search", "all-batch:",
    )  # fmt: skip
    assert "keys:chat|k" in line(principal="k").series
    assert "keys:chat|k" not in line(principal="k", type="ai.usage.call.v1").series


def test_a_pool_goes_before_all_rules_and_counts_as_no_owner() -> None:
    found = line(type="ai.usage.gpu.v1", resource="shared")
    assert (found.owner, found.rule) == ("pool/cluster", "pool/cluster")
    assert found.series[:2] == ("pool:cluster", "organisation:acme")
    assert not any(name.startswith(("application:", "service:", "business_unit:"))
                   for name in found.series)  # fmt: skip
    assert "models:chat|m-1" in found.series


def test_a_reorganisation_keeps_the_series_and_their_root() -> None:
    before, after = line(JUNE - timedelta(days=1)), line(JUNE)
    assert (str(before.path), str(after.path)) == ("retail/search/chat", "ops/search/chat")
    assert before.series[:2] == after.series[:2] == ("application:chat", "service:search")
    assert (before.series[2], after.series[2]) == ("business_unit:retail", "business_unit:ops")
    assert BOOK.root("application:chat") == BOOK.root("service:search") == "retail"
    assert BOOK.root("business_unit:ops") == "ops"


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("organisation:acme", "acme"),
        ("application:unowned", "unowned"),
        ("pool:cluster", "pool/cluster"),
        ("unallocated:cluster", "pool/cluster"),
        ("driver:cluster|chat", "pool/cluster"),
        ("keys:chat|k", "keys"),
        ("all-batch:", "all-batch"),
    ],
)
def test_the_root_of_a_series_is_what_it_is_compared_within(name: str, root: str) -> None:
    assert BOOK.root(name) == root


def test_members_are_the_applications_of_that_day_each_once() -> None:
    [cluster, gateway] = BOOK.rulebook.pools
    may = JUNE - timedelta(days=1)
    assert BOOK.members(cluster, may) == ("chat", "rank")
    assert BOOK.members(cluster, JUNE) == ()
    assert BOOK.members(gateway, JUNE) == ("chat", "rank", "triage")
    assert line(may).drivers == ("driver:cluster|chat", "driver:gateway|chat")
    assert line(JUNE).drivers == ("driver:gateway|chat",)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("organisation:acme", ""),
        ("business_unit:ops", "ops"),
        ("service:search", "ops/search"),
        ("application:chat", "ops/search/chat"),
        ("application:unowned", "unowned/unowned/unowned"),
        ("service:unowned", "unowned/unowned"),
        ("business_unit:unowned", "unowned"),
        ("pool:cluster", "pool/cluster"),
        ("unallocated:cluster", "pool/cluster unallocated"),
        ("keys:chat|k", "ops/search/chat"),
        ("keys:stranger|k", "unowned/unowned/unowned"),
        ("units:ops|search", ""),
    ],
)
def test_the_path_of_a_series_is_where_its_owner_stands(name: str, path: str) -> None:
    assert BOOK.path(name, DAY) == path


def test_the_dimensions_of_a_series_are_its_cuts_and_its_place() -> None:
    assert BOOK.dimensions("keys:chat|k 1", DAY) == {
        "application": "chat", "principal": "k 1", "business_unit": "ops", "service": "search",
    }  # fmt: skip
    assert BOOK.dimensions("service:search", DAY) == {"business_unit": "ops", "service": "search"}
    assert BOOK.dimensions("organisation:acme", DAY) == {}


def test_only_dimensions_of_usage_are_asked_for_and_all_that_anything_depends_on() -> None:
    bare = books("organisation: acme\n").versions[0]
    assert bare.asked == (
        "application", "feature", "model", "product", "provider", "resource", "tier", "type",
    )  # fmt: skip
    assert set(BOOK.asked) == {*bare.asked, "environment", "principal"}


def test_budgets_declare_the_cuts_that_their_filters_need() -> None:
    text = TEXT + "budgets: [{name: nights, amount_usd: 10, when: {environment: night}}]\n"
    held = books(text).versions[0]
    assert [cut.name for cut in held.cuts] == [
        "models",
        "units",
        "all-batch",
        "keys",
        "budget.nights",
    ]
    assert line(book=held, environment="night").series[-1] == "budget.nights:"
    assert "budget.nights:" not in line(book=held, environment="day").series
    assert [one.name for one in held.budgets("budget.nights:")] == ["nights"]


def test_the_version_that_holds_is_the_latest_one_that_has_begun() -> None:
    first, second = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 3))
    held = books(ACME, ACME, ACME, starts=[first, second])
    moments = [EPOCH - timedelta(days=1), EPOCH, first - timedelta(microseconds=1), first,
               second, datetime.max.replace(tzinfo=UTC)]  # fmt: skip
    assert [held.index(micros(moment)) for moment in moments] == [0, 0, 0, 1, 2, 2]
    late = Books([Book("x", second, held.versions[0].rulebook)])
    assert late.at(0).hash == "x"


def test_answers_are_the_same_when_a_book_has_forgotten_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(books_module, "MOST", 2)
    asked: list[dict[str, Any]] = [
        {"principal": f"k{n % 5}", "model": f"m-{n % 3}"} for n in range(30)
    ]
    forgetful = books(TEXT).versions[0]
    for one in asked:
        assert line(book=forgetful, **one) == line(**one)
        assert forgetful.path(f"keys:chat|{one['principal']}", DAY) == "ops/search/chat"
    assert len(forgetful._paths) <= 2
