"""What the organisation pays, so that volumes follow from dollars a day and overruns are known.

The service under test takes model prices from genai-prices and the rest from the rulebook; a test
holds these figures to both.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    """Dollars for a million tokens."""

    prompt: float
    read: float
    write: float
    answer: float


PRICES: Mapping[tuple[str, str], Price] = {
    ("openai", "gpt-4o"): Price(2.5, 1.25, 0, 10),
    ("openai", "gpt-4o-mini"): Price(0.15, 0.075, 0, 0.6),
    ("openai", "gpt-4.1"): Price(2, 0.5, 0, 8),
    ("openai", "text-embedding-3-small"): Price(0.02, 0, 0, 0),
    ("anthropic", "claude-sonnet-4-5"): Price(3, 0.3, 3.75, 15),
    ("anthropic", "claude-haiku-4-5"): Price(1, 0.1, 1.25, 5),
    ("anthropic", "claude-opus-4-1"): Price(15, 1.5, 18.75, 75),
    ("google", "gemini-2.5-pro"): Price(1.25, 0.125, 0, 10),
    ("google", "gemini-2.5-flash"): Price(0.3, 0.03, 0, 2.5),
}
"""Public prices by provider and model, November 2026, prompts up to 200,000 tokens."""

BATCH = 0.5
"""The batch tier's share of the price."""

GPU_HOUR = 1.10
VENDOR_CALL = 0.0005
FEATURE_USE = 0.002
SEAT_DAY = 0.60
"""Contract prices in dollars; the rulebook names the same."""
