"""POST /v1/answers: what a person says to an incident, put on the docket for the judge.

202 is said once the log has it; the judge hears an id once, however often it is sent.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.money import Usd, nano
from schemas.reasons import Refusal
from schemas.records import Answer
from spendwatch.web.around import Around, around, restored
from spendwatch.web.problems import Problem, Why, answer
from spendwatch.web.reading import known_incident
from streams.log import Entry

JSON = "application/json"
LARGEST = 16_384
FURTHEST = timedelta(days=400)
"""How far ahead an answer may reach."""

Text = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]


class Said(BaseModel):
    """The body of a request: what is said, by whom, until when."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    incident: Text
    action: Literal["acknowledge", "snooze", "expected", "approve"]
    by: Text
    id: Text | None = None
    until: AwareDatetime | None = None
    cap_usd_per_hour: Usd | None = None
    note: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.action == "snooze" and self.until is None:
            raise ValueError("a snooze needs `until`")
        if self.cap_usd_per_hour is not None and self.action not in ("expected", "approve"):
            raise ValueError("`cap_usd_per_hour` belongs to expected and approve")
        return self

    def answer(self, now: datetime) -> Answer:
        """The record. Raises ValueError where `until` is past or too far."""
        until = None if self.until is None else self.until.astimezone(UTC)
        if until is not None and not now < until <= now + FURTHEST:
            raise ValueError(f"`until` lies ahead, at most {FURTHEST.days} days")
        cap = None if self.cap_usd_per_hour is None else nano(self.cap_usd_per_hour)
        return Answer(
            id=self.id or self._identity(now),
            incident=self.incident,
            action=self.action,
            by=self.by,
            time=now,
            until=until,
            cap_nano_usd_per_hour=cap,
            note=self.note,
        )

    def _identity(self, now: datetime) -> str:
        """Who names none gets one from what is said, and when."""
        named = f"{now.isoformat()}|{self.model_dump_json()}"
        return f"web-{blake2b(named.encode(), digest_size=12).hexdigest()}"


async def post(request: web.Request) -> web.Response:
    """Take an answer."""
    here, views = around(request), restored(request)
    if request.content_type != JSON:
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise Problem(status, Why.UNSUPPORTED_TYPE, f"an answer is {JSON}")
    found = said(await request.read(), here.now)
    incident = known_incident(views, found.incident)
    await put(here, found)
    taken = {"id": found.id, "incident": found.incident, "state": incident.state}
    return answer(taken, HTTPStatus.ACCEPTED)


def said(body: bytes, now: datetime) -> Answer:
    """The answer that a body is. Raises Problem with all that is wrong, without the body."""
    if len(body) > LARGEST:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise Problem(status, Why.TOO_LARGE, f"{len(body)} bytes, at most {LARGEST}")
    try:
        return Said.model_validate_json(body).answer(now)
    except ValidationError as wrong:
        raise Problem(HTTPStatus.BAD_REQUEST, Refusal.BAD_FIELD, _told(wrong)) from None
    except (ValueError, OverflowError) as wrong:
        raise Problem(HTTPStatus.BAD_REQUEST, Refusal.BAD_FIELD, str(wrong)) from None


def _told(wrong: ValidationError) -> str:
    found = [(".".join(map(str, error["loc"])), error["msg"]) for error in wrong.errors()]
    return "; ".join(f"{where}: {message}" if where else message for where, message in found)


async def put(here: Around, found: Answer) -> None:
    """Put an answer on the docket. Raises Problem."""
    await here.append([Entry("docket", found.incident.encode(), here.codec.encode(found))])
