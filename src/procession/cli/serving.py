"""Commands that run the product: serve, worker, demo."""

from __future__ import annotations

import errno
import gc
import importlib.util
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from procession.cli.output import as_json, print_json, wrong_usage

if TYPE_CHECKING:
    from fastapi import FastAPI

    from procession.bootstrap import Installation
    from procession.settings import Settings

TRIED_PORTS = 50


def settings_or_end() -> Settings:
    """The settings of the environment; a wrong one ends the command with its sentence."""
    from procession.settings import Settings as Read
    from procession.settings import SettingsError

    try:
        return Read.from_environment()
    except SettingsError as problem:
        wrong_usage(str(problem))


def stages(quiet: bool = False) -> Callable[[str], None]:
    """Prints each stage with the seconds since the command began."""
    began = time.monotonic()

    def say(stage: str) -> None:
        if not quiet:
            click.echo(click.style(f"{time.monotonic() - began:6.1f} s  ", dim=True) + stage)

    return say


def free_socket(host: str, port: int) -> socket.socket:
    """A listening socket on the port, or on the next one that is free."""
    for candidate in range(port, min(port + TRIED_PORTS, 65536)) if port else (0,):
        found = _bound(host, candidate)
        if found is not None:
            return found
    last = min(port + TRIED_PORTS, 65536) - 1
    raise click.ClickException(f"No port from {port} to {last} is free. Choose one with --port.")


def _bound(host: str, port: int) -> socket.socket | None:
    """A socket on the port; None where somebody else has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends answers at once instead of waiting for the client's acknowledgement (40 ms).
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as problem:
        found.close()
        if problem.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise click.ClickException(f"The address {host}:{port} cannot be used: {problem.strerror}.") from problem
    return found


def build_app(installation: Installation, *, demo_person: str | None = None, title: str | None = None) -> FastAPI:
    """The whole application: pages at the root, REST under /api/v1."""
    from fastapi import FastAPI as Application

    from procession.bootstrap import ORGANISATION
    from procession.connectors.files import FileStore
    from procession.rest.api import Settings as ApiSettings
    from procession.rest.app import install
    from procession.web.app import add_pages
    from procession.web.visiting import Site

    app = Application(title="Procession", docs_url=None, redoc_url=None, openapi_url=None)
    files = FileStore(Path(installation.settings.data) / "files")
    install(app, installation.store, ApiSettings(organisation=ORGANISATION, files=files))
    site = Site(
        store=installation.store,
        organisation=ORGANISATION,
        title=title or "Procession",
        demo_person=demo_person,
        files=files,
    )
    add_pages(app, site)
    return app


def run_app(app: FastAPI, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or a termination signal; `ready` is called once requests are answered."""
    from procession.web.server import Server

    Server(app, ready).run(sockets=[listening])


def _serve(
    installation: Installation, app: FastAPI, listening: socket.socket, ready: Callable[[], None], *, work: bool
) -> None:
    """Serve, with a worker beside it where `work` says so."""
    from procession.operations.insights.memory import give_back

    _recalled(installation)
    compiling = Compiling()
    threading.Thread(target=_diagnose_ahead, args=(installation, compiling), daemon=True).start()
    worker = listening_at(installation, listening).worker() if work else None
    if worker is not None:
        worker.start()

    try:
        gc.collect()
        gc.freeze()  # the program itself is no garbage: looking through it again and again takes time from requests
        give_back()
        run_app(app, listening, ready)
    finally:
        compiling.stop()
        if worker is not None:
            worker.stop()


def listening_at(installation: Installation, listening: socket.socket) -> Installation:
    """The installation with the port that was free, which links in mails name where no address is set."""
    port: int = listening.getsockname()[1]
    return replace(installation, settings=replace(installation.settings, port=port))


def _recalled(installation: Installation) -> int:
    """Go on with the figures that the server before this one has kept; returns of how many processes and workflows."""
    from procession.bootstrap import ORGANISATION
    from procession.operations.insights.analysis import recall

    return recall(installation.store, ORGANISATION)


def _diagnose_ahead(installation: Installation, compiling: Compiling) -> None:
    """Work out what Home says before somebody asks: what has happened since, or everything the first time. Then compile
    what other pages of the diagnosis need, where that was never done here."""
    from procession.bootstrap import ORGANISATION
    from procession.engine.rejections import Rejection
    from procession.operations import calling

    store = installation.store
    people = store.surroundings(ORGANISATION).directory.people.values()
    person = next((one.id for one in people if one.admin and one.active), None)
    if person is not None:
        with suppress(Rejection):
            calling.call(calling.as_person(store, ORGANISATION, person, at=datetime.now(UTC)), "insight.home", {})
    compiling.run()


class Compiling:
    """Has the diagnosis of waits compiled once on this machine, in a process of its own, so that nobody who opens a page
    waits for it and the server's memory stays small."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self) -> None:
        """Diagnose a few made-up cases; what is compiled for them is kept on disk. Nothing where it lies there already."""
        from procession.analytics.waiting import is_prepared

        if importlib.util.find_spec("numba") is None or is_prepared():
            return
        with tempfile.TemporaryDirectory(prefix="procession-compiling-") as folder:
            log = Path(folder) / "log.csv"
            log.write_text(_few_cases(), encoding="utf-8")
            command = [sys.executable, "-P", "-m", "procession.cli", "diagnose", str(log), "--json"]
            with self._lock:
                if self._is_stopped:
                    return
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            self.process.wait()

    def stop(self) -> None:
        """End it, if it still runs."""
        with self._lock:
            self._is_stopped = True
            if self.process is not None and self.process.poll() is None:
                self.process.terminate()
                self.process.wait()


def _few_cases() -> str:
    lines = ["case,step,person,start,complete"]
    for case in range(12):
        for place, step in enumerate(("Ask", "Look", "Answer")):
            day, hour = 1 + case, 9 + 2 * place
            lines.append(
                f"{case},{step},p{(case + place) % 3},2026-03-{day:02}T{hour:02}:00:00Z,2026-03-{day:02}T{hour:02}:30:00Z"
            )
    return "\n".join(lines)


def _stop_politely() -> None:
    """A termination signal ends the command as Ctrl-C does, so that the database is stopped too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Default 8000, or PROCESSION_PORT; the next free one where it is taken.",
)
@click.option("--host", help="Default 127.0.0.1, or PROCESSION_HOST.")
@click.option("--no-worker", is_flag=True, help="Leave jobs and timers to workers of their own.")
@as_json
def serve(port: int | None, host: str | None, no_worker: bool, as_json: bool) -> None:
    """Serve the organisation.

    \b
    Example:
      procession serve --port 8080
    """
    from procession.bootstrap import opened

    settings = settings_or_end()
    _stop_politely()
    say = stages(as_json)
    try:
        with opened(settings, progress=say) as installation:
            app = build_app(installation)
            listening = free_socket(host or settings.host, settings.port if port is None else port)
            _serve(
                installation, app, listening, lambda: _announce(say, settings, listening, as_json), work=not no_worker
            )
    except KeyboardInterrupt:
        pass
    if not as_json:
        click.echo("Stopped.")


def _announce(say: Callable[[str], None], settings: Settings, listening: socket.socket, in_json: bool) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    if in_json:
        print_json({"url": f"http://{shown}:{port}", "data": str(Path(settings.data).resolve())})
        sys.stdout.flush()
        return
    say("ready")
    click.echo()
    click.secho(f"  http://{shown}:{port}", bold=True)
    where = "the database of DATABASE_URL" if settings.database_url is not None else str(Path(settings.data).resolve())
    click.echo(f"  data: {where}")
    click.echo("  Ctrl-C stops it.\n")
    sys.stdout.flush()


def _say(sentence: str, document: dict[str, str], in_json: bool) -> None:
    if in_json:
        print_json(document)
    else:
        click.echo(sentence)
    sys.stdout.flush()


@click.command()
@as_json
def worker(as_json: bool) -> None:
    """Run a worker for jobs and timers; as many as you like, on as many machines.

    \b
    Example:
      DATABASE_URL=postgresql://… procession worker
    """
    from procession.bootstrap import opened
    from procession.jobs.worker import run_worker

    settings = settings_or_end()
    _stop_politely()
    try:
        with opened(settings, progress=stages(as_json)) as installation:
            _say("The worker runs. Ctrl-C stops it.", {"worker": "runs"}, as_json)
            run_worker(installation.store, settings)
    except KeyboardInterrupt:
        pass
    if not as_json:
        click.echo("Stopped.")


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", help="Default 8000; the next free one where it is taken."
)
@click.option("--fresh", is_flag=True, help="Throw the demo's data away first and make it anew.")
@as_json
def demo(port: int | None, fresh: bool, as_json: bool) -> None:
    """Serve the demo company: finished and running work, no log-in, everybody's eyes to look through.

    \b
    Example:
      procession demo
    """
    from procession.bootstrap import ORGANISATION, opened
    from procession.demo import DEFAULT_PERSON, TITLE

    settings = settings_or_end()
    if settings.database_url is not None:
        wrong_usage("The demo keeps to its own embedded database; unset DATABASE_URL.")
    settings = replace(settings, data=Path(settings.data) / "demo")
    if fresh:
        _throw_away(Path(settings.data))
    _stop_politely()
    say = stages(as_json)
    try:
        with opened(settings, progress=say) as installation:
            _fill_demo(installation, ORGANISATION, say)
            if not _recalled(installation):
                say("Looking at it once")
                _look_once(installation, ORGANISATION, DEFAULT_PERSON)
            app = build_app(installation, demo_person=DEFAULT_PERSON, title=TITLE)
            listening = free_socket("127.0.0.1", settings.port if port is None else port)
            _serve(installation, app, listening, lambda: _announce(say, settings, listening, as_json), work=True)
    except KeyboardInterrupt:
        pass
    if not as_json:
        click.echo("Stopped.")


def _fill_demo(installation: Installation, organisation: str, say: Callable[[str], None]) -> None:
    """Make the company and its past, the first time only."""
    with installation.store.transaction(organisation) as tx:
        if tx.people.count():
            return
    from procession.demo import prepare

    said = ""

    def tell(stage: str, share: float) -> None:
        nonlocal said
        if stage != said:
            said = stage
            say(stage)
        if sys.stderr.isatty():
            click.echo(f"\r         {share:4.0%}\r", nl=False, err=True)

    made = prepare(
        installation.store, organisation, datetime.now(UTC), tell, files=Path(installation.settings.data) / "files"
    )
    say(f"{made.people} people, {made.cases:,} cases, {made.events:,} events")


def _look_once(installation: Installation, organisation: str, person: str) -> None:
    """Work out what the first page says, so that whoever opens it does not wait for that."""
    from procession.operations import calling

    calling.call(calling.as_person(installation.store, organisation, person, at=datetime.now(UTC)), "insight.home", {})


def _throw_away(folder: Path) -> None:
    from procession.store.embedded import EmbeddedPostgres

    if folder.exists():
        EmbeddedPostgres.at(folder).destroy()
