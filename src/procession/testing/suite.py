"""What a test file says: people, tests, and the lines of each test with their places in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from procession.engine.durations import Span, SpanError, parse_span
from procession.engine.findings import Finding, did_you_mean
from procession.engine.moment import Absence, Directory, Person
from procession.interchange.yaml.nodes import Node, parse, plain
from procession.testing.given import Given, inward

SUITE_KEYS = ("workflow", "process", "people", "settings", "tests")
TEST_KEYS = ("name", "given", "start", "at", "steps", "expect")
GIVEN_KEYS = ("cases", "of", "with", "ago", "outcome", "by")
START_KEYS = ("by", "with", "refused")
LINE_KINDS = ("task", "pass", "notified", "job", "message", "survey", "feedback")
LINE_KEYS = (*LINE_KINDS, "assigned to", "by", "outcome", "with", "item", "in", "gives", "fails", "confidence", "key",
             "data", "refused", "checked")  # fmt: skip
EXPECT_KEYS = ("outcome", "open", "skipped", "jobs", "fields", "measures", "tasks", "path", "incident")
PERSON_KEYS = ("groups", "roles", "manager", "away", "email", "name", "calendar")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a test does or looks at."""

    kind: str
    values: dict[str, Any]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A story about one case, and what must be true at its end."""

    name: str
    line: int
    at: datetime | None = None
    given: tuple[Given, ...] = ()
    """Cases that there were already."""
    start: dict[str, Any] = field(default_factory=dict[str, Any])
    steps: tuple[Line, ...] = ()
    expect: dict[str, Any] = field(default_factory=dict[str, Any])
    expect_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of one workflow or process."""

    file: str
    subject: str
    """Id of what is tested."""
    directory: Directory
    settings: dict[str, Any]
    tests: tuple[Test, ...]


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    def say(self, node: Node, code: str, sentence: str, hint: str | None = None) -> None:
        self.findings.append(
            Finding(code=code, sentence=sentence, hint=hint, file=self.file, line=node.line, column=node.column)
        )

    def keys(self, node: Node | None, allowed: tuple[str, ...], what: str) -> dict[str, Node]:
        """A mapping's values by key; unknown keys are told with the nearest known one."""
        if node is None or node.is_null:
            return {}
        if node.kind != "map":
            self.say(node, "type_mismatch", f"{what} must be a mapping of keys to values.")
            return {}
        found: dict[str, Node] = {}
        for key, value in node.entries:
            if key.text in allowed:
                found[key.text] = value
            else:
                self.say(key, "unknown_key", f"{what} has no key '{key.text}'.", did_you_mean(key.text, allowed))
        return found

    def suite(self, root: Node) -> Suite | None:
        parts = self.keys(root, SUITE_KEYS, "A test file")
        subject = parts.get("workflow") or parts.get("process")
        if subject is None:
            self.say(root, "missing_key", "A test file begins with 'workflow: ID' or 'process: ID'.")
            return None
        tests = parts.get("tests")
        if tests is None or tests.kind != "list":
            self.say(tests or root, "missing_key", "'tests:' must be a list of tests.")
            return None
        return Suite(
            file=self.file, subject=subject.text, directory=self.people(parts.get("people")),
            settings=plain(parts["settings"]) if "settings" in parts else {},
            tests=tuple(self.test(one) for one in tests.items),
        )  # fmt: skip

    def people(self, node: Node | None) -> Directory:
        people: dict[str, Person] = {}
        groups: dict[str, list[str]] = {}
        roles: dict[str, list[str]] = {}
        for key, value in node.entries if node is not None and node.kind == "map" else ():
            parts = self.keys(value, PERSON_KEYS, f"Person '{key.text}'")
            mine = {name: tuple(self.words(parts.get(name))) for name in ("groups", "roles")}
            people[key.text] = Person(
                id=key.text, name=parts["name"].text if "name" in parts else key.text.capitalize(),
                email=parts["email"].text if "email" in parts else f"{key.text}@example.com",
                manager=parts["manager"].text if "manager" in parts else None,
                groups=mine["groups"], roles=mine["roles"], absences=self.absences(parts.get("away")),
                calendar=parts["calendar"].text if "calendar" in parts else None,
            )  # fmt: skip
            for group in mine["groups"]:
                groups.setdefault(group, []).append(key.text)
            for role in mine["roles"]:
                roles.setdefault(role, []).append(key.text)
        return Directory(
            people=people,
            groups={name: tuple(members) for name, members in groups.items()},
            roles={name: tuple(members) for name, members in roles.items()},
        )

    def words(self, node: Node | None) -> list[str]:
        if node is None:
            return []
        return [item.text for item in node.items] if node.kind == "list" else [node.text]

    def absences(self, node: Node | None) -> tuple[Absence, ...]:
        """`away: {from: 2026-01-05, to: 2026-01-09, substitute: bo}`, or a list of such."""
        if node is None:
            return ()
        found: list[Absence] = []
        for one in node.items if node.kind == "list" else [node]:
            parts = self.keys(one, ("from", "to", "substitute"), "An absence")
            try:
                begins, ends = (date.fromisoformat(parts[name].text) for name in ("from", "to"))
            except (KeyError, ValueError):
                self.say(
                    one, "type_mismatch", "An absence needs dates: {from: 2026-01-05, to: 2026-01-09, substitute: bo}."
                )
                continue
            substitute = parts["substitute"].text if "substitute" in parts else None
            found.append(Absence(begins=begins, ends=ends, substitute=substitute))
        return tuple(found)

    def test(self, node: Node) -> Test:
        parts = self.keys(node, TEST_KEYS, "A test")
        start = self.keys(parts.get("start"), START_KEYS, "'start:'")
        expect = self.keys(parts.get("expect"), EXPECT_KEYS, "'expect:'")
        steps = parts.get("steps")
        return Test(
            name=parts["name"].text if "name" in parts else f"line {node.line}", line=node.line,
            at=self.moment(parts.get("at")), given=self.given(parts.get("given")),
            start={key: plain(value) for key, value in start.items()},
            steps=tuple(self.line(one) for one in (steps.items if steps is not None else ())),
            expect={key: plain(value) for key, value in expect.items()},
            expect_line=parts["expect"].line if "expect" in parts else node.line,
        )  # fmt: skip

    def given(self, node: Node | None) -> tuple[Given, ...]:
        """`given: [{cases: 2, of: customer-complaint, with: {cause: machine}, ago: 60 days, outcome: closed}]`."""
        found: list[Given] = []
        for one in () if node is None or node.is_null else node.items if node.kind == "list" else (node,):
            parts = self.keys(one, GIVEN_KEYS, "'given:'")
            many, of, data = parts.get("cases"), parts.get("of"), parts.get("with")
            count = many.text if many is not None else "1"
            if of is None or not count.isascii() or not count.isdigit() or len(count) > 9:
                example = "{cases: 2, of: customer-complaint, with: {cause: machine}, ago: 60 days}"
                self.say(one, "type_mismatch", "'given:' says how many cases of which workflow there were.",
                         f"write {example}")  # fmt: skip
                continue
            texts = {key: parts[key].text for key in ("outcome", "by") if key in parts}
            values: dict[str, Any] = inward(plain(data)) if data is not None and data.kind == "map" else {}
            found.append(
                Given(
                    cases=int(count), of=of.text, data=values, ago=self.span(parts.get("ago")), line=one.line, **texts
                )
            )
        return tuple(found)

    def span(self, node: Node | None) -> Span | None:
        if node is None:
            return None
        try:
            return parse_span(node.text)
        except SpanError as problem:
            self.say(node, "type_mismatch", f"ago: {problem}.", problem.hint)
            return None

    def moment(self, node: Node | None) -> datetime | None:
        if node is None:
            return None
        try:
            at = datetime.fromisoformat(node.text)
        except ValueError:
            self.say(node, "type_mismatch", f"'{node.text}' is not a moment.", "Write it as 2026-01-05T09:00.")
            return None
        return at

    def line(self, node: Node) -> Line:
        parts = self.keys(node, LINE_KEYS, "A line of a test")
        kinds = [key for key in parts if key in LINE_KINDS]
        if len(kinds) != 1:
            self.say(node, "type_mismatch", f"A line of a test has exactly one of {', '.join(LINE_KINDS)}.")
            return Line("nothing", {}, node.line)
        return Line(kinds[0], {key: plain(value) for key, value in parts.items()}, node.line)


def read_suite(text: str, file: str = "") -> tuple[Suite | None, list[Finding]]:
    """The suite of a test file, and what is wrong with the file; never raises."""
    root, findings = parse(text, file)
    if root is None:
        return None, findings
    reader = _Reader(file)
    suite = reader.suite(root)
    findings = [*findings, *reader.findings]
    return (suite if not findings else None), findings
