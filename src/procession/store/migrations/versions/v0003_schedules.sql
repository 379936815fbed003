-- Frozen: later changes are later migrations.

ALTER TABLE organisations ADD COLUMN planned_version BIGINT NOT NULL DEFAULT 0;

CREATE TABLE schedules (
    organisation TEXT NOT NULL,
    definition TEXT NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,
    claimed_until TIMESTAMP WITH TIME ZONE,
    last_at TIMESTAMP WITH TIME ZONE,
    last_case UUID,
    last_error TEXT,
    PRIMARY KEY (organisation, definition)
);

CREATE INDEX schedules_by_time ON schedules (next_at);

COMMENT ON TABLE schedules IS 'next_at: when the next case is to start; claimed_until: a worker is at it; last_*: how the latest run went';

CREATE UNLOGGED TABLE rate_limits (
    organisation TEXT NOT NULL,
    bucket TEXT NOT NULL,
    tokens DOUBLE PRECISION NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, bucket)
);

COMMENT ON TABLE rate_limits IS 'bucket: a hash of door and caller; tokens: requests it had left at that moment; lost in a crash, which is fine';
