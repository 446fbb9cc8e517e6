"""What a call costs on average."""

from policies.price_per_call import PricePerCallSettings
from schemas.ends import Ends
from schemas.rules import Grain, Past, Rule, Verdict
from schemas.states import Bucket

PAST = Past(at=1000, costs=(), first=1000, last=1000, since=0)


def dear(usd: str = "0.05", calls: int = 100) -> Rule:
    text = {"name": "dear", "series": "application:*", "usd": usd, "calls": calls}
    rule = PricePerCallSettings.model_validate(text).rule_for("application:chat")
    assert rule is not None
    return rule


def said(cost: int, calls: int) -> Verdict:
    return dear().verdict({}, PAST, Bucket(cost=cost, quantities={"requests": calls}))


def test_calls_that_cost_more_than_they_may_are_a_breach() -> None:
    verdict = said(40_800_000_000, 340)

    assert verdict.breach
    assert verdict.excess == 40_800_000_000 - 340 * 50_000_000
    assert verdict.reason == "$0.12 a call over 340 calls; at most $0.05 is allowed"


def test_the_price_itself_is_allowed_to_the_nano_dollar() -> None:
    assert not said(340 * 50_000_000, 340).breach
    assert said(340 * 50_000_000 + 1, 340).breach


def test_few_calls_say_nothing() -> None:
    verdict = said(10**12, 99)

    assert not verdict.breach
    assert verdict.reason == "99 calls, too few to say; at least 100"


def test_only_a_closed_bucket_of_an_hour_or_a_minute_can_tell() -> None:
    minutely = PricePerCallSettings(name="dear", series=("*",), usd="0.01", grain="minute").rule()

    assert dear().ceiling({}, PAST) is None
    assert dear().grain is Grain.HOUR
    assert minutely.grain is Grain.MINUTE
    assert dear().ends is Ends.NEXT
