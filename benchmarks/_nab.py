"""The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015).

A row inside of a labelled window earns up to 1, more the earlier; a missed window costs `miss`; a
row outside costs up to `false`, less just behind a window. 100 is perfect, 0 says nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks._spend_real import columns
from benchmarks._spend_simulated import Floats, Ints


class Profile(NamedTuple):
    """What a false alarm and a missed window cost."""

    false: float
    miss: float


PROFILES = {
    "standard": Profile(0.11, 1.0),
    "low_fp": Profile(0.22, 1.0),
    "low_fn": Profile(0.11, 2.0),
}

PROBATION, MOST_PROBATION = 0.15, 750
"""The share of a file, and the most rows, that do not count because one may still learn."""

Window = tuple[int, int]
"""First and last row."""


class File(NamedTuple):
    """A labelled series."""

    times: npt.NDArray[np.datetime64]
    values: Floats
    windows: Sequence[Window]


def load(folder: Path) -> dict[str, File]:
    """All files of a folder that has `windows.json` in it, by name."""
    labels = json.loads((folder / "windows.json").read_text())
    return {name: _file(folder / name, windows) for name, windows in labels.items()}


def _file(path: Path, windows: Sequence[Sequence[str]]) -> File:
    told = columns(path)
    times = told["timestamp"].astype("datetime64[us]")
    rows = [[int(np.argmax(times == np.datetime64(at))) for at in ends] for ends in windows]
    return File(times, told["value"].astype(float), [(first, last) for first, last in rows])


def squash(position: Floats) -> Floats:
    """Worth of a row by its place: -1 is a window's begin, 0 its end, beyond 3 is far off."""
    near = 2 / (1 + np.exp(5 * np.minimum(position, 3))) - 1
    return np.where(position > 3, -1.0, near)


class Worth(NamedTuple):
    """Of each row that counts: what it earns or costs before weights, and its window or -1."""

    gain: Floats
    window: Ints


def judge(length: int, windows: Sequence[Window]) -> Worth:
    """Of all rows of a file that come after its probation."""
    gain, member, row = np.full(length, -1.0), np.full(length, -1), np.arange(length)
    begins = [first for first, _ in windows[1:]] + [length]
    for number, ((first, last), stop) in enumerate(zip(windows, begins, strict=False)):
        width, inside = last - first + 1, slice(first, last + 1)
        best = squash(np.array(-1.0))
        gain[inside] = squash(-(last - row[inside] + 1) / width) / best
        gain[last + 1 : stop] = squash((row[last + 1 : stop] - last) / max(width - 1, 1))
        member[inside] = number
    begin = min(int(PROBATION * length), MOST_PROBATION)
    return Worth(gain[begin:], member[begin:])


class Curve(NamedTuple):
    """Thresholds, descending, and what the files are worth at each; how many windows there are."""

    levels: Floats
    raw: Floats
    windows: int

    def at(self, level: float) -> int:
        """The place of a threshold."""
        return int(np.searchsorted(-self.levels, -level, side="right")) - 1


def curve(scores: Mapping[str, Floats], files: Mapping[str, File], profile: Profile) -> Curve:
    """What scores are worth at every threshold."""
    level, worth, count = _gathered(scores, files)
    order = np.argsort(-level, kind="stable")
    level, gain, window = level[order], worth.gain[order], worth.window[order]
    change = np.where(window < 0, gain * profile.false, 0.0)
    for row, more in _earned(gain, window, count, profile.miss):
        change[row] = more
    nothing = -profile.miss * count
    total, last = np.cumsum(change) + nothing, np.append(level[1:] != level[:-1], True)
    return Curve(np.append(np.inf, level[last]), np.append(nothing, total[last]), count)


def _gathered(scores: Mapping[str, Floats], files: Mapping[str, File]) -> tuple[Floats, Worth, int]:
    """Scores and worth of all rows that count, and how many windows there are."""
    levels, gains, members, count = [], [], [], 0
    for name, file in files.items():
        gain, window = judge(len(file.values), file.windows)
        levels.append(scores[name][-len(gain) :])
        gains.append(gain)
        members.append(np.where(window >= 0, window + count, -1))
        count += len(file.windows)
    return np.concatenate(levels), Worth(np.concatenate(gains), np.concatenate(members)), count


def _earned(gain: Floats, window: Ints, count: int, miss: float) -> Iterator[tuple[int, float]]:
    """By row, strangest first, what it adds to what its window has earned so far."""
    best = [-miss] * count
    for row in np.flatnonzero(window >= 0).tolist():
        own, more = int(window[row]), float(gain[row])
        if more > best[own]:
            yield row, more - best[own]
            best[own] = more


class Score(NamedTuple):
    """From 0 (says nothing) to 100, and the threshold at which."""

    score: float
    level: float


def score(
    scores: Mapping[str, Floats], files: Mapping[str, File], level: float | None = None
) -> dict[str, Score]:
    """By profile, at a threshold, or each at its best, as NAB does."""
    return {name: _scored(curve(scores, files, one), one, level) for name, one in PROFILES.items()}


def _scored(told: Curve, profile: Profile, level: float | None) -> Score:
    place = int(np.argmax(told.raw)) if level is None else told.at(level)
    nothing = -profile.miss * told.windows
    worth = 100 * (told.raw[place] - nothing) / (told.windows - nothing)
    return Score(float(worth), float(told.levels[place]))
