"""Posts signed CloudEvents. The receiver tells repeats apart by their `webhook-id`."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from notifiers.answers import failure
from notifiers.base import Refused, Remote, Surroundings, Uncertain, Unreachable, Update
from notifiers.manner import Manner
from notifiers.news import told
from notifiers.outbound import Outbound
from notifiers.references import Reference
from notifiers.secrets import secret
from notifiers.webhook.render import render
from notifiers.webhook.settings import WebhookSettings
from notifiers.webhook.signing import BadSecret, signatures

TOTAL_SECONDS = 20.0
"""(Standard Webhooks 1.0.0 advises 15 to 30 s.)"""

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def opened(settings: WebhookSettings, around: Surroundings) -> "Webhook":
    """The place that settings describe; see notifiers.open_place."""
    return Webhook(settings, around.clock)


class Webhook:
    """One address."""

    def __init__(self, settings: WebhookSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._out = Outbound(settings.reach, settings.ca_file, TOTAL_SECONDS)

    @property
    def manner(self) -> Manner:
        """See notifiers.base."""
        return self._settings.manner

    async def show(self, update: Update, remote: Remote) -> Remote:
        """See notifiers.base. Redirects are not followed: they would carry it elsewhere."""
        event = render(update)
        body = msgspec.json.encode(event)
        headers = self._headers(str(event["id"]), body)
        try:
            await self._post(body, headers)
        except Uncertain as wrong:  # a repeat has the same id: no harm
            raise Unreachable(wrong.reason, wrong.retry_after) from None
        return told(update.incident)

    async def find(self, update: Update, remote: Remote) -> Remote | None:
        """Nothing to look at: sending again is harmless."""
        return remote or None

    async def close(self) -> None:
        """See notifiers.base."""
        await self._out.close()

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> None:
        answer = await self._out.request("POST", self._address(), data=body, headers=headers)
        wrong = failure(answer.status, answer.headers)
        if wrong is not None:
            raise wrong

    def _address(self) -> str:
        url = self._settings.url
        return secret(url).reveal() if isinstance(url, Reference) else url

    def _headers(self, message: str, body: bytes) -> Mapping[str, str]:
        """The three headers of Standard Webhooks; the time is that of the try."""
        at = int(self._clock().timestamp())
        keys = [secret(one).reveal() for one in self._settings.secrets]
        try:
            signed = signatures(keys, message, at, body)
        except BadSecret:
            raise Refused("bad_signing_secret") from None
        return {
            "content-type": CONTENT_TYPE,
            "webhook-id": message,
            "webhook-timestamp": str(at),
            "webhook-signature": signed,
        }
