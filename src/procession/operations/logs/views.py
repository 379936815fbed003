"""What is said of an imported log. Times inside figures are whole microseconds, as `procession diagnose --json` has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from procession.analytics.log_measures.figures import (
    Bucket,
    Follows,
    Handover,
    Little,
    Party,
    Quantiles,
    StepFigures,
    Variant,
)

Status = Literal["looking", "draft", "reading", "ready", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPreview:
    """The beginning of a file, and what its columns seem to mean."""

    format: str
    names: tuple[str, ...]
    """Its columns."""
    rows: tuple[tuple[str, ...], ...]
    """The first rows."""
    columns: Mapping[str, str]
    """By meaning (`case`, `step`, `end`, …) the column that has it."""
    dialect: str = ""
    """Whose names of columns they are, where that was recognised."""
    problem: str = ""
    """What has to be said by somebody before it can be read."""
    object_types: tuple[str, ...] = ()
    """Of OCEL: what the cases may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowErrorView:
    """A row that was left out."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """How the file became a log. Counts are of rows of the file, unless they say otherwise."""

    format: str
    encoding: str
    separator: str
    dialect: str
    columns: Mapping[str, str]
    other_columns: tuple[str, ...]
    """Kept as fields of cases or steps."""
    rows: int
    duplicates: int
    """Equal to an earlier row in every column; left out."""
    unfinished: int
    """Steps that were begun and not ended; left out."""
    error_count: int
    errors: tuple[RowErrorView, ...]
    """The first hundred; `log.errors` has all."""
    instances: int
    cases: int
    steps: int
    resources: int
    without_resource: int
    without_start: int
    """Steps whose beginning is estimated."""
    ready_recorded: int
    notes: tuple[str, ...]
    sentences: tuple[str, ...]
    """All of it in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A log, as a line of the list."""

    id: str
    title: str
    file_name: str
    status: Status
    """`draft`: somebody has to say what the columns mean; `ready`: it is kept."""
    cases: int | None
    events: int | None
    """Steps that were done."""
    begins_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    created_by: str
    """Who brought it."""
    group: str | None
    """Only this group, whoever brought it and administrators see it; null: every member."""
    error: str | None
    """Why it could not be read."""
    hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """A log, with how it was read."""

    line: LogLine
    size: int
    """Bytes of the file as it came."""
    options: Mapping[str, Any]
    """How it is read."""
    preview: LogPreview | None
    report: ImportReport | None
    people: bool
    """Whether figures of single people are shown."""
    has_errors: bool
    """Whether rows were left out, each with its reason: `log.errors` has them, also where nothing could be read."""
    may_delete: bool
    doing: str | None
    """What is being worked at; null where nothing is."""
    share: float
    """How much of that is done, from 0 to 1."""
    largest: int
    """Bytes that a file may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInLog:
    """A step as a place in which time is spent, along what cases waited for."""

    step: str
    visits: int
    total: int
    """From the end of what released it to its own end, over all visits."""
    share: float
    """Of all cycles."""
    parts: Mapping[str, int]
    """The total divided into working, waiting, handoff, outside and closed hours."""
    cause: str
    """What most of its waiting is; empty where it hardly waits."""
    estimated: float
    """The share of its visits whose beginning is estimated."""
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """What cases can be chosen by."""

    departments: tuple[str, ...]
    workflows: tuple[str, ...]
    versions: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    """Fields of cases with their values, of those with at most fifty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFiguresView:
    """The measures of the chosen cases; long lists begin with what matters most and are cut at 500 entries."""

    cases: int
    instances: int
    begin: int
    end: int
    cycle: Quantiles
    mean_cycle: float
    steps: tuple[StepFigures, ...]
    step_count: int
    follows: tuple[Follows, ...]
    follows_count: int
    variants: tuple[Variant, ...]
    variant_count: int
    people: tuple[Party, ...]
    """Empty unless figures of single people are shown."""
    groups: tuple[Party, ...]
    departments: tuple[Party, ...]
    handovers_people: tuple[Handover, ...]
    handovers_groups: tuple[Handover, ...]
    handovers_departments: tuple[Handover, ...]
    buckets: tuple[Bucket, ...]
    bucket_days: int
    little: Little | None
    estimated_starts: float
    """The share of steps whose beginning is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictOfLog:
    """Workflow problem or process problem, in words and figures."""

    kind: str
    """`workflow`, `process`, `target`, `healthy`, `undecided` or `not enough data`."""
    sentences: tuple[str, ...]
    """What it is, what to do, whether one person can fix it, how long that takes and who must agree."""
    confidence: float
    """The share of resamples that agree."""
    cases: int
    """That it rests on."""
    made_of: str
    """What stands for workflows in this log, in words."""
    wrong_fix: str | None
    """What looks like the fix and gains little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingInLog:
    """A place that holds much of the lost time, or something that is wasted, with the cases behind it."""

    id: str
    """For `log.cases`: which of the findings it is."""
    kind: str
    """`step`, `handoff`, or the kind of waste."""
    sentence: str
    """Subject, number, cause and action."""
    measured: str
    """The estimate with its interval; empty where the sentence has it."""
    estimated: bool
    """Whether it rests on beginnings that are not recorded."""
    cases: tuple[str, ...]
    """Some of those behind it, by their names in the log; `log.cases` has all."""
    case_count: int
    """How many are behind it."""
    hours_per_week: float | None
    """What it costs in working and waiting time on critical paths, of all cases together; null where that is not known."""
    money: str
    """The same at the rate of the log, in words; an assumption. Empty where no hours are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAt:
    """One bar of the vital few; its time is in seconds of working time a case."""

    title: str
    lost: float
    share: float
    cumulative: float
    low: float
    high: float
    """The 95 % interval of the cumulative share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksOfLog:
    """Whether the figures can be believed, by queueing theory; cells of tables are words."""

    sentences: tuple[str, ...]
    desks: tuple[tuple[str, ...], ...]
    """Who works, how many, how busy, whether the pile grows, what waits behind other work, what an ordinary queue would."""
    steps: tuple[tuple[str, ...], ...]
    """Step, at work, speed, right the first time, and all three together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDiagnosisView:
    """Where the time of the chosen cases goes."""

    figures: LogFiguresView
    cycle: int
    """The cycles of all cases together."""
    shares: Mapping[str, float]
    """The cycles divided into working, waiting, handoff, outside and closed hours."""
    parts: Mapping[str, int]
    """The same as times; they add up to `cycle`."""
    bounds: Mapping[str, tuple[float, float]]
    """The least and the most that each share can be: equal where beginnings are recorded."""
    causes: Mapping[str, int]
    """The waiting time on critical paths by cause, largest first."""
    efficiency: tuple[float, float]
    """Work as a share of the cycles: the least and the most it can be."""
    places: tuple[PlaceInLog, ...]
    """The steps on critical paths, the one with most time first."""
    hours_discovered: bool
    """Whether working hours were read off the log; without any, everybody is taken to be always there."""
    sentences: tuple[str, ...]
    """The findings in words."""
    verdict: VerdictOfLog
    findings: tuple[FindingInLog, ...]
    """The places to look at first."""
    lost: tuple[LostAt, ...]
    """Steps and handoffs by the time that is lost there, most first."""
    vital: int | None
    """The fewest of them that surely hold four fifths of it; null when no number is sure to."""
    lost_sentences: tuple[str, ...]
    """The same in words."""
    wasted: tuple[FindingInLog, ...]
    wasted_sentences: tuple[str, ...]
    """What was looked at, and what the log says nothing about."""
    instants: tuple[str, ...]
    """What automating a step would do to the whole, most first."""
    day: float
    """Seconds in a working day, as the log shows it."""
    money: str
    """What the money rests on."""
    checks: ChecksOfLog
    evidence: str | None
    """What is estimated, and what that leaves open; null where everything was recorded."""
    choices: FilterChoices


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAnswer:
    """What a log says, or how far working it out has come."""

    log: LogLine
    status: Literal["waiting", "ready", "failed"]
    doing: str
    share: float
    """How much of it is done, from 0 to 1."""
    error: str | None
    """Why nothing is said."""
    as_of: datetime | None
    diagnosis: LogDiagnosisView | None
    picture: str | None
    """What follows what, as SVG with the classes of the pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInLog:
    """A case of an imported log and how its time divides. Spans are microseconds by the clock."""

    case: str
    """By its name in the log."""
    begin: datetime
    end: datetime
    steps: int
    """Steps that were done."""
    cycle: int
    parts: Mapping[str, int]
    """The cycle divided into working, waiting, handoff, outside and closed hours, along what the case really waited for;
    adds up to it."""
    unsure: int
    """The part that may be work or waiting, since beginnings are not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesOfLog:
    """Cases of an imported log, or those behind a finding."""

    finding: FindingInLog | None
    count: int
    """All there are."""
    cases: tuple[CaseInLog, ...]
    after: int
    more: int
    """How many follow after these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepInCase:
    """A step that was done in a case. Spans are microseconds."""

    step: str
    resource: str | None
    department: str | None
    group: str | None
    workflow: str | None
    ready: datetime
    """When it could have been begun."""
    begun: datetime
    done: datetime
    ready_estimated: bool
    begun_estimated: bool
    """Then what lies between ready and done may be work, waiting, or both."""
    on_path: bool
    """Whether the case really waited for it."""
    waiting: int
    working: int
    closed: int
    """Nights, weekends and absences between begun and done."""
    causes: Mapping[str, int]
    """The wait by cause, the longest first."""
    behind: bool
    """Whether the finding that was asked for rests on it."""
    more: Mapping[str, str]
    """What else the log says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOfLog:
    """One case of an imported log: what was done in it and what it waited for."""

    case: CaseInLog
    finding: FindingInLog | None
    steps: tuple[StepInCase, ...]
    fields: Mapping[str, str]
    """What the log says of the case as a whole."""
