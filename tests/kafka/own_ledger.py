"""The producer's own ledger: what its usage cost by genai-prices' own calculation, one by one.

It shares no code with the meter. What public lists don't know has acme's rulebook's price.
"""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import pyarrow as pa
from genai_prices import Usage, calc_price

from schemas import columns

BEGIN = datetime(2026, 11, 3, 8, tzinfo=UTC)
"""When usage that is priced here begins: lists change with the day."""


def ledger(found: list[pa.RecordBatch]) -> int:
    """What the producer itself says it has used, nano-dollars: priced by genai-prices one by one.

    Each different usage is priced once; what public lists don't know has the rulebook's price.
    """
    counted: Counter[tuple[str, str, str, str, tuple[int, ...]]] = Counter()
    for batch in found:
        held = [batch.column(name).to_pylist() for name in ("type", "provider", "model", "tier")]
        amounts = [tuple(row.values()) for row in batch.column("quantities").to_pylist()]
        counted.update(zip(*held, amounts, strict=True))
    return sum(nano(*row) * times for row, times in counted.items())


def nano(kind: str, provider: str, model: str, tier: str, amounts: tuple[int, ...]) -> int:
    """One usage's nano-dollars, rounded half to even."""
    held = {name: count for name, count in zip(columns.quantities(), amounts, strict=True) if count}
    if kind != "ai.usage.llm.v1":
        card = CARD[kind] if kind != CALL or provider == "translate-co" else {}
        price = sum((held.get(name, 0) * each for name, each in card.items()), Decimal(0))
    elif sum(held.get(name, 0) for name in PROMPT) > SHORT:
        price = listed(provider, model, tier, tuple(sorted(held.items())))
    else:
        price = sum(
            (count * listed(provider, model, tier, ((name, 1),)) for name, count in held.items()),
            Decimal(0),
        )
    return int((price * 10**9).quantize(Decimal(1)))


PROMPT = ("input_uncached", "cache_read", "cache_write_5m")
SHORT = 100_000
"""Prompt tokens up to which no model's price depends on their number."""


@cache
def listed(provider: str, model: str, tier: str, held: tuple[tuple[str, int], ...]) -> Decimal:
    """Dollars by genai-prices' own calculation; calls themselves cost nothing."""
    count = Counter(dict(held))
    usage = Usage(
        input_tokens=sum(count[name] for name in PROMPT),
        cache_read_tokens=count["cache_read"],
        cache_write_tokens=count["cache_write_5m"],
        output_tokens=count["output"] + count["reasoning"],
    )
    return calc_price(
        usage,
        model,
        provider_id=provider,
        genai_request_timestamp=BEGIN,
        price_context={"processing": tier} if tier == "batch" else None,
    ).total_price


CALL = "ai.usage.call.v1"
CARD: dict[str, dict[str, Decimal]] = {
    "ai.usage.gpu.v1": {"gpu_seconds": Decimal("1.10") / 3600},
    "ai.usage.seat.v1": {"seats": Decimal("0.60")},
    "ai.usage.feature.v1": {"uses": Decimal("0.002")},
    CALL: {"requests": Decimal("0.0005")},
}
"""Dollars a unit, as the rulebook has them; calls of a pool's models carry no price."""
