"""Atlassian Document Format, as little of it as a ticket needs.

(developer.atlassian.com/cloud/jira/platform/apis/document/structure.) Text nodes are shown as they
are: nothing in a name can become a link, a mention or a panel.
"""

from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]


def document(nodes: Iterable[Node]) -> Node:
    """A whole description or comment."""
    return {"type": "doc", "version": 1, "content": list(nodes)}


def paragraph(text: str) -> Node:
    """One paragraph; Jira refuses an empty text node."""
    return {"type": "paragraph", "content": [_text(text)] if text else []}


def link(text: str, address: str) -> Node:
    """A paragraph that is a link to a page of ours."""
    marks = [{"type": "link", "attrs": {"href": address}}]
    return {"type": "paragraph", "content": [{**_text(text), "marks": marks}]}


def bullets(lines: Iterable[tuple[str, str]]) -> Node:
    """A list whose items are a label in bold and a text."""
    items = [{"type": "listItem", "content": [_labelled(*line)]} for line in lines]
    return {"type": "bulletList", "content": items}


def _labelled(label: str, text: str) -> Node:
    bold = {**_text(f"{label}: "), "marks": [{"type": "strong"}]}
    return {"type": "paragraph", "content": [bold, _text(text or "-")]}


def _text(text: str) -> Node:
    return {"type": "text", "text": text}


def texts(node: Any) -> Iterable[str]:
    """All text of a document, in order."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        yield from texts(node.get("content"))
    if isinstance(node, list):
        for inner in node:
            yield from texts(inner)
