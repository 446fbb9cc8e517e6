"""A rulebook as text: every mistake with its path and line, all at once; hostile texts end soon."""

from decimal import Decimal
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import rulebook
from streams.document import Faulty, Mistake, load
from tests.streams.meter_kit import ACME

ROOT = Path(__file__).parents[2]


def mistakes(text: str) -> list[tuple[str, int]]:
    """Path and line of everything that is wrong."""
    with pytest.raises(Faulty) as wrong:
        rulebook.read(text)
    return [(one.path, one.line) for one in wrong.value.mistakes]


def messages(text: str) -> str:
    with pytest.raises(Faulty) as wrong:
        rulebook.read(text)
    return str(wrong.value)


def test_the_rulebooks_that_we_give_away_are_sound() -> None:
    found = [*ROOT.glob("*.yaml"), *ROOT.glob("spendwatch/simulated/*.yaml")]
    read = [file for file in found if "organisation:" in file.read_text(encoding="utf-8")]
    assert read
    for file in read:
        rulebook.read(file.read_text(encoding="utf-8"))


MANY = """\
organisation: acme
latenes_s: 5
owners:
  - {id: retail, level: business_unit}
  - {id: search, level: servise, under: retail}
  - id: 9lives
    level: application
rates:
  - name: h100
    usd: {gpu_seconds: -1, letters: 2}
    per: hour
pools:
  - {id: p, when: {type: gpu}, driver: luck, members: []}
detectors:
  - name: burst
    kind: records
    grain: minute
    series: ["application:*"]
    floor_usd: much
policies:
  - {name: x, kind: nothing}
lateness_s: -1
"""


def test_every_mistake_is_named_at_once_with_its_path_and_line() -> None:
    assert sorted(mistakes(MANY), key=lambda one: one[1]) == [
        ("latenes_s", 2),
        ("owners.1.level", 5),
        ("owners.2.id", 6),
        ("rates.0.usd.gpu_seconds", 10),
        ("rates.0.usd.letters.[key]", 10),
        ("pools.0.driver", 13),
        ("pools.0.members", 13),
        ("detectors.0.records.floor_usd", 19),
        ("policies.0", 21),
        ("lateness_s", 22),
    ]


TREE = """\
organisation: acme
owners:
  - {id: retail, level: business_unit}
  - {id: search, level: service, under: retail}
  - {id: chat, level: application, under: search}
"""


@pytest.mark.parametrize(
    ("more", "path", "said"),
    [
        ("rules:\n  - {owner: chat}\n  - {owner: nobody}\n", ("rules.1.owner", 8),
         "'nobody' is no application and no pool"),
        ("rules:\n  - {owner: search}\n", ("rules.0.owner", 7), "is no application and no pool"),
        ("rules:\n  - {owner: pool/p}\n", ("rules.0.owner", 7), "is no application and no pool"),
        ("pools:\n  - {id: p, when: {}, driver: even, members: [nobody]}\n",
         ("pools.0.members", 7), "'nobody' is no owner that can share"),
        ("pools:\n  - {id: p, when: {}, driver: fixed, members: [search],\n     "
         "percent: {search: 100}}\n", ("pools.0.members", 7), "'search' is no owner that can"),
        ("pools:\n  - {id: p, when: {}, driver: even, members: [chat]}\n"
         "  - {id: p, when: {}, driver: even, members: [chat]}\n", ("pools.1", 8),
         "'p' is there already"),
        ("cuts:\n  - {name: application}\n", ("cuts.0.name", 7), "is taken for series"),
        ("cuts:\n  - {name: driver}\n", ("cuts.0.name", 7), "is taken for series"),
        ("cuts:\n  - {name: budget}\n", ("cuts.0.name", 7), "is taken for series"),
        ("detectors:\n  - {name: a, kind: records, series: application}\n"
         "policies:\n  - {name: a, kind: growth, series: application}\n",
         ("policies.0", 9), "'a' is there already"),
        ("cuts:\n  - {name: budget.x}\n", ("cuts.0.name", 7), "is taken for series"),
        ("cuts:\n  - {name: a}\n  - {name: a}\n", ("cuts.1", 8), "'a' is there already"),
        *(
            (f"budgets:\n  - {{name: b, amount_usd: 1, series: '{name}'}}\n",
             ("budgets.0.series", 7), f"there is no series '{name}'")
            for name in ("business_unit:nobody", "service:retail", "organisation:x", "pool:p",
                         "keys:chat", "driver:p", "retail", "")
        ),
        ("routes:\n  - {places: [nowhere]}\n", ("routes.0.places", 7), "'nowhere' is no place"),
        ("places:\n  - {name: t, kind: console}\n  - {name: t, kind: console}\n",
         ("places.1", 8), "'t' is there already"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named_too(
    more: str, path: tuple[str, int], said: str
) -> None:
    assert mistakes(TREE + more) == [path]
    assert said in messages(TREE + more)


def test_a_budget_may_be_of_anything_that_usage_adds_to() -> None:
    names = ("organisation:acme", "business_unit:retail", "service:search", "application:chat",
             "application:unowned", "pool:p", "unallocated:p", "keys:chat|k1", "all:")  # fmt: skip
    rows = "".join(
        f"  - {{name: b{number}, amount_usd: 1, series: '{name}'}}\n"
        for number, name in enumerate(names)
    )
    more = """\
pools: [{id: p, when: {type: gpu}, driver: even, members: [chat]}]
cuts: [{name: keys, by: [application, principal]}, {name: all}]
budgets:
"""
    assert len(rulebook.read(TREE + more + rows).budgets) == len(names)


def test_wrong_places_in_the_tree_are_named_all_at_once() -> None:
    more = """\
  - {id: search, level: service, under: retail}
  - {id: lost, level: application, under: retail}
  - {id: unowned, level: business_unit}
rules:
  - {owner: nobody}
"""
    assert mistakes(TREE + more) == [
        ("owners.3", 6), ("owners.4", 7), ("owners.5", 8), ("rules.0.owner", 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("organisation: a\norganisation: b\n", [("organisation", 2)]),
        ("organisation: a\nseverity: {}\ncuts: []\nseverity: {}\n", [("severity", 4)]),
        ("organisation: a\nrates:\n  - name: x\n    usd:\n      output: 1\n      output: 2\n"
         "    per: unit\n    name: y\n", [("rates.0.usd.output", 6), ("rates.0.name", 8)]),
    ],
)  # fmt: skip
def test_a_key_that_is_given_twice_is_refused(text: str, found: list[tuple[str, int]]) -> None:
    assert mistakes(text) == found
    assert "given twice" in messages(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("organisation: acme\nowners: [\n", 3),
        ("organisation: acme\n\tlateness_s: 5\n", 2),
        ("organisation: acme\nlateness_s: *nothing\n", 2),
        ("organisation: acme\nlateness_s: !!python/object/apply:os.system [ls]\n", 2),
        ("organisation: acme\nlateness_s: " + "9" * 5000, 2),
        ("organisation: acme\nowners:\n  - id: x\n    from: 2026-02-30\n", 4),
        ("organisation: acme\n? [a, b]\n: 2\n", 2),
        ("- organisation\n", 1),
        ("", 1),
        ("acme", 1),
        ("organisation: acme\n---\norganisation: acme\n", 2),
    ],
)
def test_what_is_no_yaml_or_no_value_is_named_by_its_line(text: str, line: int) -> None:
    assert mistakes(text) == [("yaml", line)]


def test_a_control_character_is_named() -> None:
    assert "special characters are not allowed" in messages("organisation: a\x00")


def test_numbers_are_the_decimals_that_are_written() -> None:
    rates = "rates:\n  - {name: x, usd: {output: 0.1, input_uncached: 1.10}, per: million}\n"
    [rate] = rulebook.read(f"organisation: a\n{rates}").rates
    assert rate.usd == {"output": Decimal("0.1"), "input_uncached": Decimal("1.10")}
    value, _ = load("x: 0.1000000000000000055511151231257827\n")
    assert value["x"] == Decimal("0.1000000000000000055511151231257827")


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan", "1.0e+999", "true", "'x'", "[1.0]"])
def test_what_is_no_number_of_dollars_is_refused(number: str) -> None:
    text = f"organisation: a\nrates:\n  - {{name: x, usd: {{output: {number}}}, per: unit}}\n"
    assert mistakes(text) == [("rates.0.usd.output", 3)]


def test_anchors_and_merges_are_read_as_what_they_stand_for() -> None:
    text = """\
organisation: acme
rates:
  - &usual {name: a, usd: {output: 1}, per: million}
  - {<<: *usual, name: b}
"""
    first, second = rulebook.read(text).rates
    assert (second.name, second.usd) == ("b", first.usd)


def bomb(levels: int, wide: int = 9) -> str:
    rows = [f"x0: &x0 [{', '.join('1' * wide)}]"]
    for level in range(1, levels):
        aliases = ", ".join([f"*x{level - 1}"] * wide)
        rows.append(f"x{level}: &x{level} [{aliases}]")
    return "organisation: acme\n" + "\n".join(rows) + "\n"


def merges(levels: int) -> str:
    rows = ["m0: &m0 {a: 1}"]
    for level in range(1, levels):
        aliases = ", ".join([f"*m{level - 1}"] * 9)
        rows.append(f"m{level}: &m{level} {{<<: [{aliases}]}}")
    return "organisation: acme\n" + "\n".join(rows) + "\n"


HOSTILE = {
    "aliases that multiply": bomb(12),
    "merges that multiply": merges(12),
    "a list that holds itself": "organisation: acme\nowners: &a [*a]\n",
    "a mapping that holds itself": "organisation: acme\nseverity: &a {x: *a}\n",
    "brackets without end": "organisation: acme\nowners: " + "[" * 20_000,
    "a text too large": "organisation: acme\n" + "#" * 1_000_001,
    "wide characters": "organisation: " + "é" * 600_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_text_is_refused_in_a_moment(what: str) -> None:
    begun = monotonic()
    assert len(mistakes(HOSTILE[what])) == 1
    assert monotonic() - begun < 20


@given(st.text(max_size=40) | st.text("[]{}:,-&*!|>'\"#%@ \nab<", max_size=40))
@settings(max_examples=200)
def test_any_text_is_a_rulebook_or_is_told_why_not(text: str) -> None:
    try:
        rulebook.read(text)
    except Faulty as wrong:
        assert wrong.mistakes and all(one.line >= 0 for one in wrong.mistakes)


lines = st.lists(st.integers(0, len(ACME.splitlines()) - 1), max_size=4)


@given(lines, st.sampled_from(["", "  x", "- 1", "id: 3", "{", "from: 2026-13-01"]))
@settings(max_examples=100)
def test_a_rulebook_with_lines_replaced_is_still_one_or_is_told_why_not(
    where: list[int], what: str
) -> None:
    rows = ACME.splitlines()
    for at in where:
        rows[at] = what
    try:
        rulebook.read("\n".join(rows))
    except Faulty as wrong:
        assert all(0 <= one.line <= len(rows) + 1 for one in wrong.mistakes)


def test_a_mistake_reads_as_a_line_of_its_own() -> None:
    assert str(Mistake("rates.0", 7, "no")) == "line 7: rates.0: no"
    assert str(Mistake("", 0, "too large")) == "too large"
