-- Who holds a session or an API token that is good at a moment, asked for with every request: one row in one call.
-- No row where there is no such organisation, no person where nobody holds it. The caller's rights apply, and with them
-- row-level security.

CREATE OR REPLACE FUNCTION who_holds_v1(p_organisation text, p_hash bytea, p_at timestamptz, p_is_api_token boolean)
    RETURNS TABLE (version bigint, person text, scopes text, used_at timestamptz)
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    PERFORM set_config('app.organisation', p_organisation, true);
    IF p_is_api_token THEN
        RETURN QUERY
            SELECT o.version::bigint, t.person, array_to_string(t.scopes, ' '), t.last_used_at
            FROM organisations o LEFT JOIN api_tokens t
                ON t.organisation = o.organisation AND t.token_hash = p_hash AND t.revoked_at IS NULL
                AND (t.expires_at IS NULL OR t.expires_at > p_at)
            WHERE o.organisation = p_organisation;
    ELSE
        RETURN QUERY
            SELECT o.version::bigint, s.person, NULL::text, s.last_seen_at
            FROM organisations o LEFT JOIN sessions s
                ON s.organisation = o.organisation AND s.token_hash = p_hash AND s.expires_at > p_at
            WHERE o.organisation = p_organisation;
    END IF;
END
$$;
