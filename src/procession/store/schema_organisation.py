"""Tables of the organisation: its people, who may come in, its definitions."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

from procession.store.schema_parts import (
    EMPTY_JSON,
    EMPTY_TEXT,
    FALSE,
    NOW,
    TRUE,
    id_type,
    metadata,
    moment_type,
    needed,
    organisation_column,
)

# --- the organisation ------------------------------------------------------------------------------------------------

organisations = Table(
    "organisations",
    metadata,
    organisation_column(),
    needed("title", Text, server_default=EMPTY_TEXT),
    Column("calendar", Text),
    needed("version", BigInteger, server_default=text("1")),
    needed("created_at", moment_type(), server_default=NOW),
    needed("planned_version", BigInteger, server_default=text("0")),
    PrimaryKeyConstraint("organisation"),
    comment="version grows with every change of people, calendars, settings and definitions: caches compare it",
)

people = Table(
    "people",
    metadata,
    organisation_column(),
    needed("id", Text),
    needed("name", Text),
    needed("email", Text, server_default=EMPTY_TEXT),
    Column("manager", Text),
    Column("calendar", Text),
    Column("password_hash", Text),
    needed("admin", Boolean, server_default=FALSE),
    needed("active", Boolean, server_default=TRUE),
    needed("failed_logins", Integer, server_default=text("0")),
    Column("locked_until", moment_type()),
    needed("preferences", JSONB, server_default=EMPTY_JSON),
    needed("created_at", moment_type(), server_default=NOW),
    PrimaryKeyConstraint("organisation", "id"),
    Index("people_email", "organisation", text("lower(email)"), unique=True, postgresql_where=text("email <> ''")),
)

groups = Table(
    "groups",
    metadata,
    organisation_column(),
    needed("id", Text),
    needed("title", Text),
    PrimaryKeyConstraint("organisation", "id"),
)

roles = Table(
    "roles",
    metadata,
    organisation_column(),
    needed("id", Text),
    needed("title", Text),
    PrimaryKeyConstraint("organisation", "id"),
)

group_members = Table(
    "group_members",
    metadata,
    organisation_column(),
    needed("group_id", Text),
    needed("person", Text),
    needed("place", Integer, server_default=text("0")),
    PrimaryKeyConstraint("organisation", "group_id", "person"),
    ForeignKeyConstraint(["organisation", "group_id"], ["groups.organisation", "groups.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

role_members = Table(
    "role_members",
    metadata,
    organisation_column(),
    needed("role_id", Text),
    needed("person", Text),
    needed("place", Integer, server_default=text("0")),
    PrimaryKeyConstraint("organisation", "role_id", "person"),
    ForeignKeyConstraint(["organisation", "role_id"], ["roles.organisation", "roles.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

absences = Table(
    "absences",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("person", Text),
    needed("begins", Date),
    needed("ends", Date),
    Column("substitute", Text),
    PrimaryKeyConstraint("organisation", "id"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

calendars = Table(
    "calendars",
    metadata,
    organisation_column(),
    needed("id", Text),
    needed("definition", JSONB),
    PrimaryKeyConstraint("organisation", "id"),
)

settings = Table(
    "settings",
    metadata,
    organisation_column(),
    needed("name", Text),
    needed("value", JSONB),
    needed("changed_at", moment_type(), server_default=NOW),
    needed("changed_by", Text, server_default=EMPTY_TEXT),
    PrimaryKeyConstraint("organisation", "name"),
)

# --- doors -----------------------------------------------------------------------------------------------------------

sessions = Table(
    "sessions",
    metadata,
    organisation_column(),
    needed("token_hash", LargeBinary),
    needed("person", Text),
    needed("created_at", moment_type()),
    needed("last_seen_at", moment_type()),
    needed("expires_at", moment_type()),
    needed("user_agent", Text, server_default=EMPTY_TEXT),
    needed("address", Text, server_default=EMPTY_TEXT),
    PrimaryKeyConstraint("organisation", "token_hash"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("token_hash", LargeBinary),
    needed("person", Text),
    needed("name", Text),
    needed("scopes", ARRAY(Text)),
    needed("created_at", moment_type()),
    Column("expires_at", moment_type()),
    Column("last_used_at", moment_type()),
    Column("revoked_at", moment_type()),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "token_hash"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

guest_links = Table(
    "guest_links",
    metadata,
    organisation_column(),
    needed("id", id_type()),
    needed("token_hash", LargeBinary),
    needed("kind", Text),
    needed("case_id", id_type()),
    Column("activation", Text),
    needed("guest", Text),
    needed("created_at", moment_type()),
    Column("expires_at", moment_type()),
    Column("revoked_at", moment_type()),
    Column("last_used_at", moment_type()),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "token_hash"),
    Index("guest_links_case", "organisation", "case_id"),
    comment="kind: task (do one task) or status (see how a case of one's own goes)",
)

rate_limits = Table(
    "rate_limits",
    metadata,
    organisation_column(),
    needed("bucket", Text),
    needed("tokens", Double),
    needed("at", moment_type()),
    PrimaryKeyConstraint("organisation", "bucket"),
    prefixes=["UNLOGGED"],
    comment="bucket: a hash of door and caller; tokens: requests it had left at that moment; "
    "lost in a crash, which is fine",
)

command_keys = Table(
    "command_keys",
    metadata,
    organisation_column(),
    needed("key", Text),
    needed("body_hash", Text),
    needed("at", moment_type()),
    needed("case_id", id_type()),
    needed("first_seq", Integer),
    needed("last_seq", Integer),
    Column("answer", JSON),
    PrimaryKeyConstraint("organisation", "key"),
    Index("command_keys_at", "at"),
    comment="a repeated command finds its key and gets the first answer",
)

# --- definitions -----------------------------------------------------------------------------------------------------

definitions = Table(
    "definitions",
    metadata,
    organisation_column(),
    needed("id", Text),
    needed("version", Integer),
    needed("kind", Text),
    needed("title", Text),
    needed("text", Text),
    needed("sha256", Text),
    needed("status", Text, server_default=text("'published'")),
    needed("published_at", moment_type()),
    needed("published_by", Text),
    needed("accepted", JSONB, server_default=text("'[]'")),
    PrimaryKeyConstraint("organisation", "id", "version"),
    comment="a published version never changes; only its status does (published, retired; pilot, withdrawn)",
)

shared_files = Table(
    "shared_files",
    metadata,
    organisation_column(),
    needed("kind", Text),
    needed("id", Text),
    needed("version", Integer),
    needed("text", Text),
    needed("sha256", Text),
    needed("published_at", moment_type()),
    needed("published_by", Text),
    PrimaryKeyConstraint("organisation", "kind", "id", "version"),
    comment="what definitions share; kind: decision, connection, data set",
)

schedules = Table(
    "schedules",
    metadata,
    organisation_column(),
    needed("definition", Text),
    Column("next_at", moment_type()),
    Column("claimed_until", moment_type()),
    Column("last_at", moment_type()),
    Column("last_case", id_type()),
    Column("last_error", Text),
    PrimaryKeyConstraint("organisation", "definition"),
    Index("schedules_by_time", "next_at"),
    comment="next_at: when the next case is to start; claimed_until: a worker is at it; "
    "last_*: how the latest run went",
)

numbers = Table(
    "numbers",
    metadata,
    organisation_column(),
    needed("definition", Text),
    needed("last", Integer),
    PrimaryKeyConstraint("organisation", "definition"),
    comment="the running numbers of cases",
)
