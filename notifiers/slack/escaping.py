"""Slack's three control characters. (docs.slack.dev/messaging/formatting-message-text, "Escaping")

A team called `<!channel>` must not ping a channel.
"""

from notifiers.text import ELLIPSIS, clean

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def fit(text: str, limit: int) -> str:
    """The clean, escaped text in at most `limit` characters; never half an entity."""
    signs = [ENTITIES.get(sign, sign) for sign in clean(text)]
    if sum(map(len, signs)) <= limit:
        return "".join(signs)
    return "".join(_first(signs, limit - len(ELLIPSIS))).rstrip() + ELLIPSIS


def _first(signs: list[str], limit: int) -> list[str]:
    used, found = 0, []
    for sign in signs:
        used += len(sign)
        if used > limit:
            break
        found.append(sign)
    return found
