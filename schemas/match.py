"""Which usages a rule of the rulebook speaks of: the filter of rates, owners, pools and cuts."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.cloudevents import REQUIRED, TIERS

KINDS = tuple(name.split(".")[2] for name in REQUIRED)
"""The short kinds of usage: `llm` for `ai.usage.llm.v1`."""


def kind(name: str) -> str:
    """The short kind of a usage type; a short kind is its own."""
    return name.removeprefix("ai.usage.").removesuffix(".v1")


def _several(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _known(globs: tuple[str, ...], values: Iterable[str]) -> tuple[str, ...]:
    for glob in globs:
        if not any(fnmatchcase(value, glob) for value in values):
            raise ValueError(f"{glob!r} is none of {', '.join(values)}")
    return globs


Globs = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_several)]
"""A glob or a list of globs (fnmatch: `*`, `?`, `[abc]`); case counts."""

Kinds = Annotated[Globs, AfterValidator(lambda globs: _known(globs, KINDS))]
Tiers = Annotated[Globs, AfterValidator(lambda globs: _known(globs, TIERS))]


class Match(BaseModel):
    """Dimensions to globs: each named dimension must match one of its globs; none matches all.

    A usage that lacks a dimension has the empty text there. `type` is the short kind.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Kinds = ()
    provider: Globs = ()
    model: Globs = ()
    application: Globs = ()
    environment: Globs = ()
    feature: Globs = ()
    principal: Globs = ()
    tier: Tiers = ()
    outcome: Globs = ()
    resource: Globs = ()
    product: Globs = ()
    source: Globs = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The dimensions that decide; the others may have any value."""
        return tuple(sorted(self.model_fields_set))

    def matches(self, dimensions: Mapping[str, str]) -> bool:
        """Whether a usage with these dimensions is meant; `type` may be given in either form."""
        return all(_holds(getattr(self, name), name, dimensions) for name in self.model_fields_set)


def _holds(globs: tuple[str, ...], name: str, dimensions: Mapping[str, str]) -> bool:
    value = dimensions.get(name, "")
    value = kind(value) if name == "type" else value
    return any(fnmatchcase(value, glob) for glob in globs)
