"""What the rulebook says of a Slack channel."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from notifiers.manner import Manner
from notifiers.place import Called
from notifiers.references import SecretReference


class SlackSettings(Called):
    """A channel and the bot token of an app that is a member of it.

    The app needs the scopes chat:write and, to look after a lost answer, channels:history (or
    groups:history); without the latter a lost answer can leave a second message.
    """

    kind: Literal["slack"] = "slack"
    channel: str = Field(pattern=r"^[A-Z0-9]{2,64}$", description="the channel's id, C123")
    token: SecretReference
    edits_apart_s: int = Field(default=3, ge=1, le=3600, description="between edits, seconds")
    base_url: str = "https://slack.com/api/"

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        self.reachable(self.base_url)
        return self

    @property
    def manner(self) -> Manner:
        """One message a second and channel; chat.update is Tier 3, 50 a minute.

        (docs.slack.dev/apis/web-api/rate-limits; docs.slack.dev/reference/methods/chat.update.)
        """
        return Manner(
            apart=timedelta(seconds=self.edits_apart_s),
            interval=timedelta(milliseconds=1200),
            quarantine=timedelta(seconds=3),
        )
