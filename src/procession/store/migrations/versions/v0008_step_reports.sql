-- Frozen: later changes are later migrations.

CREATE TABLE step_reports (
    organisation TEXT NOT NULL,
    definition TEXT NOT NULL,
    step TEXT NOT NULL,
    person TEXT NOT NULL,
    week DATE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, definition, step, person, week)
);

COMMENT ON TABLE step_reports IS 'who said that a step drives them crazy; once a week each, and shown in groups of five only';
