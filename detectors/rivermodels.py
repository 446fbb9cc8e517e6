"""River's anomaly and drift classes behind three functions: build one, score a value, teach it.

Scoring never changes a model, and scores are laid out so that they can be ranked: 0 says nothing,
more is stranger. Importing this module imports River, which takes seconds: only `river` does.
"""

import copy
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import singledispatch
from importlib import import_module
from importlib.metadata import version
from inspect import isclass, signature
from math import isnan
from typing import Any

from river import anomaly, base

VERSION = version("river")

CLASSES = (
    base.AnomalyDetector,
    base.SupervisedAnomalyDetector,
    base.AnomalyFilter,
    base.DriftDetector,
)
HOMES = ("anomaly", "drift", "linear_model", "neighbors", "optim", "preprocessing", "time_series")
"""River's packages from which a model and its parts may come: none of them reads or fetches."""

FEATURE = "cost"
"""The name of the one value in the dicts that River's unsupervised classes take."""

MOST = 1e12
"""Scores end here, so that every one is finite."""


def built(name: str, params: Mapping[str, Any], limits: tuple[float, float] | None) -> Any:
    """A detector by its name below `river`, such as `anomaly.GaussianScorer`. Raises ValueError.

    A parameter that is itself a River object is written as a mapping of `model` and `params`.
    `limits` are those of the fed value, for a class that must know them; None: unknown.
    """
    kind = _class(name)
    if not issubclass(kind, CLASSES):
        raise ValueError(f"{name!r} is no River class that takes costs and tells anomaly or drift")
    return _made(kind, name, params, limits)


def _class(name: str) -> type:
    home, _, kind = name.rpartition(".")
    if home.partition(".")[0] not in HOMES:
        raise ValueError(f"{name!r} is not of River's {', '.join(HOMES)}")
    try:
        found = getattr(import_module(f"river.{home}"), kind)
    except (ImportError, AttributeError) as wrong:
        raise ValueError(f"River {VERSION} has no {name!r}") from wrong
    if not isclass(found) or not found.__module__.startswith("river."):
        raise ValueError(f"{name!r} is no class of River's own")
    return found


def _made(kind: type, name: str, params: Mapping[str, Any], limits: Any) -> Any:
    given = {key: _part(value, limits) for key, value in params.items()}
    if "seed" in signature(kind).parameters:
        given.setdefault("seed", 1)  # without one the scores of a replay would differ
    if issubclass(kind, anomaly.HalfSpaceTrees) and not given.get("limits"):
        if limits is None:
            raise ValueError(f"{name} on plain cost needs `limits: {{{FEATURE}: [least, most]}}`")
        given["limits"] = {FEATURE: limits}
    try:
        return kind(**given)
    except Exception as wrong:  # whatever River raises on parameters that don't fit
        raise ValueError(f"{name} does not take these params: {wrong}") from wrong


def _part(value: Any, limits: Any) -> Any:
    if not isinstance(value, Mapping) or "model" not in value:
        return value
    name, params = str(value["model"]), value.get("params", {})
    return _made(_class(name), name, params, limits)


@singledispatch
def example(model: Any, value: float) -> tuple[Any, ...]:
    """What a class takes of a value."""
    return ({FEATURE: value},)


@example.register(base.SupervisedAnomalyDetector)
def _supervised(model: Any, value: float) -> tuple[Any, ...]:
    return ({}, value)


@example.register(anomaly.PredictiveAnomalyDetection)
def _predictive(model: Any, value: float) -> tuple[Any, ...]:
    # HoltWinters divides by the first season's level, which must not be 0.
    return ({}, value + 1.0)


@example.register(base.AnomalyFilter)
def _filtered(model: Any, value: float) -> tuple[Any, ...]:
    return example(model.anomaly_detector, value)


@singledispatch
def rank(model: Any, value: float) -> float:
    """What a class says of a value, the stranger the more."""
    return float(model.score_one(*example(model, value)))


@rank.register(anomaly.GaussianScorer)
def _deviations(model: Any, value: float) -> float:
    # Its own score is 1.0 from about eight deviations on, so the deviations are ranked.
    fitted = model.gaussian
    if fitted.n_samples < model.grace_period:
        return 0.0
    return float(abs(value - fitted.mu) / max(fitted.sigma, 1e-9))


@rank.register(anomaly.HalfSpaceTrees)
def _odds(model: Any, value: float) -> float:
    # A score that ends at 1 leaves records no room, odds do.
    score = float(model.score_one(*example(model, value)))
    return score / max(1.0 - score, 1.0 / MOST)


@rank.register(anomaly.PredictiveAnomalyDetection)
def _error(model: Any, value: float) -> float:
    # Its own score learns, ends at 1 and may divide by 0: the forecaster's error is ranked.
    features, target = example(model, value)
    forecaster = model.predictive_model
    if hasattr(forecaster, "forecast"):
        return float(abs(target - forecaster.forecast(model.horizon)[0]))
    return float(abs(target - forecaster.predict_one(features)))


@rank.register(base.AnomalyFilter)
def _inner(model: Any, value: float) -> float:
    return rank(model.anomaly_detector, value)


@rank.register(base.DriftDetector)
def _drifted(model: Any, value: float) -> float:
    # It can only be asked by teaching it, so a copy is.
    asked = copy.deepcopy(model)
    asked.update(value)
    return float(asked.drift_detected)


def score(model: Any, value: float) -> float:
    """How strange a value is: finite, at least 0. A model that can't say yet says 0."""
    try:
        found = rank(model, value)
    except Exception:  # River raises many kinds before it has seen enough
        return 0.0
    return 0.0 if isnan(found) else min(max(found, 0.0), MOST)


def teach(model: Any, value: float) -> None:
    """Let the model learn a value; one that it can't take is passed over."""
    with suppress(ArithmeticError, ValueError):
        _teach(model, value)


def _teach(model: Any, value: float) -> None:
    if isinstance(model, base.DriftDetector):
        model.update(value)
    else:
        model.learn_one(*example(model, value))


def tried(make: Callable[[], Any]) -> None:
    """Whether a model can be built and learns. Raises ValueError."""
    model = make()
    try:
        for value in (1.0, 2.0, 1.5):
            _teach(model, value)
    except Exception as wrong:  # whatever River raises on parameters that don't fit
        raise ValueError(f"{type(model).__name__} does not learn from costs: {wrong}") from wrong
