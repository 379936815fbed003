"""What happens without a person: machine work, timers, children, mail, and the rescue of work whose worker died.

A job is asked for by an event, in the commit that recorded the event. It is run at least once; its result is a
command, and the case takes one result per attempt. So a worker may die anywhere.
"""
