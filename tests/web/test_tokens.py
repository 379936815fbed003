"""Colours: one source, and enough contrast in both themes."""

from __future__ import annotations

import re

import pytest

from procession.web.tokens import STYLESHEET, TOKENS, palette, resolve, stylesheet


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# text, ground, contrast in light and in dark
PAIRS = [
    ("text", "surface", 17.9, 15.5),
    ("text-2", "surface", 8.6, 9.3),
    ("text-3", "surface", 5.9, 6.1),
    ("accent", "surface", 6.4, 6.6),
    ("on-accent", "accent", 6.4, 7.0),
    ("accent-text", "accent-soft", 6.6, 6.9),
    ("ok", "ok-bg", 5.2, 8.3),
    ("warn", "warn-bg", 5.7, 8.8),
    ("bad", "bad-bg", 5.5, 7.4),
    ("info", "info-bg", 5.7, 7.2),
    ("guest", "guest-bg", 6.3, 7.5),
    ("h1-text", "h1", 9.6, 8.0),
    ("h2-text", "h2", 8.8, 5.7),
    ("h3-text", "h3", 7.9, 5.1),
    ("h4-text", "h4", 6.0, 4.8),
    ("h5-text", "h5", 6.2, 5.3),
]


@pytest.mark.parametrize(("text", "ground", "light", "dark"), PAIRS)
def test_text_has_the_contrast_the_palette_was_chosen_for(text: str, ground: str, light: float, dark: float) -> None:
    for theme, wanted in (("light", light), ("dark", dark)):
        colours = palette(theme)
        measured = contrast(colours[text], colours[ground])
        assert measured >= 4.5
        assert measured == pytest.approx(wanted, abs=0.25)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_small_text_is_readable_on_every_grey_and_on_selected_rows(theme: str) -> None:
    colours = palette(theme)  # type: ignore[arg-type]
    for ground in ("bg", "surface", "sunken", "raised", "hover", "selected", "nav-current"):
        for text in ("text", "text-2", "text-3", "bad"):
            assert contrast(colours[text], colours[ground]) >= 4.5, f"{text} on {ground}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_only_pages_use_is_readable_too(theme: str) -> None:
    colours = palette(theme)  # type: ignore[arg-type]
    pairs = [(f"person-{hue}-text", f"person-{hue}") for hue in range(5)]
    for text, ground in [*pairs, ("on-toast", "toast"), ("toast-link", "toast"), ("h0-text", "h0")]:
        assert contrast(colours[text], colours[ground]) >= 4.5, f"{text} on {ground}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_of_inputs_and_marks_of_charts_stand_out(theme: str) -> None:
    colours = palette(theme)  # type: ignore[arg-type]
    for name in ("line-input", "c1", "c2", "c3", "c4", "c5"):
        assert contrast(colours[name], colours["surface"]) >= 3, name


def test_heat_grows_darker_step_by_step_so_that_it_works_in_grey() -> None:
    light = [_luminance(palette("light")[f"h{step}"]) for step in range(1, 6)]
    dark = [_luminance(palette("dark")[f"h{step}"]) for step in range(6)]
    assert light == sorted(light, reverse=True)
    assert dark == sorted(dark)


def test_the_style_sheet_is_the_generated_one() -> None:
    assert STYLESHEET.read_text(encoding="utf-8") == stylesheet(), "run python -m procession.web.tokens"


def test_a_picture_for_a_file_has_no_variables_left() -> None:
    assert resolve('<rect fill="var(--c3)"/>', "dark") == f'<rect fill="{TOKENS["c3"][1]}"/>'
    with pytest.raises(KeyError):
        resolve('<rect fill="var(--no-such)"/>', "light")


def test_the_stylesheet_of_pages_names_nothing_as_a_colour_is_named() -> None:
    pages = STYLESHEET.with_name("app.css").read_text(encoding="utf-8")
    own = re.findall(r"(?<![\w(-])--([\w-]+)\s*:", pages)
    assert own and not set(own) & set(TOKENS), "whichever is read last would win, and what needed the other lies unseen"
