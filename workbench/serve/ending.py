"""The end is asked for once: the first Ctrl-C or SIGTERM begins an orderly end, and later ones do
not disturb it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Somebody asked for the end. Like KeyboardInterrupt, no `except Exception` swallows it."""


@contextmanager
def asked_for() -> Iterator[None]:
    """Raise Ended on the first signal inside this block, and swallow it at the block's end, when
    all is cleaned up."""
    before = {number: signal.signal(number, _first) for number in SIGNALS}
    try:
        yield
    except Ended:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first(number: int, frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, _later)
    raise Ended


def _later(number: int, frame: FrameType | None) -> None:
    print("ending; one moment", file=sys.stderr, flush=True)
