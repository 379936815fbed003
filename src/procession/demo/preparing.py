"""Filling an empty organisation with the demo: people, published definitions, history."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from procession.connectors.files import FileStore
from procession.demo import answers, company, trials
from procession.demo.histories import Batch, Plan, Published, batches, make_batch
from procession.demo.reading import read_histories
from procession.engine.definition import Definition
from procession.interchange.folder import Folder, read_folder
from procession.store.history import Encoded, write
from procession.store.store import Store
from procession.store.transaction import Transaction

Progress = Callable[[str, float], None]
"""Is told what is being done, and which share of it all is done, from 0 to 1."""

PUBLISHED_BEFORE: Final = timedelta(days=500)
"""The definitions have been there longer than the oldest case."""

_FEWEST_BATCHES: Final = 6
"""Fewer are made right here: starting other processes would take longer."""


class DemoError(RuntimeError):
    """The demo cannot be prepared; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made."""

    people: int
    definitions: int
    cases: int
    events: int


def prepare(
    store: Store,
    organisation: str,
    now: datetime,
    progress: Progress | None = None,
    *,
    plan: Plan | None = None,
    files: Path | None = None,
    processes: int | None = None,
) -> Prepared:
    """Make the demo company in an organisation that is still empty, in one transaction: all of it is there, or nothing.

    Args:
        now: the moment at which the history ends; aware.
        progress: is told how far it is.
        plan: how much past, from which seed, with what planted in it.
        files: the folder of files, where the bytes of the demo's documents go.
        processes: how many work at it; by default as many as there are processors.

    Raises:
        DemoError: the organisation is not empty, or the examples are not there.
        HistoryFileError: a history file cannot be used.
    """
    tell = progress or _silent
    tell("Reading the examples", 0.0)
    folder = read_folder(examples())
    histories = read_histories(examples(), folder.definitions, folder.texts)
    store.create_organisation(organisation, company.TITLE)
    with store.transaction(organisation) as tx:
        if tx.people.count() or tx.definitions.list():
            raise DemoError(f"The organisation '{organisation}' is not empty; the demo needs one of its own.")
        tell("Hiring people", 0.02)
        company.save(tx, now)
        published = _publish(tx, folder, now)
        past = plan or Plan()
        tried = trials.begin(tx, histories, published, past, now)
        todo = batches(organisation, published, histories, past, now, trials=tried)
        total = sum(len(batch.starts) for batch in todo)
        tell("Living through the past year", 0.05)
        made = _counted(_made(todo, processes or os.cpu_count() or 1), todo, total, tell)
        written = write(tx, made)
        trials.answer(tx, tried.values(), past, now)
        _enter_files(tx, files)
        tell("Putting it in order", 0.98)
    tell("Done", 1.0)
    return Prepared(len(company.EMPLOYEES), len(published), written.cases, written.events)


def _silent(what: str, share: float) -> None:
    """Nobody wants to know."""


def examples() -> Path:
    """The folder of examples: beside the code in a checkout, inside the package where it was installed. Raises
    DemoError."""
    package = Path(__file__).parents[1]
    for folder in (package / "_examples", package.parents[1] / "examples"):
        if folder.is_dir():
            return folder
    raise DemoError("The examples are missing from this installation.")


def _publish(tx: Transaction, folder: Folder, now: datetime) -> Published:
    """Publish every example; the errors of any one stop it all."""
    errors = [one for one in folder.check() if one.severity == "error"]
    if errors:
        raise DemoError(f"An example cannot be published: {errors[0].file}: {errors[0].sentence}")
    published: dict[str, tuple[Definition, int]] = {}
    for name, definition in folder.definitions.items():
        row = tx.definitions.publish(
            folder.texts[name], id=name, kind=definition.kind, title=definition.title, by=company.DEFAULT_PERSON,
            at=now - PUBLISHED_BEFORE,
        )  # fmt: skip
        published[name] = (definition, row.version)
    return published


def _made(todo: Sequence[Batch], processes: int) -> Iterator[Encoded]:
    """The batches in their order, made by several processes where that is worth their start."""
    if processes < 2 or len(todo) < _FEWEST_BATCHES:
        yield from map(make_batch, todo)
        return
    # A forked child would inherit threads and connections of the server; a spawned one has its own.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make_batch, todo)


def _counted(made: Iterator[Encoded], todo: Sequence[Batch], total: int, tell: Progress) -> Iterator[Encoded]:
    done = 0
    for batch, encoded in zip(todo, made, strict=True):
        done += len(batch.starts)
        tell("Living through the past year", 0.05 + 0.85 * done / total)
        yield encoded
    tell("Writing it down", 0.92)


_ENTER_FILES: Final = """
INSERT INTO files (organisation, id, sha256, name, type, size, case_id, uploaded_at, uploaded_by)
SELECT DISTINCT ON (f.value ->> 'id') c.organisation, CAST(f.value ->> 'id' AS uuid), f.value ->> 'sha256',
    f.value ->> 'name', 'text/plain', CAST(f.value ->> 'size' AS bigint), c.id, c.started_at, c.starter
FROM cases c, jsonb_each(c.snapshot -> 'data') f
WHERE c.organisation = :organisation AND jsonb_typeof(f.value) = 'object' AND f.value ->> 'sha256' = :sha256
"""


def _enter_files(tx: Transaction, files: Path | None) -> None:
    """The documents of the cases can be downloaded, where there is a folder for their bytes."""
    if files is not None:
        FileStore(files).put([answers.SAMPLE])
        tx.run(_ENTER_FILES, sha256=answers.SAMPLE_SHA256)
