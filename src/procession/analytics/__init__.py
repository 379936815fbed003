"""What a log of finished work says about where time is lost: values in, values out.

Nothing here reads a clock, a file or a database. Whoever loads the log builds a `ProcessLog`; everything else follows.
"""
