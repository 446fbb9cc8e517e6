"""One real Kafka broker on loopback, from Maven Central's jars; needs Java 17 and Maven.

Run it by hand (`python tests/kafka/broker.py`): it prints its address and runs until interrupted.
"""

import fcntl
import hashlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
JAVA = 17
UP = 90.0
"""Seconds that a broker may take to come up."""

SETTINGS = """
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{control}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{control}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.backoff.ms=200
log.cleaner.dedupe.buffer.size=33554432
log.initial.task.delay.ms=1000
log.retention.check.interval.ms=1000
num.network.threads=2
num.io.threads=4
"""


class Missing(Exception):
    """There is no Kafka to be had here, and why."""


class Broker:
    """A broker of its own folder and ports; stopped or killed, it can be started again."""

    def __init__(self, folder: Path, jars: Path) -> None:
        self._folder = folder
        self._jars = jars
        self._process: subprocess.Popen[bytes] | None = None
        port, control = free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self._port = port
        self._config = folder / "server.properties"
        self._config.write_text(SETTINGS.format(port=port, control=control, folder=folder))
        self._format()

    def start(self) -> None:
        """Start it and wait until it answers. Raises Missing with the end of its output."""
        with self._output() as output:
            self._process = subprocess.Popen(
                [*guard(), *self._java("768m"), "kafka.Kafka", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        until = time.monotonic() + UP
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise Missing(f"Kafka did not come up: {self.log()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang until `resume`."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def log(self) -> str:
        """What it printed."""
        return (self._folder / "kafka.log").read_text(errors="replace")

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _format(self) -> None:
        identity = hashlib.sha256(str(self._folder).encode()).hexdigest()[:22]
        command = [*self._java("256m"), "kafka.tools.StorageTool", "format", "--standalone"]
        done = subprocess.run(
            [*command, "-t", identity, "-c", str(self._config)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Missing(f"Kafka's storage could not be made: {done.stdout}{done.stderr}")

    def _java(self, heap: str) -> list[str]:
        flags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] if heap == "256m" else []
        return ["java", f"-Xmx{heap}", *flags, "-cp", f"{self._jars}/*"]

    def _output(self) -> IO[bytes]:
        return (self._folder / "kafka.log").open("ab")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports


def guard() -> list[str]:
    """Where the system can: the broker ends with whoever started it, even if that one is killed."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def jars(pom: Path = HERE / "pom.xml") -> Path:
    """The folder with Kafka's jars, or those of another pom, fetched by Maven once.

    Raises Missing.
    """
    check_java()
    if shutil.which("mvn") is None:
        raise Missing("Maven (mvn) is not installed, and KAFKA_BOOTSTRAP_SERVERS is not set")
    folder = (
        pom.resolve().parent
        / "target"
        / f"jars-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    )
    folder.parent.mkdir(exist_ok=True)
    with locked(folder.parent / "jars.lock"):
        if not (folder / "complete").exists():
            fetch(pom, folder)
    return folder


def fetch(pom: Path, folder: Path) -> None:
    """Have Maven copy the jars. Raises Missing."""
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={folder}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Missing(f"Maven could not fetch Kafka: {done.stdout[-1000:]}")
    (folder / "complete").touch()


def check_java() -> None:
    """Raises Missing unless Java is there and new enough."""
    if shutil.which("java") is None:
        raise Missing("Java is not installed, and KAFKA_BOOTSTRAP_SERVERS is not set")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < JAVA:
        raise Missing(f"Kafka needs Java {JAVA}: {said.splitlines()[:1]}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time, over processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def running() -> Iterator[Broker]:
    """A broker in a temporary folder, up. Raises Missing."""
    with tempfile.TemporaryDirectory(prefix="kafka-") as folder:
        broker = Broker(Path(folder), jars())
        try:
            broker.start()
            yield broker
        finally:
            broker.kill()


def main() -> None:
    """Run one until interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running() as broker:
        sys.stdout.write(f"{broker.bootstrap}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
