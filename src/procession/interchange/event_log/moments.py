"""Moments as people and programs write them, read by one statement over a whole column.

The forms that occur in the column are looked at first: whether the day or the month comes first is told by the column as
a whole, by a number above twelve in either place. What tells neither is asked, never guessed; only with dots between
the numbers the day is first, as everywhere where dots are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duckdb import DuckDBPyConnection

from procession.interchange.event_log.errors import AmbiguousDates, LogFileError

MOST_FORMS = 400
"""Different forms of writing in one column; a column with more holds no moments."""

EARLIEST, LATEST = -2_208_988_800_000_000, 9_183_110_400_000_000
"""1900 and 2261 in microseconds since 1970: what is written outside them stands for 'never'."""

ZONE = r" ?(Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})$"
_TIME_BEFORE_ZONE = r"([0-9]:[0-9]{2}([.,][0-9]+)?|T[0-9]{4,6}([.,][0-9]+)?)"

_MONTHS = (
    "january januar janvier enero gennaio janner", "february februar fevrier febrero febbraio feber",
    "march marz mars marzo maerz", "april avril abril aprile", "may mai mayo maggio", "june juni juin junio giugno",
    "july juli juillet julio luglio", "august aout agosto", "september septembre septiembre settembre",
    "october oktober octobre octubre ottobre", "november novembre noviembre", "december dezember decembre diciembre dicembre",
)  # fmt: skip
_ENGLISH = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_NOISE = frozenset("um at a uhr le el il de del di of the h".split())


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read."""

    sql: str
    """Microseconds since 1970 in UTC, or null where the text is no moment."""
    zoned: str
    """Whether a value names its zone."""
    unread: int = 0
    """Values that are written in no known form."""
    values: int = 0
    day_first: bool | None = None
    """Where numbers stand in such an order."""
    examples: tuple[str, ...] = field(default=())


def check_zone(name: str) -> str:
    """The name of a time zone, such as Europe/Berlin; raises `LogFileError` where there is none of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LogFileError(
            f"There is no time zone '{name}'.", "Such as UTC, Europe/Berlin or America/New_York."
        ) from None
    return name


def reading(
    con: DuckDBPyConnection, table: str, column: str, type_: str, name: str, zone: str, day_first: bool | None
) -> Reading:
    """Find out how a column is written. `column` is an expression, `type_` its type, `name` what people call it."""
    if type_.startswith("TIMESTAMP WITH TIME ZONE"):
        return Reading(f"epoch_us({column})", "true")
    if type_.startswith(("TIMESTAMP", "DATE")):
        return Reading(_in_utc(f"({column})::timestamp", zone), "false")
    text = f"trim(({column})::varchar)"
    if (plain := _plain_iso(con, table, column, text, zone)) is not None:
        return plain
    core = f"regexp_replace({text}, '{_TIME_BEFORE_ZONE}{ZONE}', '\\1')"
    sign = f"regexp_extract({text}, '{_TIME_BEFORE_ZONE}{ZONE}', 4)"
    shape = f"regexp_replace(regexp_replace({core}, '([:T0-9][0-9]{{2}})[.,][0-9]+$', '\\1.0'), '[0-9]', '9', 'g')"
    forms = con.execute(
        f"select {shape} as form, count(*), min({core}) from {table} where {column} is not null "
        f"group by form order by 2 desc limit {MOST_FORMS + 1}"
    ).fetchall()
    if not forms or len(forms) > MOST_FORMS:
        return Reading("null", "false", unread=sum(one[1] for one in forms), values=sum(one[1] for one in forms))
    return _composed(con, table, column, name, zone, day_first, core, sign, forms)


def _plain_iso(con: DuckDBPyConnection, table: str, column: str, text: str, zone: str) -> Reading | None:
    """The quick way, for a column that is ISO 8601 throughout, always or never with a zone."""
    counted = con.execute(
        f"select count(*), count(*) filter (regexp_matches({text}, '{_ISO}$')), count(*) filter (regexp_matches({text}, "
        f"'{_ISO}(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$')), count(try_cast({text} as timestamp)) from {table} where {column} "
        "is not null"
    ).fetchone()
    values, local, zoned, read = counted or (0, 0, 0, 0)
    if not values or read < values:
        return None
    if local == values:
        return Reading(_in_utc(f"try_cast({text} as timestamp)", zone), "false", 0, values)
    if zoned == values:
        return Reading(f"epoch_us(try_cast({text} as timestamptz))", "true", 0, values)
    return None


_ISO = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"


def _composed(
    con: DuckDBPyConnection,
    table: str,
    column: str,
    name: str,
    zone: str,
    day_first: bool | None,
    core: str,
    sign: str,
    forms: Sequence[tuple[str, int, str]],
) -> Reading:
    words = _translations(forms)
    said = f"replace({core}, ',', '.')"
    for word, english in words:
        said = f"regexp_replace({said}, '(^|[^\\p{{L}}]){word}\\.?($|[^\\p{{L}}])', '\\1{english}\\2', 'gi')"
    if words:
        said = f"trim(regexp_replace(regexp_replace({said}, '[.] ?([A-Z])', ' \\1', 'g'), '[ .]{{2,}}|[.] ', ' ', 'g'))"
    known: dict[str, None] = {}
    kinds: set[str] = set()
    unread, examples = 0, list[str]()
    order = _order(con, table, column, core, name, day_first, forms)
    for form, count, example in forms:
        formats = _formats(_english(example, words), order)
        if not formats:
            unread += count
            examples.append(example)
        for one in formats:
            (kinds.add(one) if one in _EXPRESSIONS else known.setdefault(one, None))
        del form
    choices = [f"when {test} then {value}" for kind, (test, value) in _EXPRESSIONS.items() if kind in kinds]
    choices = [one.replace("TEXT", core).replace("FIRST", core) for one in choices]
    otherwise = (
        f"try_strptime({said}, [{', '.join(repr(one) for one in known)}])::timestamp" if known else "null::timestamp"
    )
    local = f"case {' '.join(choices)} else {otherwise} end" if choices else otherwise
    zoned = f"{sign} <> ''"
    offset = (
        f"case when length({sign}) < 3 or {sign} in ('UTC', 'GMT') then 0 else "
        f"(case left({sign}, 1) when '-' then -1 else 1 end) * (substr({sign}, 2, 2)::bigint * 3600 + "
        f"coalesce(try_cast(nullif(right(replace({sign}, ':', ''), 2), '') as bigint), 0) * "
        f"(case when length({sign}) > 3 then 60 else 0 end)) * 1000000 end"
    )
    value = f"case when {zoned} then epoch_us({local}) - {offset} else {_in_utc(local, zone)} end"
    return Reading(
        value, zoned, unread, sum(one[1] for one in forms), order.get("/", order.get("-")), tuple(examples[:3])
    )


def _in_utc(local: str, zone: str) -> str:
    return f"epoch_us({local})" if zone == "UTC" else f"epoch_us(timezone('{zone}', {local}))"


_EXPRESSIONS: dict[str, tuple[str, str]] = {
    # What a cast or a division reads faster than a format: (when, value).
    "iso": ("TEXT similar to '[0-9]{4}[-/].*'", "try_cast(replace(TEXT, ',', '.') as timestamp)"),
    "seconds": ("TEXT similar to '1[0-9]{9}([.][0-9]+)?'", "make_timestamp((TEXT::double * 1000000)::bigint)"),
    "milliseconds": ("TEXT similar to '1[0-9]{12}([.]0)?'", "make_timestamp(TEXT::double::bigint * 1000)"),
    "microseconds": ("TEXT similar to '1[0-9]{15}'", "make_timestamp(TEXT::bigint)"),
    "nanoseconds": ("TEXT similar to '1[0-9]{18}'", "make_timestamp(TEXT::bigint // 1000)"),
    "spreadsheet": (
        "TEXT similar to '[0-9]{5}[.,][0-9]+'",
        "make_timestamp(((replace(TEXT, ',', '.')::double - 25569) * 86400000000)::bigint)",
    ),
}


def _formats(example: str, day_first: dict[str, bool]) -> list[str]:
    """The formats that may read a text of this form."""
    for kind, pattern in (
        ("iso", r"\d{4}([-/])\d{1,2}\1\d{1,2}([T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"),
        ("seconds", r"1\d{9}(\.\d+)?"), ("milliseconds", r"1\d{12}(\.0)?"), ("microseconds", r"1\d{15}"),
        ("nanoseconds", r"1\d{18}"), ("spreadsheet", r"[2-6]\d{4}\.\d+"),
    ):  # fmt: skip
        if re.fullmatch(pattern, example):
            return [kind]
    if (whole := _date_format(example, day_first)) is not None:
        return [whole]
    matched = re.fullmatch(
        r"(.*?)(?:([T ,]+)(\d{1,2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?)( ?[AP]M)?)?", example, re.IGNORECASE
    )
    if not matched:
        return []
    date, between, time, half = matched.groups()
    day = _date_format(date, day_first)
    if day is None and re.fullmatch(r"\d{12}|\d{14}", date):
        return ["%Y%m%d%H%M%S" if len(date) == 14 else "%Y%m%d%H%M"]
    if day is None:
        return []
    if time is None:
        return [day]
    colon = ":" if ":" in time else ""
    digits = time.replace(":", "").split(".")[0]
    clock = f"{'%I' if half else '%H'}{colon}%M"
    if len(digits) > 4:
        clock += f"{colon}%S"
    if "." in time:
        clock += ".%f"
    return [f"{day}{between.replace(',', '.')}{clock}{' ' * (half or '').startswith(' ')}{'%p' if half else ''}"]


def _date_format(date: str, day_first: dict[str, bool]) -> str | None:
    if matched := re.fullmatch(r"\d{1,2}([./-])\d{1,2}\1(\d{4}|\d{2})", date):
        between, year = matched[1], "%Y" if len(matched[2]) == 4 else "%y"
        first, second = ("%d", "%m") if day_first.get(between, True) else ("%m", "%d")
        return f"{first}{between}{second}{between}{year}"
    if re.fullmatch(r"\d{4}\.\d{1,2}\.\d{1,2}", date):
        return "%Y.%m.%d"
    if re.fullmatch(r"(19|20|99)\d{6}", date):
        return "%Y%m%d"
    if matched := re.fullmatch(r"\d{1,2}([ -])[A-Z][a-z]{2}([ -])(\d{4}|\d{2})", date):
        return f"%d{matched[1]}%b{matched[2]}{'%Y' if len(matched[3]) == 4 else '%y'}"
    if matched := re.fullmatch(r"[A-Z][a-z]{2} \d{1,2}([.,]? )(\d{4})", date):
        return f"%b %d{matched[1].replace(',', '.')}%Y"
    return None


def _order(
    con: DuckDBPyConnection,
    table: str,
    column: str,
    core: str,
    name: str,
    asked: bool | None,
    forms: Sequence[tuple[str, int, str]],
) -> dict[str, bool]:
    """By separator, whether the day comes first."""
    found: dict[str, bool] = {}
    for between in "/-.":
        pattern = rf"^[0-9]{{1,2}}[{between}][0-9]{{1,2}}[{between}]([0-9]{{4}}|[0-9]{{2}})($|[^0-9])"
        if not any(re.match(pattern, example) for _, _, example in forms):
            continue
        if asked is not None and between != ".":
            found[between] = asked
            continue
        highest = con.execute(
            f"select max(split_part(core, '{between}', 1)::int), max(split_part(core, '{between}', 2)::int), min(core) "
            f"from (select {core} as core from {table} where {column} is not null) where regexp_matches(core, '{pattern}')"
        ).fetchone()
        first, second, example = highest or (0, 0, "")
        if between == "." or first > 12:
            found[between] = True
        elif second > 12:
            found[between] = False
        else:
            raise AmbiguousDates(name, example)
    return found


def _translations(forms: Sequence[tuple[str, int, str]]) -> list[tuple[str, str]]:
    """The words that stand in dates, with what replaces them: months in English, nothing for names of weekdays."""
    found: dict[str, str] = {}
    for form, _, example in forms:
        for word in re.findall(r"[^\W\d_]+", f"{form} {example}"):
            english = _month(word)
            if english is None and _letters(word) in _NOISE | _WEEKDAYS:
                english = ""
            if english is not None and word.upper() not in ("AM", "PM", "T"):
                found.setdefault(word, english)
    return sorted(found.items(), key=lambda pair: -len(pair[0]))


_WEEKDAYS = frozenset(
    "mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday mo di mi do fr sa so "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miercoles jueves viernes sabado domingo lunedi martedi mercoledi giovedi venerdi sabato domenica".split()
)


def _letters(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def _month(word: str) -> str | None:
    short = _letters(word)
    if len(short) < 3:
        return None
    for number, names in enumerate(_MONTHS):
        if any(name.startswith(short) and (len(short) <= 5 or name == short) for name in names.split()):
            return _ENGLISH[number]
    return None


def _english(text: str, words: Sequence[tuple[str, str]]) -> str:
    """A text as the statement sees it, for choosing its format."""
    said = text.replace(",", ".")
    for word, english in words:
        said = re.sub(
            rf"(^|[^\W\d_]{{0}}(?<![^\W\d_])){re.escape(word)}\.?(?![^\W\d_])", english, said, flags=re.IGNORECASE
        )
    if words:
        said = re.sub(r"[.] ?([A-Z])", r" \1", said)
        said = re.sub(r"[ .]{2,}|[.] ", " ", said).strip()
    return said
