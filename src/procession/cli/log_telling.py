"""The diagnosis of a log in the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from procession.cli.output import table

if TYPE_CHECKING:
    from procession.analytics.log_diagnosis import LogDiagnosis, Rate

WIDTH = 100
SHOWN = 8


def say_diagnosis(found: LogDiagnosis, rate: Rate) -> None:
    """Everything that the page says, in words and a few tables."""
    from procession.interchange.log_report import sentences, told

    _paragraph(sentences.headline(found.figures), sentences.cycle(found.figures))
    _head("Verdict")
    _paragraph(*found.judgement.sentences)
    if found.wrong_fix is not None:
        _paragraph(found.wrong_fix.sentence)
    _paragraph(found.made_of.sentence)
    _head("Where the time goes")
    _split(found)
    _head("What to look at first")
    _findings(found, rate)
    _paragraph(told.few(found), told.stable(found))
    _head("What is wasted")
    for one in found.waste.findings:
        _item(one.sentence, told.without(one), rate.told(one.hours_per_week), told.behind(found, one))
    if not found.waste.findings:
        _paragraph(told.nothing_wasted(found.waste))
    _paragraph(found.waste.lacking)
    if found.findings or found.waste.findings:
        _paragraph(rate.sentence)
    _head("The critical path")
    _paragraph(*told.path(found))
    _head("If a step took no time")
    _instants(found)
    _head("Whether the figures hold")
    _checks(found)
    _paragraph(told.rests_on(found))


def _checks(found: LogDiagnosis) -> None:
    from procession.interchange.log_report import checked

    for one in checked.sentences(found):
        _item(one)
    if desks := checked.desks(found):
        table(checked.DESKS, desks)
        _paragraph(checked.OF_DESKS)
    if steps := checked.steps(found):
        table(checked.STEPS, steps)
        _paragraph(checked.OF_STEPS)


def _head(title: str) -> None:
    click.echo(f"\n{click.style(title, bold=True)}")


def _paragraph(*sentences: str) -> None:
    said = " ".join(one for one in sentences if one)
    if said:
        click.echo(textwrap.fill(said, WIDTH, break_long_words=False, break_on_hyphens=False))


def _item(*sentences: str) -> None:
    said = " ".join(one for one in sentences if one)
    click.echo(
        textwrap.fill(
            said, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
    )


def _split(found: LogDiagnosis) -> None:
    from procession.analytics.log_diagnosis import OF_OTHERS, SHARES
    from procession.interchange.log_report import sentences, told

    rows = [[part, sentences.share(found, part), sentences.MEANING[part]] for part in SHARES]
    table(["time", "share", "which is"], rows)
    mark = sentences.evidence(found)
    _paragraph(*_some(mark), sentences.connections(found), OF_OTHERS)
    _paragraph(told.lay(found))
    for one in found.places[:5]:
        _item(sentences.place(one))


def _some(text: str | None) -> Iterable[str]:
    return [text] if text else []


def _findings(found: LogDiagnosis, rate: Rate) -> None:
    from procession.analytics.log_diagnosis import hours_per_week
    from procession.interchange.log_report import told

    for one in found.findings:
        _item(
            one.sentence,
            "Estimated." if one.estimated else "",
            rate.told(hours_per_week(found, one)),
            told.behind(found, one),
        )
    if not found.findings:
        _paragraph("No step or handoff stands out.")


def _instants(found: LogDiagnosis) -> None:
    from procession.interchange.log_report import told

    for one in found.instants[:SHOWN]:
        _item(told.instant(one))
