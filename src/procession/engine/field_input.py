"""Values from outside, made canonical or refused with a sentence that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlsplit

from procession.engine.canonical import (
    EVERY_DIGIT,
    UNSTORABLE,
    decimal_of,
    duration_of,
    iso_duration,
    kind_of,
    plain_text,
)
from procession.engine.currencies import digits_of
from procession.engine.definition import Field
from procession.engine.durations import SpanError, parse_span
from procession.engine.rejections import InvalidField, MissingField, UnknownField
from procession.engine.stored_values import NUMERIC, Json, to_feel

TEXT_LIMIT = 10_000
"""Characters of a text field."""
LONG_TEXT_LIMIT = 1_000_000
ROW_LIMIT = 10_000
"""Rows of a table field."""
WITH_LIMITS = NUMERIC | {"date", "datetime", "duration"}
"""Types whose fields may have `min` and `max`."""
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\.]+(\.[^@\s<>,;:\"()\[\]\\.]+)*")
RATINGS = (1, 5)
"""The lowest and the highest rating, where the field does not say otherwise."""
_UNEVEN = re.compile(r"-?P[^T]*[YM]|.*\b(month|year)s?\b")
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


def _text(field: Field, raw: object, zone: tzinfo | None) -> str:
    if not isinstance(raw, str):
        raise InvalidField(field.name, f"{field.title} must be text, not {kind_of(raw)}.")
    text = raw.strip()
    limit = LONG_TEXT_LIMIT if field.type == "long text" else TEXT_LIMIT
    if len(text) > limit:
        raise InvalidField(
            field.name, f"{field.title} has {len(text):,} characters; at most {limit:,} are allowed.", limit=limit
        )
    if not text.isprintable() and UNSTORABLE.search(text):
        raise InvalidField(field.name, f"{field.title} holds a character that cannot be stored.")
    return text


def _number(field: Field, raw: object, zone: tzinfo | None) -> str:
    number = decimal_of(raw)
    if number is None:
        example = {"percent": "0.2 or 20 %", "integer": "12", "rating": "4"}.get(field.type, "1250.50")
        sort = "whole number" if field.type in ("integer", "rating") else "number"
        raise InvalidField(
            field.name, f"{field.title} must be a {sort} such as {example}.", hint=_number_hint(raw, field)
        )
    if field.type in ("integer", "rating") and number != number.to_integral_value():
        raise InvalidField(field.name, f"{field.title} must be a whole number such as {int(number)}.")
    after_point = -min(0, cast(int, number.normalize(EVERY_DIGIT).as_tuple().exponent))
    if field.type == "money" and field.currency and after_point > digits_of(field.currency):
        digits = digits_of(field.currency)
        allowed = f"at most {digits} digits after the point" if digits else "no digits after the point"
        raise InvalidField(field.name, f"{field.title} is in {field.currency}, which has {allowed}.")
    return plain_text(number)


def _number_hint(raw: object, field: Field) -> str | None:
    """What a number written in another country's way would be here."""
    if not isinstance(raw, str):
        return None
    text = re.sub(r"[\s'’_]|[A-Z]{3}|[$€£¥]", "", raw)
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d+", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    return f"write {text}" if text != raw.strip() and decimal_of(text) is not None else None


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
        return iso_duration(raw)
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        if text[:1] in ("P", "-"):
            return iso_duration(duration_of(text))
        span = parse_span(text)
        if not span.is_business and span.unit != "months":
            per = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}[span.unit]
            return iso_duration(timedelta(microseconds=int(span.amount * per * 1_000_000)))
    except (ValueError, OverflowError) as problem:
        if isinstance(problem, SpanError):
            raise InvalidField(
                field.name,
                f"{field.title} must be a duration such as 3 hours or P2DT4H.{_why_not(text)}",
                hint=None if _why_not(text) else problem.hint,
            ) from None
    raise InvalidField(field.name, f"{field.title} must be a duration such as 3 hours or P2DT4H.{_why_not(text)}")


def _why_not(text: str) -> str:
    if _UNEVEN.match(text):
        return " Months and years have no fixed length: write days, or keep the date."
    return " Business time needs a calendar: write days or hours." if "business" in text else ""


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
    if len(text) > 254 or not _EMAIL.fullmatch(text) or UNSTORABLE.search(text):
        raise InvalidField(field.name, f"{field.title} must be an e-mail address such as ana@example.com.")
    return text


def _url(field: Field, raw: object, zone: tzinfo | None) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and len(text) <= 2_000
    except ValueError:
        sound = False
    if not sound or re.search(r"\s", text) or UNSTORABLE.search(text):
        raise InvalidField(
            field.name,
            f"{field.title} must be a web address such as https://example.com/page.",
            hint=f"write https://{text}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", text, re.ASCII) else None,
        )
    return text


def _file(field: Field, raw: object, zone: tzinfo | None) -> dict[str, Json]:
    given: Mapping[str, object] = cast("Mapping[str, object]", raw) if isinstance(raw, Mapping) else dict[str, object]()
    number = decimal_of(given.get("size"))
    size = int(number) if number is not None and number == number.to_integral_value() else -1
    sound = (
        set(given) == set(_FILE_KEYS)
        and all(isinstance(given[key], str) and given[key] for key in ("id", "name", "sha256"))
        and size >= 0
        and not any(UNSTORABLE.search(str(given[key])) for key in _FILE_KEYS)
    )
    if not sound:
        raise InvalidField(field.name, f"{field.title} must be an uploaded file with its id, name, size and sha256.")
    return {**{key: given[key] for key in _FILE_KEYS}, "size": size}


def _table(field: Field, raw: object, zone: tzinfo | None) -> list[dict[str, Json]]:
    if not isinstance(raw, (list, tuple)):
        raise InvalidField(field.name, f"{field.title} must be a list of rows, not {kind_of(raw)}.")
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
    if field.type == "rating":
        field = rated(field)
    if field.type not in WITH_LIMITS or (field.min is None and field.max is None):
        return
    value = cast(Any, to_feel(field, stored))
    lowest, highest = limit_of(field, field.min), limit_of(field, field.max)
    before, after = ("not before", "not after") if field.type in ("date", "datetime") else ("at least", "at most")
    if lowest is not None and value < lowest:
        raise InvalidField(field.name, f"{field.title} must be {before} {field.min}.", min=str(field.min))
    if highest is not None and value > highest:
        raise InvalidField(field.name, f"{field.title} must be {after} {field.max}.", max=str(field.max))


def rated(field: Field) -> Field:
    """A rating with its limits: 1 to 5 where it does not name others."""
    return replace(
        field,
        min=RATINGS[0] if field.min is None else field.min,
        max=RATINGS[1] if field.max is None else field.max,
    )


def limit_of(field: Field, limit: object) -> Any:
    """A field's `min` or `max` as a comparable value; raises `InvalidField` where it does not fit the field's type."""
    if limit is None:
        return None
    return to_feel(field, _COERCE[field.type](field, limit, UTC))


def _listed(options: tuple[str, ...]) -> str:
    shown = [*options[:12], "…"] if len(options) > 12 else list(options)
    return ", ".join(shown[:-1]) + " or " + shown[-1] if len(shown) > 1 else "".join(shown) or "its options"


def _listed_names(columns: tuple[Field, ...]) -> str:
    return ", ".join(column.name for column in columns)
