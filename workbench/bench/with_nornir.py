"""The peer, run by a Python that has it: reads a job as JSON from stdin, writes seconds and outputs
to stdout."""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main(job: dict[str, Any]) -> dict[str, Any]:
    """All commands on all hosts, as nornir's own documentation does it."""
    from nornir.core import Nornir
    from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
    from nornir.core.plugins.connections import ConnectionPluginRegister
    from nornir.core.state import GlobalState
    from nornir.plugins.runners import ThreadedRunner
    from nornir_netmiko.tasks import netmiko_send_command

    ConnectionPluginRegister.auto_register()
    options = ConnectionOptions(extras={"use_keys": True, "key_file": job["key"]}, platform="linux")
    hosts = Hosts({str(port): Host(str(port), hostname="127.0.0.1", port=port, username=job["user"], password="",
                                   platform="linux", connection_options={"netmiko": options})
                   for port in job["ports"]})  # fmt: skip

    def everything(task: Any) -> None:
        for command in job["commands"]:
            task.run(netmiko_send_command, command_string=command)

    began = time.monotonic()
    runner = Nornir(
        Inventory(hosts, Groups(), Defaults()), runner=ThreadedRunner(), data=GlobalState()
    )
    result = runner.run(everything)
    runner.close_connections()
    seconds = time.monotonic() - began
    outputs = [[str(one.result) for one in list(result[str(port)])[1:]] for port in job["ports"]]
    return {"seconds": seconds, "outputs": outputs}


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
