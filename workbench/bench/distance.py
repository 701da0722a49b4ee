"""A proxy that delays every byte, in a process of its own: `distance.py '{"delay": 0.01, "ports":
[[from, to]]}'`."""

from __future__ import annotations

import asyncio
import json
import socket
import sys


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float
) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


async def _serve(port: int, target: int, delay: float) -> asyncio.Server:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", target)
        for one in (writer, back):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.sleep(2 * delay)  # the handshake of TCP takes a round trip too
        await asyncio.gather(
            _pass_on(reader, back, delay), _pass_on(there, writer, delay), return_exceptions=True
        )

    return await asyncio.start_server(accept, "127.0.0.1", port, backlog=200)


async def _main(delay: float, ports: list[tuple[int, int]]) -> None:
    servers = [await _serve(port, target, delay) for port, target in ports]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(_main(**json.loads(sys.argv[1])))
