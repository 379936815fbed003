"""Values that the administrator sets, read in expressions as `settings.NAME`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from procession.engine.case import Json
from procession.engine.rejections import Conflict, InvalidField, NotFound
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.tasks import as_json

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
LONGEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingView:
    """One value."""

    name: str
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSettings(Ask):
    """The values that expressions read as `settings.NAME`."""


@operation("setting.list", scope="people:read", http="GET /settings", who="administrators")
def list_settings(ctx: Context, ask: ListSettings) -> tuple[SettingView, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        return tuple(SettingView(name=name, value=value) for name, value in tx.settings.all_values().items())


STATUS_LINK_SETTING = "status_link_days"
"""Days for which a requester's link to the status of a case of theirs is good; 90 where it is not set."""

LONGEST_STATUS_LINK = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSetting(Ask):
    """Set a value. Secrets do not belong here: every author of a workflow can read it.

    `status_link_days` has a meaning of its own: the days for which a requester's link to the status of a case that
    was started in public is good (90 where it is not set).
    """

    name: str
    """As in `settings.NAME`."""
    value: Json
    """Text, a number, true or false, or a list of these."""


def _is_days(value: Json) -> bool:
    text = str(value)
    return re.fullmatch("[0-9]{1,4}", text) is not None and 1 <= int(text) <= LONGEST_STATUS_LINK


@operation("setting.save", scope="people:write", http="PUT /settings/{name}", who="administrators")
def save_setting(ctx: Context, ask: SaveSetting) -> SettingView:
    if not _NAME.fullmatch(ask.name):
        raise InvalidField("name", "A name has letters, digits and _, and begins with a letter.")
    value = as_json(ask.value)
    if len(repr(value)) > LONGEST:
        raise InvalidField("value", f"A setting has at most {LONGEST:,} characters.")
    if ask.name == STATUS_LINK_SETTING and not _is_days(value):
        raise InvalidField("value", f"{STATUS_LINK_SETTING} is a number of days from 1 to {LONGEST_STATUS_LINK}.")
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.settings.set(ask.name, value, by=ctx.caller.id, at=ctx.at)
    return SettingView(name=ask.name, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSetting(Ask):
    """Remove a value that no published definition reads."""

    name: str
    """As in `settings.NAME`."""


@operation("setting.delete", scope="people:write", http="DELETE /settings/{name}", who="administrators")
def delete_setting(ctx: Context, ask: DeleteSetting) -> Done:
    with ctx.store.transaction(ctx.organisation) as tx:
        if ask.name not in tx.settings.all_values():
            raise NotFound(f"There is no setting '{ask.name}'.")
        word = re.compile(rf"\bsettings\s*\.\s*{re.escape(ask.name)}\b")
        users = [row.title for row in tx.definitions.list() if word.search(row.text)]
        if users:
            raise Conflict(f"{', '.join(users)} reads it.", hint="Publish it without this setting first.")
        tx.settings.delete(ask.name)
    return Done()
