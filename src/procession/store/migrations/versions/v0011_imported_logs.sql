-- Frozen: later changes are later migrations.

CREATE TABLE imported_logs (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    title TEXT NOT NULL,
    file_name TEXT NOT NULL,
    size BIGINT NOT NULL,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    visible_to TEXT,
    people BOOLEAN DEFAULT false NOT NULL,
    options JSON DEFAULT '{}' NOT NULL,
    preview JSON,
    report JSON,
    row_errors TEXT,
    log_sha256 TEXT,
    log_size BIGINT,
    cases INTEGER,
    events BIGINT,
    begins_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    hint TEXT,
    PRIMARY KEY (organisation, id)
);

COMMENT ON TABLE imported_logs IS 'event logs of other programs; status: looking (its columns are being looked at), draft (somebody has to say what they mean), reading, ready, failed. The log itself lies in the data folder as Parquet under log_sha256';

CREATE TABLE log_figures (
    organisation TEXT NOT NULL,
    log UUID NOT NULL,
    chosen TEXT NOT NULL,
    filter JSON DEFAULT '{}' NOT NULL,
    status TEXT NOT NULL,
    doing TEXT DEFAULT '' NOT NULL,
    share DOUBLE PRECISION DEFAULT 0 NOT NULL,
    fingerprint TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE,
    figures JSON,
    picture TEXT,
    error TEXT,
    PRIMARY KEY (organisation, log, chosen),
    FOREIGN KEY(organisation, log) REFERENCES imported_logs (organisation, id) ON DELETE CASCADE
);

COMMENT ON TABLE log_figures IS 'what was worked out of an imported log; chosen: a mark of the filter, empty for all its cases; status: waiting, ready, failed. It can be thrown away at any time';
