"""Who `topics.yaml` says writes and reads each topic: steps, processes and commands that exist."""

import pytest

from schemas.topics import topics
from spendwatch.commands.run import PARTS
from streams.jobs import JOBS
from streams.views import TOPICS
from tests.command_lines import found

OUTSIDE = {"producers"}


@pytest.mark.parametrize("topic", topics())
def test_whoever_is_named_is_there(topic: str) -> None:
    declared = topics()[topic]
    for name in (*declared.writers, *declared.readers):
        words = name.partition(" where ")[0].split()
        process = words[0] in {*JOBS, *PARTS, *OUTSIDE} and len(words) == 1
        assert process or found(words)[1] == [], name


@pytest.mark.parametrize("name", JOBS)
def test_each_step_is_named_where_it_reads_and_where_it_remembers(name: str) -> None:
    job = JOBS[name]
    assert all(name in topics()[topic].readers for topic in job.inputs)
    assert topics()[job.memory].writers == (name,)
    assert name in topics()[job.memory].readers


def test_the_web_reads_what_the_views_are_made_from_and_the_rulebook() -> None:
    read = {name for name, topic in topics().items() if "web" in topic.readers}
    assert read == {*TOPICS, "rulebook"}
