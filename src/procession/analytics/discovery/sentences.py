"""What was discovered, in a manager's words."""

from __future__ import annotations

from procession.analytics.discovery.revealing import FEWEST_CASES, FEWEST_WORKFLOWS, Link, LinkKey, Proposal, Revelation
from procession.analytics.words import listed, number, percent


def link_sentence(link: Link) -> str:
    """What links two workflows, in how many cases, and how soon one follows the other."""
    anchor = f"had reached “{link.milestone}” before" if link.milestone is not None else "had ended before"
    if link.outcome is not None:
        anchor = f"had ended with “{link.outcome}” before"
    quick, usual, slow = (span(seconds) for seconds in (link.lag.low, link.lag.median, link.lag.high))
    return (
        f"{link.matched:,} of {link.cases:,} cases of {link.target_title} ({percent(link.coverage)}) belong to exactly one "
        f"case of {link.source_title} that {anchor}: {key_words(link.keys[0], link)}. Half of them begin within {usual} "
        f"of it, four fifths after {quick} to {slow}."
    )


def key_words(key: LinkKey, link: Link) -> str:
    """Which fields agree, and how: `both have the same order number`."""
    source, target = f"“{key.source_title}”", f"“{key.target_title}”"
    fields = source if key.source_title == key.target_title else f"{source} there and {target} here"
    match key.likeness:
        case "identical":
            return f"{fields} {'are' if fields != source else 'is'} the same"
        case "normalised":
            return f"{fields} {'are' if fields != source else 'is'} the same but for capitals, spaces, marks and zeros"
        case "person":
            return f"{fields} name the same person"
        case "inside text":
            return f"the reference stands in {target}" if "reference" not in target else f"{target} names it"


def doubts(link: Link) -> tuple[str, ...]:
    """What speaks against relying on the link; empty where nothing does."""
    found: list[str] = []
    if link.is_thin:
        found.append(f"The evidence is thin: {link.matched:,} of {link.cases:,} cases.")
    if link.forward < 0.9:
        found.append(f"In {percent(1 - link.forward)} of the cases it began before.")
    if link.instead_of:
        found.append("Its cases follow one source or the other, not both.")
    if link.optional:
        found.append("It takes part in some cases only.")
    return tuple(found)


def span(seconds: float) -> str:
    """An elapsed time: minutes under an hour and a half, hours under two days, else days."""
    if seconds < 5400:
        return _counted(round(seconds / 60), "minute")
    if seconds < 2 * 86400:
        return _counted(seconds / 3600, "hour")
    return _counted(seconds / 86400, "day")


def _counted(value: float, unit: str) -> str:
    text = number(value)
    return f"{text} {unit}" if text == "1" else f"{text} {unit}s"


def proposal_sentence(proposal: Proposal, titles: dict[str, str]) -> str:
    """Which workflows seem to form a process."""
    named = listed([titles.get(one, one) for one in proposal.members])
    if proposal.process is not None:
        return f"{named} seem to belong to one process, of which a part is published."
    return f"{named} seem to form a process."


def silence(found: Revelation) -> str:
    """Why nothing is proposed; empty where something is."""
    if found.proposals:
        return ""
    if found.workflows < FEWEST_WORKFLOWS:
        count = {0: "no workflow has", 1: "one workflow has", 2: "two workflows have"}[found.workflows]
        return f"A process shows once three workflows have {FEWEST_CASES} cases each; {count} so many."
    if found.pairs:
        named = listed([f"{link.source_title} and {link.target_title}" for link in found.pairs])
        return f"{named} belong together, but a process is proposed from three workflows on."
    return f"Nothing in {found.cases:,} cases of {found.workflows} workflows shows that one follows another."
