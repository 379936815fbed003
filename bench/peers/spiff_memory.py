"""SpiffWorkflow in memory: start a workflow and complete five user tasks. Run by its own Python; prints steps a second.

python spiff_memory.py SECONDS
"""

import sys
import tempfile
import time

from spiff_durable import STEPS, diagram
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser


def main(seconds: float) -> None:
    """The diagram is parsed once, as a server would; nothing is stored."""
    parser = BpmnParser()
    with tempfile.NamedTemporaryFile("w", suffix=".bpmn") as file:
        file.write(diagram())
        file.flush()
        parser.add_bpmn_file(file.name)
    spec = parser.get_spec("five")
    one(spec)
    cases, began = 0, time.process_time()
    while (elapsed := time.process_time() - began) < seconds:
        one(spec)
        cases += 1
    print(cases * (STEPS + 1) / elapsed)


def one(spec) -> None:
    """A whole case."""
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    for step in range(STEPS):
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data["note"] = f"step {step}"
        task.run()
        workflow.do_engine_steps()
    assert workflow.completed


if __name__ == "__main__":
    main(float(sys.argv[1]))
