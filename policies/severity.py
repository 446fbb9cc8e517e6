"""How grave an incident is: dollars decide, statistics only gate."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, model_validator

from schemas.money import Usd, nano

SEV1, SEV2, SEV3, INFO = "SEV1", "SEV2", "SEV3", "info"
GRADES = (INFO, SEV3, SEV2, SEV1)
"""From mild to grave."""

AHEAD_HOURS = 24
"""How far an overrun is thought on."""


class Severities(BaseModel):
    """Dollars of accrued and projected excess from which an incident is that grave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sev1_usd: Usd = Decimal(5000)
    sev2_usd: Usd = Decimal(500)
    sev3_usd: Usd = Decimal(50)

    @model_validator(mode="after")
    def _descending(self) -> "Severities":
        if not self.sev1_usd > self.sev2_usd > self.sev3_usd:
            raise ValueError("sev1_usd is above sev2_usd, and that above sev3_usd")
        return self

    def grade(self, impact: int) -> str:
        """The severity of an impact in nano-dollars."""
        for floor, grade in ((self.sev1_usd, SEV1), (self.sev2_usd, SEV2), (self.sev3_usd, SEV3)):
            if impact >= nano(floor):
                return grade
        return INFO


def projected(accrued: int, hourly: int) -> int:
    """Nano-dollars if it goes on at its pace for a day."""
    return accrued + max(hourly, 0) * AHEAD_HOURS


def graver(one: str, other: str) -> str:
    """The graver of two severities."""
    return max(one, other, key=GRADES.index)
