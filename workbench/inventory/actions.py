"""The only writer of the inventory outside of the administration pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import transaction
from django.utils import timezone

from collectors.inventory import file as inventory_file
from workbench.inventory import convert, vault
from workbench.inventory.models import Device, HostKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class InventoryNotAllowed(Exception):
    """The person lacks the right; the message says which."""


def import_file(by: User | None, text: bytes | str, base: Any = None) -> list[Device]:
    """Import the devices of an inventory file. Raises inventory_file.BadInventory; then nothing
    changes."""
    _needs(by, "inventory.add_device")
    inventory = inventory_file.parse_inventory(text, base)
    with transaction.atomic():
        saved = convert.save(inventory)
        for device in saved:
            _log(by, device, CHANGE, "imported from an inventory file")
    return saved


def export_file(by: User | None) -> dict[str, Any]:
    """The inventory as a file of the same shape; secrets are never in it."""
    _needs(by, "inventory.view_device")
    return inventory_file.to_dict(convert.load())


def accept_host_key(by: User, device: Device, kind: str, fingerprint: str) -> HostKey:
    """Trust this key of a device from now on; somebody compared it."""
    _needs(by, "inventory.accept_hostkey")
    key = HostKey(
        device=device,
        kind=kind[:64],
        fingerprint=fingerprint,
        accepted_by=by,
        accepted_at=timezone.now(),
    )
    key.full_clean(exclude=["accepted_by"], validate_unique=False, validate_constraints=False)
    with transaction.atomic():
        known = {
            "kind": kind[:64],
            "accepted_by": by,
            "accepted_at": key.accepted_at,
            "revoked_at": None,
        }
        key, _ = HostKey.objects.update_or_create(
            device=device, fingerprint=fingerprint, defaults=known
        )
        _log(by, device, ADDITION, f"accepted the host key {kind} {fingerprint}")
    return key


def revoke_host_key(by: User, key: HostKey) -> None:
    """Trust this key no longer."""
    _needs(by, "inventory.accept_hostkey")
    with transaction.atomic():
        HostKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
        _log(by, key.device, CHANGE, f"withdrew the host key {key.fingerprint}")


def reseal_all() -> int:
    """Put every secret under the newest key; afterwards the old keys can go."""
    with transaction.atomic():
        models = vault.sealing_models()
        rows = [row for model in models for row in model._default_manager.select_for_update()]
        for row in rows:
            for field in row.SEALED:  # type: ignore[attr-defined]
                setattr(row, field, vault.reseal(getattr(row, field)))
            row.save()
    return len(rows)


def _needs(by: User | None, right: str) -> None:
    if by is not None and not by.has_perm(right):
        raise InventoryNotAllowed(f"this needs the right {right}")


def _log(by: User | None, device: Device, flag: int, message: str) -> None:
    if by is not None:
        LogEntry.objects.log_actions(by.pk, [device], flag, message, single_object=True)
