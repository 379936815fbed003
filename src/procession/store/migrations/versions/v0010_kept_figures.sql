-- Frozen: later changes are later migrations.

CREATE TABLE kept_figures (
    organisation TEXT NOT NULL,
    definition TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    events TEXT NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    figures JSON NOT NULL,
    learned_from TEXT,
    learned JSON,
    PRIMARY KEY (organisation, definition)
);

COMMENT ON TABLE kept_figures IS 'what was worked out of a definition''s cases; fingerprint: of the program and the organisation, events: of the records it rests on. It can be thrown away at any time';
