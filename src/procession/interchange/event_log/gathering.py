"""From raw columns to instances: which rows count, what belongs together, and in which order it stands.

`raw` is a table of DuckDB with the columns as the file has them, in the order of the file. `instance` is what this makes
of it: one row an activity instance, with names as text and moments in microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from procession.interchange.event_log import words
from procession.interchange.event_log.columns import Columns, parts_of
from procession.interchange.event_log.errors import AmbiguousDates, LogFileError
from procession.interchange.event_log.moments import EARLIEST, LATEST, Reading, reading
from procession.interchange.event_log.report import MOST_ERRORS, Report
from procession.interchange.event_log.words import Role

LONGEST_NAME = 1000
"""Letters of a name of a case, step or resource; a row with a longer one is left out and named."""

MOST_TRAITS = 60
"""Other columns that are kept as traits."""

AS_TRAITS: tuple[Role, ...] = ("outcome", "reason")
"""Meanings whose columns become traits of that name."""

_NAMED: tuple[Role, ...] = ("case", "step", "resource", "department", "group", "workflow", "instance")


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def list_of(values: Sequence[str] | frozenset[str]) -> str:
    return ", ".join("'" + one.replace("'", "''") + "'" for one in sorted(values))


@dataclass(frozen=True, slots=True)
class Raw:
    """The raw columns."""

    con: DuckDBPyConnection
    types: dict[str, str]
    """By name, in the order of the file."""
    first_row: int = 1
    """The number that people give to the first row."""
    is_guarded: bool = False
    """Whether an apostrophe before `=`, `+`, `-` or `@` was put there by us, for spreadsheets."""
    left_out: Sequence[int] = ()
    """Rows that were no rows, in order, so that later ones are numbered rightly."""

    def number(self, place: int) -> int:
        """What people call the row at this place of `raw`."""
        number = place + self.first_row
        for gone in self.left_out:
            if gone > number:
                break
            number += 1
        return number


def holds_moments(raw: Raw, name: str) -> bool:
    """Whether nearly all of the first values are moments."""
    con, column = raw.con, quoted(name)
    if raw.types[name].startswith(("TIMESTAMP", "DATE")):
        return True
    if raw.types[name] != "VARCHAR" and not raw.types[name].endswith("INT"):
        return False
    con.execute("create table if not exists first_rows as select * from raw limit 2000")
    found = reading(con, "first_rows", column, raw.types[name], name, "UTC", day_first=True)
    other = reading(con, "first_rows", column, raw.types[name], name, "UTC", day_first=False)
    shares = [
        con.execute(f"select count({one.sql}), count({column}) from first_rows").fetchone() or (0, 0)
        for one in (found, other)
    ]
    return any(values and read >= 0.8 * values for read, values in shares)


def example_of(raw: Raw, name: str) -> str:
    """A value of a column, one that is no plain moment where there is such a one; empty where it has none."""
    text = f"{quoted(name)}::varchar"
    found = raw.con.execute(
        f"select {text} from raw where {text} is not null order by try_cast({text} as timestamp) is not null limit 1"
    ).fetchone()
    return str(found[0])[:60] if found else ""


def gather(raw: Raw, columns: Columns, report: Report, zone: str, day_first: bool | None) -> list[str]:
    """Make the table `instance`; what is left out is accounted for in `report`. Gives the names of the trait columns."""
    con = raw.con
    report.rows = _one(con, "select count(*) from raw") + len(raw.left_out)
    kept = list(columns.others[:MOST_TRAITS])
    traits = [(name, name) for name in kept] + [
        (columns.by_role[role], role) for role in AS_TRAITS if columns.get(role)
    ]
    if len(columns.others) > MOST_TRAITS:
        report.notes.append(f"{len(columns.others)} other columns: the first {MOST_TRAITS} are kept.")
    _select_rows(raw, columns, report, zone, day_first, traits)
    _refuse_rows(raw, report)
    if columns.get("lifecycle") and _pairs(con, report):
        con.execute("drop table event")
    else:
        for column in ("phase", "key"):
            con.execute(f"alter table event drop column {column}")
        con.execute("alter table event rename to instance")
    _refuse_reversed(raw, report, columns)
    return [name for _, name in traits]


def _one(con: DuckDBPyConnection, statement: str) -> int:
    return int((con.execute(statement).fetchone() or (0,))[0])


def _select_rows(
    raw: Raw, columns: Columns, report: Report, zone: str, day_first: bool | None,
    traits: Sequence[tuple[str, str]],
) -> None:  # fmt: skip
    con = raw.con
    fields: list[str] = []
    for role in _NAMED:
        name = columns.get(role)
        value = f"nullif(trim({_unguarded(raw, quoted(name))}::varchar), '')" if name else "null::varchar"
        fields.append(f"{value} as {'key' if role == 'instance' else quoted(role)}")
    zoned, given = "0", "0"
    day_first = _day_first(raw, columns, zone) if day_first is None else day_first
    for role in ("start", "end", "ready"):
        if columns.get(role) is None:
            fields.append(f"null::bigint as {quoted(role)}, false as {role}_given")
            continue
        found, expression = _read(raw, columns, role, zone, day_first)
        _note_unread(report, found, columns.by_role[role])
        zoned += f" + coalesce(({expression} is not null) and ({found.zoned}), false)::int"
        given += f" + ({expression} is not null)::int"
        fields.append(f"{found.sql} as {quoted(role)}, {expression} is not null as {role}_given")
    phase = columns.get("lifecycle")
    fields.append(f"lower(trim({quoted(phase)}::varchar)) as phase" if phase else "null::varchar as phase")
    fields += [f"{_unguarded(raw, quoted(name))} as trait_{number}" for number, (name, _) in enumerate(traits)]
    every = ", ".join(quoted(name) for name in raw.types)
    con.execute(f"create table same as select rowid as place, hash({every}) as whole from raw")
    several = "select whole from same group by whole having count(*) > 1"
    con.execute(
        f"create table twice as select place from (select place, row_number() over (partition by whole order by place) "
        f"as nth from same where whole in ({several})) where nth > 1"
    )
    con.execute("drop table same")
    report.duplicates = _one(con, "select count(*) from twice")
    con.execute(
        f"create table event as select rowid as place, {', '.join(fields)}, {zoned} as zoned, {given} as given from raw "
        "where rowid not in (from twice)"
    )
    _note_zones(con, report, zone)
    _note_days(con, report)
    con.execute("alter table event drop column zoned")
    con.execute("alter table event drop column given")


def _unguarded(raw: Raw, column: str) -> str:
    """Without the apostrophe that writing put before what a spreadsheet would calculate."""
    return f"regexp_replace({column}, '^''([=+@\t\r\n-])', '\\1')" if raw.is_guarded else column


def _day_first(raw: Raw, columns: Columns, zone: str) -> bool | None:
    """What one column of moments tells of the order of day and month holds for the others too."""
    for role in ("end", "start", "ready"):
        if columns.get(role) is not None:
            try:
                found, _ = _read(raw, columns, role, zone, None)
            except AmbiguousDates:
                continue
            if found.day_first is not None:
                return found.day_first
    return None


def _read(raw: Raw, columns: Columns, role: Role, zone: str, day_first: bool | None) -> tuple[Reading, str]:
    """How a time is read; a date and a time of day in two columns are one text."""
    names = parts_of(columns.by_role[role], tuple(raw.types))
    expression = quoted(names[0]) if len(names) == 1 else " || ' ' || ".join(quoted(one) for one in names)
    expression = expression if raw.types[names[0]] != "VARCHAR" else f"nullif(trim({expression}), '')"
    type_ = raw.types[names[0]] if len(names) == 1 else "VARCHAR"
    return reading(raw.con, "raw", expression, type_, columns.by_role[role], zone, day_first), expression


def _note_unread(report: Report, found: Reading, name: str) -> None:
    if found.values and found.unread == found.values:
        raise LogFileError(
            f"Column '{name}' holds no moments: '{found.examples[0] if found.examples else ''}' is none.",
            "Name another one with --column end=…, or write moments like 2026-12-31 08:15 or 31.12.2026 08:15.",
        )


def _note_zones(con: DuckDBPyConnection, report: Report, zone: str) -> None:
    with_zone, without = con.execute(
        "select coalesce(sum(zoned), 0)::bigint, coalesce(sum(given - zoned), 0)::bigint from event"
    ).fetchone() or (0, 0)
    if with_zone and without:
        report.notes.append(
            f"{with_zone:,} moments name their time zone and {without:,} do not; those are taken as {zone}."
        )
    elif without and zone == "UTC":
        report.notes.append("The moments name no time zone and are taken as UTC.")


def _note_days(con: DuckDBPyConnection, report: Report) -> None:
    """Moments that are all at midnight are days."""
    day = 86_400_000_000
    last = ", ".join(f'count(*) filter ("{role}" % {day} <> 0)' for role in ("end", "start", "ready"))
    counts = con.execute(f'select count("end"), {last} from event').fetchone() or (0, 0, 0, 0)
    if counts[0] and not any(counts[1:]):
        report.notes.append(
            "All moments are whole days, without a time of day: what begins and ends on one day seems to take no time."
        )


def _refuse_rows(raw: Raw, report: Report) -> None:
    """Leave out rows without a case, a step or a moment, and say which."""
    con = raw.con
    placeholder = f"not between {EARLIEST} and {LATEST}"
    reasons = (
        ('"case" is null', "'it names no case'"),
        ('"step" is null', "'it names no step'"),
        *((f"{role}_given and \"{role}\" is null", f"'its {role} is no moment'") for role in ("end", "start", "ready")),
        (f'"end" {placeholder}', "'its end is a placeholder for never: before 1900 or after 2261'"),
        (f'"start" {placeholder}', "'its start is a placeholder for never: before 1900 or after 2261'"),
        *((f'length("{role}") > {LONGEST_NAME}',
           f"'its {role} has ' || length(\"{role}\") || ' letters, and the limit is {LONGEST_NAME}'")
          for role in ("case", "step", "resource")),
    )  # fmt: skip
    cases = " ".join(f"when {test} then {reason}" for test, reason in reasons)
    con.execute(
        f"create table wrong as select place, case {cases} end as reason from event where case {cases} end is not null"
    )
    _account(raw, report, "wrong")
    con.execute("delete from event where place in (select place from wrong)")
    con.execute("drop table wrong")
    begun = "phase is null and start_given and not end_given"
    report.unfinished += _one(con, f"select count(*) from event where {begun}")
    con.execute('delete from event where not end_given and "start" is not null and phase is null')
    rest = _one(con, 'select count(*) from event where "end" is null')
    if rest:
        con.execute(
            "create table wrong as select place, 'it names no moment' as reason from event where \"end\" is null"
        )
        _account(raw, report, "wrong")
        con.execute('delete from event where "end" is null')
        con.execute("drop table wrong")


def _account(raw: Raw, report: Report, table: str) -> None:
    room = max(MOST_ERRORS - len(report.errors), 0)
    counted = _one(raw.con, f"select count(*) from {table}")
    for place, reason in raw.con.execute(f"select place, reason from {table} order by place limit {room}").fetchall():
        report.fail(raw.number(place), reason)
    report.error_count += max(counted - room, 0)


def _refuse_reversed(raw: Raw, report: Report, columns: Columns) -> None:
    """Rows that end before they begin; where most do, the two columns are swapped and nothing is read."""
    con = raw.con
    total = _one(con, 'select count(*) from instance where "start" is not null and "start" <> "end"')
    wrong = _one(con, 'select count(*) from instance where "start" > "end"')
    if wrong and wrong > total / 2:
        raise LogFileError(
            f"{wrong:,} of {total:,} rows end before they begin: the columns of start and end look swapped.",
            f"Try --column start='{columns.get('end')}' --column end='{columns.get('start')}'.",
        )
    if wrong:
        con.execute(
            'create table wrong as select place, \'it ends before it begins\' as reason from instance where "start" > "end"'
        )
        _account(raw, report, "wrong")
        con.execute('delete from instance where "start" > "end"')
        con.execute("drop table wrong")


def _pairs(con: DuckDBPyConnection, report: Report) -> bool:
    """Bring rows that begin and rows that end together. False where no row begins: then each that is left is an instance.

    Rows of one instance have one key, where the log has keys. Else, within a case, a step and a resource, the first that
    was begun is the first that ends; what is left over is tried once more without the resource. An end without a
    beginning stays, with its beginning unknown; a beginning without an end is unfinished.
    """
    begin, end_, ready = (list_of(one) for one in (words.BEGIN_WORDS, words.END_WORDS, words.READY_WORDS))
    passing, abort = list_of(words.PASSING_WORDS), list_of(words.ABORT_WORDS)
    known = _one(con, f"select count(*) from event where phase in ({begin}, {end_}, {ready}, {passing}, {abort})")
    if known < 0.5 * _one(con, "select count(*) from event where phase is not null"):
        return False
    counts = con.execute(
        f"select count(*) filter (phase in ({passing})), count(*) filter (phase in ({abort})) from event"
    ).fetchone() or (0, 0)
    if counts[0]:
        report.notes.append(f"{counts[0]:,} rows tell of an assignment or a pause, which is not taken into account.")
    if counts[1]:
        report.notes.append(f"{counts[1]:,} rows tell of work that was given up; they are left out.")
    if not _one(con, f"select count(*) from event where phase in ({begin})"):
        con.execute(f"delete from event where phase in ({ready}, {passing}, {abort})")
        return False
    con.execute(
        f"create table mark as select *, case when phase in ({begin}) then 1 when phase in ({ready}) then 2 "
        f"when phase in ({passing}, {abort}) then 3 else 0 end as kind from event"
    )
    for name, group in (
        ("keyed", "key"),
        ("matched", '"case", "step", resource'),
        ("loose", '"case", "step"'),
    ):
        _match(con, name, group, keyed=name == "keyed")
    con.execute(
        'create table instance as select done.* exclude (phase, key, kind, "start", ready) replace (true as end_given), '
        'coalesce(done."start", pair.begun) as "start", coalesce(done.ready, pair.enabled) as ready '
        "from mark done left join (from keyed union all from matched union all from loose) pair on done.place = pair.place "
        "where done.kind = 0"
    )
    paired = _one(
        con, "select count(*) from (from keyed union all from matched union all from loose) where begun is not null"
    )
    report.unfinished += _one(con, "select count(*) from mark where kind = 1") - paired
    for name in ("keyed", "matched", "loose", "mark"):
        con.execute(f"drop table {name}")
    return True


def _match(con: DuckDBPyConnection, name: str, group: str, *, keyed: bool) -> None:
    """For ends, the beginning (and the moment of readiness) that belongs to each: first in, first out within a group.

    `balance` counts beginnings less ends. An end at which it reaches a new depth below zero has no beginning.
    """
    used = {"keyed": [], "matched": ["keyed"], "loose": ["keyed", "matched"]}[name]
    taken = " union all ".join(f"select unnest([place, begin_place]) from {one}" for one in used)
    free = f"place not in (select p from ({taken}) as t(p) where p is not null)" if taken else "true"
    which = f"{free} and {'key is not null' if keyed else 'true'}"
    con.execute(
        f"""create table {name} as
        with flow as (
          select place, kind, "end", {group}, sum(case kind when 1 then 1 else -1 end)
            over (partition by {group} order by "end", (kind = 0)::int, place rows unbounded preceding) as balance
          from mark where kind in (0, 1) and {which}
        ), depth as (
          select *, coalesce(min(balance) over (partition by {group} order by "end", (kind = 0)::int, place
            rows between unbounded preceding and 1 preceding), 0) as least from flow
        ), numbered as (
          select *, row_number() over (partition by {group}, kind order by "end", place) as nth from depth
          where not (kind = 0 and balance < 0 and balance < least)
        ), ready as (
          select {group}, min("end") as enabled, count(*) as times from mark where kind = 2 and {which} group by {group}
        )
        select d.place as place, b.place as begin_place, b."end" as begun,
          case when r.times = 1 and r.enabled <= coalesce(b."end", d."end") then r.enabled end as enabled
        from (select * from numbered where kind = 0) d
        join (select * from numbered where kind = 1) b using ({group}, nth)
        left join ready r using ({group})"""
    )
