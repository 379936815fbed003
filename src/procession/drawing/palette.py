"""Every colour by name, for the light and the dark theme.

The only place that spells colours out: pages use them as `var(--name)`, files get them resolved. Each pair of a text
and the ground it stands on was chosen for a contrast of at least 4.5 to 1; lines that carry meaning reach 3 to 1.
"""

from typing import Literal, NamedTuple

Theme = Literal["light", "dark"]


class Colour(NamedTuple):
    """One colour in both themes, as `#rrggbb`."""

    light: str
    dark: str

    def on(self, theme: Theme) -> str:
        """The colour of this theme."""
        return self.dark if theme == "dark" else self.light


COLOURS: dict[str, Colour] = {
    # grounds
    "bg": Colour("#f6f7f9", "#0d0f13"),
    "surface": Colour("#ffffff", "#14171d"),
    "sunken": Colour("#eef0f4", "#0a0c0f"),
    "raised": Colour("#ffffff", "#1b1f27"),
    "hover": Colour("#f2f4f7", "#1a1e26"),
    "selected": Colour("#ecefff", "#1c2140"),
    # lines
    "line": Colour("#e2e5ea", "#252a34"),
    "line-2": Colour("#cdd2da", "#363d4a"),
    "line-input": Colour("#868e9c", "#667082"),
    # text
    "text": Colour("#14171f", "#eceef3"),
    "text-2": Colour("#454c5a", "#b4bbc8"),
    "text-3": Colour("#5d6574", "#8f97a7"),
    # the accent
    "accent": Colour("#3b4fd6", "#8794ff"),
    "accent-hover": Colour("#2f41b8", "#9da8ff"),
    "on-accent": Colour("#ffffff", "#0d0f13"),
    "accent-soft": Colour("#e9ecff", "#20264a"),
    "accent-text": Colour("#3444bd", "#a3adff"),
    # status
    "ok": Colour("#157347", "#5fd39a"),
    "ok-bg": Colour("#e3f5ea", "#10291d"),
    "warn": Colour("#855600", "#f2bd55"),
    "warn-bg": Colour("#fff2d1", "#30240b"),
    "bad": Colour("#b8242c", "#ff8f88"),
    "bad-bg": Colour("#fdeaea", "#381618"),
    "info": Colour("#1f57bf", "#83b1ff"),
    "info-bg": Colour("#e7effd", "#14233f"),
    "guest": Colour("#6f35b5", "#c99cff"),
    "guest-bg": Colour("#f2eafc", "#28193b"),
    # heat: lightness is monotonic, so it also reads in grey and for colour-blind people
    "h0": Colour("#e9ecf1", "#252b35"),
    "h0-text": Colour("#454c5a", "#b4bbc8"),
    "h1": Colour("#fdf0c8", "#4a4119"),
    "h1-text": Colour("#4a3b00", "#f6e3a1"),
    "h2": Colour("#fcd98a", "#6e5413"),
    "h2-text": Colour("#4a3200", "#ffe2a3"),
    "h3": Colour("#f8ad61", "#96570f"),
    "h3-text": Colour("#3d2000", "#fff0df"),
    "h4": Colour("#e8743f", "#bf5120"),
    "h4-text": Colour("#2b0f00", "#ffffff"),
    "h5": Colour("#b9272c", "#e5544b"),
    "h5-text": Colour("#ffffff", "#1d0403"),
    # heat of a line, which needs more weight than an area
    "e0": Colour("#a7aebb", "#566072"),
    "e1": Colour("#c9a227", "#a58a2a"),
    "e2": Colour("#d68f12", "#c9921f"),
    "e3": Colour("#e07c1f", "#e08a32"),
    "e4": Colour("#d65a22", "#ee7a41"),
    "e5": Colour("#b9272c", "#f0655c"),
    # charts: c2 is always work, c3 always waiting, c4 always rework
    "c1": Colour("#3b4fd6", "#8794ff"),
    "c2": Colour("#0f8a7e", "#3fc9b8"),
    "c3": Colour("#c77700", "#f0ad4a"),
    "c4": Colour("#b8377e", "#f083b8"),
    "c5": Colour("#6b7280", "#98a1b0"),
}


def css(name: str) -> str:
    """The token as a page writes it, such as `var(--line-2)`."""
    if name not in COLOURS:
        raise KeyError(f"no colour is called {name!r}")
    return f"var(--{name})"
