-- Frozen: later changes are later migrations.

CREATE TABLE definition_drafts (
    organisation TEXT NOT NULL,
    definition TEXT NOT NULL,
    files JSON NOT NULL,
    based_on INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    saved_by TEXT NOT NULL,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, definition)
);

COMMENT ON TABLE definition_drafts IS 'what is being changed in a definition, not published yet; revision: how often it was saved';
