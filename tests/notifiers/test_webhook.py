"""Webhooks: signed, idempotent, and deaf to redirects."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from notifiers.base import Refused, Unreachable
from notifiers.webhook.client import Webhook
from notifiers.webhook.signing import BadSecret, signatures
from tests.notifiers.incident_samples import incident, resolved, update
from tests.notifiers.place_kits import wall, webhook_settings
from tests.notifiers.vendor_double import CUT, LOST, Fault
from tests.notifiers.webhook_double import OTHER, SECRET, WebhookDouble


@pytest.fixture
async def place(hook: WebhookDouble) -> AsyncIterator[Webhook]:
    found = Webhook(webhook_settings(hook.url), wall)
    yield found
    await found.close()


async def test_an_event_is_signed_and_named_by_incident_and_revision(
    place: Webhook, hook: WebhookDouble
) -> None:
    await place.show(update(incident(revision=3)), {})
    call = hook.calls[0]

    assert call.headers["webhook-id"] == f"{incident().id}.3" == call.body["id"]
    assert call.headers["Content-Type"].startswith("application/cloudevents+json")
    assert call.body["type"] == "ai.spend.incident.firing.v1"
    assert call.body["subject"] == incident().id
    assert call.body["data"]["accrued_nano_usd"] == 412_330_000_000
    assert hook.events.keys() == {f"{incident().id}.3"}


async def test_two_secrets_make_two_signatures(hook: WebhookDouble) -> None:
    settings = webhook_settings(hook.url, secrets=["env:OTHER_SECRET", "env:HOOK_SECRET"])
    place = Webhook(settings, wall)
    await place.show(update(), {})
    await place.close()
    call = hook.calls[0]
    body = json.dumps(call.body)

    assert len(call.headers["webhook-signature"].split()) == 2
    assert len(hook.events) == 1
    with pytest.raises(WebhookVerificationError):
        Verifier(OTHER).verify(body + " ", call.headers)


@pytest.mark.parametrize("fault", [LOST, CUT, Fault(500, applied=True), Fault(502), Fault(429)])
async def test_a_repeat_has_the_same_id_and_does_no_harm(
    place: Webhook, hook: WebhookDouble, fault: Fault
) -> None:
    hook.fail("hook", fault)
    with pytest.raises(Unreachable):
        await place.show(update(), {})
    await place.show(update(), {})

    assert len(hook.events) == 1
    assert len({call.headers["webhook-id"] for call in hook.calls}) == 1


async def test_the_receivers_own_wait_is_passed_on(place: Webhook, hook: WebhookDouble) -> None:
    hook.fail("hook", Fault(429, {"Retry-After": "120"}))
    with pytest.raises(Unreachable) as wrong:
        await place.show(update(), {})

    assert wrong.value.retry_after == 120


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410])
async def test_what_will_never_be_taken_is_refused(
    place: Webhook, hook: WebhookDouble, status: int
) -> None:
    hook.fail("hook", Fault(status, {"Location": f"{hook.url}/hook"}))
    with pytest.raises(Refused, match=f"http_{status}"):
        await place.show(update(), {})

    assert len(hook.calls) == 1


async def test_a_wrong_secret_is_refused_by_the_receiver(
    hook: WebhookDouble,
) -> None:
    place = Webhook(webhook_settings(hook.url, secrets=["env:OTHER_SECRET"]), wall)
    with pytest.raises(Refused, match="http_401"):
        await place.show(update(), {})
    await place.close()


async def test_the_time_is_that_of_the_try(hook: WebhookDouble) -> None:
    place = Webhook(webhook_settings(hook.url), lambda: wall() - timedelta(minutes=10))
    with pytest.raises(Refused, match="http_401"):
        await place.show(update(resolved()), {})
    await place.close()


async def test_a_secret_that_cannot_sign_is_refused(
    place: Webhook, hook: WebhookDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "whsec_c2hvcnQ=")
    with pytest.raises(Refused, match="bad_signing_secret"):
        await place.show(update(), {})

    assert hook.calls == []


async def test_an_address_by_reference_is_held_to_the_same_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOOK_URL", "https://169.254.169.254/canary-path")
    place = Webhook(webhook_settings("http://127.0.0.1:9", url="env:HOOK_URL"), wall)
    with pytest.raises(Refused, match="address_not_allowed"):
        await place.show(update(), {})
    await place.close()


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", "whsec_" + "A" * 100]
)
def test_a_secret_must_be_base64_of_24_to_64_bytes(secret: str) -> None:
    with pytest.raises(BadSecret):
        signatures([secret], "m", 1, b"{}")


def test_signatures_are_those_of_the_reference_library() -> None:
    at = wall()
    ours = signatures([SECRET], "inc.1", int(at.timestamp()), b'{"a":1}')

    assert ours == Verifier(SECRET).sign("inc.1", at, '{"a":1}')
