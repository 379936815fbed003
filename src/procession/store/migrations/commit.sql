-- One commit of one or more cases, each in one call and one round trip. Everything is given as JSON rows; what a commit does not
-- have is NULL. It stops, and nothing of it has happened, when something the decisions were made on has changed since:
-- an event's number is taken (unique violation), or the organisation, a case or a running number has moved on (PR409).
-- The caller's rights apply, and with them row-level security.
--
-- Rows that are there already are changed one by one: each is found by its whole key, whatever the planner believes of the tables.

CREATE OR REPLACE FUNCTION commit_v1(
    p_organisation text,
    p_version bigint,
    p_notes json,
    p_events json,
    p_new_cases json,
    p_cases json,
    p_numbers json,
    p_new_tasks json,
    p_task_changes json,
    p_gone_candidates json,
    p_candidates json,
    p_gone_timers json,
    p_timers json,
    p_gone_waits json,
    p_waits json,
    p_taken json,
    p_new_incidents json,
    p_resolved json,
    p_new_jobs json,
    p_job_changes json,
    p_notifications json,
    p_keys json,
    p_deferred json
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    one record;
    touched integer;
BEGIN
    PERFORM set_config('app.organisation', p_organisation, true);
    IF (SELECT version FROM organisations WHERE organisation = p_organisation) IS DISTINCT FROM p_version THEN
        RAISE EXCEPTION 'the organisation has changed since it was read' USING ERRCODE = 'PR409';
    END IF;
    IF p_events IS NOT NULL THEN
        INSERT INTO events (organisation, case_id, seq, at, actor, type, version, payload, hash)
        SELECT p_organisation, case_id, seq, at, actor, type, 1, payload, hash
        FROM json_to_recordset(p_events)
            AS x(case_id uuid, seq int, at timestamptz, actor text, type text, payload json, hash bytea);
    END IF;
    IF p_new_cases IS NOT NULL THEN
        INSERT INTO cases (organisation, id, seq, hash, definition, version, kind, status, outcome, name, number, starter,
            started_at, closed_at, due_at, changed_at, parent, parent_activation, process_case, member, incidents, snapshot)
        SELECT p_organisation, id, seq, hash, definition, version, kind, status, outcome, name, number, starter,
            started_at, closed_at, due_at, changed_at, parent, parent_activation, process_case, member, incidents, snapshot
        FROM json_to_recordset(p_new_cases) AS x(id uuid, seq int, hash bytea, definition text, version int, kind text,
            status text, outcome text, name text, number int, starter text, started_at timestamptz, closed_at timestamptz,
            due_at timestamptz, changed_at timestamptz, parent uuid, parent_activation text, process_case uuid, member text,
            incidents int, snapshot jsonb);
    END IF;
    IF p_cases IS NOT NULL THEN
        FOR one IN
            SELECT * FROM json_to_recordset(p_cases) AS x(id uuid, was int, seq int, hash bytea, version int, status text,
                outcome text, name text, closed_at timestamptz, due_at timestamptz, changed_at timestamptz, incidents int,
                snapshot jsonb)
        LOOP
            UPDATE cases t SET seq = one.seq, hash = one.hash, version = one.version, status = one.status, outcome = one.outcome,
                name = one.name, closed_at = one.closed_at, due_at = one.due_at, changed_at = one.changed_at,
                incidents = one.incidents, committed_at = now(), snapshot = one.snapshot
            WHERE t.organisation = p_organisation AND t.id = one.id AND t.seq = one.was;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'a case has changed since it was read' USING ERRCODE = 'PR409';
            END IF;
        END LOOP;
    END IF;
    IF p_numbers IS NOT NULL THEN
        INSERT INTO numbers AS t (organisation, definition, last)
        SELECT p_organisation, definition, last
        FROM json_to_recordset(p_numbers) AS x(definition text, was int, last int)
        ON CONFLICT (organisation, definition) DO UPDATE SET last = excluded.last
        WHERE (t.definition, t.last) IN (
            SELECT definition, was FROM json_to_recordset(p_numbers) AS y(definition text, was int));
        GET DIAGNOSTICS touched = ROW_COUNT;
        IF touched <> json_array_length(p_numbers) THEN
            RAISE EXCEPTION 'a running number has changed since it was read' USING ERRCODE = 'PR409';
        END IF;
    END IF;
    IF p_new_tasks IS NOT NULL THEN
        INSERT INTO tasks (organisation, case_id, activation, definition, step, kind, title, status, assignee, candidates,
            guest, attempt, department, ready_at, assigned_at, first_opened_at, started_at, due_at, closed_at,
            completed_by, outcome)
        SELECT p_organisation, case_id, activation, definition, step, kind, title, status, assignee, candidates,
            guest, attempt, department, ready_at, assigned_at, first_opened_at, started_at, due_at, closed_at,
            completed_by, outcome
        FROM json_to_recordset(p_new_tasks)
            AS x(case_id uuid, activation text, definition text, step text, kind text, title text, status text,
                assignee text, candidates text[], guest boolean, attempt int, department text, ready_at timestamptz,
                assigned_at timestamptz, first_opened_at timestamptz, started_at timestamptz, due_at timestamptz,
                closed_at timestamptz, completed_by text, outcome text);
    END IF;
    IF p_task_changes IS NOT NULL THEN
        FOR one IN
            SELECT * FROM json_to_recordset(p_task_changes) AS x(case_id uuid, activation text, "full" boolean, status text,
                assignee text, candidates text[], guest boolean, due_at timestamptz, assigned_at timestamptz,
                first_opened_at timestamptz, started_at timestamptz, closed_at timestamptz, completed_by text, outcome text)
        LOOP
            UPDATE tasks t SET
                status = coalesce(one.status, t.status),
                assignee = CASE WHEN one."full" THEN one.assignee ELSE t.assignee END,
                candidates = CASE WHEN one."full" THEN one.candidates ELSE t.candidates END,
                guest = CASE WHEN one."full" THEN one.guest ELSE t.guest END,
                due_at = CASE WHEN one."full" THEN one.due_at ELSE t.due_at END,
                assigned_at = coalesce(one.assigned_at, t.assigned_at),
                first_opened_at = coalesce(one.first_opened_at, t.first_opened_at),
                started_at = coalesce(one.started_at, t.started_at),
                closed_at = coalesce(one.closed_at, t.closed_at),
                completed_by = coalesce(one.completed_by, t.completed_by),
                outcome = coalesce(one.outcome, t.outcome)
            WHERE t.organisation = p_organisation AND t.case_id = one.case_id AND t.activation = one.activation;
        END LOOP;
    END IF;
    IF p_gone_candidates IS NOT NULL THEN
        FOR one IN SELECT * FROM json_to_recordset(p_gone_candidates) AS x(case_id uuid, activation text, person text) LOOP
            DELETE FROM candidates t WHERE t.organisation = p_organisation AND t.case_id = one.case_id
                AND t.activation = one.activation AND t.person = one.person;
        END LOOP;
    END IF;
    IF p_candidates IS NOT NULL THEN
        INSERT INTO candidates (organisation, case_id, activation, person, due_at)
        SELECT p_organisation, case_id, activation, person, due_at
        FROM json_to_recordset(p_candidates)
            AS x(case_id uuid, activation text, person text, due_at timestamptz)
        ON CONFLICT (organisation, case_id, activation, person) DO UPDATE SET due_at = excluded.due_at;
    END IF;
    IF p_gone_timers IS NOT NULL THEN
        FOR one IN SELECT * FROM json_to_recordset(p_gone_timers) AS x(case_id uuid, activation text, timer text) LOOP
            DELETE FROM timers t WHERE t.organisation = p_organisation AND t.case_id = one.case_id
                AND t.activation = one.activation AND t.timer = one.timer;
        END LOOP;
    END IF;
    IF p_timers IS NOT NULL THEN
        INSERT INTO timers (organisation, case_id, activation, timer, at)
        SELECT p_organisation, case_id, activation, timer, at
        FROM json_to_recordset(p_timers) AS x(case_id uuid, activation text, timer text, at timestamptz)
        ON CONFLICT (organisation, case_id, activation, timer)
            DO UPDATE SET at = excluded.at, tries = 0, claimed_until = NULL;
    END IF;
    IF p_gone_waits IS NOT NULL THEN
        FOR one IN SELECT * FROM json_to_recordset(p_gone_waits) AS x(case_id uuid, activation text) LOOP
            DELETE FROM waits t WHERE t.organisation = p_organisation AND t.case_id = one.case_id
                AND t.activation = one.activation;
        END LOOP;
    END IF;
    IF p_waits IS NOT NULL THEN
        INSERT INTO waits (organisation, case_id, activation, name, key, since)
        SELECT p_organisation, case_id, activation, name, key, since
        FROM json_to_recordset(p_waits)
            AS x(case_id uuid, activation text, name text, key text, since timestamptz);
    END IF;
    IF p_taken IS NOT NULL THEN
        FOR one IN SELECT * FROM json_to_recordset(p_taken) AS x(id uuid, case_id uuid, activation text, at timestamptz) LOOP
            UPDATE messages t SET taken_at = one.at, case_id = one.case_id, activation = one.activation
            WHERE t.organisation = p_organisation AND t.id = one.id;
        END LOOP;
    END IF;
    IF p_new_incidents IS NOT NULL THEN
        INSERT INTO incidents (organisation, case_id, incident, code, sentence, activation, step, owner, opened_at,
            resolved_at, resolved_by, how)
        SELECT p_organisation, case_id, incident, code, sentence, activation, step, owner, opened_at,
            resolved_at, resolved_by, how
        FROM json_to_recordset(p_new_incidents)
            AS x(case_id uuid, incident text, code text, sentence text, activation text, step text, owner text,
                opened_at timestamptz, resolved_at timestamptz, resolved_by text, how text);
    END IF;
    IF p_resolved IS NOT NULL THEN
        FOR one IN
            SELECT * FROM json_to_recordset(p_resolved)
                AS x(case_id uuid, incident text, resolved_at timestamptz, resolved_by text, how text)
        LOOP
            UPDATE incidents t SET resolved_at = one.resolved_at, resolved_by = one.resolved_by, how = one.how
            WHERE t.organisation = p_organisation AND t.case_id = one.case_id AND t.incident = one.incident;
        END LOOP;
    END IF;
    IF p_new_jobs IS NOT NULL THEN
        INSERT INTO jobs (organisation, case_id, seq, kind, activation, attempt, status, after, requested_at, finished_at,
            error)
        SELECT p_organisation, case_id, seq, kind, activation, attempt, status, after, requested_at, finished_at, error
        FROM json_to_recordset(p_new_jobs)
            AS x(case_id uuid, seq int, kind text, activation text, attempt int, status text, after timestamptz,
                requested_at timestamptz, finished_at timestamptz, error text);
    END IF;
    IF p_job_changes IS NOT NULL THEN
        FOR one IN
            SELECT * FROM json_to_recordset(p_job_changes)
                AS x(case_id uuid, activation text, attempt int, status text, finished_at timestamptz, error text)
        LOOP
            UPDATE jobs t SET status = one.status, finished_at = one.finished_at, error = one.error
            WHERE t.organisation = p_organisation AND t.case_id = one.case_id AND t.activation = one.activation
                AND t.status = 'waiting' AND t.attempt = coalesce(one.attempt, t.attempt)
                AND t.kind NOT IN ('start_child', 'cancel_child', 'tell_parent', 'tell_people', 'invite_guest');
        END LOOP;
    END IF;
    IF p_notifications IS NOT NULL THEN
        INSERT INTO notifications (organisation, person, case_id, seq, what, text, activation, at)
        SELECT p_organisation, person, case_id, seq, what, text, activation, at
        FROM json_to_recordset(p_notifications)
            AS x(person text, case_id uuid, seq int, what text, text text, activation text, at timestamptz);
    END IF;
    IF p_keys IS NOT NULL THEN
        INSERT INTO command_keys (organisation, key, body_hash, at, case_id, first_seq, last_seq, answer)
        SELECT p_organisation, key, body_hash, at, case_id, first_seq, last_seq, answer
        FROM json_to_recordset(p_keys)
            AS x(key text, body_hash text, at timestamptz, case_id uuid, first_seq int, last_seq int, answer json);
    END IF;
    IF p_deferred IS NOT NULL THEN
        PERFORM procrastinate_defer_jobs_v1(array_agg(
            ROW('procession', 'procession.job', 0, NULL, queueing_lock, args, scheduled_at)::procrastinate_job_to_defer_v1))
        FROM json_to_recordset(p_deferred) AS x(queueing_lock text, args jsonb, scheduled_at timestamptz);
    END IF;
    PERFORM pg_notify('procession', note) FROM json_array_elements_text(p_notes) AS x(note);
END
$$;
