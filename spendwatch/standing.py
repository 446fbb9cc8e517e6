"""Where each series stands: what it bears, and which of its rules still learn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.moments import at_minute, micros, minute_of
from schemas.records import Allocation, Window
from schemas.rules import Past, Rule
from schemas.states import Series
from spendwatch.logbook import Logbook
from spendwatch.reading import decoded
from spendwatch.scanning import every
from streams.book import Books
from streams.steps.step import key_bytes

ALLOCATIONS, STATE = "allocation", "watch-state"
SERIES = key_bytes(("series", ""))
"""How the keys begin under which watch keeps where it stands with a series."""


@dataclass(frozen=True, slots=True)
class Learning:
    """A rule that only learns yet; `kind` is its kind."""

    rule: str
    kind: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One series; money in nano-dollars."""

    series: str
    owner: str
    day_nano_usd: int
    month_nano_usd: int
    rules: tuple[str, ...]
    """Names of what watches it."""

    learning: tuple[Learning, ...]

    @property
    def said(self) -> str:
        """In words."""
        if not self.rules:
            return "not watched"
        learning = "; ".join(
            f"learning until {until:%Y-%m-%d %H:%M} UTC ({', '.join(self._kinds(until))})"
            for until in sorted({one.until for one in self.learning})
        )
        return "; ".join(part for part in (self._watching, learning) if part)

    @property
    def _watching(self) -> str:
        return "watching" if len(self.rules) > len(self.learning) else ""

    def _kinds(self, until: datetime) -> list[str]:
        return sorted({one.kind for one in self.learning if one.until == until})


def allocations(book: Logbook) -> Mapping[str, Allocation]:
    """The newest allocation of every series. Raises LogError."""
    found: dict[str, Allocation] = {}
    for partition in range(book.log.partitions(ALLOCATIONS)):
        for record in every(book.log, ALLOCATIONS, partition):
            held = decoded(book.codec, record)
            if isinstance(held, Allocation):
                found[held.series] = held
    return found


def beginnings(book: Logbook) -> Mapping[str, int]:
    """The first minute of every series, minutes since 1970. Raises LogError."""
    found: dict[str, int] = {}
    for partition in range(book.log.partitions(STATE)):
        for record in every(book.log, STATE, partition):
            key = record.key or b""
            held = decoded(book.codec, record) if key.startswith(SERIES) else None
            if isinstance(held, Series):
                found[key.removeprefix(SERIES).decode()] = held.first
    return found


def standings(
    held: Mapping[str, Allocation], begun: Mapping[str, int], books: Books
) -> Iterator[Standing]:
    """Every series by name, as of the newest allocation of any."""
    if not held:
        return
    now = max(one.time for one in held.values())
    for name in sorted(held):
        rules = books.at(micros(now)).rules(name)
        learns = held[name].learning_until is not None and name in begun
        yield Standing(
            series=name,
            owner=held[name].owner,
            day_nano_usd=_window(held[name], "24h").cost_nano_usd,
            month_nano_usd=_window(held[name], "month").cost_nano_usd,
            rules=tuple(rule.name for rule in rules),
            learning=tuple(_learning(rules, begun[name], minute_of(now))) if learns else (),
        )


def _window(held: Allocation, name: str) -> Window:
    return next(one for one in held.windows if one.window == name)


def _learning(rules: tuple[Rule, ...], begun: int, minute: int) -> Iterator[Learning]:
    """The rules that still learn of a series; how long depends on when it began alone."""
    for rule in rules:
        size = rule.grain.minutes
        past = Past(minute // size, (), begun // size, begun // size, 0)
        until = rule.learning_until({}, past)
        if until is not None and until * size > minute:
            yield Learning(rule.name, rule.cause, at_minute(until * size))
