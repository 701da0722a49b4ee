"""The same people, incident and run as in the tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.servers import Receiver, receiving
from tests.web.conftest import browse, incident, judged_run, no_worker, people, quick_passwords

__all__ = ["browse", "incident", "judged_run", "no_worker", "people", "quick_passwords"]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.SEND_NETWORKS = ["127.0.0.0/8"]
    with receiving() as found:
        yield found
