"""One transaction of one organisation, and the nouns that can be read and kept in it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, CursorResult

from procession.store.absences import Absences
from procession.store.answers import Answers
from procession.store.calendars import Calendars
from procession.store.cases import Cases
from procession.store.definition_drafts import DefinitionDrafts
from procession.store.definitions import Definitions
from procession.store.drafts import Drafts
from procession.store.event_log import EventLog
from procession.store.files import Files
from procession.store.guest_links import GuestLinks
from procession.store.imported_logs import ImportedLogs
from procession.store.incidents import Incidents
from procession.store.jobs import Jobs
from procession.store.kept_figures import KeptFigures
from procession.store.kept_messages import KeptMessages
from procession.store.mails import Mails
from procession.store.notifications import Notifications
from procession.store.people import Groups, People, Roles
from procession.store.pilots import Pilots
from procession.store.rate_limits import RateLimits
from procession.store.saved_views import SavedViews
from procession.store.schedules import Schedules
from procession.store.sessions import Sessions
from procession.store.settings import OrganisationSettings
from procession.store.step_reports import StepReports
from procession.store.tasks import Tasks
from procession.store.tokens import Tokens
from procession.store.views import Views


class Transaction:
    """Made by `Store.transaction`."""

    def __init__(self, connection: Connection, organisation: str) -> None:
        self.connection = connection
        self.organisation = organisation

    def run(self, statement: str, /, **parameters: Any) -> CursorResult[Any]:
        """Run SQL; `:organisation` is filled in."""
        return self.connection.execute(sqlalchemy.text(statement), {"organisation": self.organisation, **parameters})

    def rows_of(self, statement: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of SQL, as plain tuples."""
        # All at once: one by one they cost as much again as everything else on their way.
        return [tuple(row) for row in self.run(statement, **parameters).all()]

    def changed_surroundings(self) -> None:
        """People, calendars, settings or definitions have changed: caches of every process read them again."""
        self.run("UPDATE organisations SET version = version + 1 WHERE organisation = :organisation")

    @cached_property
    def answers(self) -> Answers:
        return Answers(self)

    @cached_property
    def cases(self) -> Cases:
        return Cases(self)

    @cached_property
    def tasks(self) -> Tasks:
        return Tasks(self)

    @cached_property
    def definitions(self) -> Definitions:
        return Definitions(self)

    @cached_property
    def definition_drafts(self) -> DefinitionDrafts:
        return DefinitionDrafts(self)

    @cached_property
    def kept_figures(self) -> KeptFigures:
        return KeptFigures(self)

    @cached_property
    def imported_logs(self) -> ImportedLogs:
        return ImportedLogs(self)

    @cached_property
    def pilots(self) -> Pilots:
        return Pilots(self)

    @cached_property
    def step_reports(self) -> StepReports:
        return StepReports(self)

    @cached_property
    def saved_views(self) -> SavedViews:
        return SavedViews(self)

    @cached_property
    def people(self) -> People:
        return People(self)

    @cached_property
    def groups(self) -> Groups:
        return Groups(self)

    @cached_property
    def roles(self) -> Roles:
        return Roles(self)

    @cached_property
    def absences(self) -> Absences:
        return Absences(self)

    @cached_property
    def calendars(self) -> Calendars:
        return Calendars(self)

    @cached_property
    def settings(self) -> OrganisationSettings:
        return OrganisationSettings(self)

    @cached_property
    def events(self) -> EventLog:
        return EventLog(self)

    @cached_property
    def notifications(self) -> Notifications:
        return Notifications(self)

    @cached_property
    def mails(self) -> Mails:
        return Mails(self)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self)

    @cached_property
    def files(self) -> Files:
        return Files(self)

    @cached_property
    def guest_links(self) -> GuestLinks:
        return GuestLinks(self)

    @cached_property
    def messages(self) -> KeptMessages:
        return KeptMessages(self)

    @cached_property
    def incidents(self) -> Incidents:
        return Incidents(self)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self)

    @cached_property
    def rate_limits(self) -> RateLimits:
        return RateLimits(self)

    @cached_property
    def schedules(self) -> Schedules:
        return Schedules(self)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self)

    @cached_property
    def views(self) -> Views:
        return Views(self)
