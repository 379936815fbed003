"""What would happen with a process or workflow: simulated as it is, and with a scenario, on the same cases."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from procession.engine.definition import Workflow
from procession.engine.findings import Finding
from procession.engine.rejections import InvalidField, InvalidForm, NotAvailable, RateLimited, TooLarge
from procession.interchange.neighbours import used_by
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.read_log import Analysis
from procession.operations.values import DefinitionRef

if TYPE_CHECKING:
    from procession.analytics.simulation.comparing import Comparison, Estimate, Side
    from procession.analytics.simulation.fitting import Calibration, Fit
    from procession.analytics.simulation.laying import Ground
    from procession.analytics.simulation.run import Progress
    from procession.analytics.simulation.scenario import Scenario
    from procession.interchange.scenarios import ReadScenario

CASES: Final = 200
MOST_CASES: Final = 2_000
MOST_RUNS: Final = 20
MOST_WORK: Final = 10_000
"""Cases × runs of one request."""
LONGEST: Final = 30.0
"""Seconds that one request may simulate."""
OPEN_FOR: Final = 6.0
"""Seconds after which no more figures are drawn anew for an interval, once there are enough; after twice as many none at all."""
PATIENCE: Final = 20.0
"""Seconds that a request waits while another simulates."""
_LONGEST_TEXT: Final = 50_000
_SHOWN: Final = 8

_turn = threading.Semaphore(1)
"""One simulation at a time: others may work meanwhile, and it does not take the processor from them twice over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulate(Ask):
    """What would happen with a process or workflow, as it is and with a scenario: both meet the same cases.

    Figures are measured where 20 or more cases are finished, and only used where the model then behaves as the log does;
    otherwise they are those that people state. At most 2,000 cases a run, 20 runs, 10,000 cases in all.
    """

    process: str
    """Its id."""

    scenario: str = ""
    """What is different: the text of a scenario file (YAML). Empty: nothing, it is simulated as it is."""

    today: str = ""
    """How things are, where neither the log nor the definition says it: the text of a scenario file."""

    figures: Literal["best", "stated"] = "best"
    """`stated`: what people say, even where there is a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A mean over the runs, with its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """How busy a group or role is."""

    group: str
    people: int
    use: float
    """Work as a share of its working hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlace:
    """Where cases wait, and why."""

    place: str
    title: str
    why: str
    seconds: float
    """Per case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSide:
    """One of the two. Times are seconds, nights and weekends included."""

    cycle: Range
    """The mean time of a case."""
    cycle_85: Range
    """Under which 85 of 100 cases stay."""
    done_per_week: Range
    groups: tuple[Busy, ...]
    waiting: tuple[WaitingPlace, ...]
    """Longest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationView:
    """How well the measured model behaves like the log. Times are seconds."""

    cases: int
    """Finished cases that it was fitted to."""
    observed: float
    simulated: float
    low: float
    high: float
    """Between which the mean of as many simulated cases lies."""
    distance: float
    """How far the times of cases lie apart (1-Wasserstein), as a share of the observed mean; at most 0.15 is good."""
    good: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationView:
    """What came out; `before` is null where the model may not speak, and the sentence says why."""

    process: DefinitionRef
    basis: Literal["measured", "stated"]
    calibration: CalibrationView | None
    cases: int
    """Of each run."""
    runs: int
    draws: int
    """How often the figures were measured anew, in cases drawn from the records, for the interval; 0: it holds chance
    alone."""
    before: SimulatedSide | None
    changed: SimulatedSide | None
    """Null without a scenario."""
    cycle: Range | None
    """The difference, changed minus before, in seconds."""
    cycle_85: Range | None
    done_per_week: Range | None
    sentence: str
    assumptions: tuple[str, ...]
    """What had to be assumed, in sentences."""


@operation("insight.simulate", scope="insights:read", http="POST /insights/{process}/simulate")
def simulate(ctx: Context, ask: Simulate) -> SimulationView:
    analysis, ref = visible(ctx, ask.process)
    try:
        from procession.analytics.simulation.errors import SimulationError
        from procession.analytics.simulation.fitting import FEWEST_CASES
    except ImportError as missing:
        raise NotAvailable(
            "Simulation needs numpy, which is not installed.", hint="Install it: pip install 'procession[analytics]'."
        ) from missing
    changed, today = _read(ask.scenario, "scenario"), _read(ask.today, "today")
    cases, runs, seed = _amount(changed, today)
    fitted = ask.figures == "best" and len(analysis.log.cases) >= FEWEST_CASES
    with _alone() as progress:
        try:
            ground = ground_of(ctx, analysis)
            found: Fit | None = None
            if fitted:
                found = _fit(analysis, ground, progress)
                ground = found.ground
                if not found.calibration.is_good:
                    return _refused(ref, found.calibration, cases, runs)
            return _answer(ref, ground, found, changed, today, (cases, runs, seed), progress)
        except SimulationError as problem:
            raise InvalidField("scenario", _sentence(problem), hint=problem.hint) from None


def ground_of(ctx: Context, analysis: Analysis) -> Ground:
    """What a scenario is laid over: the newest version, and the organisation."""
    from procession.analytics.simulation.laying import Ground

    around, definition = ctx.store.surroundings(ctx.organisation), analysis.definition
    programs = {definition.id: ctx.store.program(ctx.organisation, definition.id)}
    waiting = sorted(used_by(definition))
    while waiting:  # members of a process, and what these run
        one = waiting.pop()
        if one in around.latest and one not in programs:
            programs[one] = ctx.store.program(ctx.organisation, one)
            waiting += sorted(used_by(programs[one].definition))
    return Ground(
        program=programs[definition.id],
        workflows={name: one for name, one in programs.items() if isinstance(one.definition, Workflow)},
        directory=around.directory, calendar=around.calendar, calendars=around.calendars,
    )  # fmt: skip


def _fit(analysis: Analysis, ground: Ground, progress: Progress) -> Fit:
    """The measured model; worked out once for each state of the log."""
    from procession.analytics.simulation.fitting import fit

    if analysis.fit is None:
        analysis.fit = fit(analysis.log, ground, progress=progress)
    return analysis.fit


# --- what is asked -----------------------------------------------------------------------------------------------------


def _read(text: str, name: str) -> ReadScenario | None:
    from procession.interchange.scenarios import read_scenario

    if not text.strip():
        return None
    if len(text) > _LONGEST_TEXT:
        raise TooLarge(f"{name} has {len(text):,} characters; at most {_LONGEST_TEXT:,} are read.")
    read = read_scenario(text)
    if read.scenario is None:
        raise _wrong(read.findings, name)
    return read


def _wrong(findings: Iterable[Finding], name: str) -> InvalidForm:
    return InvalidForm(
        [InvalidField(name, f"Line {one.line}, column {one.column}: {one.sentence}", hint=one.hint) for one in findings]
    )


def _amount(changed: ReadScenario | None, today: ReadScenario | None) -> tuple[int, int, int]:
    """Cases of a run, runs, the first seed; refused where it is too much."""
    from procession.analytics.simulation.comparing import FEWEST_RUNS, RUNS

    main, other = (changed or today), (today if changed else None)
    said = main.scenario if main is not None else None
    if said is None:
        return CASES, RUNS, 0
    rest = other.scenario if other is not None else None
    if said.weeks is not None or (rest is not None and rest.weeks is not None):
        raise InvalidField(
            "scenario", "Here a simulation has a number of cases, not of weeks.", hint="Write cases: 200."
        )
    for name in ("cases", "replications", "seed"):
        if rest is not None and getattr(rest, name) not in (None, getattr(said, name)):
            raise InvalidField("today", f"today says another {name} than scenario.", hint="Leave it out there.")
    cases, runs = said.cases or CASES, said.replications or RUNS
    if not FEWEST_RUNS <= runs <= MOST_RUNS:
        raise InvalidField("scenario", f"replications: write {FEWEST_RUNS} to {MOST_RUNS}, not {runs}.")
    if cases > MOST_CASES or cases * runs > MOST_WORK:
        raise TooLarge(
            f"{cases:,} cases in {runs} runs are too much for the server.",
            hint=f"At most {MOST_CASES:,} cases a run and {MOST_WORK:,} in all; `procession simulate` has no such limit.",
        )
    return cases, runs, said.seed or 0


@contextmanager
def _alone() -> Generator[Progress]:
    """Its turn to simulate, and not for ever; gives what has to be called now and then."""
    if not _turn.acquire(timeout=PATIENCE):
        raise RateLimited("Other simulations are running.", hint="Try again in a moment.")
    end = time.monotonic() + LONGEST

    def go_on(done: int, of: int) -> None:
        if time.monotonic() > end:
            raise TooLarge(
                f"The simulation took more than {LONGEST:.0f} seconds and was stopped.",
                hint="Ask for fewer cases, or run `procession simulate`.",
            )
        time.sleep(0)  # whoever waits for the processor gets it

    try:
        yield go_on
    finally:
        _turn.release()


# --- what is answered --------------------------------------------------------------------------------------------------


def _answer(
    ref: DefinitionRef, ground: Ground, fitted: Fit | None, changed: ReadScenario | None,
    today: ReadScenario | None, amount: tuple[int, int, int], progress: Progress,
) -> SimulationView:  # fmt: skip
    from procession.analytics.simulation.comparing import FEWEST_DRAWS, Noise, compare, repeat, side
    from procession.analytics.simulation.model import Model
    from procession.analytics.simulation.prepare import Limit
    from procession.analytics.simulation.scenario import Scenario, ScenarioProblems

    cases, runs, seed = amount
    said = changed.scenario if changed is not None else None
    now = today.scenario if today is not None else None
    if ground.arrivals is None and said is not None and (now is None or now.arrivals is None):
        now = replace(now or Scenario(scenario="Today"), arrivals=said.arrivals)  # stated: nobody else says it

    def laid(scenario: Scenario | None, read: ReadScenario | None, name: str) -> Model:
        try:
            return ground.model(scenario)
        except ScenarioProblems as found:
            placed = read.placed(found.problems) if read is not None else ()
            raise (
                _wrong(placed, name) if placed else InvalidField("today", found.problems[0].sentence,
                                                                 hint=found.problems[0].hint)
            ) from None  # fmt: skip

    basis: Literal["measured", "stated"] = "stated" if fitted is None else "measured"
    shown = None if fitted is None else _calibration(fitted.calibration)
    after = laid(said, changed, "scenario") if said is not None else None
    before = laid(now, today, "today")
    if after is None:
        alone = side(repeat(before, Limit(cases=cases), seed=seed, runs=runs, progress=progress))
        return SimulationView(
            process=ref, basis=basis, cases=cases, runs=runs, draws=0, calibration=shown, before=_side(alone), changed=None,
            cycle=None, cycle_85=None,
            done_per_week=None, sentence=f"A case takes {_spoken(alone.cycle.mean)} on average.",
            assumptions=before.assumptions,
        )  # fmt: skip
    noise: Noise | None = None
    if fitted is not None:
        end = time.monotonic() + OPEN_FOR

        def models(number: int) -> tuple[Model, Model]:
            other = fitted.resampled(number)
            return other.model(now), other.model(said)

        noise = Noise(models, lambda drawn: time.monotonic() > (end if drawn >= FEWEST_DRAWS else end + OPEN_FOR))
    found = compare(before, after, Limit(cases=cases), seed=seed, runs=runs, progress=progress, noise=noise)
    return SimulationView(
        process=ref, basis=basis, cases=cases, runs=runs, draws=found.draws, calibration=shown, before=_side(found.before),
        changed=_side(found.changed),
        cycle=_range(found.cycle), cycle_85=_range(found.cycle_85), done_per_week=_range(found.done_per_week),
        sentence=_difference(found),
        assumptions=tuple(dict.fromkeys((*before.assumptions, *after.assumptions))),
    )  # fmt: skip


def _refused(ref: DefinitionRef, calibration: Calibration, cases: int, runs: int) -> SimulationView:
    return SimulationView(
        process=ref, basis="measured", calibration=_calibration(calibration), cases=cases, runs=runs, draws=0, before=None,
        changed=None, cycle=None, cycle_85=None, done_per_week=None, sentence=calibration.sentence, assumptions=(),
    )  # fmt: skip


def _calibration(of: Calibration) -> CalibrationView:
    return CalibrationView(
        cases=of.cases, observed=of.observed, simulated=of.simulated, low=of.low, high=of.high, distance=of.distance,
        good=of.is_good, sentence=of.sentence,
    )  # fmt: skip


def _side(of: Side) -> SimulatedSide:
    from procession.analytics.simulation.causes import WORDS

    return SimulatedSide(
        cycle=_range(of.cycle), cycle_85=_range(of.cycle_85), done_per_week=_range(of.done_per_week),
        groups=tuple(Busy(group=name, people=of.people[name], use=use) for name, use in of.use.items()),
        waiting=tuple(
            WaitingPlace(place=one.place, title=one.title, why=WORDS[one.cause], seconds=one.per_case)
            for one in of.first.waiting[:_SHOWN]
        ),
    )  # fmt: skip


def _range(of: Estimate) -> Range:
    return Range(mean=of.mean, low=of.low, high=of.high)


def _difference(found: Comparison) -> str:
    before, after, by = found.before.cycle.mean, found.changed.cycle.mean, found.cycle
    if not by.is_sure:
        return (
            f"A case takes {_spoken(after)}; before, {_spoken(before)}. With so many cases the difference cannot be told "
            "from chance."
        )
    low, high = sorted((abs(by.low), abs(by.high)))
    word = "less" if by.mean < 0 else "more"
    return (
        f"A case takes {_spoken(after)} instead of {_spoken(before)}: {_spoken(abs(by.mean))} {word}, with 95 % confidence "
        f"between {_spoken(low)} and {_spoken(high)}."
    )


def _spoken(seconds: float) -> str:
    from procession.analytics.forecast.words import length

    return length(seconds)


def _sentence(problem: Exception) -> str:
    said = str(problem)
    return said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")
