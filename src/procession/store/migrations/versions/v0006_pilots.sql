-- Frozen: later changes are later migrations.

CREATE TABLE pilots (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    definition TEXT NOT NULL,
    baseline INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    share FLOAT NOT NULL,
    audience JSONB NOT NULL,
    why TEXT NOT NULL,
    question TEXT NOT NULL,
    guards JSONB NOT NULL,
    history JSONB NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    begun_by TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (organisation, id)
);

CREATE UNIQUE INDEX pilots_open ON pilots (organisation, definition) WHERE status IN ('running', 'paused');

COMMENT ON TABLE pilots IS 'a version that is tried with some of the new cases; since: the comparison counts cases from here';

CREATE TABLE pilot_answers (
    organisation TEXT NOT NULL,
    pilot UUID NOT NULL,
    case_id UUID NOT NULL,
    person TEXT NOT NULL,
    better BOOLEAN NOT NULL,
    text TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, pilot, case_id, person)
);

COMMENT ON TABLE pilot_answers IS 'whether those who worked with the version that is tried found it better';

COMMENT ON TABLE definitions IS 'a published version never changes; only its status does (published, retired; pilot, withdrawn)';
