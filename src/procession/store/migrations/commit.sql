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
                first_opened_at timestamptz, started_at timestamptz, closed_at timestamptz, completed_by text, outcome text, step text)
        LOOP
            UPDATE tasks t SET
                step = coalesce(one.step, t.step),
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

-- One commit of the commonest shape, of one or more cases: each starts or goes on, tasks of it end, and others begin that are
-- nobody's or one person's. The same rows as `commit_v1` writes for it, from arrays of plain values: no JSON rows to be
-- read. `p_…_of` say which case a row belongs to, counted from 1.

CREATE OR REPLACE FUNCTION commit_plain_v1(
    p_organisation text,
    p_version bigint,
    p_notes text[],
    p_cases uuid[],
    p_was int[],
    p_seq int[],
    p_hashes bytea,
    p_versions int[],
    p_statuses text[],
    p_outcomes text[],
    p_names text[],
    p_closed_at timestamptz[],
    p_due_at timestamptz[],
    p_at timestamptz[],
    p_actors text[],
    p_incidents int[],
    p_snapshots jsonb[],
    p_event_of int[],
    p_event_seq int[],
    p_types text[],
    p_payloads json[],
    p_event_hashes bytea,
    p_start_of int[],
    p_definitions text[],
    p_kinds text[],
    p_numbers int[],
    p_starters text[],
    p_numbered text[],
    p_number_was int[],
    p_number_last int[],
    p_end_of int[],
    p_ended text[],
    p_end_statuses text[],
    p_end_by text[],
    p_end_outcomes text[],
    p_task_of int[],
    p_tasks text[],
    p_task_definitions text[],
    p_task_steps text[],
    p_task_kinds text[],
    p_task_titles text[],
    p_assignees text[],
    p_attempts int[],
    p_departments text[],
    p_task_due_at timestamptz[],
    p_gone_timers json,
    p_timers json,
    p_keys json
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    one record;
    nothing text;
    touched int;
BEGIN
    nothing := set_config('app.organisation', p_organisation, true);
    IF (SELECT version FROM organisations WHERE organisation = p_organisation) IS DISTINCT FROM p_version THEN
        RAISE EXCEPTION 'the organisation has changed since it was read' USING ERRCODE = 'PR409';
    END IF;
    INSERT INTO events (organisation, case_id, seq, at, actor, type, version, payload, hash)
    SELECT p_organisation, p_cases[p_event_of[n]], p_event_seq[n], p_at[p_event_of[n]], p_actors[p_event_of[n]], p_types[n], 1,
        p_payloads[n], substr(p_event_hashes, 32 * n - 31, 32)
    FROM generate_series(1, array_length(p_types, 1)) n;
    FOR n IN 1..array_length(p_cases, 1) LOOP
        IF p_was[n] > 0 THEN
            UPDATE cases t SET seq = p_seq[n], hash = substr(p_hashes, 32 * n - 31, 32), version = p_versions[n],
                status = p_statuses[n], outcome = p_outcomes[n], name = p_names[n], closed_at = p_closed_at[n],
                due_at = p_due_at[n], changed_at = p_at[n], incidents = p_incidents[n], committed_at = now(),
                snapshot = p_snapshots[n]
            WHERE t.organisation = p_organisation AND t.id = p_cases[n] AND t.seq = p_was[n];
            IF NOT FOUND THEN
                RAISE EXCEPTION 'a case has changed since it was read' USING ERRCODE = 'PR409';
            END IF;
        END IF;
    END LOOP;
    IF p_start_of IS NOT NULL THEN
        INSERT INTO cases (organisation, id, seq, hash, definition, version, kind, status, outcome, name, number, starter,
            started_at, closed_at, due_at, changed_at, incidents, snapshot)
        SELECT p_organisation, p_cases[c], p_seq[c], substr(p_hashes, 32 * c - 31, 32), p_definitions[n], p_versions[c],
            p_kinds[n], p_statuses[c], p_outcomes[c], p_names[c], p_numbers[n], p_starters[n], p_at[c], p_closed_at[c],
            p_due_at[c], p_at[c], p_incidents[c], p_snapshots[c]
        FROM (SELECT n, p_start_of[n] AS c FROM generate_series(1, array_length(p_start_of, 1)) n) x;
        INSERT INTO numbers AS t (organisation, definition, last)
        SELECT p_organisation, p_numbered[n], p_number_last[n] FROM generate_series(1, array_length(p_numbered, 1)) n
        ON CONFLICT (organisation, definition) DO UPDATE SET last = excluded.last
        WHERE t.last = p_number_was[array_position(p_numbered, t.definition)];
        GET DIAGNOSTICS touched = ROW_COUNT;
        IF touched <> array_length(p_numbered, 1) THEN
            RAISE EXCEPTION 'a running number has changed since it was read' USING ERRCODE = 'PR409';
        END IF;
    END IF;
    IF p_end_of IS NOT NULL THEN
        FOR n IN 1..array_length(p_end_of, 1) LOOP
            UPDATE tasks t SET status = p_end_statuses[n], closed_at = p_at[p_end_of[n]],
                completed_by = coalesce(p_end_by[n], t.completed_by), outcome = coalesce(p_end_outcomes[n], t.outcome)
            WHERE t.organisation = p_organisation AND t.case_id = p_cases[p_end_of[n]] AND t.activation = p_ended[n];
        END LOOP;
    END IF;
    IF p_task_of IS NOT NULL THEN
        INSERT INTO tasks (organisation, case_id, activation, definition, step, kind, title, status, assignee, candidates,
            guest, attempt, department, ready_at, assigned_at, due_at)
        SELECT p_organisation, p_cases[c], p_tasks[n], p_task_definitions[n], p_task_steps[n], p_task_kinds[n],
            p_task_titles[n], 'open', p_assignees[n], '{}', false, p_attempts[n], p_departments[n], p_at[c],
            CASE WHEN p_assignees[n] IS NOT NULL THEN p_at[c] END, p_task_due_at[n]
        FROM (SELECT n, p_task_of[n] AS c FROM generate_series(1, array_length(p_task_of, 1)) n) x;
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
    IF p_keys IS NOT NULL THEN
        INSERT INTO command_keys (organisation, key, body_hash, at, case_id, first_seq, last_seq, answer)
        SELECT p_organisation, key, body_hash, at, case_id, first_seq, last_seq, answer
        FROM json_to_recordset(p_keys)
            AS x(key text, body_hash text, at timestamptz, case_id uuid, first_seq int, last_seq int, answer json);
    END IF;
    FOR n IN 1..array_length(p_notes, 1) LOOP
        nothing := pg_notify('procession', p_notes[n]);
    END LOOP;
END
$$;

-- One commit of the commonest shape: one case goes on; a task of it may end, and one may begin that is nobody's or one
-- person's. The same rows as `commit_v1` writes for it, from plain values: no JSON to be read, no loop over rows.

CREATE OR REPLACE FUNCTION commit_one_v1(
    p_organisation text,
    p_version bigint,
    p_note text,
    p_at timestamptz,
    p_actor text,
    p_case uuid,
    p_was int,
    p_seq int,
    p_hash bytea,
    p_case_version int,
    p_status text,
    p_outcome text,
    p_name text,
    p_closed_at timestamptz,
    p_due_at timestamptz,
    p_incidents int,
    p_snapshot jsonb,
    p_types text[],
    p_payloads json[],
    p_hashes bytea,
    p_ended text,
    p_end_status text,
    p_end_by text,
    p_end_outcome text,
    p_task text,
    p_definition text,
    p_step text,
    p_kind text,
    p_title text,
    p_assignee text,
    p_attempt int,
    p_department text,
    p_task_due_at timestamptz,
    p_gone_timers json,
    p_timers json,
    p_key text,
    p_body_hash text,
    p_answer json
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    one record;
    nothing text;
BEGIN
    nothing := set_config('app.organisation', p_organisation, true);
    UPDATE cases t SET seq = p_seq, hash = p_hash, version = p_case_version, status = p_status, outcome = p_outcome,
        name = p_name, closed_at = p_closed_at, due_at = p_due_at, changed_at = p_at,
        incidents = p_incidents, committed_at = now(), snapshot = p_snapshot
    WHERE t.organisation = p_organisation AND t.id = p_case AND t.seq = p_was
        AND p_version = (SELECT o.version FROM organisations o WHERE o.organisation = p_organisation);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the case or the organisation has changed since it was read' USING ERRCODE = 'PR409';
    END IF;
    INSERT INTO events (organisation, case_id, seq, at, actor, type, version, payload, hash)
    SELECT p_organisation, p_case, p_was + n, p_at, p_actor, p_types[n], 1, p_payloads[n], substr(p_hashes, 32 * n - 31, 32)
    FROM generate_series(1, array_length(p_types, 1)) n;
    IF p_ended IS NOT NULL THEN
        UPDATE tasks t SET status = p_end_status, closed_at = p_at, completed_by = coalesce(p_end_by, t.completed_by),
            outcome = coalesce(p_end_outcome, t.outcome)
        WHERE t.organisation = p_organisation AND t.case_id = p_case AND t.activation = p_ended;
    END IF;
    IF p_task IS NOT NULL THEN
        INSERT INTO tasks (organisation, case_id, activation, definition, step, kind, title, status, assignee, candidates,
            guest, attempt, department, ready_at, assigned_at, due_at)
        VALUES (p_organisation, p_case, p_task, p_definition, p_step, p_kind, p_title, 'open', p_assignee, '{}',
            false, p_attempt, p_department, p_at, CASE WHEN p_assignee IS NOT NULL THEN p_at END, p_task_due_at);
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
    IF p_key IS NOT NULL THEN
        INSERT INTO command_keys (organisation, key, body_hash, at, case_id, first_seq, last_seq, answer)
        VALUES (p_organisation, p_key, p_body_hash, p_at, p_case, p_was + 1, p_seq, p_answer);
    END IF;
    nothing := pg_notify('procession', p_note);
END
$$;
