"""A value of the rulebook is set by its path; the rest stays, and mistakes are named."""

from pathlib import Path

import pytest

from streams import document
from streams.rulebook import read
from streams.setting import Setting, Unknown, changed, patch

ACME = (Path(__file__).parents[2] / "spendwatch/simulated/rulebook.yaml").read_text("utf-8")


def put(setting: str, text: str = ACME) -> str:
    return changed(text, read(text), Setting.of(setting))


def lines(setting: str, text: str = ACME) -> list[str]:
    """The lines that a setting takes out and puts in."""
    told = list(patch(text, put(setting, text), "rulebook.yaml"))
    return [line.strip("\n") for line in told if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize(("setting", "removed", "added"), [
    ("detectors.day.floor_usd=20", "    floor_usd: 10", "    floor_usd: 20"),
    ("policies.tripled.times=2.5", "times: 3, floor_usd: 15}", "times: 2.5, floor_usd: 15}"),
    ("pools.gpu-pool.driver=tokens", "    driver: calls", "    driver: tokens"),
    ("pools.0.driver=tokens", "    driver: calls", "    driver: tokens"),
    ("rates.l40s-hours.usd.gpu_seconds=2", "{gpu_seconds: 1.10}, per: hour}",
     "{gpu_seconds: 2}, per: hour}"),
    ("budgets.retail.marks=[80, 100]", "marks: [50, 80, 100, 120]}", "marks: [80, 100]}"),
])  # fmt: skip
def test_one_line_changes(setting: str, removed: str, added: str) -> None:
    gone, come = lines(setting)
    assert gone.startswith("-")
    assert gone.endswith(removed)
    assert come.startswith("+")
    assert come.endswith(added)


@pytest.mark.parametrize(("setting", "added"), [
    ("lateness_s=10", "+lateness_s: 10"),
    ("severity.sev3_usd=100", "+severity: {sev3_usd: 100}"),
])  # fmt: skip
def test_what_does_not_stand_there_yet_is_added(setting: str, added: str) -> None:
    assert lines(setting) == [added]
    assert read(put(setting)) != read(ACME)


def test_a_key_is_added_to_a_mapping_in_braces() -> None:
    [gone, come] = lines("detectors.new-keys.within_hours=48")
    assert come == f"+{gone[1:-1]}, within_hours: 48}}"


def test_settings_follow_each_other_and_comments_stay() -> None:
    text = put("detectors.day.once_in_days=200", put("detectors.day.floor_usd=20"))
    [day] = [one.model_dump() for one in read(text).detectors if one.name == "day"]
    assert (day["once_in_days"], str(day["floor_usd"])) == (200, "20")
    assert [line for line in text.splitlines() if "#" in line] == [
        line for line in ACME.splitlines() if "#" in line
    ]


def test_the_longest_name_is_meant_where_names_hold_points() -> None:
    text = """organisation: acme
policies:
  - {name: rail, kind: limit, series: ["*"], usd: 1, window: 1h}
  - {name: rail.usd, kind: limit, series: ["*"], usd: 2, window: 1h}
"""
    value, _ = document.load(put("policies.rail.usd.usd=5", text))
    assert [one["usd"] for one in value["policies"]] == [1, 5]


@pytest.mark.parametrize(("setting", "told"), [
    ("detectors.day.floor=3", "detectors.day has no floor; there are: name, series"),
    ("detectors.dy.floor_usd=3", "detectors has no entry dy; there are: burst, day, "),
    ("detectors.9.floor_usd=3", "detectors has no entry 9"),
    ("rates.l40s-hours.usd.seats=1", "rates.l40s-hours.usd has no seats; there are: gpu_seconds"),
    ("nothing=1", "a rulebook has no nothing; there are: organisation"),
    ("detectors.day.floor_usd.x=1", "detectors.day.floor_usd is a value, there is no x in it"),
    ("detectors.day.floor_usd=[1", "'[1' is no value in YAML"),
    ("detectors.day.floor_usd", "is not like detectors.NAME.FIELD=VALUE"),
])  # fmt: skip
def test_a_path_that_leads_nowhere_says_what_there_is(setting: str, told: str) -> None:
    with pytest.raises(Unknown) as wrong:
        put(setting)
    assert told in str(wrong.value)
