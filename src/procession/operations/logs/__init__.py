"""Event logs of other programs: brought, kept under the organisation, and looked at like one's own history.

`bringing` takes files in, `keeping` says what is kept and who sees it, `looking` answers what a log says, `cases`
which cases are behind it. What takes long
is done by a worker (`jobs.logs`) in a process of its own, whose whole business is `working`.
"""
