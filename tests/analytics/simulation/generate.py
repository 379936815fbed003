"""Models drawn at random: blocks in blocks, arrows back, people in several groups, calendars, gates and batches."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from procession.analytics.simulation.arrivals import Poisson
from procession.analytics.simulation.distributions import Exponential, Fixed, Lognormal, Triangular
from procession.analytics.simulation.hours import Every
from procession.analytics.simulation.model import (
    END,
    Batch,
    Bound,
    Choice,
    Effect,
    End,
    Fork,
    Leave,
    Model,
    Node,
    Source,
)
from procession.engine.calendar import STANDARD
from tests.analytics.build import ALWAYS, MONDAY, at
from tests.analytics.simulation.build import HOUR, model, person, step

GROUPS = ("a", "b", "c")


class Making:
    """A model in the making."""

    def __init__(self, draw: st.DrawFn, everything: bool) -> None:
        self.draw, self.everything = draw, everything
        self.nodes: list[Node] = []
        self.depth = 0

    def add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def list(self, after: int) -> int:
        """Some things in a row; gives where they begin."""
        for _ in range(self.draw(st.integers(1, 3))):
            after = self.thing(after)
        return after

    def thing(self, after: int) -> int:
        kinds = ["work", "work", "work", "choice", "loop"]
        if self.depth < 2:
            kinds.append("fork")
            if self.everything:
                kinds += ["any", "quorum", "leave", "each"]
        return getattr(self, self.draw(st.sampled_from(kinds)))(after)

    def work(self, after: int, **more: object) -> int:
        draw, mean = self.draw, self.draw(st.sampled_from((0.2, 1.0, 3.0)))
        kinds = (Exponential(mean * HOUR), Fixed(mean * HOUR), Lognormal(mean * HOUR, 0.8),
                 Triangular(0, mean * HOUR, 3 * mean * HOUR))  # fmt: skip
        group = draw(st.sampled_from((*GROUPS, *GROUPS, None)))
        extra = draw(st.sampled_from(("", "", "", "notice", "gate", "batch", "size" if self.everything else "")))
        given = {
            "notice": {"notice": Exponential(2 * HOUR)},
            "gate": {"gate": Every(at(3), timedelta(hours=30))},
            "batch": {"batch": Batch(at=Every(at(1), timedelta(hours=12)))},
            "size": {"batch": Batch(size=3, at=Every(at(1), timedelta(hours=48)))},
        }.get(extra, {})
        name = f"step {len(self.nodes)}"
        return self.add(
            step(name, draw(st.sampled_from(kinds)), group, next=after, priority=draw(st.integers(0, 2)),
                 due=draw(st.sampled_from((None, 8 * HOUR, 40 * HOUR))),
                 workflow=draw(st.sampled_from(("one", "two"))), **given, **more)
        )  # fmt: skip

    def choice(self, after: int) -> int:
        share = self.draw(st.sampled_from((0.2, 0.5)))
        return self.add(Choice(chances=(share, 1 - share), ways=(self.list(after), after)))

    def loop(self, after: int) -> int:
        if self.draw(st.booleans()):
            bound = self.add(Bound(at_most=2, back=END, exhausted=after))
            again = self.add(Choice(chances=(0.4, 0.6), ways=(bound, after)))
            begin = self.list(again)
            self.nodes[bound] = Bound(at_most=2, back=begin, exhausted=after)
        else:
            again = self.add(Effect())
            begin = self.list(again)
            self.nodes[again] = Choice(chances=(0.3, 0.7), ways=(begin, after))
        return begin

    def branches(self, count: int) -> tuple[int, ...]:
        self.depth += 1
        made = tuple(self.list(END) for _ in range(count))
        self.depth -= 1
        return made

    def fork(self, after: int) -> int:
        return self.add(Fork(branches=self.branches(self.draw(st.integers(1, 3))), next=after))

    def any(self, after: int) -> int:
        finish = self.draw(st.booleans())
        return self.add(Fork(branches=self.branches(3), need=1, finish_rest=finish, next=after))

    def each(self, after: int) -> int:
        rows, in_turn = self.draw(st.integers(0, 3)), self.draw(st.booleans())
        return self.add(Fork(branches=self.branches(1), pick=lambda _: (0,) * rows, in_turn=in_turn, next=after))

    def quorum(self, after: int) -> int:
        no = self.add(Effect(against=True))
        vote = self.add(Choice(chances=(0.6, 0.4), ways=(END, no)))
        seats = tuple(self.add(step(f"vote {seat}", 1, "a", seat=seat, next=vote)) for seat in range(2))
        return self.add(Fork(branches=seats, need=2, votes=(after, self.add(End(outcome="refused"))), next=after))

    def leave(self, after: int) -> int:
        out = self.add(Leave(blocks=1, to=after))
        inside = self.work(self.add(Choice(chances=(0.5, 0.5), ways=(out, END))))
        return self.add(Fork(branches=(inside, *self.branches(1)), next=after))


@st.composite
def models(draw: st.DrawFn, *, everything: bool = True) -> Model:
    """A model with one or two sources. Without `everything`, what the kernel runs."""
    making = Making(draw, everything)
    entries = [making.list(END) for _ in range(draw(st.integers(1, 2)))]
    people = [
        person(f"p{number}", *draw(st.sampled_from((("a",), ("b",), ("c",), ("a", "b"), ("a", "b", "c")))),
               at_once=draw(st.sampled_from((1, 1, 2))), calendar=draw(st.sampled_from(("standard", "office"))))
        for number in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    people += [person(f"q{group}", group) for group in GROUPS]
    nodes = [Choice(chances=(1.0,), ways=(one.next,)) if isinstance(one, Effect) and not (one.against or everything)
             else one for one in making.nodes]  # fmt: skip
    return model(
        *nodes, people=tuple(people), calendars={"standard": ALWAYS, "office": STANDARD},
        order=draw(st.sampled_from(("fifo", "priority", "due"))), begin=MONDAY,
        sources=tuple(
            Source(name=f"source {number}", arrivals=Poisson(draw(st.sampled_from((0.1, 0.3)))), entry=entry,
                   urgent=((0.2, 3),))
            for number, entry in enumerate(entries)
        ),
    )  # fmt: skip
