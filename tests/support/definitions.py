"""Random definitions: `workflows()` for reading, writing and checking, `runnable()` for running cases through them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from procession.engine.definition import (
    Assignee,
    Expr,
    Field,
    FormEntry,
    Notice,
    Scope,
    Start,
    Step,
    Target,
    Text,
    Workflow,
)
from procession.engine.durations import Span
from procession.engine.step_ids import kebab
from procession.engine.steps import step_types

FIELDS = {
    "ok": Field(name="ok", type="yes/no"),
    "a": Field(name="a", type="number", min=Decimal(0), required=False),
    "size": Field(name="size", type="choice", options=("small", "big"), required=False),
    "day": Field(name="day", type="date", required=False, help="Which day?"),
    "rows": Field(name="rows", type="table", required=False, columns=(Field(name="x", required=False),)),
    "twice": Field(name="twice", type="calculated", formula=Expr("a * 2")),
}
CONDITIONS = ["ok", "not(ok)", "a > 5", 'size = "big"', "count(rows) > 1 and ok"]
WORDS = st.text(st.characters(exclude_categories=["C", "Z"], codec="utf-8"), min_size=1, max_size=12)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
SPANS = st.builds(Span, st.integers(1, 9), st.sampled_from(["minutes", "days", "business days", "weeks"]))
WHO = st.sampled_from(
    [Assignee("starter"), Assignee("group", Text("it")), Assignee("manager of", of=Assignee("starter"))]
)


class _Maker:
    """Draws one workflow; ids are counted, so that they are unique."""

    def __init__(self, draw: Any, *, runnable: bool, sound: bool) -> None:
        self.draw, self.runnable, self.sound = draw, runnable, sound
        self.count = 0
        self.all_ids: list[str] = []

    def title(self) -> str:
        self.count += 1
        return f"Step {self.count}" if self.runnable else f"{self.draw(WORDS)} step {self.count}"

    def workflow(self) -> Workflow:
        steps = self.scope(3, "main")
        linked = self.link(steps, ())
        more: dict[str, Any] = {}
        if not self.runnable:
            draw = self.draw
            more = {
                "name": draw(st.none() | st.just(Text("{a} for {starter.name}"))),
                "purpose": draw(st.none() | LINES),
                "target": draw(st.none() | SPANS),
                "tags": draw(st.lists(WORDS, max_size=2).map(tuple)),
                "measures": draw(st.sampled_from([{}, {"csat": "rating"}])),
            }
        form = tuple(FormEntry(field=name) for name in (("ok", "rows") if self.runnable else ("ok", "a", "size")))
        return Workflow(
            id="random", title="Random", fields=FIELDS, start=Start(form=form), body=linked, outcome="through", **more
        )

    def scope(self, depth: int, name: str = "") -> Scope:
        steps = tuple(self.step(depth) for _ in range(self.draw(st.integers(1, 4 if depth == 3 else 2))))
        return Scope(name=name or steps[0].id, steps=steps)

    def step(self, depth: int) -> Step:
        kinds = ["task", "task", "approval", "set", "wait", "end"]
        if not self.runnable:
            kinds += ["email", "archive", "decide", "automate", "workflow"]
        if depth > 0:
            kinds += ["parallel", "choose", "each"]
        kind = self.draw(st.sampled_from(kinds))
        title = self.title()
        number = self.count
        config = step_types()[kind].Config(**self.config(kind, title, depth))
        step_id = kebab(title) if self.runnable or self.draw(st.booleans()) else f"id-{number}-{kind}"
        self.all_ids.append(step_id)
        step = Step(id=step_id, kind=kind, title=title, config=config)
        if kind == "end":
            step = replace(step, when=Expr(self.condition()) if self.draw(st.booleans()) else None)
        elif self.draw(st.integers(0, 3)) == 0:
            step = replace(step, when=Expr(self.condition()))
        return step if self.runnable else self.decorated(step)

    def condition(self) -> str:
        return self.draw(st.sampled_from(CONDITIONS[:2] if self.runnable else CONDITIONS))

    def config(self, kind: str, title: str, depth: int) -> dict[str, Any]:
        draw = self.draw
        who = (Assignee("starter"),) if self.runnable else (draw(WHO),)
        form = (
            (FormEntry(field="ok"),)
            if self.runnable
            else (FormEntry(field="a", required=draw(st.none() | st.booleans())),)
        )
        match kind:
            case "task":
                return {"assign": who, "form": form, "outcomes": draw(st.sampled_from([("done",), ("yes", "no")]))}
            case "approval":
                return {"assign": who, "form": form}
            case "set":
                return {"values": {"a": Expr(draw(st.sampled_from(["1 + 1", "if a = null then 0 else a + 1"])))}}
            case "wait":
                return (
                    {"for_": Span(1, "hours")}
                    if self.runnable
                    else {"for_": draw(SPANS), "message": draw(st.none() | WORDS)}
                )
            case "end":
                return {"outcome": title}
            case "parallel":
                branches = tuple(self.scope(depth - 1) for _ in range(draw(st.integers(1, 3))))
                needed = draw(st.sampled_from(["all", "any", len(branches)]))
                return {"branches": branches, "done_when": needed}
            case "choose":
                cases = tuple(
                    replace(self.scope(depth - 1), when=Expr(self.condition())) for _ in range(draw(st.integers(1, 2)))
                )
                otherwise = self.scope(depth - 1) if draw(st.booleans()) else None
                return {"cases": cases, "otherwise": otherwise, "take": draw(st.sampled_from(["first", "all"]))}
            case "each":
                return {"of": Expr("rows"), "body": self.scope(depth - 1), "at_once": draw(st.booleans())}
            case "email":
                return {"to": who, "text": Text(draw(LINES))}
            case "decide":
                return {"inputs": ("a",), "outputs": ("size",), "rules": (("< 5", "small"), (">= 5", "big"))}
            case "automate":
                return {
                    "do": "http",
                    "with_": {"url": "https://example.com/{a}", "n": Decimal("1.50"), "x": draw(WORDS)},
                }
            case "workflow":
                return {"use": "other", "with_": {"p": Expr("a")}, "detached": draw(st.booleans())}
            case _:
                return {}

    def decorated(self, step: Step) -> Step:
        draw = self.draw
        more: dict[str, Any] = {}
        if draw(st.booleans()):
            more["instructions"] = draw(LINES)
        if draw(st.booleans()):
            more["due"] = draw(st.sampled_from([Span(2, "business days"), Expr("day - 3 days")]))
            more["remind"] = (Notice(span=draw(SPANS), anchor="before due"),)
            more["escalate"] = (Notice(span=draw(SPANS), anchor="overdue", to=(draw(WHO),)),)
        if draw(st.booleans()) and step.kind != "set":
            more["set"] = {"a": Expr("a + 1")}
        if draw(st.booleans()):
            more["usually"] = {"work": draw(SPANS)}
            more["milestone"] = draw(st.none() | WORDS)
        return replace(step, **more)

    def link(self, scope: Scope, around: tuple[Scope, ...]) -> Scope:
        """The scope with arrows drawn, first inside its blocks."""
        here = (*around, scope)
        steps: list[Step] = []
        for step in scope.steps:
            config = step.config
            for name in ("branches", "cases"):
                if hasattr(config, name):
                    config = replace(config, **{name: tuple(self.link(one, here) for one in getattr(config, name))})
            for name in ("otherwise", "body"):
                if getattr(config, name, None) is not None:
                    config = replace(config, **{name: self.link(getattr(config, name), here)})
            steps.append(self.with_arrows(replace(step, config=config), here))
        return replace(scope, steps=tuple(steps))

    def with_arrows(self, step: Step, scopes: tuple[Scope, ...]) -> Step:
        draw = self.draw
        if step.kind == "end" or draw(st.integers(0, 2)):
            return step
        ids = [one.id for scope in scopes for one in scope.steps]
        if not self.sound and draw(st.integers(0, 5)) == 0:
            ids = self.all_ids
        target = (
            Target(step=draw(st.sampled_from(ids)))
            if draw(st.integers(0, 4))
            else Target(end=draw(st.sampled_from(["", "early"])))
        )
        outcomes = step_types()[step.kind].outcomes(step) if step.kind in ("task", "approval") else ()
        if outcomes and draw(st.booleans()):
            step = replace(step, on={draw(st.sampled_from(outcomes)): target})
        else:
            step = replace(step, next=target)
        return replace(step, at_most=draw(st.integers(1, 3))) if draw(st.booleans()) else step


@st.composite
def workflows(draw: Any) -> Workflow:
    """Any workflow that a file can say, sound or not."""
    return _Maker(draw, runnable=False, sound=False).workflow()


@st.composite
def runnable(draw: Any) -> Workflow:
    """A workflow of tasks, waits, blocks and loops that one person can play through; sound or not."""
    return _Maker(draw, runnable=True, sound=True).workflow()
