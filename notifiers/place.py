"""What the settings of all places share."""

from abc import abstractmethod
from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, ConfigDict, Field

from notifiers.addresses import Forbidden, Reach
from notifiers.manner import Manner


class Place(BaseModel):
    """One place of the rulebook; a `kind` tells them apart.

    Mistakes in it are reported without the input, which could be a secret put there by mistake.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="unique among places")

    @property
    @abstractmethod
    def manner(self) -> Manner:
        """How fast and how often it wants to be spoken to."""


class Called(Place):
    """A place that is called over HTTP at an address which the rulebook names."""

    allow_private: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="private networks that it may be in, such as 10.2.0.0/16"
    )
    allow_http: bool = Field(default=False, description="plain HTTP, to this very machine only")
    ca_file: str | None = Field(
        default=None, description="certificates of the organisation's own authority, PEM"
    )

    @property
    def reach(self) -> Reach:
        """The addresses that a call to it may go to."""
        return Reach(self.allow_private, self.allow_http)

    def reachable(self, url: str) -> str:
        """The URL, if it may be called. Raises ValueError without naming it."""
        try:
            self.reach.check(url)
        except Forbidden as wrong:
            raise ValueError(f"this address may not be called: {wrong}") from None
        return url
