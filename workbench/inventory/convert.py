"""Rows -> the frozen Inventory of a run, and an inventory file -> rows. The only place where they
meet."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import Any

from collectors.model import inventory as model
from workbench.inventory.models import Credential, Device, HostKey, StateGroup


def load() -> model.Inventory:
    """All devices as a run works with them, secrets opened. Raises vault.Sealed."""
    rows = Device.objects.select_related("state_group", "credential", "jump")
    accepted: dict[int, list[str]] = {}
    for key in HostKey.objects.filter(revoked_at=None):
        accepted.setdefault(key.device_id, []).append(key.fingerprint)
    return model.Inventory(tuple(_device(row, tuple(accepted.get(row.pk, ()))) for row in rows))


def without_logins() -> model.Inventory:
    """All devices with their addresses, for what needs no secret."""
    rows = Device.objects.all()
    held = (
        (row.name, row.role, tuple(ip_interface(text) for text in row.addresses)) for row in rows
    )
    return model.Inventory(
        tuple(model.Device(name, model.Role(role), addresses=at) for name, role, at in held)
    )


def _device(row: Device, accepted: tuple[str, ...]) -> model.Device:
    return model.Device(
        name=row.name,
        role=model.Role(row.role),
        platform=row.platform,
        site=row.site or None,
        state_group=row.state_group.name if row.state_group else None,
        addresses=tuple(ip_interface(text) for text in row.addresses),
        login=_login(row, accepted) if row.host else None,
        sudo=row.sudo,
        owner=row.owner or None,
    )


def _login(row: Device, accepted: tuple[str, ...]) -> model.Login:
    secret = row.credential
    return model.Login(
        host=row.host,
        port=row.port,
        user=row.user or (secret.user if secret else "root"),
        key=row.key_file or None,
        known_hosts=row.known_hosts_file or None,
        jump=row.jump.name if row.jump else None,
        password=secret.reveal("password") if secret else None,
        key_text=secret.reveal("key") if secret else None,
        passphrase=secret.reveal("passphrase") if secret else None,
        accepted=accepted,
    )


def save(inventory: model.Inventory) -> list[Device]:
    """Write every device of an inventory file; one of the same name is replaced. Call it in a
    transaction."""
    saved = [_save(device, position) for position, device in enumerate(inventory.devices)]
    for device in inventory.devices:
        jump = device.login.jump if device.login else None
        target = Device.objects.filter(name=jump).first() if jump else None
        Device.objects.filter(name=device.name).update(jump=target)
    return saved


def _save(device: model.Device, position: int) -> Device:
    login = device.login
    group = (
        StateGroup.objects.get_or_create(name=device.state_group)[0] if device.state_group else None
    )
    fields: dict[str, Any] = {
        "role": device.role.value,
        "platform": device.platform,
        "site": device.site or "",
        "owner": device.owner or "",
        "state_group": group,
        "addresses": [str(address) for address in device.addresses],
        "sudo": device.sudo,
        "position": position,
        "host": login.host if login else "",
        "port": login.port if login else 22,
        "user": login.user if login else "",
        "key_file": (login.key if login else None) or "",
        "known_hosts_file": (login.known_hosts if login else None) or "",
    }
    secret = _credential(device.name, login) if login else None
    if secret:
        fields["credential"] = secret
    return Device.objects.update_or_create(name=device.name, defaults=fields)[0]


def _credential(device: str, login: model.Login) -> Credential | None:
    """A credential of its own for a device whose file carries secrets; None: there are none in
    it."""
    given = {"password": login.password, "key": login.key_text, "passphrase": login.passphrase}
    if not any(given.values()):
        return None
    row, _ = Credential.objects.get_or_create(
        name=f"file:{device}"[:100], defaults={"user": login.user}
    )
    for what, value in given.items():
        row.keep(what, value or "")
    row.save()
    return row
