-- Who may see and do what. Run after every migration; saying it again changes nothing.
--
-- Every table that has a column `organisation` shows only the rows of the organisation at hand, `app.organisation`, which
-- each transaction sets. Without it there are no rows. The owner sees everything: it migrates, backs up and verifies.

DO $$
DECLARE
    t text;
BEGIN
    FOR t IN
        SELECT c.relname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation' AND NOT a.attisdropped
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS one_organisation ON %I', t);
        EXECUTE format(
            'CREATE POLICY one_organisation ON %I TO procession_app USING (organisation = current_setting(''app.organisation'', true))',
            t);
        EXECUTE format('DROP POLICY IF EXISTS owner ON %I', t);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', t);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, procession_app', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO procession_app', t);
    END LOOP;
END
$$;

REVOKE UPDATE, DELETE ON events, checkpoints FROM procession_app;
REVOKE DELETE ON definitions, shared_files FROM procession_app;
REVOKE UPDATE ON definitions, shared_files FROM procession_app;
GRANT UPDATE (status) ON definitions TO procession_app;

-- The job queue. Its rows name organisation, case and event, and hold no data of either.
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_workers,
    procrastinate_periodic_defers TO procession_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO procession_app;

-- What a worker must know before it has chosen an organisation: which there are, and which have timers that are due.
CREATE OR REPLACE FUNCTION all_organisations() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT organisation FROM organisations ORDER BY organisation $$;

CREATE OR REPLACE FUNCTION organisations_with_due_timers(until timestamptz) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT DISTINCT organisation FROM (SELECT organisation FROM timers
        WHERE at <= until AND (claimed_until IS NULL OR claimed_until <= now()) ORDER BY at LIMIT 1000) due $$;

CREATE OR REPLACE FUNCTION next_timer() RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT min(at) FROM timers $$;

CREATE OR REPLACE FUNCTION organisations_with_due_schedules(until timestamptz) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT organisation FROM organisations WHERE version <> planned_version
        UNION SELECT organisation FROM schedules
        WHERE next_at <= until AND (claimed_until IS NULL OR claimed_until <= now()) $$;

REVOKE ALL ON FUNCTION all_organisations(), organisations_with_due_timers(timestamptz),
    organisations_with_due_schedules(timestamptz), next_timer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION all_organisations(), organisations_with_due_timers(timestamptz),
    organisations_with_due_schedules(timestamptz), next_timer() TO procession_app;
