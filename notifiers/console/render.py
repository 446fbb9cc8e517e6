"""An incident as lines on a terminal, as it reads in Slack."""

from notifiers import words
from notifiers.base import Update
from notifiers.news import is_over
from schemas.records import Incident

BOLD, RESET = "\x1b[1m", "\x1b[0m"
COLOURS = {"SEV1": "\x1b[31m", "SEV2": "\x1b[33m", "SEV3": "\x1b[36m"}
CALM = "\x1b[32m"
"""SGR sequences that every terminal knows. (ECMA-48, 8.3.117.)"""


def render(update: Update, colour: bool = False) -> str:
    """The plain text; on a terminal the headline stands out."""
    text = words.plain(update)
    if not colour:
        return f"{text}\n"
    headline, line, rest = text.partition("\n")
    return f"{BOLD}{_colour(update.incident)}{headline}{RESET}{line}{rest}\n"


def _colour(incident: Incident) -> str:
    return CALM if is_over(incident) else COLOURS.get(incident.severity, "")
