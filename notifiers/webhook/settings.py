"""What the rulebook says of a webhook."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from notifiers.manner import Manner
from notifiers.place import Called
from notifiers.references import Reference, SecretReference, reference

RETRIES = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""After the first try at once. (Standard Webhooks 1.0.0, "Deliverability and reliability".)"""


def _address(value: object) -> Reference | str:
    if isinstance(value, str) and not value.startswith(("env:", "file:")):
        return value
    return reference(value)


class WebhookSettings(Called):
    """An address that gets each incident as a signed CloudEvent.

    The address may be a reference as well: many carry a secret in their path. `secrets` holds one
    signing secret (`whsec_...`), or two while the old one is being replaced.
    """

    kind: Literal["webhook"] = "webhook"
    url: Annotated[Reference | str, BeforeValidator(_address), PlainSerializer(str)]
    secrets: tuple[SecretReference, ...] = Field(min_length=1, max_length=2)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if isinstance(self.url, str):
            self.reachable(self.url)
        return self

    @property
    def manner(self) -> Manner:
        """Receivers tell repeats apart, so there is no need to wait after a doubtful try."""
        return Manner(apart=timedelta(seconds=1), at_once=4, retries=RETRIES)
