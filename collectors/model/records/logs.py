"""Lines of logs that name packets."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Address, Flow


@dataclass(frozen=True, slots=True)
class LogLine:
    """One packet that a firewall wrote to its log (`journalctl -k -o json`, dmesg, a file)."""

    time: float | None
    prefix: str
    iif: str | None
    oif: str | None
    flow: Flow | None
    flags: str = ""
    text: str = ""
    # whom the frame was for: tells whose packet it was where several share one log
    mac: str | None = None
    # source and destination, where the line tells no more of the packet
    ends: tuple[Address, Address] | None = None
    mark: int | None = None  # the packet's, where the line tells it
    # seconds before the newest moment that was pasted with it; None = not known
    age: float | None = None
    # it came in and leaves nowhere, as the line says: it was for the device itself
    bound_in: bool = False
    port: int | None = None  # of the listening socket, where the line is about one


@dataclass(frozen=True, slots=True)
class LogPlace:
    """One place where a device keeps a log, and whether it may be read."""

    name: str
    readable: bool
