"""How pasted outputs of Windows are recognised. It writes in the language of its owner: numbers,
brackets and what nobody translates tell its tools."""

from __future__ import annotations

from collectors.model.answer import ParseResult
from collectors.model.evidence import Question
from collectors.model.pasted import PastedForms, Shape, TypedCommand, UnreadSystem
from collectors.platforms.asked import asked
from collectors.platforms.linux import ping_text

_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]*:[\da-fA-F:.]+)"

_SHAPES = (
    Shape(r"^[ \t]+TCP[ \t]+\S+:\d+[ \t]+(?:0\.0\.0\.0|\[::\]):0[ \t]", Question.LISTENERS),
    Shape(r"^[ \t]+UDP[ \t]+\S+:\d+[ \t]+\*:\*", Question.LISTENERS),
    Shape(r"^[ \t]+TCP[ \t]+\S+:[\w-]+[ \t]+\S+:[\w-]+", Question.SOCKETS),
    Shape(
        rf"^[ \t]*(?:{_IP}[ \t]+){{2}}(?:{_IP}|[^\W\d][^\d\n]{{2,30}}?)[ \t]+{_IP}[ \t]+\d+[ \t]*$",
        Question.ROUTES,
    ),
    Shape(r"^[ \t]*\d+[ \t]+\d+[ \t]+[\da-fA-F]*:[\da-fA-F:.]+/\d+(?:[ \t]|$)", Question.ROUTES),
    Shape(r"^[ \t]*ifIndex[ \t]+DestinationPrefix|^Publish[ \t]+Type[ \t]+Met", Question.ROUTES),
    Shape(r"^\S[^:\n\d]{0,40}: \d+(?:\.\d+){3} --- 0x[\da-f]+", Question.NEIGHBOURS),
    Shape(
        r"^[ \t]*ifIndex[ \t]+IPAddress[ \t]+LinkLayer|^LinkLayerAddress[ \t]*:",
        Question.NEIGHBOURS,
    ),
    Shape(r"^LocalAddress[ \t]+LocalPort|^LocalPort[ \t]*:", Question.LISTENERS),
    Shape(r"^TcpTestSucceeded[ \t]*:|^PingSucceeded[ \t]*:", Question.CONNECT),
    Shape(
        r"^PrefixLength[ \t]*:|^[ \t]*ifIndex[ \t]+IPAddress[ \t]+PrefixLength", Question.INTERFACES
    ),
    Shape(rf"^\S.{{1,20}}? {_IP}(?:%\d+)?[ ]?: (?:\S+=\d+ )?\S+?[=<]\d+[ ]?ms", Question.PING),
    Shape(rf"^\S.{{2,80}}?\[?{_IP}(?:%\d+)?\]? .{{1,40}}\b32 .{{1,40}}:[ ]*$", Question.PING),
    Shape(r"^[ \t]+\d+/[ \t]*\d+ =[ \t]*\d+%[ \t]+\|", Question.TRACE),
    Shape(r"^[ \t]*1(?:[ \t]+(?:<?\d+ ms|\*)){3}[ \t]+\S", Question.TRACE),
    Shape(r"^[ \t]+\S[^:\n]{2,50}?(?: \.){2,} ?: ?\S", Question.INTERFACES),
)

_COMMANDS = (
    TypedCommand(r"(?i:test-netconnection|tnc)\b", Question.CONNECT),
    TypedCommand(r"(?i:get-netroute)\b|(?i:netsh)\b.*\bshow route", Question.ROUTES),
    TypedCommand(r"(?i:get-netneighbor)\b", Question.NEIGHBOURS),
    TypedCommand(r"(?i:get-nettcpconnection)\b", Question.LISTENERS),
    TypedCommand(r"(?i:ipconfig(?:\.exe)?|get-netip\w+)\b", Question.INTERFACES),
    TypedCommand(r"(?i:pathping)\b", Question.TRACE),
)

_PROMPTS = (
    # PS C:\Users\me>  C:\>  C:\Windows\system32>
    r"PS (?:[A-Za-z]:\\|/|[\w.:]+\\)[^>\n]{0,200}>",
    r"[A-Za-z]:\\[^<>|:*?\"\n]{0,200}>",
)
_SIGNS = (
    r"^PS [A-Z]:\\|^[A-Z]:\\[^>\n]*>|^Windows IP Configuration"
    r"|^Active Connections|Windows Filtering Platform"
)


def placed(question: Question, reading: ParseResult, command: str) -> ParseResult:
    """`ping -f -l 1472` says only in the command that its packets must not be cut."""
    return ping_text.placed(reading, command) if question is Question.PING else reading


PASTED = PastedForms(
    commands=_COMMANDS,
    shapes=_SHAPES,
    prompts=_PROMPTS,
    words=r"tracert|pathping|ipconfig|Get-\w+|Test-\w+|Resolve-\w+|netsh",
    placed=placed,
    unread=(UnreadSystem("Windows", _SIGNS),),
    asked=asked,
)
