"""The tables of event logs that others have brought."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from procession.store.schema_parts import (
    EMPTY_JSON,
    EMPTY_TEXT,
    FALSE,
    id_type,
    metadata,
    moment_type,
    needed,
    organisation_column,
)

imported_logs = Table(
    "imported_logs",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("title", Text),
    needed("file_name", Text),
    needed("size", BigInteger),
    needed("status", Text),
    needed("created_at", moment_type()),
    needed("created_by", Text),
    Column("visible_to", Text),
    needed("people", Boolean, server_default=FALSE),
    needed("options", JSON, server_default=EMPTY_JSON),
    Column("preview", JSON),
    Column("report", JSON),
    Column("row_errors", Text),
    Column("log_sha256", Text),
    Column("log_size", BigInteger),
    Column("cases", Integer),
    Column("events", BigInteger),
    Column("begins_at", moment_type()),
    Column("ends_at", moment_type()),
    Column("error", Text),
    Column("hint", Text),
    PrimaryKeyConstraint("organisation", "id"),
    comment="event logs of other programs; status: looking (its columns are being looked at), draft (somebody has to say "
    "what they mean), reading, ready, failed. The log itself lies in the data folder as Parquet under log_sha256",
)

log_figures = Table(
    "log_figures",
    metadata,
    organisation_column(),
    needed("log", id_type()),
    needed("chosen", Text),
    needed("filter", JSON, server_default=EMPTY_JSON),
    needed("status", Text),
    needed("doing", Text, server_default=EMPTY_TEXT),
    needed("share", Double, server_default=text("0")),
    needed("fingerprint", Text),
    needed("asked_at", moment_type()),
    Column("as_of", moment_type()),
    Column("figures", JSON),
    Column("picture", Text),
    Column("page", Text),
    Column("rows_sha256", Text),
    Column("error", Text),
    PrimaryKeyConstraint("organisation", "log", "chosen"),
    ForeignKeyConstraint(
        ["organisation", "log"], ["imported_logs.organisation", "imported_logs.id"], ondelete="CASCADE"
    ),
    comment="what was worked out of an imported log; chosen: a mark of the filter, empty for all its cases; status: "
    "waiting, ready, failed. page: the report as HTML; its cases row by row lie in the data folder as Parquet under "
    "rows_sha256. It can be thrown away at any time",
)
