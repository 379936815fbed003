"""Diagrams to draw in tests: each shows something that others do not."""

from procession.drawing.model import (
    FlowDiagram,
    FlowEdge,
    FlowNode,
    Legend,
    MapContainer,
    MapHandoff,
    MapStep,
    ProcessMap,
)


def edges(*arrows: tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, str]) -> tuple[FlowEdge, ...]:
    """Arrows from (source, target, label, marks), where marks may hold `back` and `taken`."""
    made: list[FlowEdge] = []
    for index, arrow in enumerate(arrows):
        source, target, label, marks = (*arrow, "", "")[:4]
        made.append(
            FlowEdge(
                id=f"e{index}",
                source=source,
                target=target,
                label=label,
                back="back" in marks,
                taken="taken" in marks,
            )
        )
    return tuple(made)


def node(name: str, title: str = "", kind: str = "task", **more: object) -> FlowNode:
    return FlowNode(id=name, title=title, kind=kind, **more)  # type: ignore[arg-type]


def purchase_approval() -> FlowDiagram:
    return FlowDiagram(
        title="Purchase approval",
        nodes=(
            node("start", "", "start"),
            node("who", "Who signs off?", "decide", number="1", subtitle="Decision table", href="/s/1"),
            node(
                "sign", "Sign off the purchase", "approval", number="2", subtitle="Level · 1 business day", href="/s/2"
            ),
            node("order", "Issue the purchase order", "automate", number="3", subtitle="Web request", href="/s/3"),
            node("by-hand", "Issue the order by hand", "task", subtitle="Purchasing", href="/s/4"),
            node("approved", "approved", "end"),
            node("rejected", "rejected", "end"),
        ),
        edges=edges(
            ("start", "who"),
            ("who", "sign", 'level != "auto"'),
            ("who", "order", "skipped otherwise"),
            ("sign", "order", "approve"),
            ("sign", "rejected", "reject"),
            ("order", "approved"),
            ("order", "by-hand", "on failure"),
            ("by-hand", "approved"),
        ),
    )


def purchase_case() -> FlowDiagram:
    """The same workflow with a case in it."""
    return FlowDiagram(
        title="Purchase approval, server for Ana",
        nodes=(
            node("start", "", "start", state="done"),
            node("who", "Who signs off?", "decide", number="1", subtitle="Decision table", state="done", href="/s/1"),
            node(
                "sign",
                "Sign off the purchase",
                "approval",
                number="2",
                subtitle="Carol Diaz, CFO · 1 business day",
                state="late",
                badge="2 d late",
                href="/s/2",
                selected=True,
            ),
            node("check", "Check the budget", "task", subtitle="Finance", state="open", badge="1 h"),
            node("order", "Issue the purchase order", "automate", number="3", subtitle="Web request", state="todo"),
            node(
                "by-hand",
                "Issue the order by hand",
                "task",
                subtitle="Purchasing",
                state="skipped",
                tooltip="No failure",
            ),
            node("fail", "Post to ledger", "automate", subtitle="Web request", state="failed", badge="3 tries"),
            node("approved", "approved", "end"),
            node("rejected", "rejected", "end"),
        ),
        edges=edges(
            ("start", "who", "", "taken"),
            ("who", "sign", 'level != "auto"', "taken"),
            ("who", "check", "over budget", "taken"),
            ("check", "order"),
            ("sign", "order", "approve"),
            ("sign", "rejected", "reject"),
            ("order", "fail"),
            ("fail", "approved"),
            ("order", "by-hand", "on failure"),
            ("by-hand", "approved"),
        ),
    )


def support_ticket() -> FlowDiagram:
    return FlowDiagram(
        title="Support ticket",
        nodes=(
            node("start", "", "start"),
            node("New", "New", "state", subtitle="Support", href="/s/new"),
            node("Progress", "In progress", "state", subtitle="Support", href="/s/progress"),
            node("Waiting", "Waiting for customer", "state", subtitle="Requester", href="/s/waiting"),
            node("Escalated", "Escalated", "state", subtitle="Support lead", href="/s/escalated"),
            node("Resolved", "Resolved", "final", subtitle="resolved", href="/s/resolved"),
        ),
        edges=edges(
            ("start", "New"),
            ("New", "Progress", "Take it"),
            ("New", "Resolved", "Resolve"),
            ("New", "Escalated", "after 15 minutes"),
            ("Progress", "Waiting", "Ask the customer"),
            ("Waiting", "Progress", "Customer answered", "back"),
            ("Waiting", "Resolved", "after 7 days"),
            ("Progress", "Escalated", "Escalate"),
            ("Escalated", "Progress", "Hand back", "back"),
            ("Progress", "Resolved", "Resolve"),
            ("Escalated", "Resolved", "Resolve"),
        ),
    )


def document_approval() -> FlowDiagram:
    return FlowDiagram(
        title="Document approval",
        nodes=(
            node("start", "", "start"),
            node("draft", "Write the draft", number="1", subtitle="Author · 3 business days", href="/1"),
            node(
                "review",
                "Review the document",
                "approval",
                number="2",
                subtitle="Reviewers · 2 business days",
                href="/2",
            ),
            node("revise", "Revise", number="3", subtitle="Author · 1 business day", href="/3"),
            node("sign", "Sign", "approval", number="4", subtitle="Head of quality · 1 day", href="/4"),
            node("publish", "Publish", "automate", number="5", subtitle="Webhook", href="/5"),
            node("tell", "Tell everyone involved", "email", number="6", subtitle="Email", href="/6"),
            node("archive", "Seal", "archive", number="7", href="/7"),
            node("end", "", "end"),
            node("gone", "withdrawn", "end"),
        ),
        edges=edges(
            ("start", "draft"),
            ("draft", "review"),
            ("review", "revise", "changes needed"),
            ("review", "sign", "approve"),
            ("review", "gone", "reject"),
            ("revise", "review", "at most 3 times", "back"),
            ("sign", "publish", "approve"),
            ("sign", "revise", "send back", "back"),
            ("publish", "tell"),
            ("tell", "archive"),
            ("archive", "end"),
        ),
    )


def proposal() -> FlowDiagram:
    departments = ("Legal", "Finance", "Security")
    return FlowDiagram(
        title="Proposal",
        nodes=(
            node("start", "", "start"),
            node("write", "Write the proposal", number="1", subtitle="Sales", href="/1"),
            node("review", "Reviewed by departments", "parallel", number="2", href="/2"),
            node("fork", "", "fork", parent="review"),
            *(
                node(
                    f"r{index}",
                    f"{name} review",
                    "approval",
                    number=f"2.{index}",
                    parent="review",
                    subtitle=f"{name} · 2 days",
                )
                for index, name in enumerate(departments, 1)
            ),
            node("redline", "Redline the contract", parent="review", number="2.4", subtitle="Legal counsel"),
            node("join", "", "join", parent="review"),
            node("size", "How large is it?", "choose", number="3", href="/3"),
            node("pick", "", "fork", parent="size"),
            node("board", "Ask the board", "approval", parent="size", number="3.1", subtitle="Board · 5 days"),
            node("picked", "", "join", parent="size"),
            node("sign", "Five signatures", "approval", number="4", subtitle="5 of 5, any order · 3 days", href="/4"),
            node("each", "For each department", "each", number="5"),
            node("inform", "Inform the department", "email", parent="each", number="5.1"),
            node("end", "", "end"),
            node("rejected", "rejected", "end"),
        ),
        edges=edges(
            ("start", "write"),
            ("write", "fork"),
            ("fork", "r1"),
            ("r1", "redline"),
            ("redline", "join"),
            ("fork", "r2"),
            ("r2", "join"),
            ("fork", "r3"),
            ("r3", "join"),
            ("r3", "write", "not secure", "back"),
            ("join", "pick"),
            ("pick", "board", "over 1,000,000"),
            ("pick", "picked", "otherwise"),
            ("board", "picked"),
            ("picked", "sign"),
            ("sign", "inform", "approve"),
            ("sign", "rejected", "reject"),
            ("inform", "end"),
        ),
    )


def _steps(*rows: tuple[str, str, str, int, tuple[str, ...], tuple[str, ...]]) -> tuple[MapStep, ...]:
    return tuple(
        MapStep(
            id=title.lower().replace(" ", "-"),
            title=title,
            subtitle=subtitle,
            pill=pill,
            heat=heat,  # type: ignore[arg-type]
            next=following,
            back=back,
            href=f"?step={title.lower().replace(' ', '-')}",
            selected=title == "Approve permissions",
        )
        for title, subtitle, pill, heat, following, back in rows
    )


def onboarding() -> ProcessMap:
    return ProcessMap(
        title="New-hire onboarding",
        legend=Legend(title="Waiting before it starts", limits=("6 h", "18 h", "1.5 d", "3 d", "5 d")),
        containers=(
            MapContainer(
                id="offer",
                title="Offer and contract",
                team="People",
                open_count=6,
                pill="14 h",
                heat=1,
                href="?w=offer",
                steps=_steps(
                    ("Record accepted offer", "Recruiter · 10 min work", "2 h", 0, ("draft-contract",), ()),
                    ("Draft contract", "People ops · 25 min work", "12 h", 1, ("approve-contract",), ()),
                    (
                        "Approve contract",
                        "Hiring manager · 8 min work",
                        "1.1 d",
                        2,
                        ("send-for-signature",),
                        ("draft-contract",),
                    ),
                    ("Send for signature", "Automatic · 0 min work", "1 h", 0, (), ()),
                ),
            ),
            MapContainer(
                id="background",
                title="Background check",
                team="People · vendor",
                open_count=11,
                pill="5.4 d",
                heat=5,
                href="?w=background",
                steps=_steps(
                    ("Request consent", "New hire (guest) · 6 min work", "19 h", 2, ("vendor-check",), ()),
                    ("Vendor check", "Checkright (guest) · 1 h work", "6.2 d", 5, ("review-result",), ()),
                    ("Review result", "People ops · 15 min work", "22 h", 2, (), ()),
                ),
            ),
            MapContainer(
                id="equipment",
                title="Equipment",
                team="IT",
                open_count=9,
                pill="2.6 d",
                heat=3,
                href="?w=equipment",
                steps=_steps(
                    (
                        "Choose equipment",
                        "Hiring manager · 5 min work",
                        "1.7 d",
                        3,
                        ("approve-spend", "order-and-configure"),
                        (),
                    ),
                    ("Approve spend", "Finance · 4 min work", "3.4 d", 4, ("order-and-configure",), ()),
                    ("Order and configure", "IT support · 1.5 h work", "2.2 d", 3, ("deliver-to-desk",), ()),
                    ("Deliver to desk", "Facilities · 20 min work", "17 h", 1, (), ()),
                ),
            ),
            MapContainer(
                id="payroll",
                title="Payroll",
                team="Finance",
                open_count=4,
                pill="22 h",
                heat=2,
                href="?w=payroll",
                steps=_steps(
                    ("Collect bank details", "New hire (guest) · 5 min work", "1.2 d", 2, ("enter-in-payroll",), ()),
                    ("Enter in payroll", "Payroll · 12 min work", "14 h", 1, (), ()),
                ),
            ),
            MapContainer(
                id="access",
                title="Access setup",
                team="IT security",
                open_count=14,
                pill="3.8 d",
                heat=4,
                href="?w=access",
                steps=_steps(
                    ("Create accounts", "IT support · 20 min work", "10 h", 1, ("approve-permissions",), ()),
                    ("Approve permissions", "Hiring manager · 6 min work", "4.8 d", 4, ("security-review",), ()),
                    ("Security review", "Security · 30 min work", "1.9 d", 3, (), ("approve-permissions",)),
                ),
            ),
            MapContainer(
                id="first",
                title="First week",
                team="People",
                open_count=5,
                pill="7 h",
                heat=1,
                href="?w=first",
                steps=_steps(
                    ("Assign buddy", "Hiring manager · 3 min work", "7 h", 1, ("training-plan",), ()),
                    ("Training plan", "Team lead · 40 min work", "14 h", 1, ("30-day-check-in",), ()),
                    ("30-day check-in", "People ops · 30 min work", "5 h", 0, (), ()),
                ),
            ),
        ),
        handoffs=tuple(
            MapHandoff(
                id=f"h{index}",
                source=source,
                source_step=step,
                target=target,
                target_step=to,
                pill=pill,
                heat=heat,
                cases_per_month=cases,
                href=f"?h={index}",
                label="New hire",
                optional=optional,
            )  # type: ignore[arg-type]
            for index, (source, step, target, to, pill, heat, cases, optional) in enumerate(
                (
                    ("offer", None, "background", None, "10 h", 1, 40, False),
                    ("offer", None, "equipment", None, "1.6 d", 3, 40, False),
                    ("offer", None, "payroll", None, "5 h", 0, 38, False),
                    ("background", None, "access", None, "3.1 d", 4, 37, False),
                    ("equipment", "order-and-configure", "access", None, "1.2 d", 2, 30, True),
                    ("access", None, "first", None, "5.2 d", 5, 36, False),
                    ("equipment", None, "first", None, "19 h", 2, 36, False),
                    ("payroll", None, "first", "training-plan", "7 h", 1, 36, False),
                )
            )
        ),
    )


FLOWS = (purchase_approval, purchase_case, support_ticket, document_approval, proposal)
