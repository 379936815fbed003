"""The values of fields: from what somebody sent, to what is stored, to what expressions see, to what people read.

```
raw (JSON or form text) ── coerce ──▶ stored JSON ── to_feel ──▶ value of an expression
                                          ▲  └────── show ─────▶ text for titles and mails
                                          └──────── from_feel ── value of an expression
```
A stored value is canonical: the same value is always the same JSON. Numbers, money and percent are decimal strings
without superfluous zeros, integers likewise; a yes/no is a boolean; dates are `2026-12-31`; moments are UTC
(`2026-12-31T09:00:00Z`); durations are ISO 8601 in days, hours, minutes and seconds; choices and tables are lists; a
person or group is its id; a file is `{id, name, size, sha256}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Context, Decimal, InvalidOperation
from typing import Any, cast
from urllib.parse import urlsplit

from procession.engine.currencies import digits_of
from procession.engine.definition import Field
from procession.engine.durations import SpanError, parse_span
from procession.engine.rejections import InvalidField, MissingField, UnknownField

Json = Any
"""What JSON can hold: None, bool, int, str, list, dict (never a float: numbers are decimal strings)."""

TEXT_LIMIT = 10_000
"""Characters of a text field."""
LONG_TEXT_LIMIT = 1_000_000
ROW_LIMIT = 10_000
"""Rows of a table field."""
DIGIT_LIMIT = 34
"""Significant digits of a number: those of decimal128, which expressions compute with."""

NUMERIC = frozenset({"number", "money", "percent", "integer", "rating"})
WITH_LIMITS = NUMERIC | {"date", "datetime", "duration"}
"""Types whose fields may have `min` and `max`."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\.]+(\.[^@\s<>,;:\"()\[\]\\.]+)*")
_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,11}(?:\.\d{1,6})?)S)?)?"
)
_MONTHS = re.compile(r"-?P(\d+Y)?(\d+M)?(?=[\dT]|$)")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_FILE_KEYS = ("id", "name", "size", "sha256")


def coerce(field: Field, raw: object, *, zone: tzinfo | None = None) -> Json:
    """What is stored for `raw`, which comes from outside: a JSON value, or the text of a form.

    None and blank text give None (see `is_missing`). `zone` is the zone in which a moment without one is meant;
    without it such a moment is refused. Raises a `FieldRejection` whose sentence names the field by its title.
    """
    if is_missing(field, raw):
        return None
    stored = _COERCE.get(field.type, _text)(field, raw, zone)
    _refuse_beyond_limits(field, stored)
    return stored


def is_missing(field: Field, value: object) -> bool:
    """Null and blank text are missing; a list or table given empty is given; an unanswered yes/no is null."""
    return value is None or (isinstance(value, str) and not value.strip())


def to_feel(field: Field, stored: Json) -> object:
    """The value that expressions see: Decimal, date, aware datetime, timedelta, bool, str, list or dict."""
    if stored is None:
        return None
    kind = field.type
    if kind in NUMERIC:
        return Decimal(stored)
    if kind == "date":
        return date.fromisoformat(stored)
    if kind == "datetime":
        return datetime.fromisoformat(stored)
    if kind == "duration":
        return _timedelta(stored)
    if kind == "table":
        columns = {column.name: column for column in field.columns}
        return [
            {name: to_feel(columns[name], value) if name in columns else value for name, value in row.items()}
            for row in stored
        ]
    if kind == "calculated":
        return _untyped_to_feel(stored)
    if kind == "file":
        return {**stored, "size": Decimal(stored["size"])}
    return stored


def from_feel(field: Field, value: object) -> Json:
    """What is stored for the result of an expression. Raises `InvalidField` where it does not fit the field's type."""
    if value is None:
        return None
    kind = field.type
    if kind == "calculated":
        return _untyped_from_feel(field, value)
    if kind in NUMERIC:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise _misfit(field, value)
        if kind == "money" and field.currency and isinstance(value, Decimal):
            value = value.quantize(Decimal(1).scaleb(-digits_of(field.currency))) if value.is_finite() else value
    elif kind == "yes/no":
        if not isinstance(value, bool):
            raise _misfit(field, value)
    elif kind == "date":
        if not isinstance(value, date) or isinstance(value, datetime):
            raise _misfit(field, value)
    elif kind == "datetime":
        if not isinstance(value, datetime):
            raise _misfit(field, value)
    elif kind == "duration":
        if not isinstance(value, timedelta):
            raise _misfit(field, value)
    elif kind == "choices":
        value = value if isinstance(value, list) else [value]
    elif kind == "table":
        return _rows_from_feel(field, value)
    elif kind == "file":
        if not isinstance(value, Mapping):
            raise _misfit(field, value)
        known = cast("Mapping[str, object]", value)
        value = {name: int(v) if isinstance(v, Decimal) else v for name, v in known.items()}
    elif not isinstance(value, str):
        raise _misfit(field, value)
    return coerce(field, value)


def outward(field: Field, stored: Json) -> object:
    """The value as programs outside get it: numbers as Decimal (JSON numbers with all digits), the rest as JSON."""
    if stored is None:
        return None
    if field.type in NUMERIC:
        return Decimal(stored)
    if field.type == "table":
        columns = {column.name: column for column in field.columns}
        return [{name: outward(columns[name], cell) for name, cell in row.items() if name in columns} for row in stored]
    if field.type == "calculated":
        return _untyped_outward(stored)
    return stored


def show(field: Field, stored: Json) -> str:
    """The value as people read it, in titles, mails and lists: `1,250.50 USD`, `20 %`, `Yes`, `2026-12-31`."""
    if stored is None:
        return ""
    kind = field.type
    if kind == "money":
        amount = Decimal(stored)
        if field.currency is None:
            return f"{amount:,f}"
        digits = max(digits_of(field.currency), -cast(int, amount.as_tuple().exponent))
        return f"{amount:,.{digits}f} {field.currency}"
    if kind == "percent":
        return f"{_plain(Decimal(stored).scaleb(2))} %"
    if kind in NUMERIC:
        return f"{Decimal(stored):,f}"
    if kind == "yes/no":
        return "Yes" if stored else "No"
    if kind == "datetime":
        return stored.replace("T", " ").removesuffix("Z").removesuffix(":00") + " UTC"
    if kind == "duration":
        return show_duration(_timedelta(stored))
    if kind == "choices":
        return ", ".join(stored)
    if kind == "file":
        return stored["name"]
    if kind == "table":
        return "1 row" if len(stored) == 1 else f"{len(stored)} rows"
    if kind == "calculated":
        return _show_untyped(stored)
    return str(stored)


def show_duration(amount: timedelta) -> str:
    """`2 days 3 hours`; the parts that are zero are left out."""
    seconds = Decimal(abs(amount) // timedelta(microseconds=1)).scaleb(-6)
    parts: list[str] = []
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, seconds = divmod(seconds, size) if size > 1 else (seconds, Decimal(0))
        if count:
            parts.append(f"{_plain(count)} {name}{'' if count == 1 else 's'}")
    return ("-" if amount < timedelta(0) else "") + (" ".join(parts) or "0 minutes")


# Reading what came from outside, one function per type


def _text(field: Field, raw: object, zone: tzinfo | None) -> str:
    if not isinstance(raw, str):
        raise InvalidField(field.name, f"{field.title} must be text, not {_kind_of(raw)}.")
    text = raw.strip()
    limit = LONG_TEXT_LIMIT if field.type == "long text" else TEXT_LIMIT
    if len(text) > limit:
        raise InvalidField(
            field.name, f"{field.title} has {len(text):,} characters; at most {limit:,} are allowed.", limit=limit
        )
    if _UNSTORABLE.search(text):
        raise InvalidField(field.name, f"{field.title} holds a character that cannot be stored.")
    return text


def _number(field: Field, raw: object, zone: tzinfo | None) -> str:
    number = _decimal(raw)
    if number is None:
        example = {"percent": "0.2 or 20 %", "integer": "12", "rating": "4"}.get(field.type, "1250.50")
        sort = "whole number" if field.type in ("integer", "rating") else "number"
        raise InvalidField(
            field.name, f"{field.title} must be a {sort} such as {example}.", hint=_number_hint(raw, field)
        )
    if field.type in ("integer", "rating") and number != number.to_integral_value():
        raise InvalidField(field.name, f"{field.title} must be a whole number such as {int(number)}.")
    after_point = -min(0, cast(int, number.normalize(_EVERY_DIGIT).as_tuple().exponent))
    if field.type == "money" and field.currency and after_point > digits_of(field.currency):
        digits = digits_of(field.currency)
        allowed = f"at most {digits} digits after the point" if digits else "no digits after the point"
        raise InvalidField(field.name, f"{field.title} is in {field.currency}, which has {allowed}.")
    return _plain(number)


def _decimal(raw: object) -> Decimal | None:
    """A finite number of bearable size, or None. Text may be a percentage such as `20 %`."""
    if isinstance(raw, bool):
        return None
    percent = False
    if isinstance(raw, (int, float)):
        raw = repr(raw) if isinstance(raw, float) or abs(raw) < 10**DIGIT_LIMIT else "too long"
    if isinstance(raw, str):
        text = raw.strip()
        percent = text.endswith("%")
        text = text.removesuffix("%").rstrip()
        if len(text) > 100 or not _NUMBER.fullmatch(text):
            return None
        raw = Decimal(text)
    if not isinstance(raw, Decimal) or not raw.is_finite():
        return None
    number = raw.scaleb(-2) if percent else raw
    if not number:
        return Decimal(0)
    if len(number.as_tuple().digits) > DIGIT_LIMIT or not -DIGIT_LIMIT <= number.adjusted() < DIGIT_LIMIT:
        return None
    return number


def _number_hint(raw: object, field: Field) -> str | None:
    """What a number written in another country's way would be here."""
    if not isinstance(raw, str):
        return None
    text = re.sub(r"[\s'’_]|[A-Z]{3}|[$€£¥]", "", raw)
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d+", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    return f"write {text}" if text != raw.strip() and _decimal(text) is not None else None


def _yes_no(field: Field, raw: object, zone: tzinfo | None) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else None
    if word in ("yes", "true"):
        return True
    if word in ("no", "false"):
        return False
    raise InvalidField(field.name, f"{field.title} must be yes or no.")


def _date(field: Field, raw: object, zone: tzinfo | None) -> str:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw.isoformat()
    text = raw.strip() if isinstance(raw, str) else ""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise InvalidField(field.name, f"{field.title}: there is no day {text}.") from None
    meant = date_meant(text)
    sentence = f"{field.title} must be a date written year-month-day, such as {meant or '2026-12-31'}."
    raise InvalidField(field.name, sentence, hint=f"write {meant}" if meant else None)


def date_meant(text: str) -> str | None:
    """The ISO date that `31.12.2026` or `12/31/2026` means, where only one reading is a date."""
    match = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text, re.ASCII)
    if match:
        first, second, year = (int(part) for part in match.groups())
        orders = [(second, first)] if "." in text else [(second, first), (first, second)]
    else:
        match = re.fullmatch(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})", text, re.ASCII)
        if not match:
            return None
        year, first, second = (int(part) for part in match.groups())
        orders = [(first, second)]
    found: set[str] = set()
    for month, day in orders:
        try:
            found.add(date(year, month, day).isoformat())
        except ValueError:
            continue
    return found.pop() if len(found) == 1 else None


def _datetime(field: Field, raw: object, zone: tzinfo | None) -> str:
    moment = raw if isinstance(raw, datetime) else None
    if isinstance(raw, str) and re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", raw.strip(), re.ASCII):
        try:
            moment = datetime.fromisoformat(raw.strip())
        except ValueError:
            moment = None
    if moment is None:
        raise InvalidField(field.name, f"{field.title} must be a date and time such as 2026-12-31T09:00:00+01:00.")
    if moment.tzinfo is None:
        if zone is None:
            raise InvalidField(
                field.name,
                f"{field.title} needs its time zone, such as {moment:%Y-%m-%dT%H:%M}+01:00 or …Z for UTC.",
            )
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        raise InvalidField(field.name, f"{field.title} lies outside the years 1 to 9999.") from None


def _duration(field: Field, raw: object, zone: tzinfo | None) -> str:
    if isinstance(raw, timedelta):
        return _iso_duration(raw)
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        if text[:1] in ("P", "-"):
            return _iso_duration(_timedelta(text))
        span = parse_span(text)
        if not span.is_business and span.unit != "months":
            per = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}[span.unit]
            return _iso_duration(timedelta(microseconds=int(span.amount * per * 1_000_000)))
    except (ValueError, OverflowError) as problem:
        if isinstance(problem, SpanError):
            raise InvalidField(
                field.name, f"{field.title} must be a duration such as 3 hours or P2DT4H.", hint=problem.hint
            ) from None
    reason = " Months and years have no fixed length; write days." if _MONTHS.match(text) and "M" in text[:8] else ""
    raise InvalidField(field.name, f"{field.title} must be a duration such as 3 hours or P2DT4H.{reason}")


def _choice(field: Field, raw: object, zone: tzinfo | None) -> str:
    # A plain number or truth value in a file stands for the option of that text.
    text = raw.strip() if isinstance(raw, str) else str(raw) if isinstance(raw, (int, Decimal)) else None
    if isinstance(raw, bool):
        text = "yes" if raw else "no"
    if text is not None and (text in field.options or not field.options):
        return text
    raise InvalidField(
        field.name, f"{field.title} must be one of {_listed(field.options)}.", options=list(field.options)
    )


def _choices(field: Field, raw: object, zone: tzinfo | None) -> list[str]:
    given = cast("list[object]", raw) if isinstance(raw, (list, tuple)) else [raw]
    if any(not isinstance(one, str) or (field.options and one.strip() not in field.options) for one in given):
        raise InvalidField(
            field.name, f"{field.title} may hold only {_listed(field.options)}.", options=list(field.options)
        )
    chosen = dict.fromkeys(cast(str, one).strip() for one in given)
    # In the order of the options, so that the same choice is the same value.
    return [option for option in field.options if option in chosen] if field.options else list(chosen)


def _email(field: Field, raw: object, zone: tzinfo | None) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    if len(text) > 254 or not _EMAIL.fullmatch(text) or _UNSTORABLE.search(text):
        raise InvalidField(field.name, f"{field.title} must be an e-mail address such as ana@example.com.")
    return text


def _url(field: Field, raw: object, zone: tzinfo | None) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and len(text) <= 2_000
    except ValueError:
        sound = False
    if not sound or re.search(r"\s", text) or _UNSTORABLE.search(text):
        raise InvalidField(
            field.name,
            f"{field.title} must be a web address such as https://example.com/page.",
            hint=f"write https://{text}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", text, re.ASCII) else None,
        )
    return text


def _file(field: Field, raw: object, zone: tzinfo | None) -> dict[str, Json]:
    given = cast("Mapping[str, object]", raw) if isinstance(raw, Mapping) else {}
    number = _decimal(given.get("size"))
    size = int(number) if number is not None and number == number.to_integral_value() else -1
    sound = (
        set(given) == set(_FILE_KEYS)
        and all(isinstance(given[key], str) and given[key] for key in ("id", "name", "sha256"))
        and size >= 0
        and not any(_UNSTORABLE.search(str(given[key])) for key in _FILE_KEYS)
    )
    if not sound:
        raise InvalidField(field.name, f"{field.title} must be an uploaded file with its id, name, size and sha256.")
    return {**{key: given[key] for key in _FILE_KEYS}, "size": size}


def _table(field: Field, raw: object, zone: tzinfo | None) -> list[dict[str, Json]]:
    if not isinstance(raw, (list, tuple)):
        raise InvalidField(field.name, f"{field.title} must be a list of rows, not {_kind_of(raw)}.")
    rows = cast("list[object]", raw)
    if len(rows) > ROW_LIMIT:
        raise InvalidField(field.name, f"{field.title} has {len(rows):,} rows; at most {ROW_LIMIT:,} are allowed.")
    return [_row(field, number, row, zone) for number, row in enumerate(rows, 1)]


def _row(table: Field, number: int, raw: object, zone: tzinfo | None) -> dict[str, Json]:
    where = f"{table.title}, row {number}"
    if not isinstance(raw, Mapping):
        raise InvalidField(table.name, f"{where} must name its columns, such as {{{_listed_names(table.columns)}}}.")
    given = cast("Mapping[object, object]", raw)
    known = {column.name: column for column in table.columns}
    for name in given:
        if name not in known:
            raise UnknownField(table.name, f"{where} has no column {name!r}; it has {_listed_names(table.columns)}.")
    row: dict[str, Json] = {}
    for column in table.columns:
        try:
            value = coerce(column, given.get(column.name), zone=zone)
        except InvalidField as problem:
            raise InvalidField(table.name, f"{where}: {problem.message}", hint=problem.hint) from None
        if column.required and value is None:
            raise MissingField(table.name, f"{where}: {column.title} is missing.")
        row[column.name] = value
    return row


_COERCE: Mapping[str, Callable[[Field, object, tzinfo | None], Json]] = {
    "text": _text,
    "long text": _text,
    "person": _text,
    "group": _text,
    "integer": _number,
    "number": _number,
    "money": _number,
    "percent": _number,
    "rating": _number,
    "yes/no": _yes_no,
    "date": _date,
    "datetime": _datetime,
    "duration": _duration,
    "choice": _choice,
    "choices": _choices,
    "email": _email,
    "url": _url,
    "file": _file,
    "table": _table,
}


def _refuse_beyond_limits(field: Field, stored: Json) -> None:
    if field.type not in WITH_LIMITS or (field.min is None and field.max is None):
        return
    value = cast(Any, to_feel(field, stored))
    lowest, highest = limit_of(field, field.min), limit_of(field, field.max)
    before, after = ("not before", "not after") if field.type in ("date", "datetime") else ("at least", "at most")
    if lowest is not None and value < lowest:
        raise InvalidField(field.name, f"{field.title} must be {before} {field.min}.", min=str(field.min))
    if highest is not None and value > highest:
        raise InvalidField(field.name, f"{field.title} must be {after} {field.max}.", max=str(field.max))


def limit_of(field: Field, limit: object) -> Any:
    """A field's `min` or `max` as a comparable value; raises `InvalidField` where it does not fit the field's type."""
    if limit is None:
        return None
    return to_feel(field, _COERCE[field.type](field, limit, UTC))


# Values of expressions that have no declared type: calculated fields


def _untyped_from_feel(field: Field, value: object) -> Json:
    """A calculated field takes its type from its formula, so a stored value says what it is: `{"number": "12.5"}`."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, Decimal)):
        number = _decimal(_rounded(Decimal(value)))
        if number is None:
            raise InvalidField(field.name, f"{field.title} is too large a number.")
        return {"number": _plain(number)}
    if isinstance(value, str):
        if _UNSTORABLE.search(value) or len(value) > LONG_TEXT_LIMIT:
            raise InvalidField(field.name, f"{field.title} is too long or holds a character that cannot be stored.")
        return value
    if isinstance(value, datetime):
        return {"datetime": _datetime(field, value, None)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"duration": _iso_duration(value)}
    if isinstance(value, (list, tuple)):
        return [_untyped_from_feel(field, item) for item in cast("list[object]", value)]
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        return {"context": {str(name): _untyped_from_feel(field, item) for name, item in entries.items()}}
    raise _misfit(field, value)


def _untyped_to_feel(stored: Json) -> object:
    if isinstance(stored, list):
        return [_untyped_to_feel(item) for item in cast("list[Json]", stored)]
    if not isinstance(stored, dict):
        return stored
    ((kind, inner),) = cast("dict[str, Any]", stored).items()
    if kind == "number":
        return Decimal(inner)
    if kind == "date":
        return date.fromisoformat(inner)
    if kind == "datetime":
        return datetime.fromisoformat(inner)
    if kind == "duration":
        return _timedelta(inner)
    return {name: _untyped_to_feel(item) for name, item in inner.items()}


def _untyped_outward(stored: Json) -> object:
    if isinstance(stored, list):
        return [_untyped_outward(item) for item in cast("list[Json]", stored)]
    if not isinstance(stored, dict):
        return stored
    ((kind, inner),) = cast("dict[str, Any]", stored).items()
    if kind == "context":
        return {name: _untyped_outward(item) for name, item in inner.items()}
    return Decimal(inner) if kind == "number" else inner


def _show_untyped(stored: Json) -> str:
    value = _untyped_to_feel(stored)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, list):
        return ", ".join(_show_untyped(item) for item in stored)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_show_untyped(item)}" for name, item in stored["context"].items())
    return str(value)


# Small helpers


def _rows_from_feel(field: Field, value: object) -> Json:
    rows = cast("list[object]", value) if isinstance(value, (list, tuple)) else [value]
    columns = {column.name: column for column in field.columns}
    plain: list[object] = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise _misfit(field, value)
        cells = cast("Mapping[str, object]", row)
        plain.append({n: from_feel(columns[n], v) if n in columns else v for n, v in cells.items()})
    return coerce(field, plain)


_EVERY_DIGIT = Context(prec=500)
"""Python's usual context would cut numbers of more than 28 digits."""


def _plain(number: Decimal) -> str:
    return format(number.normalize(_EVERY_DIGIT), "f") if number else "0"


def _rounded(number: Decimal) -> Decimal:
    """Cut the tail that a division leaves, so that what is stored has at most 34 digits."""
    if not number.is_finite() or number.adjusted() < -DIGIT_LIMIT:
        return number if not number.is_finite() else Decimal(0)
    try:
        return number.quantize(Decimal(1).scaleb(max(-DIGIT_LIMIT, number.adjusted() - DIGIT_LIMIT + 1)))
    except InvalidOperation:
        return number


def _timedelta(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if not match or not any(match.group(name) for name in ("weeks", "days", "hours", "minutes", "seconds")):
        raise ValueError(f"{text} is not an ISO 8601 duration in days and time")
    seconds = Decimal(match["seconds"] or 0)
    amount = timedelta(
        weeks=int(match["weeks"] or 0),
        days=int(match["days"] or 0),
        hours=int(match["hours"] or 0),
        minutes=int(match["minutes"] or 0),
        microseconds=int(seconds.scaleb(6)),
    )
    return -amount if match["sign"] else amount


def _iso_duration(amount: timedelta) -> str:
    sign = "-" if amount < timedelta(0) else ""
    amount = abs(amount)
    minutes, seconds = divmod(Decimal(amount.seconds) + Decimal(amount.microseconds).scaleb(-6), 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{amount.days}D" if amount.days else ""
    time = "".join(f"{_plain(n)}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"{sign}P{days}{'T' + time if time else ''}" if days or time else "PT0S"


def _misfit(field: Field, value: object) -> InvalidField:
    wanted = {"yes/no": "yes or no", "choices": "a list", "table": "a list of rows"}.get(field.type, f"a {field.type}")
    return InvalidField(field.name, f"{field.title} must be {wanted}, not {_kind_of(value)}.")


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "a yes/no"
    if isinstance(value, (int, float, Decimal)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "a date and time"
    if isinstance(value, date):
        return "a date"
    if isinstance(value, timedelta):
        return "a duration"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a group of values" if isinstance(value, Mapping) else "nothing" if value is None else type(value).__name__


def _listed(options: tuple[str, ...]) -> str:
    shown = [*options[:12], "…"] if len(options) > 12 else list(options)
    return ", ".join(shown[:-1]) + " or " + shown[-1] if len(shown) > 1 else "".join(shown) or "its options"


def _listed_names(columns: tuple[Field, ...]) -> str:
    return ", ".join(column.name for column in columns)
