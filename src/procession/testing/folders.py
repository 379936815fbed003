"""Runs every test of a folder of definitions."""

from __future__ import annotations

from dataclasses import replace

from procession.engine.findings import Finding
from procession.interchange.folder import Folder
from procession.testing.runner import Result, run_suite
from procession.testing.suite import read_suite


def run_folder(folder: Folder, only: str | None = None) -> tuple[list[Finding], list[Result]]:
    """Run the tests beside the folder's definitions; first what is wrong with the files, then how the tests went."""
    findings = [one for one in folder.check() if one.severity == "error"]
    results: list[Result] = []
    if findings:
        return findings, results
    for path, text in folder.tests.items():
        suite, wrong = read_suite(text, path)
        findings.extend(wrong)
        if suite is None:
            continue
        if only is not None:
            suite = replace(suite, tests=tuple(one for one in suite.tests if only.lower() in one.name.lower()))
        results.extend(run_suite(suite, folder.definitions, folder.library, folder.calendars))
    return findings, results
