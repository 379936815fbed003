"""`procession simulate`: what would happen with a workflow or process, by its definition and a few figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from procession.cli.output import PROBLEMS, as_json, counted, print_json, say_findings, table, wrong_usage

if TYPE_CHECKING:
    from procession.analytics.simulation.figures import Figures
    from procession.analytics.simulation.laying import Ground
    from procession.analytics.simulation.model import Model
    from procession.analytics.simulation.result import SimulatedLog
    from procession.analytics.simulation.summary import Summary
    from procession.engine.definition import Definition
    from procession.interchange.folder import Folder

CASES = 1000
SHOWN = 8
"""Places of waiting that are listed."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--arrivals", metavar="RATE", help='How often cases arrive: "12 per week", "every 2 hours", or moments.')
@click.option("--cases", type=click.IntRange(min=1), help=f"So many cases; default {CASES}.")
@click.option("--weeks", type=click.FloatRange(min=0, min_open=True), help="All cases that arrive in so many weeks.")
@click.option("--people", multiple=True, metavar="GROUP=N", help="How many work in a group, such as group:it=3.")
@click.option("--chance", multiple=True, metavar="STEP=SHARE", help="The share of times a step with when: happens.")
@click.option(
    "--outcome", multiple=True, metavar="STEP:OUTCOME=SHARE", help="How frequent an outcome is; name all of a step."
)
@click.option("--seed", type=click.IntRange(min=0), help="The same seed, the same run; default 0.")
@click.option(
    "--scenario", "scenario_file", type=click.Path(path_type=Path), metavar="FILE",
    help="A YAML file that says what is assumed and what is different.",
)  # fmt: skip
@click.option(
    "--against", "against_file", type=click.Path(path_type=Path), metavar="FILE",
    help="Another scenario to compare it with, on the same cases.",
)  # fmt: skip
@click.option("--id", "chosen", metavar="ID", help="Which definition, where the path holds several.")
@click.option(
    "--log", "log_file", type=click.Path(path_type=Path), help="Write the log as FILE.csv; the causes beside it."
)
@as_json
def simulate(
    file: Path,
    arrivals: str | None,
    cases: int | None,
    weeks: float | None,
    people: tuple[str, ...],
    chance: tuple[str, ...],
    outcome: tuple[str, ...],
    seed: int | None,
    scenario_file: Path | None,
    against_file: Path | None,
    chosen: str | None,
    log_file: Path | None,
    as_json: bool,
) -> None:
    """Simulate a workflow or process: throughput, cycle times, how busy people are, where work waits and why.

    \b
    Example:
      procession simulate examples/employee-onboarding --arrivals "12 per week" --people group:it=2
      procession simulate examples/expenses --scenario twice-a-week.scenario.yaml --against today.scenario.yaml
    """
    seen = {"--arrivals": arrivals, "--cases": cases, "--weeks": weeks, "--people": people, "--chance": chance,
            "--outcome": outcome, "--seed": seed}  # fmt: skip
    if against_file is not None and scenario_file is None:
        wrong_usage("--against needs --scenario FILE.", "Name the changed scenario with --scenario.")
    if scenario_file is not None:
        twice = [option for option, value in seen.items() if value not in (None, ())]
        if twice:
            wrong_usage(f"{twice[0]} and --scenario exclude each other.", "Say it in the scenario file.")
    if cases is not None and weeks is not None:
        wrong_usage("--cases and --weeks exclude each other.", "Give one of the two.")
    if log_file is not None and log_file.suffix.lower() != ".csv":
        wrong_usage(f"'{log_file.name}' should end in .csv.")
    folder, definition = _chosen(file, chosen)
    try:
        from procession.analytics.simulation.errors import SimulationError
        from procession.analytics.simulation.prepare import Limit
        from procession.analytics.simulation.run import simulate as run
        from procession.analytics.simulation.summary import summarise
    except ImportError:
        wrong_usage("Simulation needs numpy, which is not installed.", "pip install 'procession[analytics]'")
    if scenario_file is not None:
        from procession.cli.scenarios import simulate_scenario

        simulate_scenario(ground_of(folder, definition), scenario_file, against_file, log_file, as_json=as_json)
        return
    from datetime import timedelta

    try:
        figures = _figures(people, chance, outcome)
        model = _model(folder, definition, arrivals, figures)
        limit = Limit(cases=cases or CASES) if weeks is None else Limit(span=timedelta(weeks=weeks))
        log = run(model, limit, seed=seed or 0, progress=None if as_json else tell)
    except SimulationError as problem:
        refuse(problem)
    if log_file is not None:
        write_log(log, log_file)
    found = summarise(log)
    if as_json:
        print_json(
            {"id": definition.id, "seed": seed or 0, **summary_json(found), "assumptions": list(model.assumptions)}
        )
    else:
        say(definition.title, found, model)


def refuse(problem: Exception) -> NoReturn:
    said = str(problem)
    said = said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")
    hint: str | None = getattr(problem, "hint", None)
    wrong_usage(said, hint[:1].upper() + hint[1:] + "." if hint else None)


def tell(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} of {of:,} cases", err=True, nl=done >= of)


# --- what is simulated -------------------------------------------------------------------------------------------------


def _chosen(file: Path, chosen: str | None) -> tuple[Folder, Definition]:
    from procession.interchange.folder import read_folder

    if not file.exists():
        wrong_usage(f"There is no file or folder '{file}'.")
    folder = read_folder(file if file.is_dir() else file.parent)
    own = read_folder(file).definitions if file.is_file() else folder.definitions
    bad = [one for one in folder.check() if one.severity == "error"]
    if bad:
        say_findings(bad)
        sys.exit(PROBLEMS)
    if chosen is None:
        processes = [name for name, one in own.items() if one.kind == "process"]
        names = list(own) if len(own) == 1 else processes
        if len(names) != 1:
            wrong_usage(
                f"Choose one with --id: {', '.join(sorted(own))}." if own else f"There is no definition in {file}."
            )
        chosen = names[0]
    if chosen not in own:
        wrong_usage(f"There is no definition '{chosen}' in {file}.")
    return folder, own[chosen]


def ground_of(folder: Folder, definition: Definition) -> Ground:
    """What the folder knows of a definition."""
    from procession.analytics.simulation.laying import Ground
    from procession.engine.calendar import STANDARD
    from procession.engine.definition import Workflow
    from procession.engine.program import compile_definition

    programs = {name: compile_definition(one, folder.library) for name, one in folder.definitions.items()}
    return Ground(
        program=programs[definition.id],
        workflows={name: one for name, one in programs.items() if isinstance(one.definition, Workflow)},
        directory=folder.directory,
        calendar=next(iter(folder.calendars.values())) if len(folder.calendars) == 1 else STANDARD,
        calendars=folder.calendars,
    )


def _model(folder: Folder, definition: Definition, arrivals: str | None, figures: Figures) -> Model:
    from dataclasses import replace

    ground = ground_of(folder, definition)
    rate = None if arrivals is None else ground.rate(arrivals)
    return replace(ground, figures=figures, arrivals=rate).model()


def _figures(people: tuple[str, ...], chance: tuple[str, ...], outcome: tuple[str, ...]) -> Figures:
    from procession.analytics.simulation.figures import Figures

    outcomes: dict[str, dict[str, float]] = {}
    for name, share in (_pair(one, "--outcome STEP:OUTCOME=SHARE") for one in outcome):
        step, colon, result = name.rpartition(":")
        if not colon:
            wrong_usage(f"--outcome needs STEP:OUTCOME=SHARE, not '{name}'.")
        outcomes.setdefault(step, {})[result] = _share(share, "--outcome")
    staff: dict[str, int] = {}
    for name, number in (_pair(one, "--people GROUP=N") for one in people):
        if not number.isdecimal() or int(number) < 1:
            wrong_usage(
                f"--people {name}={number}: {number} is not a number of people.", "Write a whole number from 1 up."
            )
        staff[name if ":" in name else f"group:{name}"] = int(number)
    return Figures(
        happens={name: _share(share, "--chance") for name, share in (_pair(one, "--chance STEP=SHARE") for one in chance)},
        outcomes=outcomes, people=staff,
    )  # fmt: skip


def _pair(text: str, wanted: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not equals or not name or not value:
        wrong_usage(f"'{text}' is not {wanted}.")
    return name.strip(), value.strip()


def _share(text: str, option: str) -> float:
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        wrong_usage(f"{option}: {text} is not a share.", "Write a number from 0 to 1, or such as 30%.")
    return value


def write_log(log: SimulatedLog, file: Path) -> None:
    """The log as CSV, and why each task waited in a file beside it."""
    import csv

    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(("case", "activity", "resource", "ready", "assigned", "started", "completed"))
        rows.writerows((*row[:2], row.resource or "", *(at.isoformat() for at in row[3:])) for row in log.rows())
    with file.with_suffix(".truth.csv").open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(("case", "activity", "task", "cause", "from", "to"))
        rows.writerows(
            (*row[:3], row.cause.name.lower(), row.begin.isoformat(), row.end.isoformat()) for row in log.truth_rows()
        )


# --- what is said ------------------------------------------------------------------------------------------------------


def summary_json(found: Summary) -> dict[str, object]:
    return {
        "cases": found.cases, "tasks": found.tasks, "weeks": found.weeks, "arrived_per_week": found.arrived_per_week,
        "done_per_week": found.done_per_week, "cycle_mean_seconds": found.cycle_mean,
        "cycle_percentiles_seconds": {str(name): value for name, value in found.cycle.items()},
        "outcomes": found.outcomes,
        "groups": [{"group": one.group, "people": one.people, "use": one.use} for one in found.groups],
        "seconds_per_case": {cause.name.lower(): value for cause, value in found.causes.items()},
        "waiting": [
            {"place": one.place, "title": one.title, "cause": one.cause.name.lower(),
             "seconds_per_case": one.per_case, "share": one.share}
            for one in found.waiting
        ],
    }  # fmt: skip


def say(title: str, found: Summary, model: Model) -> None:
    from procession.analytics.simulation.causes import WORDS
    from procession.analytics.simulation.summary import OVERLOADED
    from procession.analytics.words import percent

    click.echo(click.style(f"{title}: {counted(found.cases, 'case')} in {found.weeks:.1f} weeks", bold=True))
    click.echo(f"{found.arrived_per_week:.1f} cases arrive a week, {found.done_per_week:.1f} are done")
    spread = ", ".join(f"{name} % within {spoken(value)}" for name, value in found.cycle.items())
    click.echo(f"A case takes {spoken(found.cycle_mean)} on average; {spread}")
    click.echo(f"Outcomes: {', '.join(f'{name} {percent(share)}' for name, share in found.outcomes.items())}")
    if found.groups:
        click.echo()
        rows = [
            (one.group, str(one.people), percent(one.use) + (", too much" if one.use > OVERLOADED else ""))
            for one in found.groups
        ]
        table(("Who", "People", "Busy"), rows)
    click.echo()
    rows = [(one.title, WORDS[one.cause], spoken(one.per_case), percent(one.share)) for one in found.waiting[:SHOWN]]
    table(("Where it waits", "Why", "Per case", "Of the time"), rows)
    if model.assumptions:
        click.echo()
        click.echo("Assumed, because nothing says otherwise:")
        for sentence in model.assumptions:
            click.echo(f"  {sentence}")


def spoken(seconds: float) -> str:
    """Elapsed time as people say it."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"
