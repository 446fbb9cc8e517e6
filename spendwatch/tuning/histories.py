"""Where a history comes from: files of usage, or tables of buckets, one or a folder of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.rules import Grain
from schemas.wording import counted
from spendwatch import clocks, progress
from spendwatch.ahead import ahead
from spendwatch.failures import Failure
from spendwatch.tuning import buckets, series
from streams import sources
from streams.book import Books
from streams.recorded import History, introduce, recorded
from streams.sources import mapping
from streams.sources.base import Unreadable


@dataclass(frozen=True, slots=True)
class Read:
    """A history, and in a few words what it was made of."""

    history: History
    made_of: str
    buckets: bool


@dataclass(frozen=True, slots=True)
class Source:
    """The files of a history, and how they are to be read."""

    files: Sequence[Path]
    columns: Path | None
    grain: Grain | None

    @property
    def tables(self) -> bool:
        """Whether they are tables of buckets. Raises Unreadable, Failure where only some are."""
        found = [self.columns is None and buckets.is_table(file) for file in self.files]
        if any(found) and not all(found):
            raise Failure(
                f"{self.files[0].parent}: tables of buckets and files of usage; give one kind"
            )
        return all(found)

    def read(self, books: Books) -> Read:
        """The history; usage is metered by the books. Raises Unreadable, Failure."""
        read = self._tables() if self.tables else self._usage(books)
        if not read.history.series:
            raise Failure(f"{self.files[0]}: nothing in it to go by")
        introduce(read.history)
        return read

    def _tables(self) -> Read:
        tables = [buckets.read(file) for file in self.files]
        rows = sum(len(table.start) for table in tables)
        if not rows:
            raise Failure(f"{self.files[0]}: no bucket in it")
        grain = self.grain or series.grain_of(tables)
        history = series.history(tables, grain)
        return Read(history, f"{rows:,} buckets, each {series.one(grain)}", True)

    def _usage(self, books: Books) -> Read:
        if self.grain is not None:
            raise Failure("--grain is for tables of buckets; usage is taken by the minute")
        known = mapping.load(self.columns) if self.columns else None
        with progress.bar("usage") as advance:
            rows = ahead(sources.in_columns(list(self.files), known))
            history, usages, refused = recorded(rows, books, clocks.now_micros(), advance)
        made_of = f"{counted(usages, 'usage')}, {refused:,} of them rejected"
        return Read(history, made_of, False)


def files(given: Path) -> list[Path]:
    """A file, or those of a folder that can be read, by name. Raises Unreadable, Failure."""
    if given.is_file():
        return [given]
    if not given.is_dir():
        raise Unreadable(f"{given}: no such file or folder")
    forms = {*sources.FORMS, *buckets.FORMS}
    found = sorted(file for file in given.iterdir() if file.suffix.lower() in forms)
    if not found:
        raise Failure(f"{given}: no file of {', '.join(sorted(forms))} in it")
    return found


def until(history: History, end: int) -> History:
    """The history before a minute."""
    return replace(history, end=min(history.end, end))
