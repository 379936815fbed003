"""Event logs as people bring them, whole and broken."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

DEPARTMENTS = {"ann": "sales", "ben": "sales", "cid": "finance", "dea": "finance"}


def orders(cases: int = 40) -> bytes:
    """A log as CSV: three steps a case, one of them twice in every fifth, two departments."""
    lines = ["case,step,start,end,resource,department,region"]
    for number in range(cases):
        at = datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(hours=7 * number)
        steps = [("ask", "ann"), ("check", "cid"), ("pay", "dea")]
        if number % 5 == 0:
            steps.insert(2, ("check", "ben"))
        for name, who in steps:
            at += timedelta(hours=5)
            end = at + timedelta(hours=1)
            region = "north" if number % 2 else "south"
            lines.append(
                f"{number},{name},{at:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ},{who},{DEPARTMENTS[who]},{region}"
            )
            at = end
    return ("\n".join(lines) + "\n").encode()


DISCO = b"CaseID,Task,Completed\n1,ask,2026-01-05 08:00\n1,check,2026-01-06 10:00\n2,ask,2026-01-05 09:00\n"
SEMICOLONS = "Fall;Aktivität;Ende\n1;fragen;05.01.2026 08:00\n1;prüfen;31.12.2026 10:00\n".encode("cp1252")
WIDE = DISCO.decode().encode("utf-16")
CUT = gzip.compress(orders())[:-200]
EMPTY = b""
HEADER = b"case,step,end\n"
PROSE = b"Dear all,\nhere is the log you asked for.\n"
TWO_WAYS = b"case,step,end\n1,ask,1/2/2026 08:00\n1,check,3/4/2026 10:00\n"
NO_TIMES = b"case,step,end\n1,ask,yesterday\n1,check,soon\n"
NO_CASES = b"case,step,end\n,ask,2026-01-05 08:00\n,check,2026-01-06 08:00\n"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    b'<log><trace><string key="concept:name" value="&b;"/></trace></log>'
)
ZIPPED = b"PK\x03\x04" + bytes(60)

REFUSED: Mapping[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", EMPTY, "'a.csv' is empty."),
    "header only": ("a.csv", HEADER, "has no events"),
    "prose": ("letter.txt", PROSE, "is no finished step of a case"),
    "cut off": ("a.csv.gz", CUT, "is cut off: its compressed data ends in the middle"),
    "entities": ("a.xes", ENTITIES, "entit"),
    "zip": ("a.zip", ZIPPED, "is a zip archive"),
    "dates in two ways": ("a.csv", TWO_WAYS, "read in two ways"),
    "no times": ("a.csv", NO_TIMES, "No column was found for the time"),
    "no cases": ("a.csv", NO_CASES, "None of the 2 rows"),
}
"""By what is wrong: a file's name, its bytes, and a part of the sentence that says so."""

READ: Mapping[str, tuple[str, bytes, int]] = {
    "names as in other programs": ("a.csv", DISCO, 2),
    "semicolons, German, day first": ("a.csv", SEMICOLONS, 1),
    "UTF-16": ("a.csv", WIDE, 2),
    "one event": ("a.csv", b"case,step,end\n1,ask,2026-01-05 08:00\n", 1),
    "packed": ("a.csv.gz", gzip.compress(orders(5)), 5),
}
"""What is read although it may look odd: name, bytes, cases."""
