"""What calms a rule that has found something."""

from enum import StrEnum


class Ends(StrEnum):
    """When an episode is over."""

    PACE = "pace"
    """The excess of the last quarter of an hour fell under four tenths of its opening pace."""

    QUIET = "quiet"
    """No charge for a quarter of an hour."""

    SPOKE = "spoke"
    """A charge came."""

    NEXT = "next"
    """The next bucket of its grain is no breach."""
