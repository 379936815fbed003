"""Checkpoints: now and then the ends of all hash chains are sealed by one number.

A row is added at most once a minute. Whoever rewrites a case from its first event to its last, with all hashes, still
has to rewrite every checkpoint after it; a copy of one root kept elsewhere shows that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import orjson

from procession.store.chain import FIRST, merkle_root

if TYPE_CHECKING:
    from procession.store.store import Store
    from procession.store.transaction import Transaction

_CHANGED = """
SELECT c.id::text, c.seq, c.hash FROM cases c
WHERE c.organisation = :organisation
    AND c.committed_at > coalesce((SELECT max(at) FROM checkpoints k WHERE k.organisation = :organisation), '-infinity')
        - interval '5 minutes'
    AND NOT EXISTS (SELECT FROM checkpoints k
        WHERE k.organisation = :organisation AND k.at > c.committed_at - interval '5 minutes'
        AND k.heads @> jsonb_build_object(c.id::text, c.seq))
ORDER BY c.id
"""


def checkpoint(store: Store, organisation: str) -> bytes | None:
    """Seal what has been committed; returns the new root, or None where nothing has happened since the last one."""
    with store.transaction(organisation) as tx:
        tx.run("SELECT pg_advisory_xact_lock(hashtextextended('checkpoint/' || :organisation, 0))")
        changed = tx.rows_of(_CHANGED)
        if not changed:
            return None
        before = tx.run(
            "SELECT root FROM checkpoints WHERE organisation = :organisation ORDER BY at DESC LIMIT 1"
        ).scalar()
        root = merkle_root([before or FIRST, *(hash_ for _, _, hash_ in changed)])
        tx.run(
            "INSERT INTO checkpoints (organisation, at, heads, root) VALUES (:organisation, clock_timestamp(), "
            "CAST(:heads AS jsonb), :root)",
            heads=orjson.dumps({id_: seq for id_, seq, _ in changed}).decode(), root=root,
        )  # fmt: skip
        return root


def broken_checkpoints(tx: Transaction) -> Iterator[str]:
    """A sentence for every checkpoint that the events no longer lead to."""
    before = FIRST
    rows = tx.rows_of("SELECT at, heads, root FROM checkpoints WHERE organisation = :organisation ORDER BY at")
    for at, heads, root in rows:
        hashes = tx.rows_of(
            "SELECT e.hash FROM jsonb_each_text(CAST(:heads AS jsonb)) h LEFT JOIN events e ON e.organisation = "
            ":organisation "
            "AND e.case_id = CAST(h.key AS uuid) AND e.seq = CAST(h.value AS integer) ORDER BY CAST(h.key AS uuid)",
            heads=orjson.dumps(heads).decode(),
        )
        if any(hash_ is None for (hash_,) in hashes) or merkle_root([before, *(hash_ for (hash_,) in hashes)]) != root:
            yield f"The checkpoint of {at:%Y-%m-%d %H:%M:%S} does not match the events."
        before = root
