"""The report on a log as one self-contained page: no scripts, nothing loaded, light, dark and on paper (`page`)."""
