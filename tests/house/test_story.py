"""The demo's story: a lab, else its recording, else one sentence; and the first login."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.contrib.auth import authenticate

from workbench.incidents.models import Run
from workbench.inventory.models import Device
from workbench.lab.build.namespaces import LabError
from workbench.serve import demo
from workbench.serve.people import FIRST, first_login
from workbench.serve.refusal import StartRefused

LAB = "fw-pair-nosync"


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def refuses(lab: str, seed: int) -> Iterator[None]:
        raise LabError("needs root")
        yield

    monkeypatch.setattr(demo, "running", refuses)
    monkeypatch.setenv("BOTHWAYS_REPLAY", "")


@pytest.mark.usefixtures("no_lab")
def test_where_no_lab_can_run_its_recording_is_shown_and_that_is_said() -> None:
    said: list[str] = []
    with ExitStack() as stack:
        run = demo.staged(LAB, 0, stack, said.append)
    assert run.recording.endswith(LAB)
    assert "needs root" in said[1] and "recording" in said[2]


@pytest.mark.usefixtures("no_lab")
def test_a_lab_without_a_recording_is_refused_with_those_that_there_are() -> None:
    with (
        pytest.raises(StartRefused, match=rf"no recording of loop-reverse.*{LAB}"),
        ExitStack() as stack,
    ):
        demo.staged("loop-reverse", 0, stack, lambda text: None)


def test_a_lab_that_does_not_exist_is_refused() -> None:
    with pytest.raises(StartRefused, match="no lab called"), ExitStack() as stack:
        demo.staged("no-such-lab", 0, stack, lambda text: None)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_lab")
def test_the_incident_is_opened_with_its_devices_and_a_run() -> None:
    first_login(anew=True)
    with ExitStack() as stack:
        incident = demo.opened(demo.staged(LAB, 0, stack, lambda text: None))
    assert Device.objects.count() == 6
    assert Run.objects.get(incident=incident).recording.endswith(LAB)


@pytest.mark.django_db
def test_the_first_login_is_made_once_and_shown_once() -> None:
    password = first_login(anew=False)
    assert authenticate(username=FIRST, password=password)
    assert first_login(anew=False) is None


@pytest.mark.django_db
def test_the_demo_gets_a_new_password_or_the_one_that_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = first_login(anew=True)
    assert first != first_login(anew=True)
    monkeypatch.setenv("BOTHWAYS_PASSWORD", "as it was set")
    assert first_login(anew=True) == "as it was set"
    assert authenticate(username=FIRST, password="as it was set")
