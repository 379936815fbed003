"""The pages of an inbox come from their indexes, whichever page it is, and a claimed timer stays where it is.

Row-level security keeps a condition with coalesce from an index; one with CASE it lets through. The place that half-full
pages leave lets PostgreSQL change a timer's claim without a new entry in every index.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

_DUE = "(CASE WHEN due_at IS NULL THEN 'infinity' ELSE due_at END)"


def upgrade() -> None:
    op.execute("DROP INDEX tasks_of_assignee")
    op.execute(
        f"CREATE INDEX tasks_of_assignee ON tasks (organisation, assignee, {_DUE}, case_id, activation) "
        "WHERE status = 'open'"
    )
    op.execute("DROP INDEX candidates_of_person")
    op.execute(f"CREATE INDEX candidates_of_person ON candidates (organisation, person, {_DUE}, case_id, activation)")
    op.execute("CREATE INDEX cases_stopped ON cases (organisation) WHERE incidents > 0")
    op.execute("ALTER TABLE timers SET (fillfactor = 50)")
    op.execute(
        "COMMENT ON TABLE timers IS 'half of each page stays free, so that a claim changes its row where it is and no "
        "index'"
    )
