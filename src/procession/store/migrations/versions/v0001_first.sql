-- The tables of the first release. Frozen: later changes are later migrations.

CREATE TABLE calendars (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    definition JSONB NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE TABLE candidates (
    organisation TEXT NOT NULL,
    person TEXT NOT NULL,
    case_id UUID NOT NULL,
    activation TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (organisation, case_id, activation, person)
);

CREATE INDEX candidates_of_person ON candidates (organisation, person, coalesce(due_at, 'infinity'), case_id, activation);

COMMENT ON TABLE candidates IS 'who may claim which open task: lets one page of an inbox be read in order of due date';

CREATE TABLE cases (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    seq INTEGER NOT NULL,
    hash BYTEA NOT NULL,
    definition TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    starter TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    parent UUID,
    parent_activation TEXT,
    process_case UUID,
    member TEXT,
    incidents INTEGER DEFAULT 0 NOT NULL,
    committed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    snapshot JSONB NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE INDEX cases_by_commit ON cases USING brin (committed_at);

CREATE INDEX cases_due ON cases (organisation, due_at) WHERE status = 'open' AND due_at IS NOT NULL;

CREATE INDEX cases_of_definition ON cases (organisation, definition, id);

CREATE UNIQUE INDEX cases_of_parent ON cases (organisation, parent, parent_activation) WHERE parent IS NOT NULL;

CREATE INDEX cases_of_process ON cases (organisation, process_case) WHERE process_case IS NOT NULL;

CREATE INDEX cases_of_starter ON cases (organisation, starter, id);

COMMENT ON TABLE cases IS 'seq is the number of the last event, hash the end of its hash chain; changed_at is a case''s own time, committed_at the database''s';

CREATE TABLE checkpoints (
    organisation TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    heads JSONB NOT NULL,
    root BYTEA NOT NULL,
    PRIMARY KEY (organisation, at)
);

COMMENT ON TABLE checkpoints IS 'heads: case and number of its last event, of all cases that went on since the checkpoint before; root: Merkle root over the root before and the hashes of those events';

CREATE TABLE command_keys (
    organisation TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    case_id UUID NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    answer JSON,
    PRIMARY KEY (organisation, key)
);

CREATE INDEX command_keys_at ON command_keys (at);

COMMENT ON TABLE command_keys IS 'a repeated command finds its key and gets the first answer';

CREATE TABLE definitions (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    status TEXT DEFAULT 'published' NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_by TEXT NOT NULL,
    accepted JSONB DEFAULT '[]' NOT NULL,
    PRIMARY KEY (organisation, id, version)
);

COMMENT ON TABLE definitions IS 'a published version never changes; only its status does (published, retired)';

CREATE TABLE drafts (
    organisation TEXT NOT NULL,
    case_id UUID NOT NULL,
    activation TEXT NOT NULL,
    person TEXT NOT NULL,
    values JSON NOT NULL,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, case_id, activation, person)
);

CREATE TABLE events (
    organisation TEXT NOT NULL,
    case_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    payload JSON NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (organisation, case_id, seq)
);

COMMENT ON TABLE events IS 'append only; the payload is kept as the very text that was hashed';

CREATE TABLE files (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size BIGINT NOT NULL,
    case_id UUID,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    uploaded_by TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE INDEX files_by_hash ON files (organisation, sha256);

CREATE INDEX files_of_case ON files (organisation, case_id);

COMMENT ON TABLE files IS 'what is known of a file; its bytes lie in the data folder under their sha256';

CREATE TABLE groups (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE TABLE guest_links (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    kind TEXT NOT NULL,
    case_id UUID NOT NULL,
    activation TEXT,
    guest TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (organisation, id),
    UNIQUE (organisation, token_hash)
);

CREATE INDEX guest_links_case ON guest_links (organisation, case_id);

COMMENT ON TABLE guest_links IS 'kind: task (do one task) or status (see how a case of one''s own goes)';

CREATE TABLE incidents (
    organisation TEXT NOT NULL,
    case_id UUID NOT NULL,
    incident TEXT NOT NULL,
    code TEXT NOT NULL,
    sentence TEXT NOT NULL,
    activation TEXT,
    step TEXT,
    owner TEXT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by TEXT,
    how TEXT,
    PRIMARY KEY (organisation, case_id, incident)
);

CREATE INDEX incidents_open ON incidents (organisation, opened_at) WHERE resolved_at IS NULL;

CREATE TABLE jobs (
    organisation TEXT NOT NULL,
    case_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    activation TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    status TEXT NOT NULL,
    after TIMESTAMP WITH TIME ZONE NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    PRIMARY KEY (organisation, case_id, seq)
);

CREATE INDEX jobs_of_activation ON jobs (organisation, case_id, activation, attempt);

CREATE INDEX jobs_waiting ON jobs (organisation, after) WHERE status = 'waiting';

COMMENT ON TABLE jobs IS 'one row per event that asks for machine work, named by it; status: waiting, done, failed, moot';

CREATE TABLE mails (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    address TEXT NOT NULL,
    person TEXT,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    attachments JSONB DEFAULT '[]' NOT NULL,
    what TEXT NOT NULL,
    case_id UUID,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    PRIMARY KEY (organisation, id)
);

CREATE INDEX mails_by_time ON mails (organisation, created_at);

COMMENT ON TABLE mails IS 'the outbox; status: waiting, sent, kept (there is no mail server), failed';

CREATE TABLE messages (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    data JSON NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_by TEXT NOT NULL,
    keep_until TIMESTAMP WITH TIME ZONE NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE,
    case_id UUID,
    activation TEXT,
    PRIMARY KEY (organisation, id)
);

CREATE INDEX messages_kept ON messages (organisation, name, key, sent_at) WHERE taken_at IS NULL;

CREATE TABLE notifications (
    organisation TEXT NOT NULL,
    person TEXT NOT NULL,
    case_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    what TEXT NOT NULL,
    text TEXT NOT NULL,
    activation TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (organisation, case_id, seq, person)
);

CREATE INDEX notifications_of ON notifications (organisation, person, at);

CREATE TABLE numbers (
    organisation TEXT NOT NULL,
    definition TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (organisation, definition)
);

COMMENT ON TABLE numbers IS 'the running numbers of cases';

CREATE TABLE organisations (
    organisation TEXT NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    calendar TEXT,
    version BIGINT DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (organisation)
);

COMMENT ON TABLE organisations IS 'version grows with every change of people, calendars, settings and definitions: caches compare it';

CREATE TABLE people (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT DEFAULT '' NOT NULL,
    manager TEXT,
    calendar TEXT,
    password_hash TEXT,
    admin BOOLEAN DEFAULT false NOT NULL,
    active BOOLEAN DEFAULT true NOT NULL,
    failed_logins INTEGER DEFAULT 0 NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    preferences JSONB DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE UNIQUE INDEX people_email ON people (organisation, lower(email)) WHERE email <> '';

CREATE TABLE roles (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE TABLE settings (
    organisation TEXT NOT NULL,
    name TEXT NOT NULL,
    value JSONB NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    changed_by TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (organisation, name)
);

CREATE TABLE shared_files (
    organisation TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (organisation, kind, id, version)
);

COMMENT ON TABLE shared_files IS 'what definitions share; kind: decision, connection, data set';

CREATE TABLE tasks (
    organisation TEXT NOT NULL,
    case_id UUID NOT NULL,
    activation TEXT NOT NULL,
    definition TEXT NOT NULL,
    step TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    assignee TEXT,
    candidates TEXT[] NOT NULL,
    guest BOOLEAN DEFAULT false NOT NULL,
    attempt INTEGER DEFAULT 1 NOT NULL,
    department TEXT,
    ready_at TIMESTAMP WITH TIME ZONE NOT NULL,
    assigned_at TIMESTAMP WITH TIME ZONE,
    first_opened_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    completed_by TEXT,
    outcome TEXT,
    PRIMARY KEY (organisation, case_id, activation)
);

CREATE INDEX tasks_done_by ON tasks (organisation, completed_by, closed_at) WHERE status = 'done';

CREATE INDEX tasks_given ON tasks (organisation, assignee, assigned_at);

CREATE INDEX tasks_of_assignee ON tasks (organisation, assignee, coalesce(due_at, 'infinity'), case_id, activation) WHERE status = 'open';

COMMENT ON TABLE tasks IS 'status: open, done, withdrawn, skipped';

CREATE TABLE timers (
    organisation TEXT NOT NULL,
    case_id UUID NOT NULL,
    activation TEXT NOT NULL,
    timer TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER DEFAULT 0 NOT NULL,
    claimed_until TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (organisation, case_id, activation, timer)
);

CREATE INDEX timers_due ON timers (at);

CREATE TABLE views (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    case_id UUID NOT NULL,
    activation TEXT,
    person TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, case_id, id)
);

COMMENT ON TABLE views IS 'who looked at a case or a task that is not theirs to do';

CREATE TABLE waits (
    organisation TEXT NOT NULL,
    case_id UUID NOT NULL,
    activation TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, case_id, activation)
);

CREATE INDEX waits_for ON waits (organisation, name, key, since);

CREATE TABLE absences (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    person TEXT NOT NULL,
    begins DATE NOT NULL,
    ends DATE NOT NULL,
    substitute TEXT,
    PRIMARY KEY (organisation, id),
    FOREIGN KEY(organisation, person) REFERENCES people (organisation, id) ON DELETE CASCADE
);

CREATE TABLE api_tokens (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (organisation, id),
    UNIQUE (organisation, token_hash),
    FOREIGN KEY(organisation, person) REFERENCES people (organisation, id) ON DELETE CASCADE
);

CREATE TABLE group_members (
    organisation TEXT NOT NULL,
    group_id TEXT NOT NULL,
    person TEXT NOT NULL,
    place INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (organisation, group_id, person),
    FOREIGN KEY(organisation, group_id) REFERENCES groups (organisation, id) ON DELETE CASCADE,
    FOREIGN KEY(organisation, person) REFERENCES people (organisation, id) ON DELETE CASCADE
);

CREATE TABLE role_members (
    organisation TEXT NOT NULL,
    role_id TEXT NOT NULL,
    person TEXT NOT NULL,
    place INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (organisation, role_id, person),
    FOREIGN KEY(organisation, role_id) REFERENCES roles (organisation, id) ON DELETE CASCADE,
    FOREIGN KEY(organisation, person) REFERENCES people (organisation, id) ON DELETE CASCADE
);

CREATE TABLE sessions (
    organisation TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    person TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    user_agent TEXT DEFAULT '' NOT NULL,
    address TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (organisation, token_hash),
    FOREIGN KEY(organisation, person) REFERENCES people (organisation, id) ON DELETE CASCADE
);
