"""`archive:` — what is sealed can be proved unchanged later."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from procession.engine import events as ev
from procession.engine.definition import Step
from procession.engine.instants import to_instant

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def seal(deciding: Deciding, step: Step) -> None:
    """Record the hash of the named fields (or all) and make them read-only."""
    config = step.config
    names = list(config.fields) or sorted(deciding.case.data)
    content = {name: deciding.case.data.get(name) for name in names}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    until = (
        config.retention.add_to(deciding.moment.at, deciding.moment.calendar) if config.retention is not None else None
    )
    deciding.emit(
        ev.DataSealed(fields=list(config.fields) or ["*"], sha256=digest, until=to_instant(until) if until else None)
    )
