"""The web of this process: the views and pages, hosted by Faust on Kafka, else by ourselves."""

from collections.abc import Callable
from functools import partial

from spendwatch.failures import Failure
from spendwatch.logbook import Logbook
from spendwatch.service import Beside
from spendwatch.settings import Settings
from spendwatch.web.around import WebSettings
from spendwatch.web.site import application
from streams import views_host
from streams.views import Views
from streams.views_host import Hosted


def web(settings: Settings, book: Logbook, clock: Callable[[], int]) -> Beside:
    """What serves the web beside the steps until it is told to stop. Raises Failure."""
    views = Views(book.codec)
    shown = WebSettings(
        host=settings.host,
        port=settings.port,
        public_url=settings.public_url,
        token=settings.token.get_secret_value(),
        slack_secret=settings.slack_signing_secret.get_secret_value(),
    )
    hosted = Hosted(
        views=views,
        log=book.log,
        codec=book.codec,
        clock=clock,
        application=application(views, book.log, book.codec, shown, clock),
        host=settings.host,
        port=settings.port,
    )
    return partial(views_host.serve, hosted) if book.embedded else _faust(hosted, settings)


def _faust(hosted: Hosted, settings: Settings) -> Beside:
    from streams import live  # noqa: PLC0415 - Faust is imported where Kafka is
    from streams.live_access import Cluster  # noqa: PLC0415

    cluster = Cluster(
        bootstrap=settings.bootstrap_servers,
        settings={name: value.get_secret_value() for name, value in settings.kafka.items()},
        prefix=settings.topic_prefix,
        slot=settings.slot,
    )
    try:
        cluster.credentials()
    except ValueError as wrong:
        raise Failure(str(wrong)) from None
    return partial(live.serve, hosted, cluster)
