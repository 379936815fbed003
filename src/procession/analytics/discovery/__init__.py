"""The process that separate workflows form, found in their records.

```
logs ──▶ keys: values that can be compared ──▶ candidates: pairs that hold against chance
     ──▶ structure: those that are direct  ──▶ revealing: links with evidence, parts of three workflows and more
     ──▶ drafting: a process definition    ──▶ sentences: what a manager reads
```
Values in, values out. Needs numpy and scipy, so it is imported when it is asked for.
"""

from __future__ import annotations

from procession.analytics.discovery.logs import Column, PlainCase, WorkflowLog, log_of, log_of_table
from procession.analytics.discovery.revealing import Lag, Link, LinkKey, Pair, Proposal, Revelation, reveal

__all__ = [
    "Column", "Lag", "Link", "LinkKey", "Pair", "PlainCase", "Proposal", "Revelation", "WorkflowLog", "log_of",
    "log_of_table", "reveal",
]  # fmt: skip
