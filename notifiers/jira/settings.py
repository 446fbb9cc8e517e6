"""What the rulebook says of a Jira project."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from notifiers.manner import Manner, steady
from notifiers.place import Called
from notifiers.references import SecretReference

QUARANTINE = timedelta(minutes=3)
"""Jira's search lags "from a few seconds to minutes".
(developer.atlassian.com/cloud/jira/platform/search-and-reconcile.)"""

EDITS_APART = timedelta(seconds=30)
"""A ticket takes at most 20 writes in 2 s and 100 in 30 s, and people get a mail for each comment.
(developer.atlassian.com/cloud/jira/platform/rate-limiting.)"""


class JiraSettings(Called):
    """A project on Jira Cloud and the account that writes to it."""

    kind: Literal["jira"] = "jira"
    site: str = Field(description="https://example.atlassian.net")
    email: str = Field(min_length=3, max_length=255, description="the account of the API token")
    token: SecretReference
    project: str = Field(pattern=r"^[A-Z][A-Z0-9_]{1,254}$", description="the project's key")
    issue_type: str = Field(default="Task", min_length=1, max_length=255)
    labels: tuple[str, ...] = Field(default=(), description="on every ticket, beside our own")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        self.reachable(self.site)
        return self

    @property
    def manner(self) -> Manner:
        """Patient: a ticket is not urgent, and a second one is a nuisance."""
        return Manner(
            apart=EDITS_APART,
            interval=timedelta(milliseconds=200),
            at_once=4,
            quarantine=QUARANTINE,
            retries=steady(timedelta(hours=72)),
        )
