"""What would happen: cases run through a definition with people, calendars, queues and chance, event by event.

```
definition, figures ── from_definition ──▶ Model ── prepare ──▶ Plan ──▶ loop, or kernel ──▶ SimulatedLog ──▶ truth
                                            (values)   (numbers, all chance drawn)             (columns)    (causes)
```
A `Model` says who does what, how long it takes, and where it leads. All chance is drawn before anything runs, by the
seed, for each case and each step on its own: two variants of a model meet the same cases, and both ways to run it give
the same log to the microsecond. The log holds what a real one holds; beside it stands the truth, why each task waited
at each moment, which no real log has.
"""
