"""What Linux is asked when it is logged in to: `id -u`, the clock, and whether sudo asks for no
password."""

from __future__ import annotations

from collectors.model.login import ClockCommand, Elevation, LoginCommands, Rights


def is_root(said: bytes) -> bool:
    """`0` is root, `1000` is not."""
    return said.strip() == b"0"


def read_clock(said: bytes) -> tuple[float, float] | None:
    """`1763814000.123456789`; a `date` that knows no %N writes `1763814000.%N` or `1763814000.N`,
    which is half a second off at most."""
    text = said[:50].decode("ascii", "replace").strip()
    whole, _, part = text.partition(".")
    try:
        return (float(text), 0.0) if part.isdigit() else (float(whole) + 0.5, 0.5)
    except ValueError:
        return None


LOGIN = LoginCommands(
    rights=Rights("id -u", is_root),
    clock=ClockCommand("date +%s.%N", read_clock),
    elevation=Elevation(prefix="sudo -n", test="sudo -n true", shell="sudo -n sh"),
)
