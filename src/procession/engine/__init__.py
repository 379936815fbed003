"""The pure core: `decide` says what happens, `evolve` says what that means.

Values in, values out. Nothing here knows a clock, a database, a network or randomness: time, people and calendars
arrive in a `Moment`.
"""
