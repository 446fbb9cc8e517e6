"""What peers measure a bucket by: the same hour of earlier weeks, and deviations of a window."""

import math
from collections import deque

from benchmarks._spend_simulated import DAY, WEEK

WEEKS = 4
"""What is kept of each hour of the week."""


class Hours:
    """The last values of each hour of the week, and those of the last week."""

    def __init__(self) -> None:
        self._past = [deque[float](maxlen=WEEKS) for _ in range(WEEK)]
        self._recent = deque[float](maxlen=WEEK)

    def centre(self, t: int) -> float:
        """The median of that hour; before it was seen once, the same hour of the day before."""
        got, recent = sorted(self._past[t % WEEK]), self._recent
        if got:
            return (got[len(got) // 2] + got[(len(got) - 1) // 2]) / 2
        return recent[-DAY] if len(recent) >= DAY else (recent[-1] if recent else 0.0)

    def learn(self, t: int, x: float) -> None:
        """A value that was seen."""
        self._past[t % WEEK].append(x)
        self._recent.append(x)


class Seasonal:
    """The logarithm of cost, and how far it is above that of its hour of the week."""

    def __init__(self) -> None:
        self._hours, self._total, self.seen = Hours(), 0.0, 0

    def log(self, x: float) -> float:
        """Dollars in tenths of the mean, so that small ones weigh little."""
        mean = self._total / self.seen if self.seen else 1.0
        return math.log1p(x / (0.1 * mean + 1e-9))

    def residual(self, t: int, x: float) -> float:
        """Above (or below) what is usual for the hour."""
        return self.log(x) - self.log(self._hours.centre(t))

    def learn(self, t: int, x: float) -> None:
        """A bucket that was scored."""
        self._hours.learn(t, x)
        self._total += x
        self.seen += 1


class Moments:
    """Mean and deviation of the last `span` values."""

    def __init__(self, span: int) -> None:
        self._kept, self._span, self._sum, self._squares = deque[float](), span, 0.0, 0.0

    def add(self, value: float) -> None:
        """A value that was seen; the oldest leaves."""
        self._kept.append(value)
        self._sum += value
        self._squares += value * value
        if len(self._kept) > self._span:
            old = self._kept.popleft()
            self._sum -= old
            self._squares -= old * old

    def z(self, value: float) -> float:
        """In deviations from the mean; 0 before a day was seen."""
        n = len(self._kept)
        if n < DAY:
            return 0.0
        mean = self._sum / n
        spread = max(self._squares / n - mean * mean, 1e-12)
        return (value - mean) / math.sqrt(spread + 1e-6)


class Sided:
    """A peer that has no side of its own: it is that of the bucket against its usual hour."""

    def __init__(self) -> None:
        self.seasonal = Seasonal()

    def rate(self, log: float, residual: float) -> float:
        """How strange a bucket is, then learnt."""
        raise NotImplementedError

    def step(self, t: int, x: float) -> tuple[float, float]:
        """Scores up and down of bucket t that cost x dollars."""
        residual = self.seasonal.residual(t, x)
        score = self.rate(self.seasonal.log(x), residual)
        self.seasonal.learn(t, x)
        return (score, 0.0) if residual >= 0 else (0.0, score)
