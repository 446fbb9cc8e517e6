"""Whether what was restored of a partition is all that was committed of it."""

from streams.log import Log, LogError, Positions


def check_whole(log: Log, step: str, place: tuple[str, int], held: Positions) -> None:
    """What was restored is all there is: its position and the group's were committed together.

    `place` is where the memory lies, `held` its position. Memory that ends sooner would do again
    what it has forgotten. Raises LogError.
    """
    memory, partition = place
    for topic, offset in log.committed(step, partition).items():
        if (reached := held.get(topic, 0)) < offset:
            said = f"{memory}-{partition} ends where {topic} was read to {reached}"
            raise LogError(f"{said}, and {offset} was committed")
