"""Measures of a log of any size, written once in SQL and run by DuckDB, or by another engine that speaks it.

`dialects` names what engines say differently, `statements` holds the measures, `measuring` runs them over an
`InstanceTable`, `filters` chooses cases. Kept apart from `analytics.measures`, which counts our own history with its
calendars and recorded causes.
"""
