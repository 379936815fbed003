"""Each setting is in the reference, with the words of the code; `python -m tools.settings_reference` writes it."""

from __future__ import annotations

from tools.settings_reference import PAGE, page


def test_the_reference_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
