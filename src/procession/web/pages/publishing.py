"""Publishing from YAML: paste or upload, see what check finds in place, accept warnings with a reason, publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from procession.demo.preparing import DemoError, examples
from procession.engine.program import compile_definition
from procession.engine.rejections import InvalidDefinition, NotFound, Rejection
from procession.interchange.folder import read_folder
from procession.interchange.neighbours import holds_definition, needed
from procession.operations.changes import Change, changes_between
from procession.operations.definitions import CheckResult, DefinitionView, Published, program_of
from procession.operations.drafts import DraftView
from procession.operations.publishing import LONGEST_FILE, FindingView, SourceFile, read_files
from procession.operations.values import DefinitionRef, in_words
from procession.web.pages.pilots import begin_page
from procession.web.showing import sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, text_of, visit

router = APIRouter()

FIRST = """\
workflow: my-first-workflow
title: My first workflow
purpose: One sentence on what is done when it is over.
fields:
  what: {type: text, label: What is it about?}
start:
  form: [what]
steps:
  - task: Do it
    assign: starter
    due: 1 business day
    instructions: Say here how it is done.
"""
"""What the editor begins with: a workflow that can be published as it is."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file in the editor."""

    name: str
    text: str


@router.get("/workflows/publish")
def editor(request: Request) -> Response:
    source = request.query_params.get("from", "")
    if source:
        version = request.query_params.get("version", "")
        view: DefinitionView = ask(
            request, "definition.get", definition=source, version=int(version) if version.isdigit() else None
        )
        return _page(request, [Sheet(f"{view.ref.id}.yaml", view.text)], source=view.ref.id)
    proposal = request.query_params.get("proposal", "")
    if proposal:
        return _page(request, [_draft(request, proposal)])
    draft = request.query_params.get("draft", "")
    if draft:
        found: DraftView = ask(request, "draft.get", definition=draft)
        return _page(request, [Sheet(one.name, one.text) for one in found.files], source=draft, draft=draft)
    example = request.query_params.get("example", "")
    if example:
        return _page(request, _example(example))
    return _page(request, [Sheet("my-first-workflow.yaml", FIRST)])


def _draft(request: Request, proposal: str) -> Sheet:
    """The draft of a process that shows in the records. Raises NotFound."""
    for one in ask(request, "process.reveal").proposals:
        if one.id == proposal:
            return Sheet(f"{one.definition}.yaml", one.text)
    raise NotFound("There is no such proposal any more.", hint="The records have changed, or it is connected.")


def _examples() -> dict[str, list[Path]]:
    """Example → its files; none where the installation lacks them."""
    try:
        folders = sorted(one for one in examples().iterdir() if one.is_dir())
    except DemoError:
        return {}
    return {one.name: _files_in(one) for one in folders}


def _files_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if holds_definition(file.name))


def _example(name: str) -> list[Sheet]:
    """The files of an example, and of those that it needs. Raises NotFound."""
    files = _examples().get(name)
    if not files:
        raise NotFound("There is no such example.")
    folder = files[0].parent
    for beside in needed(folder, read_folder(folder).definitions):
        files += _files_in(beside)
    return [Sheet(file.name, file.read_text(encoding="utf-8")) for file in files]


@router.post("/workflows/publish")
async def publish(request: Request, form: Posted) -> Response:
    source, draft = text_of(form, "from"), text_of(form, "draft")
    sheets, problem = await _sheets(form)
    if not problem and text_of(form, "do") == "try" and len(sheets) == 1 and text_of(form, "tried"):
        return begin_page(
            request, sheets[0].text, text_of(form, "tried"), text_of(form, "accept"), why=text_of(form, "why")
        )
    if problem or text_of(form, "do") != "publish":
        return _page(request, sheets, source=source, draft=draft, problem=problem, status=422 if problem else 200,
                     accept=text_of(form, "accept"), why=text_of(form, "why"))  # fmt: skip
    try:
        made: Published = ask(
            request, "definition.publish", files=_files(sheets), accept=text_of(form, "accept") or None
        )
    except InvalidDefinition:  # the page shows every finding where it stands
        told = "A warning needs a reason, or to be put right." if not text_of(form, "accept") else ""
        return _page(request, sheets, source=source, draft=draft, problem=told, status=422)
    except Rejection as refused:
        return _page(request, sheets, source=source, draft=draft, problem=sentence_of(refused), status=422)
    if draft and any(one.id == draft for one in made.definitions):
        ask(request, "draft.discard", definition=draft)
    return _published(made)


def _published(made: Published) -> Response:
    if not made.definitions:
        return go("/workflows", said=f"Published: {', '.join(made.others)}")
    first = next((one for one in made.definitions if one.kind == "process"), made.definitions[0])
    where = f"/{'processes' if first.kind == 'process' else 'workflows'}/{first.id}"
    if len(made.unchanged) == len(made.definitions):
        return go(where, said=f"Nothing has changed: version {first.version} stays")
    more = f", and {len(made.definitions) - 1} more" if len(made.definitions) > 1 else ""
    users = f". It fits {in_words([one.title for one in made.checked_too])}" if made.checked_too else ""
    return go(where, said=f"{first.title} is published as version {first.version}{more}{users}")


@router.post("/workflows/publish/check")
async def check_as_typed(request: Request, form: Posted) -> Response:
    """The findings alone, while somebody types."""
    sheets, problem = await _sheets(form)
    return render(request, "pages/publish.html", block="result", live=True,
                  **_context(request, sheets, problem=problem, accept=text_of(form, "accept")))  # fmt: skip


async def _sheets(form: FormData) -> tuple[list[Sheet], str]:
    """The files in the editor, or those just uploaded; and what was wrong with an upload."""
    uploaded = [one for one in form.getlist("upload") if isinstance(one, UploadFile) and one.filename]
    texts = [str(one) for one in form.getlist("text")]
    names = [str(one) for one in form.getlist("name")]
    sheets = [Sheet(names[place] if place < len(names) else "", _plain(text)) for place, text in enumerate(texts)]
    if not uploaded:
        return sheets or [Sheet("", "")], ""
    found: list[Sheet] = []
    for one in uploaded:
        content = await one.read()
        if len(content) > 4 * LONGEST_FILE:
            return sheets, f"{one.filename} is too large: a file has at most {LONGEST_FILE:,} characters."
        try:
            found.append(Sheet(str(one.filename), _plain(content.decode("utf-8-sig"))))
        except UnicodeDecodeError:
            return sheets, f"{one.filename} is not a text file. A workflow is a text file in YAML, saved as UTF-8."
    return found, ""


def _plain(text: str) -> str:
    """Browsers send lines ended by CR LF; files are kept with LF, so that an unchanged file stays unchanged."""
    return text.replace("\r\n", "\n")


def _files(sheets: Sequence[Sheet]) -> list[dict[str, str]]:
    return [{"text": one.text, "name": one.name} for one in sheets]


def _page(
    request: Request,
    sheets: list[Sheet],
    *,
    source: str = "",
    draft: str = "",
    problem: str = "",
    accept: str = "",
    status: int = 200,
    why: str = "",
) -> Response:
    context = _context(request, sheets, problem=problem, accept=accept)
    return render(
        request, "pages/publish.html", status_code=status, source=source, draft=draft, live=False,
        why=why or request.query_params.get("why", ""), **context,
    )  # fmt: skip


def _context(request: Request, sheets: list[Sheet], *, problem: str = "", accept: str = "") -> dict[str, Any]:
    result: CheckResult | None = None
    try:
        if any(one.text.strip() for one in sheets):
            result = ask(request, "definition.check", files=_files(sheets))
    except Rejection as refused:
        problem = problem or sentence_of(refused)
    findings = list(result.findings) if result is not None else []
    return {
        "sheets": sheets, "result": result, "problem": problem,
        "by_sheet": [_of(findings, one, sheets) for one in sheets],
        "findings": findings, "severities": {name: _count(findings, name) for name in ("error", "warning", "note")},
        "plans": _plans(request, sheets, result), "accept": accept, "examples": list(_examples()),
    }  # fmt: skip


def _of(findings: Sequence[FindingView], sheet: Sheet, sheets: Sequence[Sheet]) -> list[FindingView]:
    if len(sheets) == 1:
        return list(findings)
    names = [one.name for one in sheets]
    return [one for one in findings if one.file == sheet.name or (one.file not in names and sheet is sheets[0])]


def _count(findings: Sequence[FindingView], severity: str) -> int:
    return sum(one.severity == severity for one in findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What publishing would make of one definition."""

    ref: DefinitionRef
    before: int
    """The newest version there is; 0 where it is new."""
    changes: Sequence[Change]

    @property
    def is_new(self) -> bool:
        return self.before == 0

    @property
    def is_unchanged(self) -> bool:
        return self.before == self.ref.version


def _plans(request: Request, sheets: Sequence[Sheet], result: CheckResult | None) -> list[Plan]:
    """Which versions publishing would make, and what they change. Nothing is said of files with errors."""
    if result is None or not result.publishable:
        return []
    known = {one.id: one.version for one in ask(request, "definition.list", retired=True)}
    definitions = read_files([SourceFile(name=one.name, text=one.text) for one in sheets]).definitions
    plans: list[Plan] = []
    for ref in result.definitions:
        before = known.get(ref.id, 0)
        changes: Sequence[Change] = ()
        if 0 < before < ref.version:
            old = program_of(visit(request), ref.id, before)
            changes = changes_between(old, compile_definition(definitions[ref.id]))
        plans.append(Plan(ref=ref, before=before, changes=changes))
    return plans
