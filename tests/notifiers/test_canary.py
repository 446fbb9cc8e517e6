"""Secrets show nowhere: not in logs, errors, tracebacks, settings or records."""

import logging
import traceback

import pytest

from notifiers.base import NotSent
from notifiers.outcomes import after as after_call
from notifiers.outcomes import begun, failed, wanted
from notifiers.webhook.client import Webhook
from schemas.codec import Codec
from tests.notifiers import jira_double, slack_double, webhook_double
from tests.notifiers.incident_samples import NOW, incident, resolved, update
from tests.notifiers.place_kits import Kit, wall, webhook_settings
from tests.notifiers.vendor_double import CUT, LOST, Fault

CANARIES = (
    slack_double.TOKEN,
    jira_double.TOKEN,
    webhook_double.SECRET,
    webhook_double.SECRET.removeprefix("whsec_"),
    "canary-path",
)

FAULTS = (
    CUT,
    LOST,
    Fault(400),
    Fault(401),
    Fault(410),
    Fault(429, {"Retry-After": "1"}),
    Fault(500, body={"ok": False, "error": "internal_error"}),
    Fault(302, {"Location": "http://127.0.0.1:1/canary-path"}),
)
CALLS = {"slack": "chat.postMessage", "jira": "create", "webhook": "hook"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.status))
async def test_no_secret_is_logged_raised_or_kept(
    vendor: Kit, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(vendor.settings), vendor.settings.model_dump_json()]
    place = vendor.open()
    assert vendor.double is not None
    vendor.double.fail(CALLS[vendor.kind], fault)
    try:
        await place.show(update(), {})
    except NotSent as wrong:
        record = begun(wanted(None, incident(), "p"), NOW)
        kept = after_call(record, failed(wrong), NOW, place.manner)
        said += ["".join(traceback.format_exception(wrong)), repr(wrong), wrong.reason]
        said += [repr(kept), Codec().encode(kept).decode(errors="replace")]
    remote = await place.show(update(), {})
    await place.show(update(resolved(), delivered=1), remote)
    await place.find(update(), remote)
    await place.close()
    said += [repr(place), repr(remote), caplog.text]

    for canary in CANARIES:
        assert not any(canary in text for text in said), canary


async def test_the_address_of_a_webhook_is_a_secret_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HOOK_URL", "http://127.0.0.1:9/canary-path")
    settings = webhook_settings("http://127.0.0.1:9", url="env:HOOK_URL")
    place = Webhook(settings, wall)
    with pytest.raises(NotSent) as wrong:
        await place.show(update(), {})
    await place.close()

    said = "".join(traceback.format_exception(wrong.value)) + caplog.text + repr(settings)
    assert "canary-path" not in said
