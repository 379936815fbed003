"""`procession savings`: what busywork costs, as somebody says it or as the records show it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import click

from procession.cli.door import door, options
from procession.cli.output import as_json, print_json, table


class Figure(click.ParamType[Decimal]):
    """An exact decimal."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            return Decimal(str(value).replace(",", ""))
        except InvalidOperation:
            self.fail(f"'{value}' is no number.", param, ctx)


@click.command()
@click.option("--people", type=Figure(), help="How many people do it, 1 to 150,000. Assumed: 40.")
@click.option("--hours", type=Figure(), help="Hours a week that each loses, 0.5 to 40. Assumed: 4.")
@click.option("--rate", type=Figure(), help="What an hour costs, 10 to 1,000. Assumed: 30.")
@click.option("--worth", type=Figure(), help="What an hour could be worth, as a multiple of its cost. Assumed: 1.")
@click.option("--growth", type=Figure(), help="Growth of the gain a week, as a fraction up to 0.05. Assumed: 0.")
@click.option("--weeks", type=Figure(), help="How far to look, 1 to 520. Assumed: 52.")
@click.option("--of", "process", metavar="ID", help="Measure a process or workflow instead of calculating.")
@click.option("--cost", type=Figure(), help="With --of: what a change costs, once, to say when it has paid for itself.")
@click.option("--waste", help="With --of and --place: the kind of a finding, as `ask insight.findings` says it.")
@click.option("--place", help="With --waste: where it is.")
@click.option("--work-only", is_flag=True, help="With --waste: leave out the hours that cases wait.")
@options
@as_json
def savings(
    process: str | None,
    waste: str | None,
    place: str | None,
    work_only: bool,
    cost: Decimal | None,
    person: str | None,
    url: str | None,
    token: str | None,
    as_json: bool,
    **said: Decimal | None,
) -> None:
    """Say what busywork costs a week, and what its hours could have been worth.

    \b
    Examples:
      procession savings --people 40 --hours 4 --rate 30
      procession savings --of employee-onboarding --rate 45 --cost 20000
      procession savings --of reset-password --waste silo --place "Security > Service desk"
    """
    given = {name: value for name, value in said.items() if value is not None}
    if process is None:
        if waste is not None or place is not None or work_only:
            raise click.UsageError("--waste, --place and --work-only go with --of: name the process or workflow.")
        if cost is not None:
            raise click.UsageError("--cost goes with --of: without records nothing is known of what a change saves.")
        _calculate(given, as_json)
        return
    for name in given:
        if name != "rate":
            raise click.UsageError(f"--{name} is of the calculator, and --of measures: leave one of them out.")
    with door(person, url, token) as at:
        found = at.ask(
            "savings.measured", process=process, waste=waste, place=place, waiting=not work_only, cost=_text(cost),
            rate=_text(given.get("rate")),
        )  # fmt: skip
    if as_json:
        print_json(found)
    else:
        _say_measured(found)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _calculate(given: dict[str, Decimal], as_json: bool) -> None:
    from procession.analytics.savings import LIMITS, Busywork

    problems = Busywork.problems_of(given)
    if problems:
        raise click.UsageError("\n".join(f"--{name}: {sentence}" for name, sentence in problems))
    said = Busywork(**given)
    end = int(said.weeks)
    figures = {
        "hours_a_week": said.hours_a_week, "loss_a_week": said.loss_a_week, "value_a_week": said.value_a_week,
        "lost": said.lost(end), "gained": said.gained(end), "total": said.total(end),
    }  # fmt: skip
    if as_json:
        print_json(figures)
        return
    click.echo(f"{said.hours_a_week:,} hours a week, which cost {said.loss_a_week:,.0f}.")
    click.echo(f"Spent better they could be worth {said.value_a_week:,.0f} a week.")
    click.echo(f"After {end} weeks {figures['lost']:,.0f} are lost, and {figures['total']:,.0f} with what was missed.")
    assumed = [f"{name} {limits.default:,}" for name, limits in LIMITS.items() if name not in given]
    if assumed:
        click.echo(f"Assumed, not measured: {', '.join(assumed)}.")


def _say_measured(found: dict[str, Any]) -> None:
    click.echo(found["sentence"])
    if found["hours_a_week"] is None:
        return
    click.echo(
        f"{found['hours_a_week']:.1f} hours a week ({found['hours_low']:.1f} to {found['hours_high']:.1f}), "
        f"{found['money_a_week']:,.0f} in money ({found['money_low']:,.0f} to {found['money_high']:,.0f}), "
        f"from {found['cases']} finished cases of {found['weeks']:.0f} weeks."
    )
    if found["work_a_week"] < found["hours_a_week"]:
        click.echo(f"Of these {found['work_a_week']:.1f} hours are work of people; the others are waiting.")
    if found["assumed"]:
        click.echo(f"Assumed, not measured: {' '.join(found['assumed'])}")
    paid = found["payback"]
    if paid is not None:
        latest = "never" if paid["latest"] is None else f"{paid['latest']:.0f}"
        click.echo(f"Paid back after {paid['weeks']:.0f} weeks ({paid['soonest']:.0f} to {latest}).")
    if found["places"]:
        rows = [[one["title"], str(one["visits"]), f"{one['hours_a_week']:.1f}"] for one in found["places"]]
        table(["step", "done again", "hours a week"], rows)
