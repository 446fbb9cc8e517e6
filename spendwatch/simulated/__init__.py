"""acme, a simulated organisation: its usage and its overruns, the same from the same seed."""

from spendwatch.simulated.events import simulate
from spendwatch.simulated.overruns import Kind, Overrun
from spendwatch.simulated.record_batches import batches
from spendwatch.simulated.schedule import demo_overruns, fortnight_overruns, quarter_overruns

__all__ = [
    "Kind", "Overrun", "batches", "demo_overruns", "fortnight_overruns", "quarter_overruns",
    "simulate",
]  # fmt: skip
