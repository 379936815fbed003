"""Event logs of others: CSV, XES, OCEL 2.0 JSON and Parquet, read into an `InstanceTable` and written from one.

Every format becomes a table of raw columns in DuckDB; from there on there is one way, so that what a log says does not
depend on the format it came in. Nothing here is imported at start-up: NumPy and DuckDB are heavy.
"""
