"""What deserves attention: the policies of the rulebook, by their kind.

A new policy is one file with its settings and its rule, and one line here; the shared suite
tests/policies/test_every_policy.py then holds it to what all rules promise.
"""

from typing import Annotated

from pydantic import Field

from policies.growth import GrowthSettings
from policies.limit import LimitSettings
from policies.models_allowed import ModelsAllowedSettings
from policies.price_per_call import PricePerCallSettings
from policies.share import ShareSettings

PolicySettings = Annotated[
    LimitSettings | GrowthSettings | ModelsAllowedSettings | PricePerCallSettings | ShareSettings,
    Field(discriminator="kind"),
]
"""What the rulebook says of one policy."""
