"""How often Python looks for circles of objects: nothing else frees those that hold each other."""

import gc

SELDOM = (100_000, 20, 100)
"""New objects before the young are looked at, and how often older ones are. Python's own is 700:
then with 10,000 live series a third of watch's CPU went through what it remembers, in vain."""


def look_seldom() -> None:
    """For a process of steps: what they make and remember holds no circles."""
    gc.set_threshold(*SELDOM)
