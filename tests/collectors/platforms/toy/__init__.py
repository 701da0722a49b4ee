"""A made-up kind of device, in one folder as every platform: it proves that nothing else is needed."""

from __future__ import annotations

from collectors.model.answer import Answer
from collectors.model.evidence import Question
from collectors.model.platform import Platform
from tests.collectors.platforms.toy import routes, system
from tests.collectors.platforms.toy.pasted import PASTED
from tests.collectors.platforms.toy.programs import GRAMMAR
from tests.collectors.platforms.toy.remedies import spell
from tests.collectors.platforms.toy.session import LOGIN, refusal

TOY = Platform(
    "toy",
    "ToyOS",
    "cisco_ios",
    {
        Question.IDENTITY: Answer(system.ask_identity, system.read_identity),
        Question.INTERFACES: Answer(system.ask_ports, system.read_ports),
        Question.ROUTES: Answer(routes.ask_routes, routes.read_routes),
        Question.ROUTE_CHOICE: Answer(routes.ask_choice, routes.read_choice),
    },
    exec_channel=False,
    grammar=GRAMMAR,
    login=LOGIN,
    refusal=refusal,
    pasted=PASTED,
    spell=spell,
)
