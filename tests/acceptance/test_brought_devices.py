"""People bring outputs of what is on the flow's way: the device is placed there, also where nobody
tells the way to it."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction

FLOW = "tcp 192.168.7.31:55310 > 198.51.100.80:443"
NO_DEFAULT = """root@cpe:~# route -n
Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
192.168.7.0     0.0.0.0         255.255.255.0   U     0      0        0 br-lan
100.80.0.0      0.0.0.0         255.255.240.0   U     0      0        0 eth1
"""
MONITOR = """root@probe:~# ip route
default via 192.168.7.1 dev eth0
192.168.7.0/24 dev eth0 proto kernel scope link src 192.168.7.200
"""
HOLE = """agg9# show ip route 10.61.7.9
Routing entry for 10.61.7.0/24
  Known via "static", distance 1, metric 0, best
  Last update 00:12:33 ago
  * unreachable (blackhole), weight 1

agg9# show ip route 10.21.1.5
Routing entry for 10.21.0.0/16
  Known via "ospf", distance 110, metric 30, best
  Last update 3d04h12m ago
  * 10.254.1.1, via ens5, weight 1

ops@agg9:~$ ip -br a
lo               UNKNOWN        127.0.0.1/8
ens5             UP             10.254.1.2/30
ens6             UP             10.254.2.1/30
"""
REFUSED = """[root@fw9 ~]# ip route get 172.23.5.8 from 10.13.0.40 iif eth2
RTNETLINK answers: Invalid cross-device link
[root@fw9 ~]# sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.eth2.rp_filter
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.eth2.rp_filter = 1
[root@fw9 ~]# ip route get 10.13.0.40
10.13.0.40 via 192.168.1.1 dev eth0 src 192.168.1.2
    cache
"""
PINGS = """jo@mac9 ~ % ping -c 2 198.51.100.80
PING 198.51.100.80 (198.51.100.80): 56 data bytes
Request timeout for icmp_seq 0

--- 198.51.100.80 ping statistics ---
2 packets transmitted, 0 packets received, 100.0% packet loss
jo@mac9 ~ % route -n get 198.51.100.80
   route to: 198.51.100.80
destination: default
       mask: default
    gateway: 192.168.7.1
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
"""


def test_a_router_without_a_route_that_tells_its_links_only(tmp_path: Path) -> None:
    case = diagnose_texts(FLOW, {"cpe": NO_DEFAULT}, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (
        Cause.NO_FORWARD_ROUTE,
        "cpe",
        Direction.FORWARD,
    ), str(case)


def test_the_same_with_a_default_route_accuses_nobody(tmp_path: Path) -> None:
    more = "0.0.0.0         100.80.0.1      0.0.0.0         UG    0      0        0 eth1\n"
    case = diagnose_texts(FLOW, {"cpe": NO_DEFAULT + more}, tmp_path)
    assert case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY, str(case)
    assert case.verdict.forward_path[:2] == ("192.168.7.31", "cpe")


def test_a_machine_on_one_link_is_not_on_the_way_of_others(tmp_path: Path) -> None:
    case = diagnose_texts(FLOW, {"probe": MONITOR}, tmp_path)
    assert "probe" not in case.verdict.forward_path, str(case)


def test_a_routing_daemons_blackhole_for_the_destination(tmp_path: Path) -> None:
    case = diagnose_texts("tcp 10.21.1.5:40112 > 10.61.7.9:8443", {"agg9": HOLE}, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (
        Cause.NO_FORWARD_ROUTE,
        "agg9",
        Direction.FORWARD,
    ), str(case)


def test_a_route_question_of_the_arriving_packet_places_the_device(tmp_path: Path) -> None:
    case = diagnose_texts("tcp 10.13.0.40:33112 > 172.23.5.8:443", {"fw9": REFUSED}, tmp_path)
    assert (case.cause, case.guilty) == (Cause.RP_FILTER_STRICT, "fw9"), str(case)


def test_a_loose_check_refuses_nothing(tmp_path: Path) -> None:
    loose = REFUSED.replace("eth2.rp_filter = 1", "eth2.rp_filter = 2")
    case = diagnose_texts("tcp 10.13.0.40:33112 > 172.23.5.8:443", {"fw9": loose}, tmp_path)
    assert case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY or case.sure <= 0.75, str(case)


def test_probes_of_the_other_end_come_from_this_one(tmp_path: Path) -> None:
    case = diagnose_texts(FLOW, {"mac9": PINGS}, tmp_path)
    assert case.verdict.forward_path[0] == "mac9", str(case)
    assert case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY


def test_the_way_goes_on_from_an_end_that_tells_probes_only(tmp_path: Path) -> None:
    pings = PINGS.partition("jo@mac9 ~ % route")[0]
    case = diagnose_texts(FLOW, {"mac9": pings, "cpe": NO_DEFAULT}, tmp_path)
    assert (case.cause, case.guilty) == (Cause.NO_FORWARD_ROUTE, "cpe"), str(case)
    assert case.verdict.forward_path == ("mac9", "cpe")
