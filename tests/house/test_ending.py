"""The orderly end: one signal begins it, the next ones do not disturb it."""

from __future__ import annotations

import os
import signal

import pytest

from workbench.serve import ending


@pytest.mark.parametrize("number", ending.SIGNALS)
def test_the_first_signal_ends_the_block_and_later_ones_do_not_disturb(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    steps = []
    with ending.asked_for():
        try:
            os.kill(os.getpid(), number)
            steps.append("not reached")
        finally:
            os.kill(os.getpid(), number)
            steps.append("cleaned up")
    assert steps == ["cleaned up"]
    assert "ending" in capsys.readouterr().err
    assert signal.getsignal(number) is before


def test_other_exceptions_pass() -> None:
    with pytest.raises(ValueError, match="x"), ending.asked_for():
        raise ValueError("x")
