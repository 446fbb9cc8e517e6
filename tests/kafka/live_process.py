"""The web in a process of its own, to be killed: `python live_process.py BOOTSTRAP PREFIX`.

It prints its port, then runs until SIGTERM.
"""

import asyncio
import signal
import sys

from schemas.codec import Codec
from spendwatch import clocks
from spendwatch.web import WebSettings, application
from streams.kafka import KafkaLog
from streams.live import serve
from streams.live_access import Cluster
from streams.views import Views
from streams.views_host import Hosted


async def main(bootstrap: str, prefix: str, port: int) -> None:
    log, codec = KafkaLog(bootstrap, prefix=prefix), Codec()
    views, stop = Views(codec), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = WebSettings(port=port)
    hosted = Hosted(
        views=views,
        log=log,
        codec=codec,
        clock=clocks.now_micros,
        application=application(views, log, codec, settings, clocks.now_micros),
        host=settings.host,
        port=settings.port,
    )
    try:
        await serve(hosted, Cluster(bootstrap=bootstrap, prefix=prefix), stop)
    finally:
        log.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
