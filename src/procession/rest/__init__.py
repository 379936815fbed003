"""The REST door: every operation of the catalogue under `/api/v1`. It translates, it never decides."""
