"""Make what the README shows: python -m tools.readme [--keep-picture]

Starts the demo on a database of its own, photographs Home, and writes the table of figures from the last `make bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.__main__ import RESULTS, missed, shown

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "home.png"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
PATIENCE = 600
"""Seconds until the demo has to be there."""

ROWS: tuple[tuple[str, str, str], ...] = (
    ("feel", "condition_per_second", "conditions a second, compiled"),
    ("feel", "table_per_second", "decision tables a second, 20 rules × 3 inputs"),
    ("engine", "times_spiff_in_memory_interpreted", "× SpiffWorkflow, the engine alone"),
    ("engine", "times_spiff_in_memory_compiled", "× SpiffWorkflow, the engine alone, compiled to C"),
    ("durable", "of_raw_psycopg_interpreted", "of a raw psycopg loop, durable steps"),
    ("durable", "times_spiff_1_client_interpreted", "× SpiffWorkflow, durable steps, 1 client"),
    ("durable", "times_spiff_1_client_compiled", "× SpiffWorkflow, durable steps, 1 client, compiled to C"),
    ("durable", "times_spiff_16_clients_interpreted", "× SpiffWorkflow, durable steps, 16 clients"),
    ("durable", "times_dbos_16_clients_interpreted", "× DBOS recv/send, 16 clients"),
    ("durable", "times_dbos_16_clients_compiled", "× DBOS recv/send, 16 clients, compiled to C"),
    ("http", "completions_per_second", "task completions a second over HTTP, 16 clients"),
    ("log", "times_pm4py", "× PM4Py, seven measures of a million events"),
    ("log_large", "times_pm4py", "× PM4Py, the same of ten million"),
    ("log", "xes_times_pm4py", "× PM4Py, reading XES"),
    ("diagnosis", "seconds", "seconds for the whole diagnosis of a million events"),
)
"""Bench, figure, and what the README calls it."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.readme", description="Makes what the README shows.")
    parser.add_argument("--keep-picture", action="store_true", help="write the figures only")
    options = parser.parse_args(arguments)
    README.write_text(with_figures(README.read_text(encoding="utf-8")), encoding="utf-8")
    if not options.keep_picture:
        PICTURE.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="procession-readme-") as folder:
            Path(folder).chmod(0o711)  # as root, PostgreSQL runs under another account, which has to get in
            photograph(Path(folder))
    return 0


def with_figures(text: str) -> str:
    """The README with the figures of the last bench between its marks."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


def table() -> str:
    """The figures that were measured; a goal that was missed is said."""
    benches = json.loads(RESULTS.read_text(encoding="utf-8"))["benches"]
    lines = ["| figure | | goal |", "| --- | ---: | --- |"]
    for bench, name, said in ROWS:
        result = benches.get(bench, {})
        if (value := result.get("figures", {}).get(name)) is None:
            continue
        least, most = result["at_least"].get(name), result["at_most"].get(name)
        goal = f"≥ {shown(least)}" if least is not None else f"≤ {shown(most)}" if most is not None else ""
        met = f"{goal}, missed" if name in missed(result) else goal
        lines.append(f"| {said} | {shown(value)} | {met} |")
    return "\n".join(lines)


def photograph(folder: Path) -> None:
    """Home, light, as the demo's first person sees it."""
    environment = os.environ | {"PROCESSION_DATA": str(folder / "data")}
    command = [sys.executable, "-m", "procession.cli", "demo", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as demo:
        try:
            url = _address(demo)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
                page.goto(url, wait_until="load")
                page.wait_for_timeout(1500)
                page.screenshot(path=PICTURE)
                browser.close()
        finally:
            demo.send_signal(signal.SIGINT)


def _address(demo: subprocess.Popen[str]) -> str:
    """Where the demo answers; it prints one JSON document when it is ready."""
    assert demo.stdout is not None
    said, began = "", time.monotonic()
    while "}" not in said:
        line = demo.stdout.readline()
        if not line or time.monotonic() - began > PATIENCE:
            raise SystemExit("The demo did not start.")
        said += line
    return str(json.loads(said)["url"])


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or ("/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)


if __name__ == "__main__":
    sys.exit(main())
