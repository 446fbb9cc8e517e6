"""How many tokens a call takes, after real traces.

Each spread is a table of quantiles of a public trace, computed with `numpy.quantile(tokens,
CHANCES)` (linear interpolation) over all of its requests and rounded to whole tokens. Prompt and
answer are drawn apart: in the Azure traces their logarithms hardly correlate (-0.00 code, 0.09
conversation), in Mooncake's they do (-0.49), which is left out here.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CHANCES = (
    0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0,
)  # fmt: skip
"""The probabilities of the quantiles below."""


@dataclass(frozen=True)
class Spread:
    """Quantiles of tokens a call, one for each of CHANCES."""

    quantiles: tuple[int, ...]

    @cached_property
    def logs(self) -> Floats:
        """Natural logarithms of the quantiles: between two of them tokens are log-uniform."""
        return np.log(self.quantiles)

    @cached_property
    def mean(self) -> float:
        """Mean tokens a call, from 20,000 evenly spaced chances."""
        return float(self.drawn((np.arange(20_000) + 0.5) / 20_000).mean())

    def drawn(self, chances: Floats) -> Floats:
        """Tokens for chances in [0, 1)."""
        return np.exp(np.interp(chances, CHANCES, self.logs))


@dataclass(frozen=True)
class Shape:
    """Tokens of a call's prompt, cached ones included, and of its answer; None: it has none."""

    prompt: Spread
    answer: Spread | None = None


CONVERSATION = Shape(
    Spread((
        2, 29, 181, 207, 387, 403, 703, 1020, 1071, 1130, 1315, 2734, 4083, 4142, 6179, 14050,
    )),
    Spread((7, 16, 41, 54, 77, 91, 103, 129, 177, 384, 400, 424, 451, 601, 954, 1000)),
)  # fmt: skip
"""Azure LLM inference trace 2023, conversation: 19,366 requests (CC-BY 4.0; Patel et al.,
Splitwise, ISCA 2024; github.com/Azure/AzurePublicDataset)."""

CODE = Shape(
    Spread((
        3, 17, 75, 147, 386, 770, 1075, 1469, 1909, 2433, 3192, 5188, 7303, 7436, 7437, 7437,
    )),
    Spread((6, 6, 6, 7, 8, 9, 11, 13, 16, 20, 29, 55, 90, 251, 825, 1899)),
)  # fmt: skip
"""The same trace, code: 8,819 requests; long prompts, short answers."""

DOCUMENTS = Shape(
    Spread((
        13, 16, 22, 30, 88, 913, 4365, 11587, 16290, 19409, 28425, 38611, 48905, 66456, 191_373,
        191_378,
    )),
    Spread((1, 2, 2, 4, 8, 16, 32, 69, 126, 210, 289, 389, 519, 768, 813, 893)),
)  # fmt: skip
"""Mooncake FAST'25 synthetic trace: 3,993 requests, long documents and tool use (Apache-2.0; Qin
et al. 2025; github.com/kvcache-ai/Mooncake)."""

INDEXING = Shape(CODE.prompt)
"""Texts to embed: prompts as in CODE, no answer."""
