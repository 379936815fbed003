"""Run as a program by the Python that has chDB: statements come as JSON by name, their rows go out the same way."""

from __future__ import annotations

import json
import sys

from chdb.session import Session  # type: ignore[import-not-found]


def main() -> None:
    asked = json.load(sys.stdin)
    session = Session()
    session.query(f"create table flow engine = Memory as {asked.pop('flow')}")
    settings = " settings output_format_json_quote_64bit_integers = 0, join_use_nulls = 1"
    found = {
        name: json.loads(str(session.query(text + settings, "JSONCompact")))["data"] for name, text in asked.items()
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
