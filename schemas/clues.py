"""What explains a cost: clues that the meter adds up beside quantities, and the parts of an excess.

Clues are no usage and never billable: a usage that claims one is refused as of an unknown quantity.
Each is left out where it is 0. Seats have none: they are no calls.
"""

UNCOUNTED = "uncounted"
"""Usage of models that says no requests: each is a call."""

FAILED = "failed"
"""Calls whose outcome is not ok; what counts no requests is one."""

WASTED = "wasted"
"""Nano-dollars that these calls cost."""

SAVED = "cache_saved"
"""Nano-dollars that tokens read from a cache would have cost more as plain input."""

PAID = "cache_paid"
"""Nano-dollars that tokens written to a cache cost more than plain input."""

REPRICED = "repriced"
"""Nano-dollars above what the same usage would have cost a week before, by the rates of then."""

CLUES = (UNCOUNTED, FAILED, WASTED, SAVED, PAID, REPRICED)

PARTS = ("volume", "tokens_per_call", "model_mix", "price", "cache_rate", "retries")
"""What an excess is split into."""

WELL = ("", "ok")
"""Outcomes of usage that did not fail."""
