-- Frozen: later changes are later migrations.

CREATE TABLE saved_views (
    organisation TEXT NOT NULL,
    id UUID NOT NULL,
    person TEXT NOT NULL,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE INDEX saved_views_of ON saved_views (organisation, person);

COMMENT ON TABLE saved_views IS 'a list with its filters under a name; query: the part of the address after the question mark';

CREATE INDEX notifications_unread ON notifications (organisation, person) WHERE read_at IS NULL;
