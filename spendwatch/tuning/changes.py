"""Today's rulebook and a change of it: as texts, as read, as a patch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detectors.base import Calibrated
from detectors.calibration import LEAST
from detectors.calibration import false_alarms as borne_by
from schemas.moments import EPOCH
from spendwatch.failures import Failure
from streams import rulebook, setting
from streams.book import Book
from streams.rulebook import Rulebook
from streams.rulebooks import hash_of
from streams.setting import Setting, Unknown

LEAST_DAYS = 10
"""No rulebook asks for less."""


@dataclass(frozen=True, slots=True)
class Rulebooks:
    """Today's rulebook and the change, as texts and as read; no change where nothing is set."""

    name: str
    text: str
    today: Book
    changed_text: str
    changed: Book | None
    settings: Sequence[str]

    @property
    def patch(self) -> str:
        """The lines to change."""
        return "".join(setting.patch(self.text, self.changed_text, self.name))


def rulebooks(name: str, text: str, settings: Sequence[str]) -> Rulebooks:
    """Both rulebooks. Raises Faulty, and Failure with every setting that leads nowhere."""
    today = _book(text)
    changed, wrong = text, []
    for one in settings:
        try:
            changed = setting.changed(changed, today.rulebook, Setting.of(one))
        except Unknown as unknown:
            wrong.append(f"--set {unknown}")
    if wrong:
        raise Failure("\n".join(wrong))
    other = _book(changed) if changed != text else None
    return Rulebooks(name, text, today, changed, other, settings)


def _book(text: str) -> Book:
    return Book(hash_of(text), EPOCH, rulebook.read(text))


def meters_otherwise(books: Rulebooks) -> bool:
    """Whether a change moves dollars, or whose they are."""
    return books.changed is not None and _metering(books.today.rulebook) != _metering(
        books.changed.rulebook
    )


def _metering(book: Rulebook) -> tuple[Any, ...]:
    """What of a rulebook usage is metered by."""
    held = (book.organisation, book.lateness_s, book.owners, book.rules, book.pools, book.rates)
    return (*held, book.all_cuts)


def typed(book: Rulebook, turned: set[str], factor: float) -> list[str]:
    """The settings that a position of the knob stands for: a T which follows from no number of
    false alarms is set by detector.
    """
    shared = round(book.once_in_days / factor)
    mine = [one for one in book.detectors if one.name in turned and isinstance(one, Calibrated)]
    own = [one for one in mine if one.once_in_days is not None or shared < LEAST]
    periods = ((one.name, one.once_in_days or book.once_in_days) for one in own)
    found = [
        f"detectors.{name}.once_in_days={max(LEAST_DAYS, round(once_in / factor))}"
        for name, once_in in periods
    ]
    if len(own) < len(mine):
        found.append(f"false_alarms_a_month={borne_by(shared, book.watched):.3g}")
    return found
