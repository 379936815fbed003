"""`procession simulate --scenario`: a scenario file alone, or against another."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from procession.analytics.simulation.comparing import (
    FEWEST_RUNS,
    RUNS,
    Comparison,
    Estimate,
    Side,
    compare,
    repeat,
    side,
)
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.laying import Ground
from procession.analytics.simulation.model import Model
from procession.analytics.simulation.run import simulate
from procession.analytics.simulation.scenario import Scenario, ScenarioProblems
from procession.analytics.words import percent
from procession.cli.output import PROBLEMS, counted, print_json, say_findings, table, wrong_usage
from procession.cli.simulating import refuse, say, spoken, summary_json, tell, write_log
from procession.interchange.scenarios import ReadScenario, read_scenario


def simulate_scenario(
    ground: Ground, file: Path, against: Path | None, log_file: Path | None, *, as_json: bool
) -> None:  # fmt: skip
    """Simulate, and say or print what comes out; whatever is wrong with the files is said with its place."""
    if against is not None and log_file is not None:
        wrong_usage("--log and --against exclude each other.", "Write the log of one scenario alone.")
    read = _read(file)
    scenario, changed = _laid(ground, read)
    try:
        if against is None:
            _alone(ground, scenario, changed, log_file, as_json=as_json)
        else:
            _compared(ground, scenario, changed, against, as_json=as_json)
    except SimulationError as problem:
        refuse(problem)


def _read(file: Path) -> ReadScenario:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        wrong_usage(f"There is no text file '{file}'.", "Name a scenario file.")
    return read_scenario(text, str(file))


def _laid(ground: Ground, read: ReadScenario) -> tuple[Scenario, Model]:
    """The scenario and its model; findings end the command."""
    if read.scenario is None:
        say_findings(read.findings)
        sys.exit(PROBLEMS)
    try:
        return read.scenario, ground.model(read.scenario)
    except ScenarioProblems as found:
        say_findings(read.placed(found.problems))
        sys.exit(PROBLEMS)


def _alone(ground: Ground, scenario: Scenario, model: Model, log_file: Path | None, *, as_json: bool) -> None:
    runs, seed = scenario.replications or 1, scenario.seed or 0
    if log_file is not None:
        write_log(simulate(model, scenario.limit(), seed=seed), log_file)
    found = side(repeat(model, scenario.limit(), seed=seed, runs=runs, progress=None if as_json else tell))
    definition = ground.program.definition
    if as_json:
        print_json({
            "id": definition.id, "scenario": scenario.scenario, "seed": seed, "replications": runs,
            **summary_json(found.first), "assumptions": list(model.assumptions),
            **({"over_all_replications": _side_json(found)} if runs > 1 else {}),
        })  # fmt: skip
        return
    say(f"{definition.title}, {scenario.scenario}", found.first, model)
    if runs > 1:
        click.echo()
        click.echo(f"Over {runs} runs a case takes {spoken(found.cycle.mean)} on average{_between(found.cycle)}.")


def _compared(ground: Ground, scenario: Scenario, changed: Model, file: Path, *, as_json: bool) -> None:
    read = _read(file)
    other, before = _laid(ground, read)
    for name in ("cases", "weeks", "replications", "seed"):
        own = getattr(other, name)
        if own is not None and own != getattr(scenario, name):
            wrong_usage(f"{file.name} says {name}: {own:g}, which the other scenario does not.",
                        f"Compare what runs alike: leave {name}: out there.")  # fmt: skip
    runs, seed = scenario.replications or RUNS, scenario.seed or 0
    if runs < FEWEST_RUNS:
        wrong_usage(f"{counted(runs, 'run')} cannot be compared.", f"Write replications: {FEWEST_RUNS} or more.")
    found = compare(before, changed, scenario.limit(), seed=seed, runs=runs, progress=None if as_json else tell)
    assumed = tuple(dict.fromkeys((*before.assumptions, *changed.assumptions)))
    if as_json:
        print_json({
            "id": ground.program.definition.id, "scenario": scenario.scenario, "against": other.scenario, "seed": seed,
            "replications": runs, **comparison_json(found), "assumptions": list(assumed),
        })  # fmt: skip
        return
    _say_comparison(f"{ground.program.definition.title}: {scenario.scenario}, against {other.scenario}", found)
    if assumed:
        click.echo()
        click.echo("Assumed, because nothing says otherwise:")
        for sentence in assumed:
            click.echo(f"  {sentence}")


def _say_comparison(title: str, found: Comparison) -> None:
    click.echo(click.style(title, bold=True))
    rows = [
        (name, spoken(before.mean), spoken(after.mean), _difference(difference))
        for name, before, after, difference in (
            ("A case takes", found.before.cycle, found.changed.cycle, found.cycle),
            ("85 % within", found.before.cycle_85, found.changed.cycle_85, found.cycle_85),
        )
    ]
    week = found.done_per_week
    rows.append((
        "Done a week", f"{found.before.done_per_week.mean:.1f}", f"{found.changed.done_per_week.mean:.1f}",
        f"{week.mean:+.1f} ({week.low:+.1f} to {week.high:+.1f})",
    ))  # fmt: skip
    table(("", "Before", "Changed", "Difference, 95 % interval"), rows)
    groups = dict.fromkeys((*found.before.use, *found.changed.use))
    if groups:
        click.echo()
        table(
            ("Busy", "Before", "Changed"),
            [(name, _busy(found.before, name), _busy(found.changed, name)) for name in groups],
        )
    click.echo()
    click.echo(
        f"{counted(found.runs, 'pair')} of runs, {counted(found.changed.cases // found.runs, 'case')} each, "
        "the same cases in both."
    )
    if not found.cycle.is_sure:
        click.echo("The interval holds zero: with so many cases the difference cannot be told from chance.")


def _busy(of: Side, group: str) -> str:
    if group not in of.use:
        return "–"
    return f"{percent(of.use[group])} of {counted(of.people[group], 'person', 'people')}"


def _difference(of: Estimate) -> str:
    """`2.1 days less (1.8 days to 2.4 days less)`."""
    if not of.is_sure:
        return f"none that is sure ({_signed(of.low)} to {_signed(of.high)})"
    word = "less" if of.mean < 0 else "more"
    low, high = sorted((abs(of.low), abs(of.high)))
    return f"{spoken(abs(of.mean))} {word} ({spoken(low)} to {spoken(high)})"


def _signed(seconds: float) -> str:
    return f"{'-' if seconds < 0 else '+'}{spoken(abs(seconds))}"


def _between(of: Estimate) -> str:
    return f", with 95 % confidence between {spoken(of.low)} and {spoken(of.high)}"


# --- as JSON ---------------------------------------------------------------------------------------------------------


def comparison_json(found: Comparison) -> dict[str, object]:
    """Both sides and their differences, changed minus before, in seconds."""
    return {
        "before": _side_json(found.before), "changed": _side_json(found.changed),
        "difference": {
            "cycle_mean_seconds": _estimate(found.cycle), "cycle_85_seconds": _estimate(found.cycle_85),
            "done_per_week": _estimate(found.done_per_week),
        },
    }  # fmt: skip


def _side_json(of: Side) -> dict[str, object]:
    return {
        "cases": of.cases, "cycle_mean_seconds": _estimate(of.cycle), "cycle_85_seconds": _estimate(of.cycle_85),
        "done_per_week": _estimate(of.done_per_week),
        "groups": [{"group": name, "people": of.people[name], "use": use} for name, use in of.use.items()],
    }  # fmt: skip


def _estimate(of: Estimate) -> dict[str, float]:
    return {"mean": of.mean, "low": of.low, "high": of.high}
