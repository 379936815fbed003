"""Completing tasks over HTTP: 16 clients against a real server process, each completion on disk before it is answered.

    python -m bench.http [--json] [--seconds N] [--clients N]

One PostgreSQL of its own with `fsync` on, one server process, clients with kept connections and an API token each.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from bench.durable import FIVE, refuse_unsafe
from bench.telling import tell
from procession.store.embedded import APP, OWNER, EmbeddedPostgres
from procession.store.migrate import migrate
from procession.store.store import Store

ORGANISATION = "bench"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.http", description="Times task completions over HTTP.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--seconds", type=float, default=15, help="how long to ask")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--serve", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.serve)
        return 0
    figures = measure(options.clients, options.seconds)
    return tell(figures, {}, as_json=options.json, digits=1)


def serve(url: str) -> None:
    """The server process: prints its port, then answers until it is told to stop."""
    import uvicorn

    from procession.rest.api import Settings
    from procession.rest.app import create_app

    with Store(url, pool_size=20) as store, tcp() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(128)
        print(door.getsockname()[1], flush=True)
        app = create_app(store, Settings(organisation=ORGANISATION, rate=None))
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[door])


def tcp() -> socket.socket:
    """As the server opens its own: asyncio sends at once only where the protocol is named."""
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)


def measure(clients: int, seconds: float) -> dict[str, float]:
    """Completions a second, and how long they took in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="procession-bench-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101 - as root, PostgreSQL runs under another account
        with EmbeddedPostgres.at(Path(folder) / "data").running() as server:
            refuse_unsafe(server)
            migrate(server.url(OWNER))
            tokens = furnish(server.url(APP), clients)
            with subprocess.Popen(
                [sys.executable, "-m", "bench.http", "--serve", server.url(APP)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[1],
            ) as process:
                assert process.stdout is not None
                port = int(process.stdout.readline())
                try:
                    return ask(port, tokens, seconds)
                finally:
                    process.terminate()


def furnish(url: str, clients: int) -> list[str]:
    """The organisation, its workflow, and a token for each client."""
    with Store(url) as store:
        store.create_organisation(ORGANISATION)
        with store.transaction(ORGANISATION) as tx:
            tx.people.save("ana", name="Ana", email="ana@example.org")
            now = datetime.now(UTC)
            tx.definitions.publish(FIVE, id="five", kind="workflow", title="Five", by="ana", at=now)
            scopes = ["cases:write", "tasks:write"]
            return [tx.tokens.create("ana", f"client {n}", scopes, now)[1] for n in range(clients)]


def ask(port: int, tokens: list[str], seconds: float) -> dict[str, float]:
    """Let every client start cases and complete their tasks for a while."""
    taken: list[float] = []
    failures: list[str] = []
    Client(port, tokens[0]).one_case([])  # warm
    end = time.perf_counter() + seconds

    def work(token: str) -> None:
        client, mine = Client(port, token), list[float]()
        try:
            while time.perf_counter() < end:
                client.one_case(mine)
        except (RuntimeError, OSError) as error:
            failures.append(str(error))
        taken.extend(mine)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=[token]) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - began
    if failures:
        raise SystemExit(failures[0])
    hundredths = statistics.quantiles(taken, n=100)
    return {
        "clients": len(tokens),
        "completions_per_second": len(taken) / lasted,
        "p50_ms": hundredths[49] * 1000,
        "p99_ms": hundredths[98] * 1000,
    }


class Client:
    """One connection that stays open; speaks just enough HTTP not to take the processor from the server."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"

    def one_case(self, taken: list[float]) -> None:
        """Start a case and complete its five tasks; only the completions are timed."""
        task = self._post("/cases", {"workflow": "five", "data": {"item": "mouse"}})["next"][0]["id"]
        for step in range(5):
            began = time.perf_counter()
            done = self._post(f"/tasks/{task}/complete", {"values": {"note": f"step {step}"}})
            taken.append(time.perf_counter() - began)
            task = done["next"][0]["id"] if done["next"] else None
        if done["case"]["status"] != "done":
            raise RuntimeError("a case did not end")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        content = orjson.dumps(body)
        head = f"POST /api/v1{path} HTTP/1.1\r\n{self._head}Content-Length: {len(content)}\r\n\r\n"
        self._socket.sendall(head.encode() + content)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0 or len(answer) < end + 4 + _length(answer[:end]):
            part = self._socket.recv(65536)
            if not part:
                raise RuntimeError("the server closed the connection")
            answer += part
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(answer.decode())
        return orjson.loads(answer[end + 4 :])


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    if found is None:
        raise RuntimeError("the answer does not say how long it is")
    return int(found[1])


if __name__ == "__main__":
    raise SystemExit(main())
