"""What becomes of a delivery's record: before a call, after it, and after a restart."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from notifiers.base import Gone, NotSent, Refused, Remote, Uncertain
from notifiers.life import Event, Phase, step
from notifiers.manner import Manner
from schemas.records import Delivery, Incident


@dataclass(frozen=True, slots=True)
class Result:
    """How a call to the place ended; `retry_after` in seconds where the vendor said so."""

    event: Event
    reason: str
    remote: Remote | None = None
    retry_after: float | None = None


def failed(wrong: NotSent) -> Result:
    """The result of a call that raised."""
    kinds = {Uncertain: Event.UNCERTAIN, Refused: Event.REFUSED, Gone: Event.GONE}
    event = next((kinds[kind] for kind in kinds if isinstance(wrong, kind)), Event.UNREACHABLE)
    return Result(event, wrong.reason, retry_after=wrong.retry_after)


def key(incident: str, place: str) -> bytes:
    """The key of a record on the topic `delivery`."""
    return f"{incident}|{place}".encode()


def passed_over(record: Delivery | None, incident: Incident, place: str, why: str) -> Delivery:
    """The record of an incident that is not shown, so that the reason is said once."""
    return replace(_known(record, incident, place), desired=incident.revision, error=why)


def is_noted(record: Delivery | None, why: str) -> bool:
    """Whether it was said already, of this revision or of one before, that it is not shown."""
    return record is not None and record.error == why


def wanted(record: Delivery | None, incident: Incident, place: str) -> Delivery:
    """The record with the incident's revision as what is desired; a newer one starts afresh."""
    known = _known(record, incident, place)
    if incident.revision <= known.desired:
        return known
    return replace(
        known,
        desired=incident.revision,
        attempt=0,
        phase=step(known.phase, Event.NEWER),
    )


def _known(record: Delivery | None, incident: Incident, place: str) -> Delivery:
    return record or Delivery(
        incident=incident.id,
        place=place,
        desired=0,
        delivered=0,
        generation=1,
        phase=Phase.IDLE,
        remote={},
        attempt=0,
    )


def begun(record: Delivery, now: datetime) -> Delivery:
    """The intent to show what is desired, to be made durable before the call."""
    phase = step(record.phase, Event.BEGUN)
    return replace(record, phase=phase, intent_at=now, due_at=None)


def restored(record: Delivery, now: datetime, manner: Manner) -> Delivery:
    """The record after a restart: an intent without a result is in doubt.

    Its call may have gone out long after the intent, and until this very moment.
    """
    phase = step(record.phase, Event.RESTORED)
    if record.phase != Phase.INTENT:
        return replace(record, phase=phase)
    return replace(record, phase=phase, due_at=now + manner.quarantine)


def after(record: Delivery, result: Result, now: datetime, manner: Manner) -> Delivery:
    """The record after a call, to be made durable before anything else is tried."""
    if result.event in FAILED:
        return _failed(record, result, now, manner)
    moved = replace(
        record,
        phase=step(record.phase, result.event),
        error="",
        intent_at=None,
        remote=record.remote if result.remote is None else result.remote,
    )
    if result.event is Event.SENT:
        return replace(moved, delivered=record.desired, attempt=0, due_at=now + manner.apart)
    if result.event is Event.GONE:
        return _gone(moved, result)
    wait = timedelta(0) if result.event is Event.FOUND else _wait(record, manner)
    return replace(moved, due_at=now + wait)


FAILED = frozenset({Event.UNREACHABLE, Event.UNCERTAIN, Event.REFUSED})


def _failed(record: Delivery, result: Result, now: datetime, manner: Manner) -> Delivery:
    spent = result.event is not Event.REFUSED and record.attempt >= len(manner.retries)
    phase = step(record.phase, Event.EXHAUSTED if spent else result.event)
    doubtful = result.event is Event.UNCERTAIN or record.phase == Phase.UNCERTAIN
    return replace(
        record,
        phase=phase,
        attempt=record.attempt + 1,
        error=result.reason,
        intent_at=record.intent_at if doubtful else None,
        due_at=None if phase == Phase.DEAD else _due(record, result, now, manner),
    )


def _gone(record: Delivery, result: Result) -> Delivery:
    return replace(
        record,
        remote={},
        delivered=0,
        generation=record.generation + 1,
        due_at=None,
        error=result.reason,
    )


def _due(record: Delivery, result: Result, now: datetime, manner: Manner) -> datetime:
    """Not before the wait is over, the vendor's own wait, and what its search needs to see it."""
    wait = max(_wait(record, manner), timedelta(seconds=result.retry_after or 0))
    settling = manner.quarantine if result.event is Event.UNCERTAIN else timedelta(0)
    return now + max(wait, settling)


def _wait(record: Delivery, manner: Manner) -> timedelta:
    """The wait after this failed try, between half of it and all of it.

    The part is drawn from a hash, so that incidents which failed together come back apart while
    the same record always waits as long. (M. Brooker, "Exponential Backoff And Jitter", AWS 2015:
    equal jitter; full jitter would now and then wait for nothing at all.)
    """
    if not manner.retries:
        return timedelta(0)
    whole = manner.retries[min(record.attempt, len(manner.retries) - 1)]
    drawn = sha256(f"{record.incident}|{record.place}|{record.attempt}".encode()).digest()
    return whole / 2 + whole * int.from_bytes(drawn[:2], "big") / 131072
