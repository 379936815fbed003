"""Jobs whose worker died, or that the queue has lost, are put back.

The queue knows its workers by their heartbeat. A job stays `doing` when its worker vanishes; it is put back when the
worker has been silent for long, or is no longer known at all. And whatever our own table says is waiting must be in
the queue.
"""

from __future__ import annotations

from typing import Final

from procession.store.store import Store

SILENT_FOR: Final = 30
"""In seconds; three missed heartbeats."""

_PUT_BACK = """
SELECT count(procrastinate_retry_job_v2(j.id, now(), NULL, NULL, NULL)) FROM procrastinate_jobs j
WHERE j.id IN (
    SELECT d.id FROM procrastinate_jobs d LEFT JOIN procrastinate_workers w ON w.id = d.worker_id
    WHERE d.status = 'doing' AND d.queue_name = 'procession'
        AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => :silent))
    FOR UPDATE OF d SKIP LOCKED)
"""

_DEFER_AGAIN = """
SELECT procrastinate_defer_jobs_v1(array_agg(ROW('procession', 'procession.job', 0, NULL, lost.name,
    jsonb_build_object('organisation', lost.organisation, 'case_id', lost.case_id, 'seq', lost.seq),
    greatest(lost.after, now()))::procrastinate_job_to_defer_v1))
FROM (
    SELECT j.organisation, j.case_id, j.seq, j.after, j.organisation || '/' || j.case_id || '/' || j.seq AS name
    FROM jobs j
    WHERE j.organisation = :organisation AND j.status = 'waiting'
        AND j.requested_at < now() - make_interval(secs => :silent)
        AND NOT EXISTS (SELECT FROM procrastinate_jobs p
            WHERE p.queueing_lock = j.organisation || '/' || j.case_id || '/' || j.seq
                AND p.status IN ('todo', 'doing'))
    ORDER BY j.after LIMIT 1000) lost
HAVING count(*) > 0
"""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('rescue', 0))"


def rescue(store: Store, silent_for: float = SILENT_FOR) -> int:
    """Put back what is stranded, in all organisations; returns how many jobs."""
    count = 0
    for number, organisation in enumerate(store.organisations()):
        with store.transaction(organisation) as tx:
            if not tx.run(_LOCK).scalar():
                return count  # another worker is at it
            if number == 0:
                count += tx.run(_PUT_BACK, silent=silent_for).scalar_one()
            again = tx.run(_DEFER_AGAIN, silent=silent_for).scalar()
            count += len(again) if again is not None else 0
    return count
