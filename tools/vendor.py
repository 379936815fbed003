"""Bring third-party files into the repository, and prove that they are the ones listed.

`tools/vendored.json` is the one list: package, version, licence, and each file's place and SHA-256.

    python tools/vendor.py check            every listed file is here and unchanged
    python tools/vendor.py fetch            download the listed versions, copy the files, compare the hashes
    python tools/vendor.py fetch --accept   the same after the list was changed: write the new hashes
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tools" / "vendored.json"


def read_list() -> list[dict[str, Any]]:
    """The packages, in the order of the file."""
    return json.loads(LIST.read_text(encoding="utf-8"))["packages"]


def sha256(data: bytes) -> str:
    """The hash as the list writes it."""
    return hashlib.sha256(data).hexdigest()


def problems() -> list[str]:
    """What is wrong with the vendored files; empty when all is well."""
    found: list[str] = []
    for package in read_list():
        for file in package["files"]:
            path = ROOT / file["path"]
            if not path.is_file():
                found.append(f"{file['path']} is missing (from {package['package']} {package['version']})")
            elif sha256(path.read_bytes()) != file["sha256"]:
                found.append(f"{file['path']} differs from {package['package']} {package['version']}")
    return found


def fetch(*, accept: bool) -> list[str]:
    """Download each package and copy its files; returns the files whose hash is not the listed one."""
    packages = read_list()
    surprises: list[str] = []
    for package in packages:
        contents = download(package["package"], package["version"])
        for file in package["files"]:
            data = contents[file["from"]]
            digest = sha256(data)
            if digest != file.get("sha256") and not accept:
                surprises.append(f"{file['path']}: the registry gives {digest}, the list says {file.get('sha256')}")
                continue
            file["sha256"] = digest
            target = ROOT / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    if accept:
        LIST.write_text(json.dumps({"packages": packages}, indent=1) + "\n", encoding="utf-8")
    return surprises


def download(package: str, version: str) -> dict[str, bytes]:
    """The files of one npm package, by their path inside it."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(Path(folder) / done.stdout.strip()) as archive:
            return {
                member.name.partition("/")[2]: stream.read()
                for member in archive
                if member.isfile() and (stream := archive.extractfile(member))
            }


def main() -> int:
    """Run the command line; 1 when something is not as listed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="compare the committed files with the list")
    fetching = commands.add_parser("fetch", help="download and copy the listed files")
    fetching.add_argument("--accept", action="store_true", help="write the hashes of what was downloaded into the list")
    asked = parser.parse_args()
    found = problems() if asked.command == "check" else fetch(accept=asked.accept)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
