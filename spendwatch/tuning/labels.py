"""Incidents that people marked as expected or as real, and how a rulebook does by them.

A file of YAML, JSON lines or CSV; each entry has `label`, expected or real, and either `incident`,
an id, or `series` and `time`, any moment of the overrun.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from schemas.moments import MINUTE
from spendwatch.failures import Failure
from spendwatch.texts import text_of
from spendwatch.tuning.telling import SLACK, Heard
from streams.sources.base import micros_of

EXPECTED, REAL = "expected", "real"


@dataclass(frozen=True, slots=True)
class Label:
    """One mark; `minute` is 0 where it is by id."""

    label: str
    incident: str
    series: str
    minute: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How a rulebook does by the labels; money in nano-dollars."""

    real: int
    """Labels of real overruns."""

    found: int
    """How many of them were told."""

    told_real: int
    told_expected: int
    told_unlabelled: int
    """Incidents by their label."""

    found_nano_usd: int
    """What the real ones that were told came to."""

    lost_nano_usd: int
    """What of that was lost before they were told."""

    @property
    def recall(self) -> float | None:
        """The share of real overruns that was told."""
        return self.found / self.real if self.real else None

    @property
    def precision(self) -> float | None:
        """The share of labelled incidents that are real."""
        labelled = self.told_real + self.told_expected
        return self.told_real / labelled if labelled else None


def read(file: Path) -> list[Label]:
    """The labels of a file. Raises Failure with the entry that is none."""
    entries = _entries(file, text_of(file))
    return [_label(f"{file}: entry {at}", entry) for at, entry in enumerate(entries, 1)]


def _entries(file: Path, text: str) -> list[Any]:
    try:
        if file.suffix.lower() == ".csv":
            return list(csv.DictReader(text.splitlines()))
        if file.suffix.lower() in {".jsonl", ".ndjson", ".json"}:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        held = yaml.safe_load(text) or []
    except (csv.Error, ValueError, yaml.YAMLError) as wrong:
        raise Failure(f"{file}: {' '.join(str(wrong).split())}") from None
    if not isinstance(held, list):
        raise Failure(f"{file}: not a list of labels")
    return held


def _label(where: str, entry: Any) -> Label:
    if not isinstance(entry, Mapping):
        raise Failure(f"{where}: not a mapping")
    label = str(entry.get("label") or "")
    if label not in {EXPECTED, REAL}:
        raise Failure(f"{where}: label is neither {EXPECTED} nor {REAL}")
    incident, series = str(entry.get("incident") or ""), str(entry.get("series") or "")
    if incident:
        return Label(label, incident, "", 0)
    time = entry.get("time")
    text = time.isoformat() if isinstance(time, datetime) else time
    minute = micros_of(text) // MINUTE
    if not series or not minute:
        raise Failure(f"{where}: neither incident, nor series and time like 2026-11-03T10:00:00Z")
    return Label(label, "", series, minute)


def real(
    labels: Sequence[Label], told: Sequence[Heard], today: Iterable[Heard], until: int
) -> list[Heard]:
    """The incidents that are marked as real; ids are those of today's rulebook."""
    named = {one.id: one for one in (*told, *today)}
    return [one for one in told if _mark(labels, one, named, until) == REAL]


def scores(
    labels: Sequence[Label], told: Sequence[Heard], today: Iterable[Heard], until: int
) -> Scores:
    """How incidents do by the labels; ids are those of today's rulebook."""
    named = {one.id: one for one in (*told, *today)}
    marks = {one.id: _mark(labels, one, named, until) for one in told}
    real = [label for label in labels if label.label == REAL]
    found = [label for label in real if any(_fits(label, one, named, until) for one in told)]
    hits = [one for one in told if marks[one.id] == REAL]
    marked = list(marks.values())
    return Scores(
        real=len(real),
        found=len(found),
        told_real=len(hits),
        told_expected=marked.count(EXPECTED),
        told_unlabelled=marked.count(""),
        found_nano_usd=sum(one.accrued for one in hits),
        lost_nano_usd=sum(one.lost for one in hits),
    )


def unknown(labels: Iterable[Label], told: Iterable[Heard], series: Iterable[str]) -> list[str]:
    """What labels name that no rulebook tells of or that the history does not have, in words."""
    heard = list(told)
    incidents = {one.id for one in heard}
    known = {*series, *(name for one in heard for name in one.reaches)}
    lost = {one.incident for one in labels if one.incident and one.incident not in incidents}
    none = {one.series for one in labels if one.series and one.series not in known}
    found = [f"no incident that is told has the id of a label: {name}" for name in sorted(lost)]
    return found + [f"the history has no series of a label: {name}" for name in sorted(none)]


def _mark(labels: Sequence[Label], one: Heard, named: Mapping[str, Heard], until: int) -> str:
    """What an incident was marked as: real where it is both."""
    marks = {label.label for label in labels if _fits(label, one, named, until)}
    return REAL if REAL in marks else EXPECTED if marks else ""


def _fits(label: Label, one: Heard, named: Mapping[str, Heard], until: int) -> bool:
    if label.incident:
        other = named.get(label.incident)
        return other is not None and (other.id == one.id or other.same(one, until))
    end = until if one.end is None else one.end
    return label.series in one.reaches and one.start - SLACK <= label.minute <= end + SLACK
