"""Plays random definitions and cases, and prints what happened: two engines have to print the same.

    python -m tests.support.plays HOW_MANY [FOLDER]

FOLDER: the compiled engine that is to play, as `tools.compile_engine --to FOLDER` made it. Every line is one play: its
name, how many events it has, and the digest of them all, of the cases they lead to, and of what was refused.
"""

from __future__ import annotations

import hashlib
import json
import sys
from itertools import count as count_up
from pathlib import Path

from procession import compiled

if len(sys.argv) > 2:
    compiled.use(Path(sys.argv[2]))
    if not compiled.is_running():
        raise SystemExit(f"The engine is {compiled.description()}.")

from hypothesis import HealthCheck, Phase, given, seed, settings

import procession.engine.decide
from procession.engine.case import Case
from procession.engine.commands import Command
from procession.engine.definition import Workflow
from procession.engine.moment import Actor
from procession.engine.rejections import Rejection
from tests.properties.test_engine import START, WORLDS
from tests.support.definitions import runnable
from tests.support.player import Player


class Told(Player):
    """A player that keeps what was refused."""

    refused: str = ""

    def ask(self, case: Case, command: Command, by: Actor) -> None:
        try:
            self.world.ask(case.id, command, by)
        except Rejection as refusal:
            self.refused += f"{refusal.kind}: {refusal.message} {refusal.hint} {refusal.details}\n"
            self.refused += f"{getattr(refusal, 'problems', '')!r}\n"
        except Exception as problem:  # what one engine takes for a mistake, the other has to as well
            self.refused += f"{type(problem).__name__}\n"


def tell(name: str, player: Player) -> None:
    """Print one line for a play."""
    assert isinstance(player, Told)
    rows = [(row.case_id, row.seq, row.at, row.actor, row.event.type, row.event.to_json()) for row in player.world.log]
    cases = {key: one.to_json() for key, one in player.world.cases.items()}
    said = [json.dumps(rows), json.dumps(cases), player.refused, repr([row.event for row in player.world.log])]
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] for text in said]
    print(name, len(rows), player.refused.count("\n"), *digests)


def main(count: int) -> None:
    print(f"# {compiled.description()}: {procession.engine.decide.__spec__.origin}", file=sys.stderr)
    for name in WORLDS:
        for number in range(count):
            player = Told(*WORLDS[name], seed=number, restarts=False)
            player.start(START[name])
            for _ in range(80):
                player.step((0.0, 0.1, 0.4)[number % 3])
            tell(f"{name} {number}", player)

    numbers = count_up()

    @seed(20_260_105)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
    @given(runnable())
    def definitions(one: Workflow) -> None:
        number = next(numbers)  # not drawn: Hypothesis likes numbers that stand in the sources of loaded modules
        player = Told(one, seed=number, restarts=False)
        player.start({"ok": True, "rows": [{"x": "1"}, {"x": "2"}]})
        for _ in range(40):
            player.step(0.05)
        tell(f"random {number}", player)

    definitions()


if __name__ == "__main__":
    main(int(sys.argv[1]))
