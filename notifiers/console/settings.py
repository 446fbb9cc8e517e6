"""What the rulebook says of a terminal."""

from datetime import timedelta
from typing import Literal

from notifiers.manner import Manner
from notifiers.place import Place


class ConsoleSettings(Place):
    """Prints incidents where the program runs."""

    kind: Literal["console"] = "console"

    @property
    def manner(self) -> Manner:
        """A terminal is never busy, but a reader is."""
        return Manner(apart=timedelta(seconds=1))
