"""Which hosts lie between us and a device?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.inventory import Device, Inventory, Login, Role
from collectors.session.link import LoginFailed

LONGEST_CHAIN = 4


def jump_of(device: Device, inventory: Inventory) -> Device | None:
    """The last host before this device, or None when it is reached directly. Raises LoginFailed for
    a bad chain."""
    first = _next(device, inventory)
    seen, at = [device.name], first
    while at is not None:
        if at.name in seen or len(seen) > LONGEST_CHAIN:
            raise LoginFailed(
                f"its jump hosts go in a circle or too far: {' > '.join((*seen, at.name))}"
            )
        seen.append(at.name)
        at = _next(at, inventory)
    return first


def _next(device: Device, inventory: Inventory) -> Device | None:
    login = device.login
    if login is None or not login.jump:
        return None
    return inventory.named(login.jump) or _outside(login, login.jump)


def _outside(login: Login, jump: str) -> Device:
    """A jump host that is not in the inventory: `[user@]host[:port]`, with the key of the login
    behind it."""
    user, _, where = jump.rpartition("@")
    host, port = _host_and_port(where)
    return Device(
        jump,
        Role.HOST,
        login=replace(login, host=host, port=port, user=user or login.user, jump=None),
    )


def _host_and_port(where: str) -> tuple[str, int]:
    host, colon, port = where.rpartition(":")
    # a colon in a bare address of IPv6 is none before a port
    separated = ":" not in host or host.startswith("[")
    if separated and _is_number(port) and colon:
        return host.strip("[]"), int(port)
    return where.strip("[]"), 22


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
