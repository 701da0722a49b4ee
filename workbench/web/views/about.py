"""The pages of one device and of one address: what all incidents say about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_interface, ip_network
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from workbench.incidents import about, keyset, roles, sent, state_boundaries
from workbench.incidents.models import Incident
from workbench.incidents.search.asked import Network
from workbench.incidents.search.find import SORTS
from workbench.incidents.state_boundaries import INVENTORY, BoundaryFilter
from workbench.integrations import queries as integrations
from workbench.inventory.models import Device
from workbench.report import words
from workbench.web.links import address_page
from workbench.web.presenters import incident_rows
from workbench.web.presenters.boundary_flows import in_words, kept
from workbench.web.presenters.incident_filters import Choice, address
from workbench.web.views.common import person

PER_PAGE = 25
FEW = 10  # flows and commands; the pages of all of them are linked
DAYS = 7  # of changes
MOST_CHANGES = 50
MOST_DECLARED = 50
IN_WORDS = {
    "guilty": "named guilty",
    "decided": "chose the path",
    "path": "on the path",
    "asked": "asked",
    "pasted": "pasted",
    "named": "named in words",
    "flow": "end of the flow",
    "verdict": "in a verdict",
}


@require_GET
def device(request: HttpRequest, name: str) -> HttpResponse:
    """What is known of one device, over all incidents that this person may see?"""
    who = _reader(request)
    row = _of_inventory(request, name)
    if row is None and not about.is_known(who, name):
        raise Http404("no such device, or not for you")
    counted = about.device_roles(who, name)
    role = _role(request, counted)
    page = _page(request, about.of_device(who, name, role))
    named = about.roles_of_device(name, page.rows)
    context = {
        "name": name,
        "row": row,
        "can_accept": who.has_perm(roles.ACCEPT_KEY),
        "causes": [(words.cause_title(code), n) for code, n in about.causes_at(who, name)],
        "days": DAYS,
    }
    context |= _listed(page, named, counted, role) | _state(request, name) | _done(request, name)
    return render(request, "web/device.html", context)


@require_GET
def addresses(request: HttpRequest, text: str) -> HttpResponse:
    """Which incidents and devices have to do with an address, or with those of a network?"""
    who = _reader(request)
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise Http404("neither an address nor a network") from None
    if request.path != address_page(text):
        return redirect(address_page(text))  # one address for one thing
    counted = about.network_roles(who, network)
    role = _role(request, counted)
    page = _page(request, about.of_network(who, network, role))
    named = about.roles_of_network(network, page.rows)
    context = {
        "name": text,
        "alone": network.prefixlen == network.max_prefixlen,
        "declared": _declared(request, network),
        "seen": about.seen_owners(who, network),
    }
    return render(request, "web/address.html", context | _listed(page, named, counted, role))


def _reader(request: HttpRequest) -> Any:
    """Who asks. Raises PermissionDenied for whoever may see no incident at all."""
    if not person(request).has_perm(roles.VIEW):
        raise PermissionDenied("this needs the role viewer")
    return person(request)


def _of_inventory(request: HttpRequest, name: str) -> Device | None:
    if not person(request).has_perm(INVENTORY):
        return None
    rows = Device.objects.select_related("state_group", "jump").prefetch_related("host_keys")
    return rows.filter(name=name).first()


def _role(request: HttpRequest, counted: Mapping[str, int]) -> str:
    wanted = request.GET.get("role", "")
    return wanted if wanted in counted else ""


def _page(request: HttpRequest, found: QuerySet[Incident]) -> keyset.Page[Incident]:
    try:
        return keyset.page(found, SORTS["newest"], request.GET.get("cursor", ""), PER_PAGE)
    except keyset.BadCursor:
        return keyset.page(found, SORTS["newest"], "", PER_PAGE)


def _listed(
    page: keyset.Page[Incident],
    named: Mapping[int, list[str]],
    counted: Mapping[str, int],
    role: str,
) -> dict[str, Any]:
    """The incidents of one page, and the filters by what the device or address is in them."""
    said = {pk: [IN_WORDS[one] for one in several] for pk, several in named.items()}
    choices = [
        Choice(f"{IN_WORDS[one]} {n}", "" if one == role else f"role={one}", one == role)
        for one, n in counted.items()
    ]
    more = {"role": role} if role else {}
    return {
        "rows": incident_rows.rows(page.rows, timezone.now(), roles=said),
        "choices": choices,
        "next": address("", cursor=page.next, **more) if page.next else "",
        "previous": address("", cursor=page.previous, **more) if page.previous else "",
    }


def _state(request: HttpRequest, name: str) -> dict[str, Any]:
    """What state it keeps, and the newest flows that cross it."""
    who, wanted = person(request), BoundaryFilter(name)
    found = next(iter(state_boundaries.devices(who, wanted)), None)
    flows = state_boundaries.rows(who, wanted)[:FEW] if found else ()
    return {
        "state": found,
        "keeps": kept(found.keeps) if found else "",
        "flows": [in_words(row) for row in flows],
    }


def _done(request: HttpRequest, name: str) -> dict[str, Any]:
    """What changed there in the last days, and which commands were sent there."""
    who, since = person(request), timezone.now() - timedelta(days=DAYS)
    commands = sent.commands(who, sent.CommandFilter(device=name))
    return {
        "changes": integrations.reported_changes(who, device=name, since=since)[:MOST_CHANGES],
        "by_hand": integrations.changes_of_device(who, name, since)[:MOST_CHANGES],
        "commands": list(commands[:FEW]),
        "may_audit": who.has_perm(roles.AUDIT),
    }


def _declared(request: HttpRequest, network: Network) -> list[tuple[str, str]]:
    """Devices of the inventory with an address of this network, and which."""
    if not person(request).has_perm(INVENTORY):
        return []
    kept_addresses = Device.objects.values_list("name", "addresses")
    found = [
        (name, text)
        for name, texts in kept_addresses
        for text in texts
        if ip_interface(text).ip in network
    ]
    return found[:MOST_DECLARED]
