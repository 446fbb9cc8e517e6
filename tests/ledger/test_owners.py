"""The tree of owners over time, and what can be wrong with it."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.owners import NOBODY, Owner, OwnerRule, OwnerRules, Path, Tree, faults
from schemas import series

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
DAY = timedelta(days=1)


def owner(id_: str, level: str, under: str | None = None, since: date = date.min) -> Owner:
    return Owner.model_validate({"id": id_, "level": level, "under": under, "from": since})


ENTRIES = [
    owner("retail", "business_unit"),
    owner("ops", "business_unit"),
    owner("search", "service", "retail"),
    owner("desk", "service", "ops"),
    owner("chat", "application", "search"),
    owner("rank", "application", "search"),
    owner("search", "service", "ops", JUNE),
    owner("rank", "application", "desk", JULY),
]
TREE = Tree.of(ENTRIES)


@pytest.mark.parametrize(
    ("day", "path"),
    [
        (date.min, "retail/search/chat"),
        (JUNE - DAY, "retail/search/chat"),
        (JUNE, "ops/search/chat"),
        (date.max, "ops/search/chat"),
    ],
)
def test_an_owner_is_where_the_latest_entry_up_to_that_day_puts_it(day: date, path: str) -> None:
    assert str(TREE.path("chat", day)) == TREE.text("chat", day) == path


def test_owners_move_each_on_their_own_day() -> None:
    paths = [str(TREE.path("rank", day)) for day in (JUNE - DAY, JUNE, JULY - DAY, JULY)]
    assert paths == [
        "retail/search/rank", "ops/search/rank", "ops/search/rank", "ops/desk/rank",
    ]  # fmt: skip


def test_before_its_first_entry_an_owner_is_where_that_one_puts_it() -> None:
    tree = Tree.of([*ENTRIES, owner("new", "application", "desk", JUNE)])
    assert str(tree.path("new", JUNE - DAY)) == "ops/desk/new"


def test_the_home_of_an_owner_is_its_first_unit_whatever_happens_later() -> None:
    names = ("retail", "search", "chat", "rank", "desk", "ops")
    assert [TREE.home(name) for name in names] == ["retail"] * 4 + ["ops"] * 2
    assert TREE.home("stranger") == "stranger"


def test_the_applications_of_an_owner_are_those_below_it_that_day() -> None:
    assert TREE.applications("retail", JUNE - DAY) == ("chat", "rank")
    assert TREE.applications("retail", JUNE) == ()
    assert TREE.applications("search", JUNE) == ("chat", "rank")
    assert TREE.applications("search", JULY) == ("chat",)
    assert TREE.applications("ops", JULY) == ("chat", "rank")
    assert TREE.applications("chat", JULY) == ("chat",)


def test_an_unknown_application_is_nobodys() -> None:
    assert TREE.path("stranger", JUNE) is NOBODY
    assert TREE.text("stranger", JUNE) == "stranger"
    assert str(NOBODY) == "unowned/unowned/unowned"


def test_a_path_down_to_a_level() -> None:
    path = Path("retail", "search", "chat")
    assert [path.of(level) for level in series.TREE] == [
        "", "retail", "retail/search", "retail/search/chat",
    ]  # fmt: skip


@given(st.permutations(ENTRIES))
@settings(max_examples=50)
def test_the_order_of_the_entries_decides_nothing(entries: list[Owner]) -> None:
    tree = Tree.of(entries)
    for day in (date.min, JUNE, JULY):
        assert str(tree.path("rank", day)) == str(TREE.path("rank", day))
    assert tree.home("rank") == "retail"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (owner("unowned", "business_unit"), "is the name for usage without an owner"),
        (owner("chat", "service", "retail", JUNE), "'chat' is a service elsewhere"),
        (owner("labs", "business_unit", "retail"), "leave `under` out"),
        (owner("new", "service"), "a service stands under a business_unit, not None"),
        (owner("new", "service", "desk"), "stands under a business_unit, not 'desk'"),
        (owner("new", "application", "retail"), "stands under a service, not 'retail'"),
        (owner("new", "application", "nowhere"), "stands under a service, not 'nowhere'"),
        (owner("search", "service", "ops"), "'search' is placed twice from the same day"),
        (owner("rank", "application", "search", JULY), "'rank' is placed twice from the same day"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_with_its_place(entry: Owner, said: str) -> None:
    assert faults(ENTRIES) == []
    found = dict(faults([*ENTRIES, entry]))
    assert any(said in message for message in found.values()), found


@pytest.mark.parametrize("id_", ["", "9lives", "a b", "pool/x", "a|b", "x" * 65, "ü"])
def test_an_id_is_a_letter_then_letters_digits_and_a_few_signs(id_: str) -> None:
    with pytest.raises(ValidationError):
        owner(id_, "business_unit")


def test_a_rule_holds_from_its_first_day_to_the_day_before_until() -> None:
    rule = OwnerRule.model_validate({"owner": "chat", "from": JUNE, "until": JULY})
    days = (JUNE - DAY, JUNE, JULY - DAY, JULY)
    assert [rule.holds(day) for day in days] == [False, True, True, False]
    assert OwnerRule(owner="chat").holds(date.min)


def test_a_rule_that_never_holds_is_a_mistake() -> None:
    for until in (JUNE, JUNE - DAY):
        with pytest.raises(ValidationError, match="is not after from 2026-06-01"):
            OwnerRule.model_validate({"owner": "chat", "from": JUNE, "until": until})


GLOBS = st.lists(st.sampled_from(["chat", "rank", "c*", "?ank", "[cr]*"]), min_size=1, max_size=2)
WHENS = st.fixed_dictionaries(
    {}, optional={"application": GLOBS, "model": st.sampled_from(["big", "b*", "small"])}
)
RULES = st.lists(
    st.builds(
        lambda owner, when, since: OwnerRule.model_validate(
            {"owner": owner, "when": when, "from": since}
        ),
        st.sampled_from(["one", "two", "three"]),
        WHENS,
        st.sampled_from([JUNE, JULY]),
    ),
    max_size=8,
)


@given(RULES, st.sampled_from(["", "chat", "rank"]), st.sampled_from(["big", "small"]))
@settings(max_examples=200, deadline=None)
def test_the_first_rule_is_the_one_that_trying_all_of_them_finds(
    rules: list[OwnerRule], application: str, model: str
) -> None:
    usage = {"application": application, "model": model}
    tried = (rule for rule in rules if rule.holds(JUNE) and rule.when.matches(usage))
    assert OwnerRules(rules).first(usage, JUNE) is next(tried, None)
