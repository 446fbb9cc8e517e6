"""What `spendwatch init` drafts: a rulebook, whatever the names in the usage are."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.records import RecordsSettings
from detectors.silence import SilenceSettings
from schemas.moments import EPOCH, micros, rfc3339
from spendwatch.drafting import draft
from spendwatch.drafting.pricing import PRICE
from spendwatch.drafting.sighting import Seen, see
from spendwatch.drafting.spelling import VALID, identifiers
from streams import rulebook
from streams.book import Book, Books
from streams.document import Faulty
from streams.replay import replay
from streams.sources.base import Item
from streams.sources.rows import gathered
from streams.walk import Walk

START = datetime(2026, 11, 3, 10, tzinfo=UTC)
LATER = micros(START + timedelta(days=30))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
OFF = re.compile(r"^( *)#(?=\S)", re.MULTILINE)
USUAL: Mapping[str, Any] = {
    "provider": "openai",
    "model": "gpt-4o",
    "application": "chat",
    "environment": "production",
    "quantities": {"input_uncached": 1000, "requests": 1},
}


def item(number: int, at: datetime = START, **data: Any) -> Item:
    """One usage; a JSON line as a file would hold it."""
    kind = data.pop("type", "llm")
    event = {
        "specversion": "1.0",
        "id": str(number),
        "source": data.pop("source", "/svc"),
        "type": f"ai.usage.{kind}.v1",
        "time": rfc3339(at),
        "data": {**USUAL, **data},
    }
    line = json.dumps(event).encode()
    return Item("usage.jsonl", number, line, line, micros(at))


def seen(items: Iterable[Item]) -> Seen:
    return see(items, LATER)


def walked(text: str, items: Iterable[Item]) -> Mapping[str, Any]:
    """The state of every series after a replay against a drafted rulebook."""
    walk = Walk(Books([Book("draft", EPOCH, rulebook.read(text))]))
    for _ in replay(gathered(items), walk, LATER):
        pass
    return {str(name): held for name, held in walk.watching.below(("series",)).items()}


def switched_on(text: str) -> str:
    """The draft with all that is off switched on, every price filled in."""
    return OFF.sub(r"\1", text).replace(PRICE, "1")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES, NAMES, NAMES), min_size=1, max_size=6), st.booleans())
def test_whatever_the_names_are_the_draft_owns_all_of_the_usage(
    names: list[tuple[str, str, str, str]], production: bool
) -> None:
    items = [
        item(number, application=application, model=model, principal=principal, source=source,
             environment="production" if production else application)
        for number, (application, model, principal, source) in enumerate(names)
    ]  # fmt: skip
    text = draft(seen(items), "acme")
    read = rulebook.read(text)
    series = walked(text, items)
    assert "application:unowned" not in series
    owned = {name.partition(":")[2] for name in series if name.startswith("application:")}
    assert owned == {rule.owner for rule in read.rules}
    assert len(read.rules) == len({application for application, *_ in names})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=5))
def test_all_that_is_switched_off_can_be_switched_on(names: list[tuple[str, str]]) -> None:
    items = [
        item(number, START, **{"type": kind, "application": name, "provider": other,
             dimension: other, "quantities": quantities})
        for at, (name, other) in enumerate(names)
        for number, (kind, dimension, quantities) in enumerate(
            [
                ("llm", "model", {"input_uncached": 1, "output": 2}),
                ("gpu", "resource", {"gpu_seconds": 3}),
                ("call", "feature", {"requests": 4}),
                ("feature", "feature", {"uses": 5, "gpu_seconds": 1}),
            ],
            start=4 * at,
        )
    ]  # fmt: skip
    read = rulebook.read(switched_on(draft(seen(items), "acme")))
    assert read.rates and read.budgets and len(read.places) == 2


@given(st.sets(NAMES, max_size=20))
def test_ids_are_valid_and_apart_and_names_that_are_ids_keep_theirs(names: set[str]) -> None:
    found = identifiers(names, ["all"])
    assert all(VALID.fullmatch(each) for each in found.values())
    assert len({*found.values(), "all"}) == len(names) + 1
    assert all(found[name] == name for name in names if VALID.fullmatch(name) and name != "all")


def test_a_price_that_was_left_open_is_a_mistake_that_check_names() -> None:
    items = [item(1, model="house-llm-7b")]
    text = OFF.sub(r"\1", draft(seen(items), "acme"))
    try:
        rulebook.read(text)
    except Faulty as wrong:
        assert {mistake.path for mistake in wrong.mistakes} == {"rates.0.usd.input_uncached"}
    else:
        raise AssertionError("a rulebook without a price was taken")


def test_models_of_production_are_the_allow_list_and_no_others() -> None:
    items = [
        item(1, model="gpt-4o"),
        item(2, model="gpt-4.1", environment="staging"),
        item(3, model="o[3]*", environment="Prod-EU"),
    ]
    [policy] = [one for one in rulebook.read(draft(seen(items), "acme")).policies
                if one.kind == "models_allowed"]  # fmt: skip
    assert policy.rule_for("models.production-models:production|chat|gpt-4.1") is not None
    assert policy.rule_for("models.production-models:production|chat|gpt-4o") is None
    assert policy.rule_for("models.production-models:Prod-EU|chat|o[3]*") is None


def test_only_a_source_that_spoke_around_the_clock_is_expected_to_go_on() -> None:
    day = range(0, 26 * 60, 3)
    steady = [item(n, START + timedelta(minutes=m), source="/feeds/a") for n, m in enumerate(day)]
    human = [
        item(9000 + m, START + timedelta(minutes=m), source="/web") for m in day if m % 600 < 300
    ]
    file = [item(20000 + m, START + timedelta(minutes=m), source="usage.jsonl") for m in day]
    items = sorted([*steady, *human, *file], key=lambda one: one.time)
    read = rulebook.read(draft(seen(items), "acme"))
    [feeds] = [cut for cut in read.cuts if cut.name == "feeds"]
    assert feeds.when.source == ("/feeds/a",)
    assert [one.name for one in read.detectors if isinstance(one, SilenceSettings)] == ["silent"]


def test_without_a_steady_source_no_silence_is_watched() -> None:
    read = rulebook.read(draft(seen([item(1)]), "acme"))
    assert not [one for one in read.detectors if isinstance(one, SilenceSettings)]
    assert not [cut for cut in read.cuts if cut.name == "feeds"]


def test_floors_grow_with_the_day_and_repeats_do_not_count() -> None:
    def burst(spent: int) -> Any:
        once = [item(n, quantities={"output": spent}) for n in range(10)]
        read = rulebook.read(draft(seen([*once, *once]), "acme"))
        return next(one.floor_usd for one in read.detectors if isinstance(one, RecordsSettings))

    # gpt-4o's output costs $10 a million: ten of a million are $100 a day, of a hundred $10,000
    assert burst(1_000_000) == 1
    assert burst(100_000_000) == 50
