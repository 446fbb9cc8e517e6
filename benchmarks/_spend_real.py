"""Hourly spend of real clients of large models, priced at list, and the same made longer.

ServeGen publishes 14 days of each client; the weekday on which they begin is not known, and taken
for a Monday.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyarrow import csv

from benchmarks._spend_simulated import DAY, WEEK, Series, nano, wander

PRICES = {"m-large": (1.6e-6, 6.4e-6), "m-mid": (0.4e-6, 1.2e-6), "m-small": (0.05e-6, 0.2e-6)}
"""Dollars a token in and out, by model; list prices that were assumed."""

DAYS, SLOTS = 14, 6
"""How long clients were seen, and slots an hour."""


def columns(file: Path) -> dict[str, npt.NDArray[Any]]:
    """A table of text by its columns."""
    table = csv.read_csv(file)
    return {name: table[name].to_numpy() for name in table.column_names}


def clients(data: Path, least: float = 0.02) -> list[Series]:
    """Clients that were active in at least such a share of their hours."""
    found = [one for model in PRICES for one in _of_model(data, model)]
    return [one for one in found if (one.dollars > 0).mean() >= least]


def _of_model(data: Path, model: str) -> list[Series]:
    price_in, price_out = PRICES[model]
    told = columns(data / "servegen" / f"{model}.csv")
    each = told["input_mean"] * price_in + told["output_mean"] * price_out
    dollars, hour = told["requests"] * each, told["slot"] // SLOTS
    found = []
    for client in np.unique(told["client"]):
        own, x = told["client"] == client, np.zeros(DAYS * DAY)
        np.add.at(x, hour[own], dollars[own])
        found.append(Series(model, nano(x)))
    return found


def looped(seed: int, real: Sequence[Series], weeks: int = 8) -> list[Series]:
    """Real clients made longer: tails, zeros and rhythm stay the client's own.

    Each day is one of the client's two real days of that weekday; its level is moved by an AR(1)
    of 8 % and each hour by 10 %.
    """
    found = []
    for number, (model, dollars) in enumerate(real):
        rng = np.random.default_rng([seed, 7, number])
        pick = np.array([day % 7 + 7 * rng.integers(0, 2) for day in range(weeks * 7)])
        level = np.exp(wander(rng, weeks * 7, 0.08, drift=0.002))
        days = dollars.reshape(DAYS, DAY)[pick] * level[:, None]
        found.append(Series(model, nano(days.ravel() * rng.gamma(100, 0.01, weeks * WEEK))))
    return found
