# pyright: basic, reportUntypedFunctionDecorator=false
# numba has no types of its own, and what it compiles is written in its part of the language.
"""The compiled part of reading XES: from bytes to codes of texts and to moments, one look at each byte.

It reads what nearly every XES file consists of: traces and events with plain attributes that hold nothing themselves.
At anything else (nested attributes, lists, comments with a twist, moments without a zone, letters that XML does not allow)
it says `STRANGE`, and the reader that knows all of XML takes the file. So it may be strict and simple.

Nothing is read beyond `stop`, where `</log` stands: its `<` ends every name, space and value.
Importing this module imports numba; only `xes_scan` does so.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from procession.interchange.event_log.xes_moment import NEVER, moment_of

DONE, STRANGE, FULL, CROWDED, NEW_COLUMN = 0, 1, 2, 3, 4
"""How a scan ends: all read; not for us; no room for more rows; none for more texts; a key that was not seen before."""

STATUS, AT, ROW, TRACE, TEXTS, KEY, KEY_LENGTH, KEY_IS_DATE, KEY_OF_EVENT = range(9)
"""What stands where in the state: `AT`, `ROW` and `TRACE` are those of the trace to go on with."""

_FAULT = np.int64(-1)


def _letters(text):
    return np.frombuffer(text.encode(), np.uint8)


_TRACE, _END_TRACE, _EVENT, _END_EVENT = (_letters(one) for one in ("<trace", "</trace", "<event", "</event"))
_KEY, _VALUE, _COMMENT = _letters("key"), _letters("value"), _letters("<!--")
_NAMES = tuple(_letters(one) for one in ("string", "date", "int", "float", "boolean", "id"))
_STRING, _DATE, _INT, _FLOAT, _BOOLEAN, _ID = _NAMES


@njit(cache=True)
def _space(buf, at):
    while buf[at] == 32 or buf[at] == 10 or buf[at] == 13 or buf[at] == 9:
        at += 1
    return at


@njit(cache=True)
def _is(buf, at, letters):
    size = len(letters)
    same = at + size <= len(buf)
    i = 0
    while same and i < size:
        same = buf[at + i] == letters[i]
        i += 1
    return same


@njit(cache=True)
def _closes(buf, at):
    """Behind `>`, after space; or a fault."""
    at = _space(buf, at)
    return at + 1 if buf[at] == 62 else _FAULT


@njit(cache=True)
def _behind_comment(buf, at, stop):
    """Behind a comment; two hyphens within are not allowed."""
    at += 4
    while at + 2 < stop:
        if buf[at] == 45 and buf[at + 1] == 45:
            return at + 3 if buf[at + 2] == 62 else _FAULT
        if buf[at] < 32 and buf[at] != 10 and buf[at] != 13 and buf[at] != 9:
            return _FAULT
        if buf[at] >= 128:  # letters in comments are not looked at, and could be wrong
            return _FAULT
        at += 1
    return _FAULT


@njit(cache=True)
def _between(buf, at, stop):
    """Behind space and comments, or a fault."""
    at = _space(buf, at)
    while buf[at] == 60 and buf[at + 1] == 33:
        if not _is(buf, at, _COMMENT):
            return _FAULT
        at = _behind_comment(buf, at, stop)
        if at < 0:
            return _FAULT
        at = _space(buf, at)
    return at


@njit(cache=True)
def _kind(buf, at):
    """The length of an attribute's name, and whether it is a date; 0 where the name is none."""
    first = buf[at]
    if first == 115 and _is(buf, at, _STRING):
        return len(_STRING), False
    if first == 100 and _is(buf, at, _DATE):
        return len(_DATE), True
    if first == 105 and _is(buf, at, _INT):
        return len(_INT), False
    if first == 102 and _is(buf, at, _FLOAT):
        return len(_FLOAT), False
    if first == 98 and _is(buf, at, _BOOLEAN):
        return len(_BOOLEAN), False
    if first == 105 and _is(buf, at, _ID):
        return len(_ID), False
    return 0, False


@njit(cache=True)
def _attribute(buf, at):
    """From `<` on: behind the element, whether it is a date, where key and value begin, their lengths, the value's hash."""
    wrong = (_FAULT, False, _FAULT, _FAULT, _FAULT, _FAULT, np.uint64(0))
    name = at + 1
    length, is_date = _kind(buf, name)
    if length == 0:
        return wrong
    key, key_length, value, value_length = _FAULT, _FAULT, _FAULT, _FAULT
    whole = np.uint64(0xCBF29CE484222325)
    at = name + length
    while True:
        behind = _space(buf, at)
        if buf[behind] == 47:
            if buf[behind + 1] != 62:
                return wrong
            at = behind + 2
            break
        if buf[behind] == 62:
            at = behind + 1
            if buf[at] != 60 or buf[at + 1] != 47 or not _is(buf, at + 2, buf[name : name + length]):
                return wrong
            at = _closes(buf, at + 2 + length)
            if at < 0:
                return wrong
            break
        if behind == at:
            return wrong
        at = behind
        is_key = _is(buf, at, _KEY)
        if not is_key and not _is(buf, at, _VALUE):
            return wrong
        at = _space(buf, at + (3 if is_key else 5))
        if buf[at] != 61:
            return wrong
        at = _space(buf, at + 1)
        mark = buf[at]
        if mark != 34 and mark != 39:
            return wrong
        at += 1
        begin = at
        if is_key:
            while buf[at] != mark:
                if buf[at] < 32 or buf[at] == 60 or buf[at] == 38:
                    return wrong
                at += 1
            if key >= 0:
                return wrong
            key, key_length = begin, at - begin
        else:
            while buf[at] != mark:
                if buf[at] < 32 or buf[at] == 60:
                    return wrong
                whole = (whole ^ np.uint64(buf[at])) * np.uint64(0x100000001B3)
                at += 1
            if value >= 0:
                return wrong
            value, value_length = begin, at - begin
        at += 1
    if key < 0 or value < 0:
        return wrong
    return at, is_date, key, key_length, value, value_length, whole


@njit(cache=True)
def _interned(buf, value, length, whole, slots, starts, lengths, hashes, state):
    """The number of a text, a new one where it was not there; a fault where there is no room. Nothing has none: -1."""
    if length == 0:
        return np.int64(-1)
    mask = np.uint64(len(slots) - 1)
    at = (whole ^ (whole >> np.uint64(32))) & mask
    while slots[at] >= 0:
        number = slots[at]
        if hashes[number] == whole and lengths[number] == length:
            same, begin = True, starts[number]
            for i in range(length):
                if buf[begin + i] != buf[value + i]:
                    same = False
                    break
            if same:
                return np.int64(number)
        at = (at + np.uint64(1)) & mask
    used = state[TEXTS]
    if used == len(starts):
        return np.int64(-2)
    slots[at], starts[used], lengths[used], hashes[used] = used, value, length, whole
    state[TEXTS] = used + 1
    return used


@njit(cache=True)
def placed(slots, hashes, used):
    """Put texts that are numbered already into a new table."""
    mask = np.uint64(len(slots) - 1)
    for number in range(used):
        whole = hashes[number]
        at = (whole ^ (whole >> np.uint64(32))) & mask
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & mask
        slots[at] = number


@njit(cache=True)
def joined(buf, starts, lengths):
    """The letters of the texts, a line feed between; no text has one in it."""
    out = np.empty(lengths.sum() + len(lengths) - 1, np.uint8)
    at = 0
    for number in range(len(starts)):
        if number:
            out[at] = 10
            at += 1
        begin = starts[number]
        for i in range(lengths[number]):
            out[at + i] = buf[begin + i]
        at += lengths[number]
    return out


@njit(cache=True)
def _column(buf, key, length, of_event, keys, key_begin, key_length, key_of_event, expected):
    """The column of a key; -1 where there is none yet. The one that came next the last time is tried first."""
    count = len(key_begin)
    for turn in range(-1, count):
        c = expected if turn < 0 else turn
        if c < 0 or key_length[c] != length or key_of_event[c] != of_event:
            continue
        begin, same = key_begin[c], True
        for i in range(length):
            if keys[begin + i] != buf[key + i]:
                same = False
                break
        if same:
            return c
    return -1


@njit(cache=True)
def scan(buf, stop, columns, texts, events, traces, trace_of, state):
    """Read traces from `state[AT]` on into the arrays until all is read or something is missing; see the constants.

    `columns` are (letters of all keys, where each begins, its length, whether it is of events, whether it is a date, its
    place among those of its kind, which column last came behind it); `texts` (slots, starts, lengths, hashes); `events` and
    `traces` (codes, moments), a row of the array for each column.
    """
    keys, key_begin, key_length, key_of_event, key_is_date, place, behind = columns
    slots, starts, lengths, hashes = texts
    event_codes, event_moments = events
    trace_codes, trace_moments = traces
    count = len(key_begin)
    at, row, trace = state[AT], state[ROW], state[TRACE]
    while True:
        at = _between(buf, at, stop)
        if at < 0:
            state[STATUS] = STRANGE
            return
        state[AT], state[ROW], state[TRACE] = at, row, trace
        if at == stop:
            state[STATUS] = DONE
            return
        if trace == trace_codes.shape[1]:
            state[STATUS] = FULL
            return
        state[STATUS] = STRANGE
        at = _closes(buf, at + 6) if _is(buf, at, _TRACE) else _FAULT
        if at < 0:
            return
        for c in range(trace_codes.shape[0]):
            trace_codes[c, trace] = -1
        for c in range(trace_moments.shape[0]):
            trace_moments[c, trace] = NEVER
        inside, last = False, count
        while True:
            at = _between(buf, at, stop)
            if at < 0:
                return
            if buf[at + 1] == 47:
                if (inside and _is(buf, at, _END_EVENT)) or (not inside and _is(buf, at, _END_TRACE)):
                    at = _closes(buf, at + 7)
                else:
                    return
                if at < 0:
                    return
                if not inside:
                    break
                inside = False
                row += 1
                continue
            if not inside and buf[at + 1] == 101:
                at = _closes(buf, at + 6) if _is(buf, at, _EVENT) else _FAULT
                if at < 0:
                    return
                if row == len(trace_of):
                    state[STATUS] = FULL
                    return
                for c in range(event_codes.shape[0]):
                    event_codes[c, row] = -1
                for c in range(event_moments.shape[0]):
                    event_moments[c, row] = NEVER
                trace_of[row] = trace
                inside, last = True, count + 1
                continue
            if buf[at] != 60:
                return
            at, is_date, key, size, value, length, whole = _attribute(buf, at)
            if at < 0:
                return
            c = _column(buf, key, size, inside, keys, key_begin, key_length, key_of_event, behind[last])
            if c < 0:
                state[STATUS], state[KEY], state[KEY_LENGTH] = NEW_COLUMN, key, size
                state[KEY_IS_DATE], state[KEY_OF_EVENT] = is_date, inside
                return
            behind[last], last = c, c
            if key_is_date[c] != is_date:
                return
            if is_date:
                moment = moment_of(buf, value, length)
                if moment == NEVER:
                    return
                if inside:
                    event_moments[place[c], row] = moment
                else:
                    trace_moments[place[c], trace] = moment
            else:
                code = _interned(buf, value, length, whole, slots, starts, lengths, hashes, state)
                if code == -2:
                    state[STATUS] = CROWDED
                    return
                if inside:
                    event_codes[place[c], row] = code
                else:
                    trace_codes[place[c], trace] = code
        trace += 1
