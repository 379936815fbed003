"""`python -m procession.cli` is `procession`."""

from __future__ import annotations

from procession.cli.main import main

main()
