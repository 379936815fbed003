"""Work for machines: what a job is given, what its result or failure means. The calling itself happens outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from procession.engine import events as ev
from procession.engine.case import Json
from procession.engine.decide.assignment import people_for
from procession.engine.decide.data import write_expressions
from procession.engine.decide.people import open_task
from procession.engine.decide.taking import given_by_job, take
from procession.engine.decide.values import json_of, storable, to_values
from procession.engine.definition import Step
from procession.engine.instants import to_instant

if TYPE_CHECKING:
    from procession.engine.commands import FailJob, FinishJob
    from procession.engine.decide.deciding import Deciding, Place

FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)
MOST_DOUBLINGS = 9
"""More than enough to reach the longest delay."""
SPREAD = 0.2


def open_job(deciding: Deciding, step: Step, place: Place) -> None:
    """Ask for the job; a transformation needs no machine and is done at once."""
    config = step.config
    extra = deciding.item_scope(place)
    rendered = render(deciding, config.with_, place.up, extra)
    activation = deciding.open_step(step, place)
    if config.do == "transform":
        if write_expressions(
            deciding, config.take, "taken", activation, {"result": to_values(rendered), **(extra or {})}
        ):
            deciding.finish(activation, "done")
        return
    deciding.emit(
        ev.JobRequested(
            activation=activation, kind=config.do, config=rendered, retry=config.retry, backoff=config.backoff
        )
    )


def open_email(deciding: Deciding, step: Step, place: Place) -> None:
    """Send the mail, or open it as a draft for a person."""
    if step.config.draft_for:
        open_task(deciding, step, place, kind="draft")
        return
    request_mail(deciding, step, deciding.open_step(step, place))


def request_mail(deciding: Deciding, step: Step, activation: str) -> None:
    """Ask for the mail to be sent; each address once."""
    mail = mail_of(deciding, step, activation)
    if not mail["to"]:
        deciding.incident("no_recipient", f"'{step.title}' has nobody to write to.", activation)
        return
    deciding.emit(ev.JobRequested(activation=activation, kind="email", config=mail, retry=5))


def mail_of(deciding: Deciding, step: Step, activation: str) -> dict[str, Json]:
    """The mail as it stands: addresses, subject, text, file fields; what a person changed in a draft stays so."""
    config = step.config
    one = deciding.case.activations.get(activation)
    return {
        "to": _addresses(deciding, step, activation),
        "subject": deciding.values.render_text(config.subject or step.title, activation),
        "text": deciding.values.render_text(config.text, activation),
        "attach": [deciding.case.data[name] for name in config.attach if deciding.case.data.get(name) is not None],
        **((one.draft if one is not None else None) or {}),
    }


def _addresses(deciding: Deciding, step: Step, activation: str) -> list[str]:
    found: list[str] = []
    for person in people_for(deciding, step.config.to, activation):
        known = deciding.moment.directory.people.get(person)
        address = known.email or known.id if known is not None else person.removeprefix("guest:")
        if address and address not in found:
            found.append(address)
    return found


def render(
    deciding: Deciding, config: Mapping[str, Any], at: str, extra: Mapping[str, object] | None
) -> dict[str, Json]:
    """Fill in every text of a job's `with:`."""
    return {str(key): _rendered(deciding, value, at, extra) for key, value in config.items()}


def _rendered(deciding: Deciding, value: object, at: str, extra: Mapping[str, object] | None) -> Json:
    if isinstance(value, str):
        if value.startswith("="):
            return json_of(deciding.values.evaluate(value[1:].strip(), at, extra).value)
        return json_of(deciding.values.render(value, at, extra).value) if "{" in value else value
    if isinstance(value, Mapping):
        return render(deciding, cast("Mapping[str, Any]", value), at, extra)
    if isinstance(value, list | tuple):
        return [_rendered(deciding, one, at, extra) for one in cast("list[object]", value)]
    return json_of(value)


def finish_job(deciding: Deciding, ask: FinishJob) -> None:
    """Take the result. A late answer of an attempt that no longer counts changes nothing."""
    one = deciding.case.activations.get(ask.activation)
    if one is None or one.job != ask.attempt:
        return
    result = storable(ask.result)
    deciding.emit(ev.JobSucceeded(activation=ask.activation, attempt=ask.attempt, result=result))
    take(deciding, ask.activation, given_by_job(result))


def fail_job(deciding: Deciding, ask: FailJob) -> None:
    """Try again later, or take `on failure:`, or make the failure an incident."""
    one = deciding.case.activations.get(ask.activation)
    if one is None or one.job != ask.attempt:
        return
    step = deciding.node(one).step
    retry = getattr(step.config, "retry", 5)
    tried = ask.attempt - one.job_base
    if ask.retry and tried <= retry:
        deciding.emit(ev.JobFailed(activation=ask.activation, attempt=ask.attempt, error=ask.error))
        _ask_again(deciding, step, ask, tried)
        return
    deciding.emit(ev.JobFailed(activation=ask.activation, attempt=ask.attempt, error=ask.error, final=True))
    if getattr(step.config, "on_failure", None) is not None:
        deciding.finish(ask.activation, "failed")
        return
    attempts = "1 attempt" if tried == 1 else f"{tried} attempts"
    deciding.incident("job_failed", f"'{step.title}' failed after {attempts}: {ask.error}", ask.activation)


def _ask_again(deciding: Deciding, step: Step, ask: FailJob, tried: int) -> None:
    exponential = getattr(step.config, "backoff", "exponential") == "exponential"
    delay = min(FIRST_DELAY * 2 ** min(tried - 1, MOST_DOUBLINGS), LONGEST_DELAY) if exponential else FIRST_DELAY
    after = deciding.moment.at + delay * (1 - SPREAD + 2 * SPREAD * ask.jitter)
    request(deciding, step, ask.activation, ask.attempt + 1, to_instant(after), ask.attempt - tried)


def request(deciding: Deciding, step: Step, activation: str, attempt: int, after: str | None, base: int) -> None:
    """Ask for one more attempt, with what the case holds now; retries are counted from after the attempt `base`."""
    config = step.config
    if step.kind == "email":
        kind, rendered = "email", mail_of(deciding, step, activation)
    else:
        kind, rendered = config.do, render(deciding, config.with_, activation, None)
    deciding.emit(
        ev.JobRequested(
            activation=activation, kind=kind, attempt=attempt, config=rendered, retry=getattr(config, "retry", 5),
            backoff=getattr(config, "backoff", "exponential"), after=after, base=base,
        )
    )  # fmt: skip
