"""The pages say what is: commands parse, rulebooks are rulebooks, links lead somewhere."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from schemas import cloudevents, topics
from spendwatch import settings
from spendwatch.cli import COMMANDS
from spendwatch.metrics import Metrics
from spendwatch.settings import Settings
from streams import rulebook
from streams.sources.mapping import Mapping
from tests.command_lines import named, parsed

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
TEXTS = {name: (ROOT / name).read_text() for name in NAMES}
MAKEFILE = (ROOT / "Makefile").read_text()
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
pages = pytest.mark.parametrize("name", NAMES)


def blocks(name: str, *languages: str) -> list[str]:
    """The fenced blocks of a page."""
    return [text for language, text in FENCE.findall(TEXTS[name]) if language in languages]


def inline(name: str) -> list[str]:
    """What stands between single backticks outside of blocks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", TEXTS[name]))


def typed(text: str, program: str) -> Iterator[list[str]]:
    """The words after the program on each line that begins with it."""
    for line in text.splitlines():
        if re.match(rf"{program} [a-z]", line):
            yield shlex.split(line)[1:]


@pages
def test_its_commands_can_be_typed(name: str) -> None:
    for text in blocks(name, "sh"):
        for words in typed(text, "spendwatch"):
            assert parsed(words).command is not None


@pages
def test_the_commands_that_it_speaks_of_are_there(name: str) -> None:
    for text in inline(name):
        for words in typed(text, "spendwatch"):
            assert named(words), words


@pages
def test_what_it_would_make_can_be_made(name: str) -> None:
    for text in [*blocks(name, "sh"), *inline(name)]:
        for words in typed(text, "make"):
            assert all(f"\n{word}:" in MAKEFILE for word in words if "=" not in word), words


def test_every_command_is_shown_somewhere() -> None:
    texts = [text for name in NAMES for text in [*blocks(name, "sh"), *inline(name)]]
    shown = {words[0] for text in texts for words in typed(text, "spendwatch")}
    listed = set(re.findall(r"`([a-z]+)`", TEXTS["CHANGELOG.md"]))
    assert set(COMMANDS) - shown - listed == set()


@pages
def test_its_rulebooks_are_rulebooks_and_its_mappings_are_mappings(name: str) -> None:
    for text in blocks(name, "yaml"):
        held = yaml.safe_load(text)
        if "organisation" in held:
            rulebook.read(text)
        elif "columns" in held:
            Mapping.model_validate(held)
        else:
            rulebook.read(f"organisation: acme\n{text}")


@pages
def test_its_events_are_taken(name: str) -> None:
    for text in blocks(name, "json"):
        for line in text.splitlines():
            assert json.loads(line)["specversion"] == "1.0"
            assert cloudevents.parse(line)


@pages
def test_its_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXTS[name]):
        if not target.startswith("https://"):
            assert ((ROOT / name).parent / target).exists(), target


@pages
def test_the_paths_that_it_names_are_there(name: str) -> None:
    folders = {entry.name for entry in ROOT.iterdir() if entry.is_dir()}
    for word in inline(name):
        invented = "NAME" in word or "RECORD" in word
        if re.fullmatch(r"(\w[\w.-]*/)+[\w.-]*", word) and not invented:
            top = word.partition("/")[0]
            assert top not in folders or (ROOT / word.rstrip("/")).exists(), word


@pages
def test_one_sentence_stands_on_a_line(name: str) -> None:
    for line in FENCE.sub("", TEXTS[name]).splitlines():
        begun = re.sub(r"^(- )?(\*\*[^*]+\*\*|\d+\.) ", "", line)
        assert line.startswith(("|", "#")) or not re.search(r"[a-z)`]\. [A-Z*`]", begun), line


def test_every_setting_has_its_line() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", TEXTS["docs/operations.md"], re.MULTILINE)
    fields = set(Settings.model_fields) - {"bootstrap_servers", "kafka"}
    assert set(rows) == {settings.BOOTSTRAP, *(settings.PREFIX + f.upper() for f in fields)}


def test_every_metric_has_its_line() -> None:
    rows = re.findall(r"^\| `(spendwatch_\w+)` \| (.*?) \|", TEXTS["docs/operations.md"], re.M)
    declared = {}
    for metric in Metrics().registry.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        declared[name] = metric
    assert {name for name, _ in rows} == set(declared)


def test_the_retentions_are_those_of_the_topics() -> None:
    known = topics.topics()
    page = TEXTS["docs/operations.md"]
    assert f"are kept, {known['rejected'].retention_days} days" in page
    assert f"| charges | {known['charge'].retention_days} days |" in page


def test_decisions_are_numbered_without_a_gap_among_the_first() -> None:
    numbers = [
        int(page.name.partition("-")[0]) for page in PAGES if page.parent.name == "decisions"
    ]
    assert len(numbers) == len(set(numbers))
    for name in NAMES:
        if name.startswith("docs/decisions/"):
            number = int(Path(name).name.partition("-")[0])
            assert TEXTS[name].startswith(f"# {number}. "), name
            assert re.findall(r"^## (\w+)", TEXTS[name], re.MULTILINE) == [
                "Context", "Decision", "Consequences",
            ], name  # fmt: skip


def test_the_readme_shows_the_two_commands_first() -> None:
    assert blocks("README.md", "sh")[0] == "make demo\nmake test\n"
