"""When things go wrong: in a demo of an hour, in a fortnight, and in a quarter."""

from datetime import datetime, timedelta

from spendwatch.simulated.overruns import Kind, Overrun

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AGENT, PILOT, DRAFTS = "coding-agent/ci", "insight-chat/analysts", "reply-drafts/desk"
FEED, REVIEW = "invoice-extract/feed", "code-review/pull-requests"


def demo_overruns(start: datetime) -> list[Overrun]:
    """Four overruns, each of another service; all end within 54 minutes of the start."""
    return [
        overrun(Kind.RUNAWAY_LOOP, AGENT, start + 3 * MINUTE, 25 * MINUTE, 18),
        overrun(Kind.SILENT_FEED, FEED, start + 8 * MINUTE, 18 * MINUTE),
        overrun(Kind.UNAPPROVED_MODEL, DRAFTS, start + 14 * MINUTE, 24 * MINUTE, 3),
        overrun(Kind.PILOT, PILOT, start + 19 * MINUTE, 35 * MINUTE, 24),
    ]


def fortnight_overruns(start: datetime) -> list[Overrun]:
    """One overrun of each kind in the fortnight from the start, a Monday 00:00 UTC at best.

    Prompts creep from the sixth day on; the others fall in the second week.
    """
    saturday, *week = (start + day * DAY for day in (5, 7, 8, 9, 10))
    return [
        overrun(Kind.CREEP, REVIEW, saturday, 9 * DAY, 0.1),
        overrun(Kind.RUNAWAY_LOOP, AGENT, week[0] + 10 * HOUR, 40 * MINUTE, 15),
        overrun(Kind.SILENT_FEED, FEED, week[1] + 13 * HOUR, 45 * MINUTE),
        overrun(Kind.UNAPPROVED_MODEL, DRAFTS, week[2] + 9 * HOUR, 90 * MINUTE, 3),
        overrun(Kind.PILOT, PILOT, week[3] + 14 * HOUR, HOUR, 24),
    ]


def quarter_overruns(start: datetime) -> list[Overrun]:
    """Eight overruns in the 90 days from the start, a Monday 00:00 UTC at best: after five weeks
    in which a series learns what is usual.
    """
    monday = [start + week * 7 * DAY for week in range(13)]
    return [
        overrun(Kind.RUNAWAY_LOOP, AGENT, monday[5] + 34 * HOUR, 3 * HOUR, 15),
        overrun(Kind.PILOT, PILOT, monday[6] + 8 * HOUR, 30 * HOUR, 10),
        overrun(Kind.UNAPPROVED_MODEL, DRAFTS, monday[7] + 57 * HOUR, 6 * HOUR, 3),
        overrun(Kind.CREEP, REVIEW, monday[8], 10 * DAY, 0.1),
        overrun(Kind.RUNAWAY_LOOP, AGENT, monday[10] + 74 * HOUR, 90 * MINUTE, 10),
        overrun(Kind.SILENT_FEED, FEED, monday[10] + 109 * HOUR, 5 * HOUR),
        overrun(Kind.PILOT, PILOT, monday[11] + 9 * HOUR, 10 * HOUR, 20),
        overrun(Kind.RUNAWAY_LOOP, AGENT, monday[12] + 15 * HOUR, 5 * HOUR, 6),
    ]


def overrun(kind: Kind, caller: str, start: datetime, lasts: timedelta, size: float = 0) -> Overrun:
    """An overrun that lasts so long from the start."""
    return Overrun(kind=kind, caller=caller, start=start, end=start + lasts, size=size)
