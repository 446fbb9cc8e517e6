"""The topics as declared."""

from importlib.resources import files

import pytest
import yaml

from schemas import contracts
from schemas.topics import Cleanup, Topic, partitions, topics, widths

NAMES = (
    "usage", "rejected", "seen", "charge", "tally", "split-state", "watch-state", "allocation",
    "label", "docket", "incident", "delivery", "delivery-log", "rulebook", "restate-state",
)  # fmt: skip
COMPACTED = {
    "seen", "split-state", "watch-state", "allocation", "incident", "delivery", "rulebook",
    "restate-state",
}  # fmt: skip


def test_the_topics_are_those_of_the_design() -> None:
    assert set(topics()) == set(NAMES)


def test_no_field_is_misspelt() -> None:
    declared = yaml.safe_load(files("schemas").joinpath("topics.yaml").read_text())
    for fields in declared.values():
        assert fields.keys() <= set(Topic.__dataclass_fields__) - {"name"}


def test_every_topic_carries_contracts_that_exist_and_every_contract_has_a_topic() -> None:
    carried = {record for topic in topics().values() for record in topic.carries}
    assert carried == set(contracts.newest())


def test_states_are_compacted_and_the_rest_has_a_retention() -> None:
    assert {topic.name for topic in topics().values() if topic.compacted} == COMPACTED
    for topic in topics().values():
        assert (topic.retention_days is None) == (topic.cleanup is Cleanup.COMPACT)
        assert not topic.state or topic.compacted


def test_only_usage_carries_the_logs_own_time() -> None:
    assert [topic.name for topic in topics().values() if topic.appended] == ["usage"]


@pytest.mark.parametrize(
    "group",
    [
        ("usage", "seen", "charge", "rejected"),
        ("tally", "watch-state", "split-state", "label", "allocation"),
        ("docket", "incident", "delivery"),
    ],
)
def test_a_step_and_its_state_are_partitioned_alike(group: tuple[str, ...]) -> None:
    assert len({partitions(topic, usage=6, tally=8) for topic in group}) == 1


def test_the_operator_chooses_two_widths_and_the_rest_is_one() -> None:
    assert widths(usage=6, tally=8)["usage"] == 6
    assert widths(usage=6, tally=8)["tally"] == 8
    assert widths(usage=6, tally=8)["docket"] == widths()["rulebook"] == 1
    assert widths()["usage"] == widths()["tally"] == 4


def test_each_topic_says_who_writes_and_who_reads_it() -> None:
    for topic in topics().values():
        assert topic.about.endswith(".")
        assert topic.writers
        assert topic.readers
        assert topic.key
