"""River's models as detectors: whichever is named, scores are those of a model built anew."""

from typing import Any

import pytest
from pydantic import ValidationError
from river import anomaly, drift

from detectors import rivermodels
from detectors.features import Feature, latest, numbers
from detectors.river import River, RiverSettings
from schemas.rules import Grain, Memory
from schemas.states import Bucket
from tests.detectors.detector_walk import DOLLAR, EPOCH, MONDAY, learned, office, past_at, walk

TREES = {"model": "anomaly.HalfSpaceTrees", "params": {"n_trees": 3, "height": 4}}
MODELS: dict[str, dict[str, Any]] = {
    "anomaly.GaussianScorer": {"grace_period": 24},
    "anomaly.StandardAbsoluteDeviation": {},
    "anomaly.HalfSpaceTrees": {"n_trees": 3, "height": 4, "window_size": 48},
    "anomaly.LODA": {"n_random_cuts": 5},
    "anomaly.OneClassSVM": {"nu": 0.2},
    "anomaly.LocalOutlierFactor": {"n_neighbors": 5},
    "anomaly.QuantileFilter": {"q": 0.95, "anomaly_detector": TREES},
    "anomaly.ThresholdFilter": {
        "threshold": 0.95,
        "anomaly_detector": {"model": "anomaly.GaussianScorer"},
    },
    "anomaly.PredictiveAnomalyDetection": {
        "predictive_model": {
            "model": "time_series.HoltWinters",
            "params": {"alpha": 0.1, "beta": 0.01, "gamma": 0.2, "seasonality": 24},
        }
    },
    "drift.ADWIN": {"clock": 1, "delta": 0.3},
    "drift.KSWIN": {"window_size": 48, "stat_size": 12},
    "drift.PageHinkley": {"threshold": 5},
    "drift.NoDrift": {},
}
each = pytest.mark.parametrize("model", MODELS)
DAYS = 9


def river(model: str, series: str = "application:chat", **settings: Any) -> River:
    """The detector of a model with the parameters of this suite."""
    params = settings.pop("params", MODELS.get(model, {}))
    text = {"name": "river", "series": "*", "model": model, "params": params, "floor_usd": 1}
    return RiverSettings.model_validate({**text, **settings}).rule(series)


def test_every_class_of_rivers_that_fits_is_in_this_suite() -> None:
    found = {
        f"{home.__name__.removeprefix('river.')}.{name}"
        for home in (anomaly, drift)
        for name, kind in vars(home).items()
        if isinstance(kind, type) and issubclass(kind, rivermodels.CLASSES)
    }

    assert found - {"drift.DummyDriftDetector"} == set(MODELS)


@each
def test_scoring_teaches_nothing(model: str) -> None:
    values = list(numbers(Feature.LOG, office(Grain.HOUR, 6)))
    asked, left = (rivermodels.built(model, MODELS[model], (0.0, 16.0)) for _ in range(2))

    for value in values:
        assert value is not None
        for other in (0.0, value, 15.0):
            rivermodels.score(asked, other)
        assert rivermodels.score(asked, value) == rivermodels.score(left, value)
        rivermodels.teach(asked, value)
        rivermodels.teach(left, value)


@each
def test_after_a_restart_scores_are_equal_to_the_bit(model: str) -> None:
    kept, costs = river(model), office(Grain.HOUR, DAYS)
    steps = list(walk(kept, costs))

    for step in steps[-25::6]:
        anew = river(model)
        hurt = Bucket(cost=step.cost + 500 * DOLLAR)
        assert anew.learn(step.memory, step.past, Bucket(cost=step.cost)) == step.changed
        assert anew.verdict(step.memory, step.past, hurt) == kept.verdict(
            step.memory, step.past, hurt
        )


@each
def test_a_repeated_and_a_skipped_bucket_find_the_same_scores(model: str) -> None:
    costs = office(Grain.HOUR, DAYS)
    steady, jumpy = list(walk(river(model), costs)), river(model)

    for index in (200, 200, 190, 215, 201, 190):
        step = steady[index]
        assert jumpy.learn(step.memory, step.past, Bucket(cost=step.cost)) == step.changed
        assert jumpy.verdict(step.memory, step.past, Bucket(cost=step.cost)) == step.verdict


@each
def test_a_flat_and_an_empty_series_leave_every_model_calm(model: str) -> None:
    for level in (0, DOLLAR):
        steps = list(walk(river(model), [level] * 24 * DAYS))
        assert not any(step.verdict.breach for step in steps)


def test_where_costs_were_learnt_anew_the_model_is_built_anew() -> None:
    rule, costs = river("anomaly.GaussianScorer"), office(Grain.HOUR, DAYS)
    memory = learned(rule, costs)
    changed = [*costs[:-30], *[DOLLAR] * 30]
    past = past_at(rule, [*changed, 0], len(costs), MONDAY * 24, EPOCH)
    bucket = Bucket(cost=400 * DOLLAR)

    assert rule.verdict(memory, past, bucket) == river(rule.model).verdict(memory, past, bucket)


def test_a_model_has_seen_all_kept_buckets_but_up_to_a_day() -> None:
    rule, costs = river("anomaly.GaussianScorer"), [DOLLAR] * (60 * 24)
    lengths = {}
    for index in range(57 * 24, 60 * 24):
        past = past_at(rule, costs, index, MONDAY * 24, EPOCH)
        lengths[past.at % 24] = len(rule._taught(past))

    assert min(lengths.values()) == 55 * 24
    assert max(lengths.values()) == 56 * 24 - 1
    assert lengths[rule.offset] == 55 * 24


def test_series_are_built_at_different_hours() -> None:
    offsets = {river("drift.NoDrift", f"application:a{n}").offset for n in range(100)}

    assert len(offsets) > 12


def test_it_learns_for_a_week_and_says_so() -> None:
    rule = river("anomaly.GaussianScorer")
    steps = list(walk(rule, office(Grain.HOUR, 8)))

    assert rule.learning_until(steps[0].memory, steps[0].past) == (MONDAY + 7) * 24
    assert "limit" not in steps[7 * 24 - 1].memory
    assert rule.learning_until(steps[7 * 24].memory, steps[7 * 24].past) is None


def test_the_reason_is_told_in_numbers() -> None:
    rule, costs = river("anomaly.GaussianScorer"), office(Grain.HOUR, 21)
    memory = learned(rule, costs)

    past = past_at(rule, [*costs, 0], len(costs), MONDAY * 24, EPOCH)
    said = rule.verdict(memory, past, Bucket(cost=9_000 * DOLLAR))

    assert said.breach
    assert said.reason.startswith("$9,000.00 in the last hour; expected $")
    assert "anomaly.GaussianScorer scores" in said.reason
    assert said.reason.count("(once in 90 days); largest of 21 days") == 1


def test_the_money_floor_stands_before_the_model() -> None:
    costs = office(Grain.HOUR, 21)
    for floor, found in ((1, True), (10_000, False)):
        rule = river("anomaly.GaussianScorer", floor_usd=floor)
        past = past_at(rule, [*costs, 0], len(costs), MONDAY * 24, EPOCH)
        said = rule.verdict(learned(rule, costs), past, Bucket(cost=9_000 * DOLLAR))
        assert said.breach is found


def test_beyond_eight_deviations_the_gaussian_still_tells_far_from_farther() -> None:
    model = rivermodels.built("anomaly.GaussianScorer", {"grace_period": 10}, None)
    for value in (1.0, 2.0, 3.0) * 10:
        rivermodels.teach(model, value)

    scores = [rivermodels.score(model, value) for value in (2.0, 10.0, 100.0, 1000.0)]

    assert model.score_one(None, 100.0) == model.score_one(None, 1000.0) == 1.0
    assert scores == sorted(scores)
    assert len(set(scores)) == 4


def test_holt_winters_survives_a_first_day_of_zeros() -> None:
    costs = [*[0] * 30, *office(Grain.HOUR, 10)]

    steps = list(walk(river("anomaly.PredictiveAnomalyDetection"), costs))

    assert max(step.changed["today"].doubles[0] for step in steps if "today" in step.changed) > 0


def test_half_space_trees_know_between_what_their_values_lie() -> None:
    params = MODELS["anomaly.HalfSpaceTrees"]
    model = rivermodels.built("anomaly.HalfSpaceTrees", params, (0.0, 16.0))

    assert model.limits["cost"] == (0.0, 16.0)
    with pytest.raises(ValidationError, match="limits"):
        river("anomaly.HalfSpaceTrees", feature="cost")
    own = {**params, "limits": {"cost": [0, 5]}}
    assert river("anomaly.HalfSpaceTrees", feature="cost", params=own).model


def test_models_with_chance_in_them_have_a_seed() -> None:
    assert rivermodels.built("anomaly.LODA", {}, None).seed == 1
    assert rivermodels.built("anomaly.LODA", {"seed": 7}, None).seed == 7


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "os.Path"}, "not of River's"),
        ({"model": "datasets.Bananas"}, "not of River's"),
        ({"model": "anomaly.Hunch"}, "has no"),
        ({"model": "anomaly.gone.Hunch"}, "has no"),
        ({"model": "linear_model.LinearRegression"}, "no River class that takes costs"),
        ({"model": "drift.binary.DDM"}, "no River class that takes costs"),
        ({"model": "drift.DriftRetrainingClassifier"}, "no River class that takes costs"),
        ({"model": "anomaly.GaussianScorer", "params": {"hunch": 1}}, "does not take"),
        ({"model": "anomaly.GaussianScorer", "params": {"window_size": "a"}}, "GaussianScorer"),
        ({"model": "anomaly"}, "pattern"),
        ({"model": "..anomaly.GaussianScorer"}, "pattern"),
        ({"model": "drift.ADWIN", "feature": "ratio", "grain": "minute"}, "ratio needs hours"),
        (
            {
                "model": "anomaly.ThresholdFilter",
                "params": {"threshold": 1, "anomaly_detector": {"model": "datasets.Bananas"}},
            },
            "not of River's",
        ),
    ],
)
def test_what_is_not_a_fitting_class_of_rivers_is_refused_with_its_reason(
    settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        RiverSettings.model_validate({"name": "river", "series": "*", **settings})


def test_features_are_dollars_their_log_or_the_ratio_to_the_week_before() -> None:
    week = [2 * DOLLAR] * 168

    assert latest(Feature.COST, week, 3 * DOLLAR) == 3.0
    assert latest(Feature.LOG, week, 0) == 0.0
    assert latest(Feature.RATIO, week, 2 * DOLLAR) == 0.0
    assert latest(Feature.RATIO, week[:167], DOLLAR) is None
    for feature in Feature:
        costs = office(Grain.HOUR, 8)
        one_by_one = [latest(feature, costs[:at], cost) for at, cost in enumerate(costs)]
        assert list(numbers(feature, costs)) == one_by_one


def test_the_ratio_finds_a_night_that_costs_like_a_day() -> None:
    rule, costs = river("anomaly.GaussianScorer", feature="ratio"), office(Grain.HOUR, 30)
    memory: Memory = learned(rule, costs)
    night = [*costs, *costs[-168 : -168 + 6]]

    past = past_at(rule, [*night, 0], len(night), MONDAY * 24, EPOCH)

    assert rule.verdict(memory, past, Bucket(cost=20 * DOLLAR)).breach


def test_another_model_or_parameter_makes_another_version() -> None:
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"params": {}},
        {"feature": "cost"},
    )
    versions = {river("anomaly.GaussianScorer", **change).version for change in changes}

    assert len(versions) == 3
    assert river("anomaly.LODA").version == river("anomaly.LODA", "application:other").version
