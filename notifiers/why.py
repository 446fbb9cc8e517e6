"""Why an incident is over and where, in one line each: the parts of its excess, largest first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from notifiers.figures import headline_dollars
from notifiers.subject import (
    CATCHING_UP,
    LONGEST_NAME,
    LONGEST_PATH,
    cuts,
    name_of,
    subject,
)
from notifiers.text import cut
from schemas.records import Evidence, Incident

SMALL = 20
"""A part is left out of the line where so many of it are less than the excess: under 5 %."""

MOST = 100
"""Percent: a series that burns for longer may have spent more than what contains it was told of."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an excess, nano-dollars, and what it is in words and figures."""

    name: str
    nano_usd: int
    text: str

    def __str__(self) -> str:
        saved = self.nano_usd < 0
        return f"{headline_dollars(abs(self.nano_usd))} {'saved by ' if saved else ''}{self.text}"


EXPLAINS = 70
"""Percent of a wider series' excess from which a narrower one explains it, as judge has it."""

Words = tuple[str, str]
"""What more of something is called, and less."""

CALLS: Words = ("more calls", "fewer calls")
USE: Words = ("more use", "less use")
"""Volume of what is measured in no calls."""

WORDS: Mapping[str, Words] = {
    "tokens_per_call": ("longer calls", "shorter calls"),
    "model_mix": ("a dearer mix of models", "a cheaper mix of models"),
    "price": ("higher prices", "lower prices"),
    "cache_rate": ("less from the cache", "more from the cache"),
    "retries": ("failed calls", "fewer failed calls"),
}

FIGURES: Mapping[str, tuple[str, Callable[[int], str]]] = {
    "volume": ("calls", lambda count: f"{count:,}"),
    "tokens_per_call": ("tokens_per_call", lambda count: f"{count:,} tokens each"),
    "cache_rate": ("cached_percent", lambda count: f"{count} % of the input"),
    "retries": ("failed", lambda count: f"{count:,}"),
}
"""What is compared beside a part, and how it is written."""


def parts(incident: Incident) -> list[Part]:
    """What its excess is made of, the largest first: by the rule that found most at once."""
    own = [one for one in incident.evidence if one.series == incident.series]
    most = max(own, key=lambda one: sum(one.parts.values()), default=None)
    if most is None or incident.cause == CATCHING_UP:
        return []
    found = [Part(name, much, _text(most, name, much)) for name, much in most.parts.items()]
    return sorted(found, key=lambda part: (-abs(part.nano_usd), part.name))


def _text(evidence: Evidence, part: str, much: int) -> str:
    volume = CALLS if evidence.counts.get("calls") else USE
    more, less = volume if part == "volume" else WORDS.get(part, (part, part))
    figures = _figures(evidence.counts, part)
    return f"{less if much < 0 else more}{f' ({figures})' if figures else ''}"


def _figures(counts: Mapping[str, int], part: str) -> str:
    """`11,400, usually 1,150`; empty where nothing is to be compared."""
    name, written = FIGURES.get(part, ("", str))
    seen, usual = counts.get(name, 0), counts.get(f"usual_{name}", 0)
    if not (seen or usual):
        return ""
    return f"{written(seen)}, usually {usual:,}" if usual else written(seen)


def sentence(incident: Incident) -> str:
    """`$312 more calls (11,400, usually 1,150), $40 longer calls`; empty where none is known."""
    found = parts(incident)
    excess = sum(part.nano_usd for part in found)
    told = ", ".join(str(part) for part in found if abs(part.nano_usd) * SMALL >= excess)
    then, now = headline_dollars(excess), headline_dollars(incident.accrued_nano_usd)
    return f"{told}, of {then} when it was found" if told and then != now else told


def place(incident: Incident) -> str:
    """`principal k-17 of coding-agent: 92 % of what engineering is over`: the narrowest place.

    Empty where nothing wider is over as well.
    """
    own = [one for one in incident.evidence if one.series == incident.series]
    wide = max(
        (one for one in incident.evidence if one.series != incident.series),
        key=lambda one: (one.accrued_nano_usd, one.series),
        default=None,
    )
    if wide is None or not own or incident.cause == CATCHING_UP:
        return ""
    shares = (_share(one, wide) for one in own)
    return f"{_named(incident)}: {max(shares)} % of what {name_of(wide.series)} is over"


def _share(narrow: Evidence, wide: Evidence) -> int:
    """Percent of the dollars, or of the pace where that is what explains it."""
    spent, pace = (
        min(100 * part // whole, MOST) if whole > 0 else 0
        for part, whole in (
            (narrow.accrued_nano_usd, wide.accrued_nano_usd),
            (narrow.hourly_nano_usd, wide.hourly_nano_usd),
        )
    )
    return spent if spent >= EXPLAINS else max(spent, pace)


def _named(incident: Incident) -> str:
    """By what the series is cut, and whose it is."""
    owner = cut(incident.owner.rpartition("/")[2], LONGEST_NAME)
    held = ", ".join(
        f"{cut(name.replace('_', ' '), LONGEST_NAME)} {cut(value, LONGEST_NAME)}"
        for name, value in cuts(incident)
    )
    if not held:
        return subject(incident)
    return cut(f"{held} of {owner}" if owner else held, LONGEST_PATH)
