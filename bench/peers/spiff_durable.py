"""SpiffWorkflow with its state in PostgreSQL, loaded and saved at every step; prints steps a second.

python spiff_durable.py URL CLIENTS CASES_A_CLIENT
"""

import itertools
import multiprocessing
import sys
import tempfile
import time
import uuid

import psycopg
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

STEPS = 5


def diagram() -> str:
    """Five user tasks, one after another."""
    names = ["start", *[f"task{n}" for n in range(STEPS)], "end"]
    flows = "".join(
        f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>'
        for n, (a, b) in enumerate(itertools.pairwise(names))
    )
    tasks = "".join(
        f'<userTask id="task{n}" name="Task {n}"><incoming>f{n}</incoming><outgoing>f{n + 1}</outgoing></userTask>'
        for n in range(STEPS)
    )
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x">'
        '<process id="five" isExecutable="true"><startEvent id="start"><outgoing>f0</outgoing></startEvent>'
        f'{tasks}<endEvent id="end"><incoming>f{STEPS}</incoming></endEvent>{flows}</process></definitions>'
    )


def client(url: str, cases: int) -> None:
    """Each step: load, run, save, commit."""
    parser = BpmnParser()
    with tempfile.NamedTemporaryFile("w", suffix=".bpmn") as file:
        file.write(diagram())
        file.flush()
        parser.add_bpmn_file(file.name)
    spec = parser.get_spec("five")
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
    with psycopg.connect(url) as connection:
        for _ in range(cases):
            case = uuid.uuid4()
            workflow = BpmnWorkflow(spec)
            workflow.do_engine_steps()
            connection.execute("INSERT INTO spiff VALUES (%s, %s)", [case, serializer.serialize_json(workflow)])
            connection.commit()
            for step in range(STEPS):
                (text,) = connection.execute(
                    "SELECT state::text FROM spiff WHERE id = %s FOR UPDATE", [case]
                ).fetchone()
                workflow = serializer.deserialize_json(text)
                task = workflow.get_next_task(state=TaskState.READY, manual=True)
                task.data["note"] = f"step {step}"
                task.run()
                workflow.do_engine_steps()
                connection.execute(
                    "UPDATE spiff SET state = %s WHERE id = %s", [serializer.serialize_json(workflow), case]
                )
                connection.commit()
            assert workflow.completed


def main(url: str, clients: int, cases: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS spiff (id uuid PRIMARY KEY, state jsonb)")
    client(url, 3)
    began = time.perf_counter()
    if clients == 1:
        client(url, cases)
    else:
        workers = [multiprocessing.Process(target=client, args=(url, cases)) for _ in range(clients)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    print(clients * cases * (STEPS + 1) / (time.perf_counter() - began))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
