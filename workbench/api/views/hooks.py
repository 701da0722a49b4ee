"""What monitoring sends: Alertmanager's webhook, and a plain one for everything else.

Alertmanager tries again what is answered with 5xx and gives up on other refusals, so an alert that
is of no use is answered with 200 and a line that says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from collectors.model.flow import Flow
from workbench.api import asking, errors, incoming
from workbench.api.asking import person
from workbench.incidents import roles
from workbench.integrations.actions import TooMany, alert_rules, take_alert
from workbench.integrations.incoming import alertmanager, plain
from workbench.integrations.incoming.told import ToldAlert

if TYPE_CHECKING:
    from workbench.integrations.actions.alerts import Taken

router = Router(tags=["integrations"])
MOST_BYTES = 2_000_000
WAIT = "60"  # seconds
TOO_MANY = {"description": "Too many incidents within a minute: send it again later"}


@router.post(
    "/hooks/alertmanager",
    response=incoming.AlertsAnswer,
    url_name="alertmanager",
    openapi_extra={"responses": {503: TOO_MANY}},
)
def take_alertmanager(request: HttpRequest, sent: alertmanager.Notification) -> HttpResponse:
    """Take a notification of Alertmanager (version 4). Each alert that names a flow opens an
    incident, or becomes a line in the open one on that flow; the answer says what came of each."""
    if len(request.body) > MOST_BYTES:
        raise asking.BadRequest(f"at most {MOST_BYTES} bytes; see max_alerts")
    if sent.version != "4":
        raise asking.BadRequest("this takes version 4 of the payload", ["version"])
    _may_tell(request)
    told, outcomes = _read(sent)
    for flow, numbers in _by_flow(told).items():
        _take_flow(request, flow, numbers, told, outcomes)
    outcomes += [
        _outcome(one, "left-out", says="too many alerts") for one in alertmanager.left_out(sent)
    ]
    return _answer(outcomes)


def _may_tell(request: HttpRequest) -> None:
    """Also a notification in which there is nothing to do is refused to whoever may not."""
    if not roles.may_respond(person(request)):
        raise roles.NotAllowed("this needs the role responder")


Outcome = dict[str, Any]


def _read(sent: alertmanager.Notification) -> tuple[dict[int, ToldAlert], list[Outcome]]:
    """The alerts that name a flow, by their place; and an outcome for each, so far."""
    rules, told, outcomes = alert_rules(), dict[int, ToldAlert](), list[Outcome]()
    for number, one in enumerate(sent.alerts[: alertmanager.MOST_ALERTS]):
        outcomes.append(_outcome(one, "nothing"))
        try:
            told[number] = alertmanager.read(one, sent, rules)
        except alertmanager.Unread as error:
            outcomes[number] |= {"did": "unread", "says": str(error)}
    return told, outcomes


def _by_flow(told: dict[int, ToldAlert]) -> dict[Flow, list[int]]:
    """The places of the alerts on each flow: those that fire come first."""
    found: dict[Flow, list[int]] = {}
    for number in sorted(told, key=lambda number: (not told[number].firing, number)):
        found.setdefault(told[number].flow, []).append(number)
    return found


def _take_flow(
    request: HttpRequest,
    flow: Flow,
    numbers: list[int],
    told: dict[int, ToldAlert],
    outcomes: list[Outcome],
) -> None:
    """A flow fires while any alert on it does."""
    first, *others = numbers
    try:
        came = _came(take_alert(person(request), told[first]))
    except TooMany as error:
        came = {"did": "later", "says": str(error)}
    outcomes[first] |= came
    for number in others:
        outcomes[number] |= came | {"did": "same", "says": "another alert says so of this flow"}


def _outcome(one: dict[str, Any], did: str, says: str = "") -> Outcome:
    name = alertmanager.label_name(one)
    return {"alert": name, "did": did, "incident": None, "run": None, "says": says}


def _came(taken: Taken) -> Outcome:
    return {
        "did": taken.did,
        "incident": taken.incident.pk if taken.incident else None,
        "run": taken.run.number if taken.run else None,
        "says": taken.says,
    }


def _answer(outcomes: list[Outcome]) -> HttpResponse:
    if any(one["did"] == "later" for one in outcomes):
        says = "too many incidents within a minute; send it again"
        answer = errors.problem(says, 503, alerts=outcomes)
        answer.headers["Retry-After"] = WAIT
        return answer
    return JsonResponse({"alerts": outcomes})


@router.post(
    "/hooks/plain",
    response=incoming.AlertAnswer,
    url_name="plain-alert",
    openapi_extra={"responses": {503: TOO_MANY}},
)
def take_plain(request: HttpRequest, alert: incoming.NewAlert) -> HttpResponse:
    """Take one alert of any other system: with the flow as text or in fields."""
    told = plain.told(alert.model_dump(), asking.moment(alert.at, "at"), alert_rules())
    outcome = {"alert": told.title, "did": "nothing"}
    try:
        return JsonResponse(outcome | _came(take_alert(person(request), told)))
    except TooMany as error:
        answer = errors.problem(str(error), 503)
        answer.headers["Retry-After"] = WAIT
        return answer
