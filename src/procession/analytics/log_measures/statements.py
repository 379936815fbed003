"""The measures as SQL, one text for every engine. Times are microseconds.

They read the table `flow`, one row an activity instance:

    case_code, place       the case, and the how manyth instance of it, from 0, in order of end, start and place in the log
    step, resource, department, grp, workflow    codes, -1 where nothing is known
    ready, begun, done     moments; `begun` is `done` where the beginning is not recorded
    waited, worked         spans; nothing known of either is 0, and `sure` is 0
    sure                   1 where the beginning is recorded, else 0
    before_step, before_resource, before_department, before_grp, before_done    of the instance before; step -1 where none

What follows what is by the order of ends. The time between two instances is from the end of the one to the beginning of
the other, nothing where they overlap; to its end where its beginning is not recorded. A name is given once in a statement:
ClickHouse takes a second meaning for the first.
"""

from __future__ import annotations

from procession.analytics.log_measures.dialects import Dialect

FLOW = (
    "case_code", "place", "step", "resource", "department", "grp", "workflow", "ready", "begun", "done", "waited", "worked",
    "sure", "before_step", "before_resource", "before_department", "before_grp", "before_done",
)  # fmt: skip


def flow(dialect: Dialect, path: str) -> str:
    """The table `flow` of a Parquet file that holds `code columns, ready_at, begun_at, done_at, start_at, sure, place`."""
    us, lag = dialect.us, dialect.lag
    return f"""
select case_code, place, step, resource, department, grp, workflow, {us("ready_at")} as ready, {us("begun_at")} as begun,
  {us("done_at")} as done, {us("start_at")} - {us("ready_at")} as waited, {us("done_at")} - {us("start_at")} as worked, sure,
  coalesce({lag("step")}, -1) as before_step, coalesce({lag("resource")}, -1) as before_resource,
  coalesce({lag("department")}, -1) as before_department, coalesce({lag("grp")}, -1) as before_grp,
  coalesce({lag(us("done_at"))}, 0) as before_done
from {dialect.parquet(path)} window per_case as ({dialect.window})"""


_GAP = "case when begun > before_done then begun - before_done else 0 end"


def follows(dialect: Dialect) -> str:
    """How often one step directly follows another, in how many cases."""
    del dialect
    return """
select before_step, step, count(*) as n, count(distinct case_code) as cases
from flow where before_step >= 0 group by before_step, step order by n desc, before_step, step"""


def follows_counts(dialect: Dialect) -> str:
    """Only how often: what a directly-follows graph is made of."""
    del dialect
    return "select before_step, step, count(*) as n from flow where before_step >= 0 group by before_step, step"


def follows_times(dialect: Dialect) -> str:
    """The time between two steps: median, ninetieth and ninety-ninth of a hundred."""
    return f"""
select before_step, step, count(*) as n, {dialect.q("gap", ".5, .9, .99")} as quantiles, sum(gap) as total
from (select before_step, step, {_GAP} as gap from flow where before_step >= 0) as gaps group by before_step, step
order by n desc, before_step, step"""


def variants(dialect: Dialect) -> str:
    """Sequences of steps: how many cases have each, the first of them, and their cycles."""
    return f"""
select count(*) as n, min(case_code) as example, min(steps) as length, {dialect.q("cycle", ".5")} as quantiles
from (select case_code, {dialect.trace("step", "place")} as trace, count(*) as steps, max(done) - min(begun) as cycle
  from flow group by case_code) as traces group by trace order by n desc, example"""


def variant_counts(dialect: Dialect) -> str:
    """Only how many cases have each sequence."""
    return f"""
select count(*) as n, min(case_code) as example
from (select case_code, {dialect.trace("step", "place")} as trace from flow group by case_code) as traces group by trace"""


def cycles(dialect: Dialect) -> str:
    """Of each case the first beginning, the last end and the number of instances."""
    del dialect
    return """
select case_code, min(begun) as began, max(done) as ended, count(*) as steps from flow group by case_code
order by case_code"""


def steps(dialect: Dialect) -> str:
    """Of each step: instances, cases, waiting, working, and how many of them are recorded."""
    return f"""
select step, count(*) as n, count(distinct case_code) as cases, sum(sure) as surely, sum(waited) as all_waited,
  sum(worked) as all_worked, {dialect.q("waited", ".5, .9, .99")} as waiting, {dialect.q("worked", ".5, .9, .99")} as working,
  {dialect.q("waited + worked", ".5, .9, .99")} as both
from flow group by step order by step"""


def working(dialect: Dialect) -> str:
    """The working time of each step."""
    return f"select step, {dialect.q('done - begun', '.5')} as quantiles, sum(done - begun) as total from flow group by step"


def parties(dialect: Dialect, who: str) -> str:
    """Of each step and whoever did it: instances, waiting and working. `who` is resource, department or grp."""
    return f"""
select step, {who}, count(*) as n, count(distinct case_code) as cases, sum(waited) as all_waited, sum(worked) as all_worked,
  sum(sure) as surely, {dialect.q("waited", ".5")} as waiting, {dialect.q("worked", ".5")} as working
from flow group by step, {who} order by step, {who}"""


def handovers(dialect: Dialect, who: str) -> str:
    """From whom to whom work passes within a case, how often, and the time between."""
    return f"""
select before_{who}, {who}, count(*) as n, sum(gap) as total, {dialect.q("gap", ".5")} as quantiles
from (select before_{who}, {who}, {_GAP} as gap from flow where before_step >= 0 and before_{who} >= 0 and {who} >= 0
  and before_{who} <> {who}) as gaps group by before_{who}, {who} order by n desc, before_{who}, {who}"""


def handover_counts(dialect: Dialect) -> str:
    """Only how often work passes from one resource to another."""
    del dialect
    return """
select before_resource, resource, count(*) as n from flow where before_resource >= 0 and resource >= 0
group by before_resource, resource"""


def rework(dialect: Dialect) -> str:
    """Of each step: in how many cases it was done more than once, how often again, and the work of those later times."""
    del dialect
    return """
select step, count(*) as cases, sum(n - 1) as again, sum(work - first) as later_work
from (select case_code, step, count(*) as n, sum(worked) as work, argMin(worked, place) as first from flow
  group by case_code, step having count(*) > 1) as visits group by step order by step"""


def rework_counts(dialect: Dialect) -> str:
    """Only in how many cases each step was done more than once."""
    del dialect
    return """
select step, count(*) as cases from (select case_code, step from flow group by case_code, step having count(*) > 1) as v
group by step"""


def states(dialect: Dialect) -> str:
    """Of each step taken as a state: from its end until the next one's end in the case."""
    return f"""
select before_step, count(*) as n, sum(done - before_done) as total, {dialect.q("done - before_done", ".5, .9, .99")} as quantiles
from flow where before_step >= 0 group by before_step order by before_step"""


SHARED = {
    # The seven tasks that other programs do as well, under the names of the bench.
    "directly_follows": follows_counts,
    "times_between": follows_times,
    "variants": variant_counts,
    "throughput": cycles,
    "service_time": working,
    "handover": handover_counts,
    "rework": rework_counts,
}
