"""acme: three business units, eight services, fifteen applications, and who calls for them.

Dollars are those of a weekday. Machine feeds send every few minutes, whatever the hour.
"""

from collections.abc import Mapping

from schemas.cloudevents import CALL, FEATURE, GPU, SEAT
from spendwatch.simulated.callers import POOL, Caller, caller, llm
from spendwatch.simulated.rhythm import Rhythm
from spendwatch.simulated.spreads import CODE, CONVERSATION, DOCUMENTS, INDEXING

ORGANISATION = "acme"
TREE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "retail": {
        "storefront": ("shop-assistant", "product-copy"),
        "search": ("catalog-search", "recommendations"),
    },
    "operations": {
        "helpdesk": ("reply-drafts", "ticket-triage"),
        "voice": ("call-summaries", "call-translation"),
        "documents": ("contract-review", "invoice-extract"),
    },
    "engineering": {
        "devtools": ("coding-agent", "code-review", "editor-seats"),
        "data": ("insight-chat",),
        "security": ("log-triage",),
    },
}
"""Business unit to service to applications."""

SHOPPERS, STEADY, NIGHTLY = Rhythm.SHOPPERS, Rhythm.STEADY, Rhythm.NIGHTLY
GPT, MINI, INSIGHT = "openai/gpt-4o", "openai/gpt-4o-mini", "openai/gpt-4.1"
EMBEDDING = "openai/text-embedding-3-small"
SONNET, HAIKU = "anthropic/claude-sonnet-4-5", "anthropic/claude-haiku-4-5"
PRO, FLASH = "google/gemini-2.5-pro", "google/gemini-2.5-flash"
POOL_USERS = ("catalog-search", "call-summaries", "invoice-extract")
"""The members of the GPU pool."""

RETAIL = (
    llm("shop-assistant/web", GPT, CONVERSATION, 36, every=180, rhythm=SHOPPERS, cached=0.35,
        principal="key-shop-web", feature="chat", bursts=True),
    llm("shop-assistant/mobile", MINI, CONVERSATION, 6, every=500, rhythm=SHOPPERS, cached=0.35,
        principal="key-shop-mobile", feature="chat"),
    llm("shop-assistant/retries", GPT, CONVERSATION, 0.8, every=900, rhythm=SHOPPERS,
        principal="key-shop-web", feature="chat", outcome="retry"),
    llm("shop-assistant/staging", MINI, CONVERSATION, 0.5, every=1500, environment="staging",
        principal="key-shop-staging", feature="chat"),
    llm("product-copy/nightly", MINI, CONVERSATION, 7, every=30, rhythm=NIGHTLY, tier="batch",
        principal="key-copy-job"),
    llm("catalog-search/index", EMBEDDING, INDEXING, 1.8, every=120, rhythm=STEADY, steady=True,
        principal="key-indexer", source="/feeds/catalog-index"),
    llm("catalog-search/rerank", MINI, CONVERSATION, 6, every=500, rhythm=SHOPPERS,
        principal="key-search", feature="rerank"),
    llm("recommendations/rank", FLASH, CODE, 11, every=300, rhythm=SHOPPERS,
        principal="key-recommendations"),
)  # fmt: skip
OPERATIONS = (
    llm("reply-drafts/desk", SONNET, CONVERSATION, 24, every=240, cached=0.3, written=0.1,
        principal="key-drafts", feature="draft"),
    llm("reply-drafts/errors", SONNET, CONVERSATION, 0.5, every=1500, outcome="error",
        principal="key-drafts", feature="draft"),
    llm("reply-drafts/staging", HAIKU, CONVERSATION, 0.5, every=1500, environment="staging",
        principal="key-drafts-staging", feature="draft"),
    caller("reply-drafts/smart-reply", FEATURE, 2500, provider="desk-suite", every=500,
           feature="smart-reply", principal="desk-suite"),
    llm("ticket-triage/classify", HAIKU, CODE, 12, every=240, rhythm=SHOPPERS,
        principal="key-triage"),
    llm("call-summaries/summaries", FLASH, DOCUMENTS, 14, every=240, most=6,
        principal="key-voice"),
    caller("call-translation/vendor", CALL, 24_000, provider="translate-co", every=300,
           principal="key-translation"),
    llm("contract-review/reader", PRO, DOCUMENTS, 22, every=360, reasoning=0.5,
        most=4, principal="key-contracts"),
    llm("invoice-extract/feed", FLASH, CODE, 13, every=120, rhythm=STEADY, steady=True,
        principal="key-invoices", source="/feeds/invoice-extract"),
)  # fmt: skip
ENGINEERING = (
    llm("coding-agent/editor", SONNET, DOCUMENTS, 38, every=200, cached=0.8, written=0.1,
        most=4, principal="key-agent-editor", bursts=True),
    llm("coding-agent/ci", SONNET, DOCUMENTS, 14, every=400, cached=0.7, written=0.1,
        most=4, principal="key-agent-ci"),
    llm("coding-agent/retries", SONNET, DOCUMENTS, 1.2, every=1500, cached=0.8, outcome="retry",
        most=4, principal="key-agent-editor"),
    llm("code-review/pull-requests", SONNET, CODE, 24, every=300, cached=0.2, written=0.1,
        principal="key-review"),
    caller("editor-seats/seats", SEAT, 45, provider="editor-co", product="editor-assistant",
           every=86_400, rhythm=STEADY, steady=True),
    llm("insight-chat/analysts", INSIGHT, CONVERSATION, 28, every=240, cached=0.25,
        principal="key-insight", feature="ask"),
    llm("insight-chat/staging", INSIGHT, CONVERSATION, 0.5, every=1500, environment="staging",
        principal="key-insight-staging", feature="ask"),
    llm("log-triage/siem", MINI, CODE, 9, every=120, rhythm=STEADY, steady=True,
        principal="key-siem", source="/feeds/log-triage"),
)  # fmt: skip
SHARED = (
    caller(f"{POOL}/nodes", GPU, 1.8 * 86_400, provider="gpu-cluster", resource="l40s", every=120,
           rhythm=SHOPPERS, steady=True, source="/feeds/gpu-pool"),
    *(caller(f"{name}/pool", CALL, calls, provider=POOL, every=900, rhythm=SHOPPERS,
             principal=f"key-{name}-pool")
      for name, calls in zip(POOL_USERS, (9000, 4000, 7000), strict=True)),
)  # fmt: skip
CALLERS: Mapping[str, Caller] = {
    one.name: one for one in (*RETAIL, *OPERATIONS, *ENGINEERING, *SHARED)
}
"""Callers by name."""

APPROVED = tuple(sorted({one.model for one in CALLERS.values() if one.model}))
"""The models on the allow-list."""


def busy_usd(application: str) -> float:
    """Expected dollars of an application's busy minute."""
    return sum(one.busy_usd for one in CALLERS.values() if one.application == application)
