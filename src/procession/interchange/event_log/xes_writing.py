"""XES as text: a trace for each case, an event for each instance, as PM4Py and ProM read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from procession.analytics.instances import InstanceTable

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_KEYS = {
    "step": "concept:name", "end": "time:timestamp", "start": "start_timestamp", "ready": "time:enabled",
    "resource": "org:resource", "group": "org:group", "department": "org:department", "workflow": "workflow",
    "instance": "concept:instance",
}  # fmt: skip
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<classifier name="Activity" keys="concept:name"/>
"""


def write_xes(file: IO[bytes], instances: Iterator[dict[str, Any]], table: InstanceTable) -> None:
    """Write the instances, which come in the order of their cases."""
    file.write(_HEAD.encode())
    current: str | None = None
    for one in instances:
        if one["case"] != current:
            file.write(b"</trace>\n" if current is not None else b"")
            current = one["case"]
            traits = {name.removeprefix("case:"): value for name, value in one.items() if name.startswith("case:")}
            file.write(f"<trace>{_attributes({'concept:name': current, **traits})}\n".encode())
        own = {_KEYS.get(name, name): value for name, value in one.items()
               if name != "case" and not name.startswith("case:")}  # fmt: skip
        own["concept:instance"] = str(own["concept:instance"])
        file.write(f"<event>{_attributes(own | {'lifecycle:transition': 'complete'})}</event>\n".encode())
    file.write(b"</trace>\n</log>\n" if current is not None else b"</log>\n")
    del table


def _attributes(values: Mapping[str, Any]) -> str:
    return "".join(_attribute(key, value) for key, value in values.items())


def _attribute(key: str, value: Any) -> str:
    if isinstance(value, bool):
        kind, said = "boolean", str(value).lower()
    elif isinstance(value, int):
        kind, said = "int", str(value)
    elif isinstance(value, float):
        kind, said = "float", repr(value)
    elif isinstance(value, datetime):
        kind, said = "date", value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    else:
        kind, said = "string", str(value)
    return f"<{kind} key={_quoted(key)} value={_quoted(said)}/>"


def _quoted(text: str) -> str:
    return quoteattr(_CONTROL.sub("", text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
