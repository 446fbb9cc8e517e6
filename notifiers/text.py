"""Names that other people chose, made fit to be shown."""

import unicodedata

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing, turn the line around or steer a terminal."""

ELLIPSIS = "…"


def clean(text: str) -> str:
    """The text on one line, without what can't be seen; safe to write to a terminal."""
    seen = (" " if unicodedata.category(sign) in HIDDEN else sign for sign in text)
    return " ".join("".join(seen).split())


def cut(text: str, limit: int) -> str:
    """The clean text in at most `limit` characters, with an ellipsis where something is missing."""
    whole = clean(text)
    return whole if len(whole) <= limit else whole[: limit - 1].rstrip() + ELLIPSIS
