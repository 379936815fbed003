"""The tables. Every key begins with the organisation; row-level security holds every table to the organisation at hand.

| role | may |
| --- | --- |
| `procession_owner` | owns and migrates the tables |
| `procession_app` | is what server and workers connect as: owns nothing, sees one organisation, only appends events |

`migrate` brings a database to this version. The migrations are frozen SQL; a test compares their result with this
file.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

from procession.store.migrate import migrate

__all__ = ["APP_ROLE", "CHANNEL", "metadata", "migrate"]

APP_ROLE: Final = "procession_app"
"""The role the application works as."""

CHANNEL: Final = "procession"
"""Every commit that changes a case is announced here."""

metadata = MetaData()

_NOW = text("now()")
_EMPTY_TEXT = text("''")
_EMPTY_JSON = text("'{}'")
_FALSE = text("false")
_TRUE = text("true")


def _id() -> Uuid[str]:
    return Uuid(as_uuid=False)


def _at() -> DateTime:
    return DateTime(timezone=True)


def _column(name: str, type_: Any, **more: Any) -> Column[Any]:
    """A column that must have a value."""
    return Column(name, type_, nullable=False, **more)


def _organisation() -> Column[str]:
    return Column("organisation", Text, nullable=False)


# --- the organisation ------------------------------------------------------------------------------------------------

organisations = Table(
    "organisations",
    metadata,
    _organisation(),
    _column("title", Text, server_default=_EMPTY_TEXT),
    Column("calendar", Text),
    _column("version", BigInteger, server_default=text("1")),
    _column("created_at", _at(), server_default=_NOW),
    PrimaryKeyConstraint("organisation"),
    comment="version grows with every change of people, calendars, settings and definitions: caches compare it",
)

people = Table(
    "people",
    metadata,
    _organisation(),
    _column("id", Text),
    _column("name", Text),
    _column("email", Text, server_default=_EMPTY_TEXT),
    Column("manager", Text),
    Column("calendar", Text),
    Column("password_hash", Text),
    _column("admin", Boolean, server_default=_FALSE),
    _column("active", Boolean, server_default=_TRUE),
    _column("failed_logins", Integer, server_default=text("0")),
    Column("locked_until", _at()),
    _column("preferences", JSONB, server_default=_EMPTY_JSON),
    _column("created_at", _at(), server_default=_NOW),
    PrimaryKeyConstraint("organisation", "id"),
    Index("people_email", "organisation", text("lower(email)"), unique=True, postgresql_where=text("email <> ''")),
)

groups = Table(
    "groups",
    metadata,
    _organisation(),
    _column("id", Text),
    _column("title", Text),
    PrimaryKeyConstraint("organisation", "id"),
)

roles = Table(
    "roles",
    metadata,
    _organisation(),
    _column("id", Text),
    _column("title", Text),
    PrimaryKeyConstraint("organisation", "id"),
)

group_members = Table(
    "group_members",
    metadata,
    _organisation(),
    _column("group_id", Text),
    _column("person", Text),
    _column("place", Integer, server_default=text("0")),
    PrimaryKeyConstraint("organisation", "group_id", "person"),
    ForeignKeyConstraint(["organisation", "group_id"], ["groups.organisation", "groups.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

role_members = Table(
    "role_members",
    metadata,
    _organisation(),
    _column("role_id", Text),
    _column("person", Text),
    _column("place", Integer, server_default=text("0")),
    PrimaryKeyConstraint("organisation", "role_id", "person"),
    ForeignKeyConstraint(["organisation", "role_id"], ["roles.organisation", "roles.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

absences = Table(
    "absences",
    metadata,
    _organisation(),
    _column("id", _id()),
    _column("person", Text),
    _column("begins", Date),
    _column("ends", Date),
    Column("substitute", Text),
    PrimaryKeyConstraint("organisation", "id"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

calendars = Table(
    "calendars",
    metadata,
    _organisation(),
    _column("id", Text),
    _column("definition", JSONB),
    PrimaryKeyConstraint("organisation", "id"),
)

settings = Table(
    "settings",
    metadata,
    _organisation(),
    _column("name", Text),
    _column("value", JSONB),
    _column("changed_at", _at(), server_default=_NOW),
    _column("changed_by", Text, server_default=_EMPTY_TEXT),
    PrimaryKeyConstraint("organisation", "name"),
)

# --- doors -----------------------------------------------------------------------------------------------------------

sessions = Table(
    "sessions",
    metadata,
    _organisation(),
    _column("token_hash", LargeBinary),
    _column("person", Text),
    _column("created_at", _at()),
    _column("last_seen_at", _at()),
    _column("expires_at", _at()),
    _column("user_agent", Text, server_default=_EMPTY_TEXT),
    _column("address", Text, server_default=_EMPTY_TEXT),
    PrimaryKeyConstraint("organisation", "token_hash"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _organisation(),
    _column("id", _id()),
    _column("token_hash", LargeBinary),
    _column("person", Text),
    _column("name", Text),
    _column("scopes", ARRAY(Text)),
    _column("created_at", _at()),
    Column("expires_at", _at()),
    Column("last_used_at", _at()),
    Column("revoked_at", _at()),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "token_hash"),
    ForeignKeyConstraint(["organisation", "person"], ["people.organisation", "people.id"], ondelete="CASCADE"),
)

guest_links = Table(
    "guest_links",
    metadata,
    _organisation(),
    _column("id", _id()),
    _column("token_hash", LargeBinary),
    _column("kind", Text),
    _column("case_id", _id()),
    Column("activation", Text),
    _column("guest", Text),
    _column("created_at", _at()),
    Column("expires_at", _at()),
    Column("revoked_at", _at()),
    Column("last_used_at", _at()),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "token_hash"),
    Index("guest_links_case", "organisation", "case_id"),
    comment="kind: task (do one task) or status (see how a case of one's own goes)",
)

command_keys = Table(
    "command_keys",
    metadata,
    _organisation(),
    _column("key", Text),
    _column("body_hash", Text),
    _column("at", _at()),
    _column("case_id", _id()),
    _column("first_seq", Integer),
    _column("last_seq", Integer),
    Column("answer", JSON),
    PrimaryKeyConstraint("organisation", "key"),
    Index("command_keys_at", "at"),
    comment="a repeated command finds its key and gets the first answer",
)

# --- definitions -----------------------------------------------------------------------------------------------------

definitions = Table(
    "definitions",
    metadata,
    _organisation(),
    _column("id", Text),
    _column("version", Integer),
    _column("kind", Text),
    _column("title", Text),
    _column("text", Text),
    _column("sha256", Text),
    _column("status", Text, server_default=text("'published'")),
    _column("published_at", _at()),
    _column("published_by", Text),
    _column("accepted", JSONB, server_default=text("'[]'")),
    PrimaryKeyConstraint("organisation", "id", "version"),
    comment="a published version never changes; only its status does (published, retired)",
)

shared_files = Table(
    "shared_files",
    metadata,
    _organisation(),
    _column("kind", Text),
    _column("id", Text),
    _column("version", Integer),
    _column("text", Text),
    _column("sha256", Text),
    _column("published_at", _at()),
    _column("published_by", Text),
    PrimaryKeyConstraint("organisation", "kind", "id", "version"),
    comment="what definitions share; kind: decision, connection, data set",
)

numbers = Table(
    "numbers",
    metadata,
    _organisation(),
    _column("definition", Text),
    _column("last", Integer),
    PrimaryKeyConstraint("organisation", "definition"),
    comment="the running numbers of cases",
)

# --- cases -----------------------------------------------------------------------------------------------------------

cases = Table(
    "cases",
    metadata,
    _organisation(),
    _column("id", _id()),
    _column("seq", Integer),
    _column("hash", LargeBinary),
    _column("definition", Text),
    _column("version", Integer),
    _column("kind", Text),
    _column("status", Text),
    Column("outcome", Text),
    _column("name", Text),
    _column("number", Integer),
    _column("starter", Text),
    _column("started_at", _at()),
    Column("closed_at", _at()),
    Column("due_at", _at()),
    _column("changed_at", _at()),
    Column("parent", _id()),
    Column("parent_activation", Text),
    Column("process_case", _id()),
    Column("member", Text),
    _column("incidents", Integer, server_default=text("0")),
    _column("committed_at", _at(), server_default=_NOW),
    _column("snapshot", JSONB),
    PrimaryKeyConstraint("organisation", "id"),
    Index("cases_of_definition", "organisation", "definition", "id"),
    Index("cases_of_starter", "organisation", "starter", "id"),
    Index("cases_of_process", "organisation", "process_case", postgresql_where=text("process_case IS NOT NULL")),
    Index(
        "cases_of_parent",
        "organisation",
        "parent",
        "parent_activation",
        unique=True,
        postgresql_where=text("parent IS NOT NULL"),
    ),
    Index("cases_due", "organisation", "due_at", postgresql_where=text("status = 'open' AND due_at IS NOT NULL")),
    Index("cases_by_commit", "committed_at", postgresql_using="brin"),
    comment="seq is the number of the last event, hash the end of its hash chain; changed_at is a case's own time, "
    "committed_at the database's",
)

events = Table(
    "events",
    metadata,
    _organisation(),
    _column("case_id", _id()),
    _column("seq", Integer),
    _column("at", _at()),
    _column("actor", Text),
    _column("type", Text),
    _column("version", Integer),
    _column("payload", JSON),
    _column("hash", LargeBinary),
    PrimaryKeyConstraint("organisation", "case_id", "seq"),
    comment="append only; the payload is kept as the very text that was hashed",
)

tasks = Table(
    "tasks",
    metadata,
    _organisation(),
    _column("case_id", _id()),
    _column("activation", Text),
    _column("definition", Text),
    _column("step", Text),
    _column("kind", Text),
    _column("title", Text),
    _column("status", Text),
    Column("assignee", Text),
    _column("candidates", ARRAY(Text)),
    _column("guest", Boolean, server_default=_FALSE),
    _column("attempt", Integer, server_default=text("1")),
    Column("department", Text),
    _column("ready_at", _at()),
    Column("assigned_at", _at()),
    Column("first_opened_at", _at()),
    Column("started_at", _at()),
    Column("due_at", _at()),
    Column("closed_at", _at()),
    Column("completed_by", Text),
    Column("outcome", Text),
    PrimaryKeyConstraint("organisation", "case_id", "activation"),
    Index(
        "tasks_of_assignee",
        "organisation",
        "assignee",
        text("coalesce(due_at, 'infinity')"),
        "case_id",
        "activation",
        postgresql_where=text("status = 'open'"),
    ),
    Index("tasks_given", "organisation", "assignee", "assigned_at"),
    Index("tasks_done_by", "organisation", "completed_by", "closed_at", postgresql_where=text("status = 'done'")),
    comment="status: open, done, withdrawn, skipped",
)

candidates = Table(
    "candidates",
    metadata,
    _organisation(),
    _column("person", Text),
    _column("case_id", _id()),
    _column("activation", Text),
    Column("due_at", _at()),
    PrimaryKeyConstraint("organisation", "case_id", "activation", "person"),
    Index(
        "candidates_of_person",
        "organisation",
        "person",
        text("coalesce(due_at, 'infinity')"),
        "case_id",
        "activation",
    ),
    comment="who may claim which open task: lets one page of an inbox be read in order of due date",
)

timers = Table(
    "timers",
    metadata,
    _organisation(),
    _column("case_id", _id()),
    _column("activation", Text),
    _column("timer", Text),
    _column("at", _at()),
    _column("tries", Integer, server_default=text("0")),
    Column("claimed_until", _at()),
    PrimaryKeyConstraint("organisation", "case_id", "activation", "timer"),
    Index("timers_due", "at"),
)

waits = Table(
    "waits",
    metadata,
    _organisation(),
    _column("case_id", _id()),
    _column("activation", Text),
    _column("name", Text),
    _column("key", Text),
    _column("since", _at()),
    PrimaryKeyConstraint("organisation", "case_id", "activation"),
    Index("waits_for", "organisation", "name", "key", "since"),
)

messages = Table(
    "messages",
    metadata,
    _organisation(),
    _column("id", _id()),
    _column("name", Text),
    _column("key", Text),
    _column("data", JSON),
    _column("sent_at", _at()),
    _column("sent_by", Text),
    _column("keep_until", _at()),
    Column("taken_at", _at()),
    Column("case_id", _id()),
    Column("activation", Text),
    PrimaryKeyConstraint("organisation", "id"),
    Index("messages_kept", "organisation", "name", "key", "sent_at", postgresql_where=text("taken_at IS NULL")),
)

incidents = Table(
    "incidents",
    metadata,
    _organisation(),
    _column("case_id", _id()),
    _column("incident", Text),
    _column("code", Text),
    _column("sentence", Text),
    Column("activation", Text),
    Column("step", Text),
    Column("owner", Text),
    _column("opened_at", _at()),
    Column("resolved_at", _at()),
    Column("resolved_by", Text),
    Column("how", Text),
    PrimaryKeyConstraint("organisation", "case_id", "incident"),
    Index("incidents_open", "organisation", "opened_at", postgresql_where=text("resolved_at IS NULL")),
)

jobs = Table(
    "jobs",
    metadata,
    _organisation(),
    _column("case_id", _id()),
    _column("seq", Integer),
    _column("kind", Text),
    _column("activation", Text),
    _column("attempt", Integer),
    _column("status", Text),
    _column("after", _at()),
    _column("requested_at", _at()),
    Column("finished_at", _at()),
    Column("error", Text),
    PrimaryKeyConstraint("organisation", "case_id", "seq"),
    Index("jobs_of_activation", "organisation", "case_id", "activation", "attempt"),
    Index("jobs_waiting", "organisation", "after", postgresql_where=text("status = 'waiting'")),
    comment="one row per event that asks for machine work, named by it; status: waiting, done, failed, moot",
)

views = Table(
    "views",
    metadata,
    _organisation(),
    _column("id", _id()),
    _column("case_id", _id()),
    Column("activation", Text),
    _column("person", Text),
    _column("at", _at()),
    PrimaryKeyConstraint("organisation", "case_id", "id"),
    comment="who looked at a case or a task that is not theirs to do",
)

# --- telling people --------------------------------------------------------------------------------------------------

notifications = Table(
    "notifications",
    metadata,
    _organisation(),
    _column("person", Text),
    _column("case_id", _id()),
    _column("seq", Integer),
    _column("what", Text),
    _column("text", Text),
    Column("activation", Text),
    _column("at", _at()),
    Column("read_at", _at()),
    PrimaryKeyConstraint("organisation", "case_id", "seq", "person"),
    Index("notifications_of", "organisation", "person", "at"),
)

mails = Table(
    "mails",
    metadata,
    _organisation(),
    _column("id", Text),
    _column("address", Text),
    Column("person", Text),
    _column("subject", Text),
    _column("text", Text),
    _column("attachments", JSONB, server_default=text("'[]'")),
    _column("what", Text),
    Column("case_id", _id()),
    _column("status", Text),
    _column("created_at", _at()),
    Column("sent_at", _at()),
    Column("error", Text),
    PrimaryKeyConstraint("organisation", "id"),
    Index("mails_by_time", "organisation", "created_at"),
    comment="the outbox; status: waiting, sent, kept (there is no mail server), failed",
)

drafts = Table(
    "drafts",
    metadata,
    _organisation(),
    _column("case_id", _id()),
    _column("activation", Text),
    _column("person", Text),
    _column("values", JSON),
    _column("saved_at", _at()),
    PrimaryKeyConstraint("organisation", "case_id", "activation", "person"),
)

files = Table(
    "files",
    metadata,
    _organisation(),
    _column("id", _id()),
    _column("sha256", Text),
    _column("name", Text),
    _column("type", Text),
    _column("size", BigInteger),
    Column("case_id", _id()),
    _column("uploaded_at", _at()),
    _column("uploaded_by", Text),
    PrimaryKeyConstraint("organisation", "id"),
    Index("files_by_hash", "organisation", "sha256"),
    Index("files_of_case", "organisation", "case_id"),
    comment="what is known of a file; its bytes lie in the data folder under their sha256",
)

checkpoints = Table(
    "checkpoints",
    metadata,
    _organisation(),
    _column("at", _at()),
    _column("heads", JSONB),
    _column("root", LargeBinary),
    PrimaryKeyConstraint("organisation", "at"),
    comment="heads: case and number of its last event, of all cases that went on since the checkpoint before; "
    "root: Merkle root over the root before and the hashes of those events",
)
