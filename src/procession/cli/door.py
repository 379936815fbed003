"""How commands reach an installation: its store directly, or its REST door with `--url` and `--token`."""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import click

from procession.cli.output import PROBLEMS, wrong_usage
from procession.engine.rejections import InvalidForm, Rejection, Unauthenticated

F = TypeVar("F", bound=Callable[..., Any])


class Door(Protocol):
    """Asks operations of the catalogue; answers are what JSON holds."""

    def ask(self, operation: str, **values: Any) -> Any:
        """Raises Rejection."""
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
                "There is no administrator yet.", hint="Make one: procession admin create NAME EMAIL, or open procession serve."
            )
        return found

    def ask(self, operation: str, **values: Any) -> Any:
        from procession.operations import calling  # noqa: PLC0415
        from procession.rest.json import render  # noqa: PLC0415

        ctx = calling.as_person(self._store, self._organisation, self._person, at=datetime.now(UTC), key=str(uuid.uuid4()))
        given = {name: one for name, one in values.items() if one is not None}
        return json.loads(render(calling.call(ctx, operation, given)))


class RestDoor:
    """The REST door of a server somewhere."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url, self._token = url.rstrip("/"), token

    def ask(self, operation: str, **values: Any) -> Any:
        import httpx  # noqa: PLC0415

        from procession.operations.catalogue import catalogue  # noqa: PLC0415

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
            wrong_usage(f"{self._url} cannot be reached: {problem}.")
        if answer.status_code >= 400:  # noqa: PLR2004
            raise _refusal(answer)
        return answer.json()


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
        click.option("--token", envvar="PROCESSION_TOKEN", help="API token for --url.", show_envvar=False),
        click.option("--url", help="A server's address; without it, the database of this machine."),
        click.option("--as", "person", metavar="EMAIL", help="In whose name; default the administrator."),
    ):
        function = option(function)
    return function


@contextmanager
def door(person: str | None, url: str | None, token: str | None) -> Generator[Door]:
    """The door that the options describe, open for the length of the block; refusals end the command with a sentence."""
    try:
        if url is not None:
            os.environ.pop("PROCESSION_TOKEN", None)
            yield RestDoor(url, token)
            return
        if token is not None and not url:
            wrong_usage("--token goes with --url.")
        from procession.bootstrap import ORGANISATION, opened  # noqa: PLC0415
        from procession.cli.serving import settings_or_end  # noqa: PLC0415

        with opened(settings_or_end(), pool_size=2) as installation:
            yield LocalDoor(installation.store, ORGANISATION, person)
    except Rejection as refused:
        say_refused(refused)
        sys.exit(PROBLEMS)


def say_refused(refused: Rejection) -> None:
    """A refusal on standard error: its code, its sentence, what would be right."""
    problems = refused.problems if isinstance(refused, InvalidForm) else (refused,)
    for one in problems:
        click.echo(f"{click.style(one.kind, fg='red', bold=True)}: {one.message}", err=True)
        if one.hint:
            click.echo(f"    {one.hint}", err=True)


def values_of(data: str | None, fields: tuple[str, ...]) -> dict[str, Any]:
    """Values from `--with JSON` and `-f name=value`, the latter winning."""
    values: Any = {}
    if data is not None:
        try:
            values = json.loads(data, parse_float=str)
        except json.JSONDecodeError as problem:
            wrong_usage(f"--with is not JSON: {problem}.")
        if not isinstance(values, dict):
            wrong_usage("--with needs one JSON object, such as '{\"amount\": 12}'.")
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals:
            wrong_usage(f"-f needs NAME=VALUE, not '{field}'.")
        values[name] = value
    return values


def with_values(function: F) -> F:
    """The two ways to give fields."""
    function = click.option("-f", "fields", multiple=True, metavar="NAME=VALUE", help="One field; may stand several times.")(function)
    return click.option("--with", "data", metavar="JSON", help="Fields as one JSON object.")(function)
