"""The report of an imported log as a page, and its cases row by row."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE log_figures ADD COLUMN page TEXT, ADD COLUMN rows_sha256 TEXT")
    op.execute(
        "COMMENT ON TABLE log_figures IS 'what was worked out of an imported log; chosen: a mark of the filter, empty for all "
        "its cases; status: waiting, ready, failed. page: the report as HTML; its cases row by row lie in the data folder as "
        "Parquet under rows_sha256. It can be thrown away at any time'"
    )
