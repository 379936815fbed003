"""What happened. An event carries everything `evolve` needs, so that replaying never asks the definition.

Events are recorded as `(case_id, seq, at, actor, type, version, payload)`; the payload is the dataclass, its
attributes at their default left out.
"""

from __future__ import annotations

from procession.engine.events.base import REGISTRY, Event, decode, to_row
from procession.engine.events.cases import (
    CaseCancelled,
    CaseCancelling,
    CaseClosed,
    CaseDueChanged,
    CaseRenamed,
    CaseReopened,
    CaseStarted,
    CommentAdded,
    DataSealed,
    DataWritten,
    MilestoneReached,
)
from procession.engine.events.incidents import IncidentOpened, IncidentResolved
from procession.engine.events.machines import (
    ChildCancelled,
    ChildRequested,
    ChildStarted,
    JobFailed,
    JobRequested,
    JobSucceeded,
    MessageKept,
    MessageTaken,
    ParentTold,
    TimerFired,
)
from procession.engine.events.processes import ForecastNoted, HandoffHappened, MemberNotStarted
from procession.engine.events.steps import (
    BlockDecided,
    BranchEnded,
    BranchOpened,
    LoopCounted,
    StepFinished,
    StepOpened,
    StepSkipped,
    StepWithdrawn,
)
from procession.engine.events.tasks import (
    DueChanged,
    PeopleNotified,
    TaskClaimed,
    TaskCompleted,
    TaskDelegated,
    TaskFirstOpened,
    TaskReassigned,
    TaskReleased,
    TaskStarted,
    TaskViewed,
)

__all__ = [
    "REGISTRY",
    "BlockDecided",
    "BranchEnded",
    "BranchOpened",
    "CaseCancelled",
    "CaseCancelling",
    "CaseClosed",
    "CaseDueChanged",
    "CaseRenamed",
    "CaseReopened",
    "CaseStarted",
    "ChildCancelled",
    "ChildRequested",
    "ChildStarted",
    "CommentAdded",
    "DataSealed",
    "DataWritten",
    "DueChanged",
    "Event",
    "ForecastNoted",
    "HandoffHappened",
    "IncidentOpened",
    "IncidentResolved",
    "JobFailed",
    "JobRequested",
    "JobSucceeded",
    "LoopCounted",
    "MemberNotStarted",
    "MessageKept",
    "MessageTaken",
    "MilestoneReached",
    "ParentTold",
    "PeopleNotified",
    "StepFinished",
    "StepOpened",
    "StepSkipped",
    "StepWithdrawn",
    "TaskClaimed",
    "TaskCompleted",
    "TaskDelegated",
    "TaskFirstOpened",
    "TaskReassigned",
    "TaskReleased",
    "TaskStarted",
    "TaskViewed",
    "TimerFired",
    "decode",
    "to_row",
]
