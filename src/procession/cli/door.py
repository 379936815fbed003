"""How commands reach an installation: its store directly, or its REST door with `--url` and `--token`."""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import quote

import click

from procession.cli.output import PROBLEMS, Problem, say_problems, wrong_usage
from procession.engine.rejections import InvalidForm, Rejection, Unauthenticated

F = TypeVar("F", bound=Callable[..., Any])


class Door(Protocol):
    """Asks operations of the catalogue; answers are what JSON holds."""

    def ask(self, operation: str, **values: Any) -> Any:
        """Raises Rejection."""
        ...

    def fetch(self, operation: str, **values: Any) -> bytes:
        """The bytes that a reading operation answers with. Raises Rejection."""
        ...


class LocalDoor:
    """The store itself, in the name of one person."""

    def __init__(self, store: Any, organisation: str, person: str | None) -> None:
        self._store, self._organisation = store, organisation
        self._person = person or self._administrator()

    def _administrator(self) -> str:
        people = self._store.surroundings(self._organisation).directory.people.values()
        found = next((one.id for one in people if one.admin and one.active), None)
        if found is None:
            raise Unauthenticated(
                "There is no administrator yet.",
                hint="Make one: procession admin create NAME EMAIL, or open procession serve.",
            )
        return found

    def ask(self, operation: str, **values: Any) -> Any:
        from procession.operations import calling
        from procession.rest.json import render

        ctx = calling.as_person(
            self._store, self._organisation, self._person, at=datetime.now(UTC), key=str(uuid.uuid4())
        )
        given = {name: one for name, one in values.items() if one is not None}
        return json.loads(render(calling.call(ctx, operation, given)))

    def fetch(self, operation: str, **values: Any) -> bytes:
        from procession.operations import calling

        ctx = calling.as_person(self._store, self._organisation, self._person, at=datetime.now(UTC))
        return calling.call(ctx, operation, values).content


class RestDoor:
    """The REST door of a server somewhere."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url, self._token = url.rstrip("/"), token

    def ask(self, operation: str, **values: Any) -> Any:
        return self._answer(operation, **values).json()

    def fetch(self, operation: str, **values: Any) -> bytes:
        return self._answer(operation, **values).content

    def _answer(self, operation: str, **values: Any) -> Any:
        import httpx

        from procession.operations.catalogue import catalogue

        one = catalogue()[operation]
        given = {name: value for name, value in values.items() if value is not None}
        path = one.path
        for name in one.in_path:
            path = path.replace(f"{{{name}}}", quote(str(given.pop(name)), safe=""))
        headers = {"Idempotency-Key": str(uuid.uuid4())} if not one.safe else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        address = f"{self._url}/api/v1{path}"
        try:
            if one.method in ("GET", "DELETE"):
                answer = httpx.request(one.method, address, headers=headers, timeout=30, params=given)
            else:
                answer = httpx.request(one.method, address, headers=headers, timeout=30, json=given)
        except httpx.HTTPError as problem:
            wrong_usage(f"{self._url} cannot be reached: {problem}.", "Is the server running there?")
        if answer.status_code >= 400:
            raise _refusal(answer)
        return answer


def _refusal(answer: Any) -> Rejection:
    try:
        problem = answer.json()
        refused = Rejection(problem.get("detail") or problem.get("title") or answer.text, hint=problem.get("hint"))
        refused.kind = problem.get("code", "rejected")
    except ValueError:
        refused = Rejection(f"The server answered {answer.status_code}.")
    return refused


def options(function: F) -> F:
    """The options of every command that reaches an installation."""
    for option in (
        click.option("--token", help="API token for --url; without it, the variable PROCESSION_TOKEN."),
        click.option("--url", metavar="ADDRESS", help="A server's address; without it, the database of this machine."),
        click.option("--as", "person", metavar="EMAIL", help="In whose name; default the administrator."),
    ):
        function = option(function)
    return function


@contextmanager
def door(person: str | None, url: str | None, token: str | None) -> Generator[Door]:
    """The door that the options describe, open during the block; a refusal ends the command with a sentence."""
    try:
        if url is not None:
            if not url.startswith(("http://", "https://")):
                wrong_usage(f"--url needs an address such as http://127.0.0.1:8000, not '{url}'.")
            if person is not None:
                wrong_usage("--as goes with this machine's database; with --url, the token says who you are.")
            yield RestDoor(url, token or os.environ.get("PROCESSION_TOKEN"))
            return
        if token is not None:
            wrong_usage("--token goes with --url.")
        import logging

        from procession.bootstrap import ORGANISATION, opened
        from procession.cli.serving import settings_or_end

        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # what it would say is in our own sentence
        with opened(settings_or_end(), pool_size=2) as installation:
            yield LocalDoor(installation.store, ORGANISATION, person)
    except Rejection as refused:
        say_refused(refused)
        sys.exit(PROBLEMS)


def say_refused(refused: Rejection) -> None:
    """A refusal: its code, its sentence, what would be right."""
    problems = refused.problems if isinstance(refused, InvalidForm) else (refused,)
    say_problems([Problem(one.kind, one.message, one.hint) for one in problems])


def values_of(data: str | None, fields: tuple[str, ...]) -> dict[str, Any]:
    """Values from `--with JSON` and `-f name=value`, the latter winning."""
    values: dict[str, Any] = {}
    if data is not None:
        try:
            read: Any = json.loads(data, parse_float=str)
        except (json.JSONDecodeError, RecursionError) as problem:
            wrong_usage(f"--with is not JSON: {problem}.", "Write it as '{\"amount\": 12}'.")
        if not isinstance(read, dict):
            wrong_usage("--with needs one JSON object, such as '{\"amount\": 12}'.")
        values.update(cast("dict[str, Any]", read))
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals:
            wrong_usage(f"-f needs NAME=VALUE, not '{field}'.")
        values[name] = value
    return values


def with_values(function: F) -> F:
    """The two ways to give fields."""
    function = click.option(
        "-f", "fields", multiple=True, metavar="NAME=VALUE", help="One field; may stand several times."
    )(function)
    return click.option("--with", "data", metavar="JSON", help="Fields as one JSON object.")(function)
