"""The rulebook's versions on their topic."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.codec import Codec
from schemas.moments import EPOCH, micros
from schemas.records import Rulebook
from schemas.topics import widths
from streams.book import Books
from streams.document import Faulty
from streams.embedded import EmbeddedLog
from streams.log import Entry
from streams.rulebooks import TOPIC, Rulebooks, hash_of
from streams.steps.step import StepError

FIRST = "organisation: acme\n"
SECOND = "organisation: acme\nlateness_s: 7\n"
THIRD = "organisation: acme\nlateness_s: 9\n"
START = datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    made = EmbeddedLog(tmp_path / "log.db", widths(1, 1), lambda: micros(START))
    yield made
    made.close()


def test_without_a_version_nothing_goes_on(log: EmbeddedLog) -> None:
    books = Rulebooks(log, Codec())
    assert books.empty()
    with pytest.raises(StepError, match="publish one"):
        books()


def test_the_first_version_holds_from_the_beginning_and_the_next_from_its_time(
    log: EmbeddedLog,
) -> None:
    books = Rulebooks(log, Codec())
    books.publish(FIRST, START)
    books.publish(SECOND, START)
    known = books()

    assert [book.effective_from for book in known.versions] == [EPOCH, START]
    assert known.at(micros(START) - 1).hash == hash_of(FIRST)
    assert known.at(micros(START)).hash == hash_of(SECOND)


def test_publishing_the_newest_text_again_changes_nothing(log: EmbeddedLog) -> None:
    books = Rulebooks(log, Codec())
    for text in (FIRST, SECOND):
        for hours in range(3):
            assert books.publish(text, START + timedelta(hours=hours)) == hash_of(text)

    assert [book.effective_from for book in books().versions] == [EPOCH, START]
    assert log.end(TOPIC, 0) == 2


def test_an_older_text_that_comes_again_is_a_version_more_and_takes_nothing_from_its_first_time(
    log: EmbeddedLog,
) -> None:
    books = Rulebooks(log, Codec())
    for days, text in enumerate((FIRST, SECOND, FIRST)):
        books.publish(text, START + timedelta(days=days))

    moments = (EPOCH, START, START + timedelta(days=1), START + timedelta(days=2))
    known = [books().at(micros(moment)).hash for moment in moments]
    assert known == [hash_of(FIRST), hash_of(FIRST), hash_of(SECOND), hash_of(FIRST)]
    assert len({record.key for record in log.read(TOPIC, 0)}) == 3


def test_of_versions_of_one_time_the_one_published_last_holds_also_one_that_comes_again(
    log: EmbeddedLog,
) -> None:
    for text in (FIRST, SECOND, THIRD, SECOND):
        Rulebooks(log, Codec()).publish(text, EPOCH)
        for books in (Rulebooks(log, Codec()), Rulebooks(log, Codec())):
            assert books().at(micros(START)).hash == hash_of(text)
            assert books().versions[-1].published == micros(START)


def test_what_holds_already_at_its_time_changes_nothing_and_what_holds_later_does(
    log: EmbeddedLog,
) -> None:
    books = Rulebooks(log, Codec())
    books.publish(FIRST)
    books.publish(SECOND, START)
    books.publish(FIRST, START - timedelta(days=1))
    assert log.end(TOPIC, 0) == 2
    books.publish(SECOND, START - timedelta(days=1))
    assert books().at(micros(START) - 1).hash == hash_of(SECOND)


def test_a_place_in_the_tree_that_is_corrected_moves_no_series_to_another_root(
    log: EmbeddedLog,
) -> None:
    wrong, right = (
        f"organisation: acme\nowners: [{{id: a, level: business_unit}}, {{id: b, level: "
        f"business_unit}}, {{id: s, level: service, under: {unit}}}]\n"
        for unit in "ab"
    )
    for text in (wrong, right, wrong, right):
        Rulebooks(log, Codec()).publish(text, EPOCH)
    for books in (Rulebooks(log, Codec())(), compacted(log)):
        assert {book.root("service:s") for book in books.versions} == {"a"}
        assert books.at(0).hash == hash_of(right)
        assert books.at(0).path("service:s", START.date()) == "b/s"


def compacted(log: EmbeddedLog) -> Books:
    """What is known once the topic has been thinned."""
    log.compact()
    return Rulebooks(log, Codec())()


def test_a_text_that_is_no_rulebook_any_more_is_passed_over_and_the_others_hold(
    log: EmbeddedLog,
) -> None:
    Rulebooks(log, Codec()).publish(FIRST)
    wrong = Rulebook(hash="0", text="organisation: [acme]\n", effective_from=START)
    log.append([Entry(TOPIC, b"0", Codec().encode(wrong), 0)])
    assert [book.hash for book in Rulebooks(log, Codec())().versions] == [hash_of(FIRST)]


def test_a_text_that_is_no_rulebook_is_not_published(log: EmbeddedLog) -> None:
    books = Rulebooks(log, Codec())
    with pytest.raises(Faulty):
        books.publish("organisation: [acme]\n", START)
    assert books.empty()


def test_another_process_reads_what_one_has_published(log: EmbeddedLog) -> None:
    Rulebooks(log, Codec()).publish(FIRST)
    assert Rulebooks(log, Codec())().versions[0].hash == hash_of(FIRST)
