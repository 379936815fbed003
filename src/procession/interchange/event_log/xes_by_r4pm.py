"""Run as a program: read an XES file with r4pm and write its events as Parquet. Says nothing when all was understood."""

from __future__ import annotations

import sys


def main(source: str, target: str) -> None:
    """Convert one file."""
    from r4pm.df import import_xes

    frame, _ = import_xes(source)
    frame.write_parquet(target, compression="uncompressed")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
