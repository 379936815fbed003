"""Tables around cases: who looked, who was told, drafts, files, checkpoints."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

from procession.store.schema_parts import (
    id_type,
    metadata,
    moment_type,
    needed,
    organisation_column,
)

views = Table(
    "views",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("case_id", id_type()),
    Column("activation", Text),
    needed("person", Text),
    needed("at", moment_type()),
    PrimaryKeyConstraint("organisation", "case_id", "id"),
    comment="who looked at a case or a task that is not theirs to do",
)

# --- telling people --------------------------------------------------------------------------------------------------

notifications = Table(
    "notifications",
    metadata,
    organisation_column(),
    needed("person", Text),
    needed("case_id", id_type()),
    needed("seq", Integer),
    needed("what", Text),
    needed("text", Text),
    Column("activation", Text),
    needed("at", moment_type()),
    Column("read_at", moment_type()),
    PrimaryKeyConstraint("organisation", "case_id", "seq", "person"),
    Index("notifications_of", "organisation", "person", "at"),
    Index("notifications_unread", "organisation", "person", postgresql_where=text("read_at IS NULL")),
)

saved_views = Table(
    "saved_views",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("person", Text),
    needed("page", Text),
    needed("name", Text),
    needed("query", Text),
    needed("shared", Boolean),
    needed("created_at", moment_type()),
    PrimaryKeyConstraint("organisation", "id"),
    Index("saved_views_of", "organisation", "person"),
    comment="a list with its filters under a name; query: the part of the address after the question mark",
)

definition_drafts = Table(
    "definition_drafts",
    metadata,
    organisation_column(),
    needed("definition", Text),
    needed("files", JSON),
    needed("based_on", Integer),
    needed("revision", Integer),
    needed("saved_by", Text),
    needed("saved_at", moment_type()),
    PrimaryKeyConstraint("organisation", "definition"),
    comment="what is being changed in a definition, not published yet; revision: how often it was saved",
)

kept_figures = Table(
    "kept_figures",
    metadata,
    organisation_column(),
    needed("definition", Text),
    needed("fingerprint", Text),
    needed("events", Text),
    needed("as_of", moment_type()),
    needed("figures", JSON),
    Column("learned_from", Text),
    Column("learned", JSON),
    PrimaryKeyConstraint("organisation", "definition"),
    comment="what was worked out of a definition's cases; fingerprint: of the program and the organisation, events: of "
    "the records it rests on. It can be thrown away at any time",
)

pilots = Table(
    "pilots",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("definition", Text),
    needed("baseline", Integer),
    needed("version", Integer),
    needed("status", Text),
    needed("share", Float),
    needed("audience", JSONB),
    needed("why", Text),
    needed("question", Text),
    needed("guards", JSONB),
    needed("history", JSONB),
    needed("begun_at", moment_type()),
    needed("since", moment_type()),
    needed("begun_by", Text),
    Column("ended_at", moment_type()),
    PrimaryKeyConstraint("organisation", "id"),
    Index(
        "pilots_open",
        "organisation",
        "definition",
        unique=True,
        postgresql_where=text("status IN ('running', 'paused')"),
    ),
    comment="a version that is tried with some of the new cases; since: the comparison counts cases from here",
)

pilot_answers = Table(
    "pilot_answers",
    metadata,
    organisation_column(),
    needed("pilot", id_type()),
    needed("case_id", id_type()),
    needed("person", Text),
    needed("better", Boolean),
    needed("text", Text),
    needed("at", moment_type()),
    PrimaryKeyConstraint("organisation", "pilot", "case_id", "person"),
    comment="whether those who worked with the version that is tried found it better",
)

step_reports = Table(
    "step_reports",
    metadata,
    organisation_column(),
    needed("definition", Text),
    needed("step", Text),
    needed("person", Text),
    needed("week", Date),
    needed("at", moment_type()),
    PrimaryKeyConstraint("organisation", "definition", "step", "person", "week"),
    comment="who said that a step drives them crazy; once a week each, and shown in groups of five only",
)

mails = Table(
    "mails",
    metadata,
    organisation_column(),
    needed("id", Text),
    needed("address", Text),
    Column("person", Text),
    needed("subject", Text),
    needed("text", Text),
    needed("attachments", JSONB, server_default=text("'[]'")),
    needed("what", Text),
    Column("case_id", id_type()),
    needed("status", Text),
    needed("created_at", moment_type()),
    Column("sent_at", moment_type()),
    Column("error", Text),
    PrimaryKeyConstraint("organisation", "id"),
    Index("mails_by_time", "organisation", "created_at"),
    comment="the outbox; status: waiting, sent, kept (there is no mail server), failed",
)

drafts = Table(
    "drafts",
    metadata,
    organisation_column(),
    needed("case_id", id_type()),
    needed("activation", Text),
    needed("person", Text),
    needed("values", JSON),
    needed("saved_at", moment_type()),
    PrimaryKeyConstraint("organisation", "case_id", "activation", "person"),
)

files = Table(
    "files",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("sha256", Text),
    needed("name", Text),
    needed("type", Text),
    needed("size", BigInteger),
    Column("case_id", id_type()),
    needed("uploaded_at", moment_type()),
    needed("uploaded_by", Text),
    PrimaryKeyConstraint("organisation", "id"),
    Index("files_by_hash", "organisation", "sha256"),
    Index("files_of_case", "organisation", "case_id"),
    comment="what is known of a file; its bytes lie in the data folder under their sha256",
)

checkpoints = Table(
    "checkpoints",
    metadata,
    organisation_column(),
    needed("at", moment_type()),
    needed("heads", JSONB),
    needed("root", LargeBinary),
    PrimaryKeyConstraint("organisation", "at"),
    comment="heads: case and number of its last event, of all cases that went on since the checkpoint before; "
    "root: Merkle root over the root before and the hashes of those events",
)
