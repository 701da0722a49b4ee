"""Who answers at each distance when only the source port changes? As many probes as the stopping
rule asks for."""

from __future__ import annotations

import re
from ipaddress import ip_address

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.records import HopProbe
from collectors.platforms.linux.shell import script, word
from collectors.platforms.reading import each, lines_of

FARTHEST = 12  # routers away
# each distance has 40 ports of its own from here on: an error must find its own socket
PORTS = 52_000
ENOUGH = (6, 11, 16, 21, 27, 33)  # probes that rule out a 2nd, 3rd ... 7th branch at 95 % (MDA)

# UDP with a small TTL; who sent the ICMP error stands in the socket's error queue, for which nobody
# needs root.
# A further round is sent only while there are as many branches as rounds: at most 33 probes for one
# distance.
PROGRAM = (
    "import socket,sys,select;from concurrent.futures import ThreadPoolExecutor as T;a=sys.argv;v=58 in map(ord,a[1]);"
    "k=10 if v else 2;L,O,R,b,e=(41,16,25,24,40) if v else (0,2,11,20,24);"
    f"N=(0,{','.join(map(str, ENOUGH))});S={{t:set() for t in range(1,{FARTHEST + 1})}};"
    "X=lambda s:(lambda d:(socket.inet_ntop(k,d[b:e]),d[5]))(s.recvmsg(512,512,8192)[1][0][2]);"
    "W=lambda s,q:(q.register(s,0),q.poll(800))[1] and X(s);"
    "P=lambda t,p:(lambda s:(s.setsockopt(L,O,t),s.setsockopt(L,R,1),s.bind((a[3],p)),s.connect((a[1],int(a[2]))),"
    "s.send(bytes(8)),W(s,select.poll()),s.close())[5])(socket.socket(k,2));E=T(72);"
    "G=lambda t,i:[(lambda x:(S[t].add(x[0]),print(t,p,*x)) if x else print(t,p,0,0))"
    "(f.exception() is None and f.result()) for p,f in "
    f"[(p,E.submit(P,t,p)) for p in range({PORTS}+40*t+N[i],{PORTS}+40*t+N[i+1])]];"
    f"list(T({FARTHEST}).map(lambda t:[G(t,i) for i in range(6) if i==0 or len(S[t])>i],S))"
)


def ask_trace_spread(params: QueryParams) -> str | None:
    """Six probes for each distance, more where several routers answer."""
    flow = params.flow
    if flow is None:
        return None
    return script(f'python3 -c "{PROGRAM}" {word(flow.dst)} {flow.dport or 33434} {word(flow.src)}')


# 3 52121 198.51.100.9 11: distance, source port, who answered, type of its ICMP; 0 0 for silence
_LINE = re.compile(r"(\d{1,2}) (\d{1,5}) (\S{1,45}) (\d{1,3})")


def read_trace_spread(output: Output, params: QueryParams) -> ParseResult:
    """One line for each probe."""
    target = params.flow.dst if params.flow else None

    def one(line: str) -> HopProbe:
        found = _LINE.fullmatch(line)
        if not found:
            raise Unparsed(line)
        address = ip_address(found[3]) if found[3] != "0" else None
        return HopProbe(
            int(found[1]), int(found[2]), address, reached=address is not None and address == target
        )

    return each(lines_of(output.stdout), one)
