"""One-line alerts from everywhere: each tells its flow, or what is missing, and never a wrong
flow."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.model.flow import BadFlow
from collectors.paste.flows import recognise
from tests.beside import SHARED, cases

ALERTS = SHARED / "cases" / "alert-lines.tsv"
WEB = "tcp 10.0.0.50:55432 > 10.20.30.40:443"
SIX = "tcp [2001:db8::1]:55432 > [2001:db8::2]:443"
PING = "icmp 10.0.0.50 > 10.20.30.40"
DNS = "udp 10.0.0.50:55432 > 10.20.30.40:53"


def alerts() -> list[tuple[str, str, str]]:
    rows = ALERTS.read_text().splitlines()[1:] if ALERTS.exists() else []
    return [(what, line, expected) for what, line, expected in (row.split("\t") for row in rows)]


@pytest.mark.parametrize(("what", "line", "expected"), cases(alerts(), values=3))
def test_the_alert_lines(what: str, line: str, expected: str) -> None:
    if expected.startswith("?"):
        with pytest.raises(BadFlow):
            recognise(line)
    else:
        assert str(recognise(line)) == expected


LINES = {
    # Linux
    "kernel: DROP IN=eth0 OUT=eth1 SRC=10.20.30.40 DST=10.0.0.50 PROTO=TCP SPT=443 DPT=55432 SEQ=1 ACK=2 WINDOW=1 "
    "RES=0x00 ACK PSH URGP=0": WEB,
    "kernel: TRACE: raw:PREROUTING:policy:2 IN=eth1 SRC=10.0.0.50 DST=10.20.30.40 PROTO=TCP SPT=55432 DPT=443 "
    "SEQ=5 ACK=0 WINDOW=1 RES=0x00 SYN URGP=0 OPT (0204)": WEB,
    "[WAN_LOCAL-default-D]IN=eth0 OUT= MAC=a SRC=10.0.0.50 DST=10.20.30.40 LEN=60 PROTO=TCP SPT=55432 DPT=443 SYN "
    "URGP=0": WEB,
    "IN=a OUT=b SRC=10.20.30.40 DST=10.0.0.50 LEN=84 PROTO=ICMP TYPE=0 CODE=0 ID=1 SEQ=1": PING,
    '{"MESSAGE":"[UFW BLOCK] IN=eth0 OUT= SRC=10.20.30.40 DST=10.0.0.50 LEN=60 PROTO=TCP SPT=443 DPT=55432 RES=0x00 '
    'ACK SYN URGP=0","_HOSTNAME":"fw"}': WEB,
    '{"timestamp":"2024-05-01T10:11:12","oob.prefix":"drop","src_ip":"10.0.0.50","src_port":55432,'
    '"dest_ip":"10.20.30.40","dest_port":443,"ip.protocol":6}': WEB,
    "trace id 1 ip filter fwd packet: iif \"a\" ip saddr 10.20.30.40 ip daddr 10.0.0.50 ip ttl 63 tcp sport 443 tcp "
    "dport 55432 tcp flags == (syn | ack) tcp window 1": WEB,
    "tcp        0      0 ::ffff:10.20.30.40:443  ::ffff:10.0.0.50:55432  ESTABLISHED 1/nginx": WEB,
    "  TCP    10.0.0.50:55432        10.20.30.40:443        SYN_SENT        4711": WEB,
    "tcp4       0      0  10.0.0.50.55432        10.20.30.40.443        SYN_SENT": WEB,
    # captures
    "10:00:00.1 IP 10.20.30.40.https > 10.0.0.50.55432: Flags [S.], seq 1, ack 2, win 3, length 0": WEB,
    "10:00:00.1 IP 10.20.30.40.domain > 10.0.0.50.55432: 1 1/0/0 A 1.2.3.4 (45)": DNS,
    "10:00:00.1 IP 10.20.30.254 > 10.0.0.50: ICMP 10.20.30.40 tcp port 443 unreachable, length 68": "tcp 10.0.0.50:* > "
    "10.20.30.40:443",
    "10:00:00.1 rule 5/(match) block in on em0: 10.0.0.50.55432 > 10.20.30.40.443: S 1:1(0) win 16384 <mss 1460> (DF)":
    WEB,
    "10:00:00.1 10.20.30.40.443 > 10.0.0.50.55432: S 1:1(0) ack 2 win 16384 <mss 1460> (DF)": WEB,
    "10:00:00.1 In  IP6 2001:db8::2.443 > 2001:db8::1.55432: Flags [S.], seq 1, ack 2, length 0": SIX,
    "10:00:00.1 IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60) 10.0.0.50.55432 > "
    "10.20.30.40.443: Flags [S], cksum 0x1 (correct), seq 1, win 1, length 0": WEB,
    # Cisco
    "%ASA-6-302014: Teardown TCP connection 1 for outside:10.20.30.40/443 to inside:10.0.0.50/55432 duration 0:00:30 "
    "bytes 0 SYN Timeout": WEB,
    "%ASA-6-302015: Built outbound UDP connection 1 for outside:10.20.30.40/53 (10.20.30.40/53) to "
    "inside:10.0.0.50/55432 (198.51.100.1/1)": DNS,
    "%ASA-6-302016: Teardown UDP connection 1 for outside:10.20.30.40/53(LOCAL\\x) to inside:10.0.0.50/55432 "
    "duration 0:02:01 bytes 0": DNS,
    "%ASA-6-302020: Built outbound ICMP connection for faddr 10.20.30.40/0 gaddr 198.51.100.5/7 laddr 10.0.0.50/7 type "
    "8 code 0": PING,
    "%ASA-6-302021: Teardown ICMP connection for faddr 10.0.0.50/7 gaddr 10.20.30.40/0 laddr 10.20.30.40/0": PING,
    "%ASA-2-106001: Inbound TCP connection denied from 10.0.0.50/55432 to 10.20.30.40/443 flags SYN  on interface o":
    WEB,
    "%ASA-2-106001: Inbound TCP connection denied from 10.20.30.40/443 to 10.0.0.50/55432 flags SYN ACK  on interface "
    "o": WEB,
    "%ASA-2-106006: Deny inbound UDP from 10.20.30.40/53 to 10.0.0.50/55432 on interface outside": DNS,
    "%ASA-2-106007: Deny inbound UDP from 10.0.0.50/55432 to 10.20.30.40/53 due to DNS Query": DNS,
    "%ASA-3-106014: Deny inbound icmp src outside:10.0.0.50 dst inside:10.20.30.40 (type 8, code 0)": PING,
    "%ASA-3-106014: Deny inbound icmp src inside:10.20.30.40 dst outside:10.0.0.50 (type 0, code 0)": PING,
    "%ASA-3-710003: TCP access denied by ACL from 10.0.0.50/55432 to outside:10.20.30.40/443": WEB,
    "%ASA-5-305013: Asymmetric NAT rules matched for forward and reverse flows; Connection for tcp src "
    "outside:10.0.0.50/55432 dst inside:10.20.30.40/443 denied due to NAT reverse path failure": WEB,
    "%FTD-1-430003: AccessControlRuleAction: Block, SrcIP: 10.0.0.50, DstIP: 10.20.30.40, SrcPort: 55432, DstPort: "
    "443, Protocol: tcp, IngressInterface: inside": WEB,
    "UDP outside 10.20.30.40:53 inside 10.0.0.50:55432, idle 0:00:01, bytes 40, flags -": DNS,
    "TCP outside 10.0.0.50:55432 dmz 10.20.30.40:443, idle 0:00:01, bytes 0, flags SaAB": WEB,
    "%ACLLOG-5-ACLLOG_FLOW_INTERVAL: Src IP: 10.0.0.50, Dst IP: 10.20.30.40, Src Port: 55432, Dst Port: 443, Src Intf: "
    'Ethernet1/1, Protocol: "TCP"(6), Hit-count = 3': WEB,
    "%FW-6-DROP_PKT: Dropping tcp session 10.0.0.50:55432 10.20.30.40:443 on zone-pair in-out class class-default": WEB,
    "%FW-6-SESS_AUDIT_TRAIL: Stop tcp session: initiator (10.0.0.50:55432) sent 0 bytes -- responder "
    "(10.20.30.40:443) sent 0 bytes": WEB,
    # other firewalls
    "RT_FLOW_SESSION_CLOSE: session closed unset: 10.0.0.50/55432->10.20.30.40/443 0x0 junos-https "
    "198.51.100.1/3->10.20.30.40/443 0x0 src 6 pol": WEB,
    'RT_FLOW_SESSION_DENY [junos@2636.1 source-address="10.0.0.50" source-port="55432" '
    'destination-address="10.20.30.40" destination-port="53" service-name="junos-dns-udp" protocol-id="17"]': DNS,
    "  Out: 10.20.30.40/443 --> 10.0.0.50/55432;tcp, Conn Tag: 0x0, If: ge-0/0/1.0, Pkts: 0, Bytes: 0,": WEB,
    "fpc0 PFE_FW_SYSLOG_IP: FW: ge-0/0/1.0   D  tcp 10.0.0.50 10.20.30.40 55432   443 (1 packets)": WEB,
    "@;1.1;[vs_0];[fw4_1];fw_log_drop_ex: Packet proto=17 10.20.30.40:53 -> 10.0.0.50:55432 dropped by x": DNS,
    'time=1 action="Drop" src="10.0.0.50" s_port="55432" dst="10.20.30.40" service="443" proto="6" rule=3': WEB,
    'action:"Drop"; src:"10.0.0.50"; dst:"10.20.30.40"; proto:"6"; s_port:"55432"; service:"443"; svc:"https"': WEB,
    'msg="vd-root:0 received a packet(proto=6, 10.20.30.40:443->10.0.0.50:55432) from port3. flag [S.], seq 1"': WEB,
    'srcip=10.0.0.50 dstip=10.20.30.40 service="HTTPS" srcport=55432 dstport=443 proto=6 action="timeout"': WEB,
    "10.14.10.100:49931  10.14.20.60:80  10.14.10.100:49931  10.14.20.202:80  tcp  5  (tmm: 0)  none": "tcp "
    "10.14.10.100:49931 > 10.14.20.60:80",
    "tmm[1]: 01230140:6: RST sent from 10.20.30.40:443 to 10.0.0.50:55432, [0x2e:12] No flow found for ACK": WEB,
    "firewall,info forward: in:a out:b, connection-state:new proto TCP (SYN), 10.0.0.50:55432->10.20.30.40:443, NAT "
    "(10.0.0.50:55432->198.51.100.1:55432)->10.20.30.40:443, len 60": WEB,
    '<30>device="SFW" log_type="Firewall" src_ip="10.0.0.50" dst_ip="10.20.30.40" protocol="TCP" src_port=55432 '
    "dst_port=443": WEB,
    'ulogd[1]: id="2001" srcip="10.20.30.40" dstip="10.0.0.50" proto="6" srcport="443" dstport="55432" '
    'tcpflags="ACK SYN"': WEB,
    'firewall: msg_id="3000-0148" Deny 1-Trusted 0-External 60 tcp 20 63 10.0.0.50 10.20.30.40 55432 443 offset 10 S '
    "1 win 2": WEB,
    "2024-05-01 10:11:12 Deny 10.0.0.50 10.20.30.40 https/tcp 55432 443 1-Trusted 0-External Denied 52 127": WEB,
    "CEF:0|Ubiquiti|UniFi Network|9|201|Blocked|4|src=10.0.0.50 spt=55432 dst=10.20.30.40 dpt=443 proto=TCP": WEB,
    "1714558272.1 MX84 flows src=10.0.0.50 dst=10.20.30.40 mac=A protocol=tcp sport=55432 dport=443 pattern: deny": WEB,
    "Network Information:\n\tDirection:\t\tOutbound\n\tSource Address:\t\t10.0.0.50\n\tSource Port:\t\t55432\n"
    "\tDestination Address:\t10.20.30.40\n\tDestination Port:\t\t443\n\tProtocol:\t\t6": WEB,
    "The Windows Filtering Platform has blocked a connection. Direction: Outbound Source Address: 10.0.0.50 Source "
    "Port: 55432 Destination Address: 10.20.30.40 Destination Port: 53 Protocol: 17 Filter Origin: x": DNS,
    "2024-05-01 10:11:12 DROP TCP 10.20.30.40 10.0.0.50 443 55432 52 SA 1234 1 65535 - - - RECEIVE": WEB,
    "tcp  VPN: public --> public  10.0.0.50:55432[198.51.100.5:2048] --> 10.20.30.40:443": WEB,
    "all tcp 2001:db8::2[443] <- 2001:db8::1[55432]       ESTABLISHED:SYN_SENT": SIX,
    # sensors and clouds
    '{"event_type":"alert","src_ip":"10.20.30.40","src_port":443,"dest_ip":"10.0.0.50","dest_port":55432,"proto":"TCP",'
    '"direction":"to_client"}': WEB,
    '{"event_type":"alert","src_ip":"10.20.30.40","src_port":40443,"dest_ip":"10.0.0.50","dest_port":33000,"proto":'
    '"TCP","flow":{"src_ip":"10.0.0.50","dest_ip":"10.20.30.40","src_port":33000,"dest_port":40443}}': "tcp "
    "10.0.0.50:33000 > 10.20.30.40:40443",
    "05/01/2024-10:11:12.1  [**] [1:2210020:2] SURICATA STREAM packet out of window [**] [Priority: 3] {TCP} "
    "10.20.30.40:443 -> 10.0.0.50:55432": WEB,
    "1714558272.123456\tCHhAvVGS1DHFjwGM9\t10.0.0.50\t55432\t10.20.30.40\t443\ttcp\t-\t3.1\t0\t0\tS0\t-": WEB,
    '{"ts":1.2,"uid":"C1","id.orig_h":"10.0.0.50","id.orig_p":55432,"id.resp_h":"10.20.30.40","id.resp_p":443,'
    '"proto":"tcp","conn_state":"S0"}': WEB,
    '{"source":{"ip":"10.0.0.50","port":55432},"destination":{"ip":"10.20.30.40","port":53},"network":{"transport":'
    '"udp"}}': DNS,
    "3 vpc-1 subnet-1 i-1 eni-1 123456789010 IPv4 10.20.30.40 10.0.0.50 443 55432 6 20 4249 1418530010 1418530070": WEB,
    '{"version":2,"srcaddr":"10.0.0.50","dstaddr":"10.20.30.40","srcport":55432,"dstport":443,"protocol":6,'
    '"action":"REJECT"}': WEB,
    "1663146003599,10.0.0.50,10.20.30.40,55432,443,6,O,B,NX,0,0,0,0": WEB,
    '{"flow":{"verdict":"FORWARDED","IP":{"source":"10.20.30.40","destination":"10.0.0.50"},"l4":{"UDP":'
    '{"source_port":53,"destination_port":55432}},"is_reply":true}}': DNS,
    "Nov 17 08:28:38.782: ns/web-1 (10.0.0.50:55432) -> ns/db-1 (10.20.30.40:443) to-endpoint FORWARDED (TCP Flags: "
    "SYN)": WEB,
    # applications
    'level=error msg="dial tcp 10.0.0.50:55432->10.20.30.40:443: connect: no route to host"': WEB,
    "[ERROR] plugin/errors: 2 x. A: read udp 10.0.0.50:55432->10.20.30.40:53: i/o timeout": DNS,
    "[id: 0x1, L:/10.0.0.50:55432 - R:db.example/10.20.30.40:443] READ TIMEOUT": WEB,
    "Error: connect ETIMEDOUT 10.20.30.40:443 - Local (10.0.0.50:55432)": WEB,
    '[2024-05-01] "GET / HTTP/1.1" 503 UF - - "-" 0 91 10001 - "-" "curl" "id" "h" "10.20.30.40:443" '
    "outbound|443||x 10.0.0.50:55432 10.96.0.10:443 10.0.0.50:33112 - default": WEB,
    '{"upstream_host":"10.20.30.40:443","upstream_local_address":"10.0.0.50:55432","downstream_remote_address":'
    '"10.9.9.9:1","downstream_local_address":"10.96.0.10:443","upstream_cluster":"outbound|443||x"}': WEB,
    "Connect from 10.0.0.50:55432 to 10.20.30.40:443 (https-in/HTTP)": WEB,
    "java.io.IOException: Connection timed out, local=/10.0.0.50:55432, remote=/10.20.30.40:443": WEB,
}  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_the_flow_of_a_line(line: str) -> None:
    assert str(recognise(line)) == LINES[line]


MISSING = {
    "IPv4: martian source 192.0.2.30 from 198.51.100.40, on dev wan2": "a packet from 198.51.100.40 to 192.0.2.30",
    "%ASA-1-106021: Deny TCP reverse path check from 10.0.0.1 to 10.0.0.2 on interface inside": "has no ports",
    "%ASA-6-305011: Built dynamic TCP translation from inside:10.1.1.1/12 to outside:203.0.113.5/12": "translated to",
    "%ASA-6-302017: Built inbound GRE connection 1 from outside:10.0.0.1 (10.0.0.1) to inside:10.0.0.2/0 (10.0.0.2/0)":
    "no ports",
    "kernel: IN=a OUT=b SRC=10.0.0.1 DST=10.0.0.2 LEN=60 PROTO=47": "GRE",
    "10:00:00.1 IP 10.0.0.9 > 10.0.0.1: ICMP host 10.0.0.2 unreachable - admin prohibited, length 68": "ICMP error",
    "10.1.1.9[51234]/trust/6  (203.0.113.5[3456])": "the row beside it",
    'connect() failed (111: Connection refused) while connecting to upstream, client: 10.1.1.9, upstream: '
    '"http://10.2.0.15:8080/"': "the proxy itself to 10.2.0.15:8080",
    '[2024-05-01] "GET / HTTP/1.1" 503 UF - - "-" 0 91 - "-" "curl" "id" "h" "10.2.0.15:8080" outbound|8080||x - '
    "10.96.0.10:8080 10.1.1.9:33112 - default": "the proxy itself to 10.2.0.15:8080",
    "https 2018-07-02T22:23:00Z app/my-lb/50dc6c495c0c9188 192.168.1.3:2817 10.0.0.1:80 0.086 -1 -1 504": "10.0.0.1:80",
    "1714558272.1  30001 10.0.0.50 TCP_MISS/504 0 CONNECT 10.20.30.40:443 - HIER_DIRECT/10.20.30.40 -": "the proxy",
    "AH00957: HTTP: attempt to connect to 10.2.0.15:8080 (10.2.0.15) failed": "the proxy",
    '{"ClientAddr":"10.1.1.9:33112","ServiceAddr":"10.2.0.15:8080","DownstreamStatus":504}': "10.2.0.15:8080",
    'Readiness probe failed: Get "http://10.244.1.5:8080/healthz": dial tcp 10.244.1.5:8080: i/o timeout': "only one",
    'connection to server at "db.example" (10.0.2.20), port 5432 failed: Connection timed out': "only one",
    'FATAL: no pg_hba.conf entry for host "10.0.0.50", user "x", database "y", SSL off': "only one",
    "java.net.ConnectException: Connection timed out: db.example/10.0.2.20:5432": "only one",
    "A connection attempt failed because the connected party did not respond [::ffff:10.0.2.20]:5432": "only one",
    "('10.0.2.20', 5432): [Errno 110] Connection timed out": "only one",
    "Error: connect ECONNREFUSED 10.0.2.20:5432": "only one",
    "haproxy[1]: 10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/-1/5007 0 SC 0/0/0/0/3 0/0": "only one",
    "5 0.004 192.168.2.19 10.45.0.1 TLSv1 583 Client Hello": "no ports",
    "ERROR 2003 (HY000): Can't connect to MySQL server on 'db.example.com:3306' (110)": "names are not looked up",
    "10.0.0.1 <> nothing": "only one",
}  # fmt: skip


@pytest.mark.parametrize("line", MISSING, ids=range(len(MISSING)))
def test_what_is_missing_is_said(line: str) -> None:
    with pytest.raises(BadFlow, match=re.escape(MISSING[line])):
        recognise(line)


@given(
    st.lists(
        st.sampled_from([*LINES, *MISSING, "{", '{"a":', "[", "(", "ack", "SYN", "10.0.0.1", ":"]),
        max_size=5,
    )
)
def test_mixtures_tell_a_flow_or_a_sentence(parts: list[str]) -> None:
    try:
        recognise(" ".join(parts))
    except BadFlow as why:
        assert str(why)


@pytest.mark.parametrize(
    "word", ["1.1.1.1 ", "a:", "1.1.1.1:1 ", "(", "x=", "1:", "SYN,", '{"a":', "inside/", "1 "]
)
def test_long_lines_are_read_in_one_glance(word: str) -> None:
    try:
        recognise(word * 2000)
    except BadFlow as why:
        assert str(why)
