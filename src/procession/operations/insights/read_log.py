"""The log of a process or workflow as it was read once, and all that can be asked about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from procession.analytics.attribution import Attribution, attribute
from procession.analytics.forecast import Forecaster
from procession.analytics.log import ProcessLog, Site
from procession.analytics.measures import Measures, measure
from procession.analytics.pareto import Pareto, pareto
from procession.analytics.sentences import Diagnosis, diagnosis
from procession.analytics.verdict import FEWEST_CASES, Verdict, judge
from procession.analytics.whatif import Removed, WhatIf, make_instant
from procession.engine.definition import Definition, Process, Workflow
from procession.operations.context import Context
from procession.operations.insights import facts
from procession.operations.insights.facts import Version
from procession.operations.insights.loader import Loaded, Setting, load, setting_of
from procession.operations.insights.stated import Said

if TYPE_CHECKING:
    from procession.analytics.simulation.fitting import Fit


@dataclass
class Analysis:
    """Everything diagnosis says about one process or workflow, worked out when it is asked for."""

    definition: Definition
    loaded: Loaded
    forecaster: Forecaster
    version: Version
    as_of: datetime
    """When the events were read."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Person → the groups they are in, as people call these."""
    said: Said | None = None
    """What people say it takes; None where nobody does."""
    fingerprint: str = ""
    """Of the program and the organisation that it was read with."""
    is_learned_kept: bool = False
    """What forecasts have learned stands in the database."""
    instants: dict[tuple[Site, Removed], WhatIf] = field(default_factory=dict[tuple[Site, Removed], WhatIf])
    fit: Fit | None = None
    """A model of it, once somebody has asked for a simulation."""

    @property
    def log(self) -> ProcessLog:
        return self.loaded.log

    @cached_property
    def measured(self) -> Attribution:
        """Where the time of the cases went."""
        return attribute(self.log)

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.measured)

    @cached_property
    def words(self) -> Diagnosis:
        """The verdict in words."""
        return diagnosis(self.verdict)

    @cached_property
    def measures(self) -> Measures:
        """Times, counts and rework, for each place."""
        return measure(self.log)

    @cached_property
    def pareto(self) -> Pareto:
        """The few places that cause most of the lost time."""
        return pareto(self.measured, "place")

    @property
    def has_enough(self) -> bool:
        """Whether there is history enough for a figure with a basis."""
        return len(self.log.cases) >= FEWEST_CASES

    @property
    def rests_on_said(self) -> bool:
        """Whether the verdict is that of what people say: there are too few cases, and enough is said."""
        return not self.has_enough and self.said is not None and self.said.verdict is not None

    @property
    def lacking(self) -> str:
        """Why nothing is said."""
        count = len(self.log.cases)
        return f"needs {FEWEST_CASES} finished cases, there {'is' if count == 1 else 'are'} {count}"

    def instant(self, site: Site, remove: Removed) -> WhatIf:
        """What it would have saved; worked out once for each place."""
        known = self.instants.get((site, remove))
        if known is None:
            known = make_instant(self.log, site, remove, measured=self.measured)
            self.instants[site, remove] = known
        return known


def analyse(definition: Definition, loaded: Loaded, version: Version, as_of: datetime) -> Analysis:
    """What can be asked about a log."""
    return Analysis(
        definition=definition, loaded=loaded, forecaster=Forecaster(loaded.log), version=version, as_of=as_of
    )


def setting(ctx: Context, definition: Definition) -> Setting:
    """The organisation as the log needs it."""
    surroundings = ctx.store.surroundings(ctx.organisation)
    used = {definition.id}
    if isinstance(definition, Process):
        used = {member.use for member in definition.members.values()}
    found = {one: ctx.store.definition(ctx.organisation, one) for one in used if one in surroundings.latest}
    workflows: Mapping[str, Workflow] = {name: one for name, one in found.items() if isinstance(one, Workflow)}
    with ctx.store.transaction(ctx.organisation) as tx:
        departments = {group.id: group.title for group in tx.groups.list()}
    return setting_of(
        definition, workflows, surroundings.directory, departments, surroundings.calendar, surroundings.calendars
    )


def load_from_store(ctx: Context, definition: Definition, around: Setting | None = None) -> tuple[Loaded, Version]:
    """The log as the events say now, and the mark of what was read."""
    around = around or setting(ctx, definition)
    with ctx.store.transaction(ctx.organisation) as tx:
        version = facts.version_of(tx, definition.id)
        return load(facts.of_store(tx, definition.id), around), version
