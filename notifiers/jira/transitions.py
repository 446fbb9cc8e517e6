"""Which way leads to a status: chosen by the category of its target, never by its localised name.

(developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues, "Get transitions".)
"""

from collections.abc import Iterable, Mapping
from typing import Any

DONE = "done"
TO_DONE = (DONE, "indeterminate", "new")
TO_OPEN = ("new", "indeterminate", "undefined")
"""Categories in the order in which they are wanted; a workflow may need a step in between."""


def choose(transitions: Iterable[Mapping[str, Any]], done: bool, now: str) -> str | None:
    """The id of the transition to take from category `now`; None where none leads anywhere new."""
    ways = [(category_of(one.get("to")), str(one["id"])) for one in transitions]
    for wanted in TO_DONE if done else TO_OPEN:
        for category, way in ways:
            if category == wanted != now:
                return way
    return None


def category_of(status: Mapping[str, Any] | None) -> str:
    """The key of a status's category; empty where it has none."""
    found = ((status or {}).get("statusCategory") or {}).get("key")
    return str(found or "")
