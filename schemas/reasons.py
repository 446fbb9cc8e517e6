"""Why input is refused: each reason is a named code, declared once."""

from enum import StrEnum


class Refusal(StrEnum):
    """The codes of the `rejected` topic and of HTTP 4xx answers."""

    NOT_JSON = "not_json"
    NOT_AVRO = "not_avro"
    BAD_TEXT = "bad_text"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_TIER = "unknown_tier"
    UNKNOWN_QUANTITY = "unknown_quantity"
    MISSING_FIELD = "missing_field"
    BAD_FIELD = "bad_field"
    BAD_TIME = "bad_time"
    BAD_PERIOD = "bad_period"
    BAD_QUANTITY = "bad_quantity"
    NEGATIVE_QUANTITY = "negative_quantity"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    NO_QUANTITY = "no_quantity"
    CACHED_ABOVE_TOTAL = "cached_above_total"
    TIME_AHEAD = "time_ahead"
    TOO_LATE = "too_late"
    AMOUNT_TOO_LARGE = "amount_too_large"
    RECORD_TOO_LARGE = "record_too_large"


LONGEST_DETAIL = 1000
"""Characters of a detail that are kept: what is wrong with hostile input can be as long as it."""


class Refused(ValueError):
    """Input that can't be used: a named reason and a detail for people, which can be written."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        kept = detail[:LONGEST_DETAIL].encode(errors="backslashreplace").decode()[:LONGEST_DETAIL]
        super().__init__(f"{reason}: {kept}")
        self.reason = reason
        self.detail = kept
