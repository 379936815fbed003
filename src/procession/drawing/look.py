"""How the parts of a diagram look, once for pages and for files.

`RULES` is a small style sheet: class → properties, with colours by their names. On a page the parts carry the classes
and `diagram.css` holds the rules, made from here by

    python -m procession.drawing.look > src/procession/drawing/diagram.css

In a file, where there is no style sheet and a converter may know no CSS, the same rules become attributes.
"""

from collections.abc import Iterable, Mapping

from procession.drawing.palette import COLOURS, Theme, css

FONT = "Inter, system-ui, sans-serif"

KIND_COLOUR = {
    "task": "info",
    "state": "info",
    "approval": "c3",
    "decide": "c2",
    "choose": "c2",
    "automate": "ok",
    "email": "guest",
    "workflow": "accent",
    "agent": "c4",
    "bot": "c4",
    "extract": "c4",
    "classify": "c4",
    "final": "ok",
}
"""The left bar of a step. Kinds not named here, such as wait and set, are grey."""
OTHER_KIND_COLOUR = "c5"

KIND_ICON = {
    "task": "square-pen",
    "state": "circle-dot",
    "approval": "stamp",
    "decide": "table-2",
    "choose": "split",
    "automate": "zap",
    "email": "mail",
    "wait": "hourglass",
    "workflow": "workflow",
    "parallel": "git-fork",
    "each": "list-checks",
    "set": "pencil-line",
    "survey": "star",
    "archive": "archive",
    "agent": "bot",
    "bot": "bot",
    "final": "circle-check",
}

STATE_ICON = {
    "open": "circle-dot",
    "done": "circle-check",
    "late": "circle-alert",
    "skipped": "skip-forward",
    "failed": "circle-x",
    "withdrawn": "circle-minus",
}
STATE_COLOUR = {
    "open": "info",
    "done": "ok",
    "late": "bad",
    "failed": "bad",
    "skipped": "text-3",
    "withdrawn": "text-3",
}

Properties = Mapping[str, str]

_BOX = {"fill": "surface", "stroke": "line-2", "stroke-width": "1"}
_LINE = {"fill": "none", "stroke": "text-3", "stroke-width": "1.25"}
_GREY_STEP = {"fill": "none", "stroke": "line-input", "stroke-dasharray": "4 3"}

RULES: dict[str, Properties] = {
    "dg-ground": {"fill": "bg"},
    "dg-box": _BOX,
    "dg-block": {"fill": "hover", "stroke": "line-2", "stroke-width": "1"},
    "dg-plate": {"fill": "hover"},
    "dg-card": {**_BOX, "stroke": "line"},
    "dg-halo": {"fill": "none", "stroke": "accent-soft", "stroke-width": "4"},
    "dg-is-open": {"fill": "info-bg", "stroke": "info", "stroke-width": "1.5"},
    "dg-is-late": {"fill": "bad-bg", "stroke": "bad", "stroke-width": "1.5"},
    "dg-is-failed": {"fill": "bad-bg", "stroke": "bad", "stroke-width": "1.5"},
    "dg-is-done": {"stroke": "ok"},
    "dg-is-skipped": _GREY_STEP,
    "dg-is-withdrawn": _GREY_STEP,
    "dg-inner": {"fill": "none", "stroke": "line-2", "stroke-width": "1"},
    "dg-title": {"fill": "text", "font-size": "13", "font-weight": "600"},
    "dg-sub": {"fill": "text-3", "font-size": "11"},
    "dg-block-title": {"fill": "text-2", "font-size": "11.5", "font-weight": "600"},
    "dg-card-title": {"fill": "text", "font-size": "14", "font-weight": "600"},
    "dg-step-title": {"fill": "text", "font-size": "12", "font-weight": "600"},
    "dg-step-sub": {"fill": "text-3", "font-size": "10.5"},
    "dg-quiet": {"fill": "text-3"},
    "dg-line": _LINE,
    "dg-head": {"fill": "text-3"},
    "dg-taken": {"stroke": "ok", "stroke-width": "2"},
    "dg-taken-head": {"fill": "ok"},
    "dg-back": {"stroke-dasharray": "4 3"},
    "dg-optional": {"stroke-dasharray": "10 5"},
    "dg-dot": {"fill": "text-2"},
    "dg-ring": {"fill": "surface", "stroke": "text-2", "stroke-width": "1.5"},
    "dg-gate": {"fill": "surface", "stroke": "text-3", "stroke-width": "1.25"},
    "dg-label": {"fill": "accent-soft"},
    "dg-label-text": {"fill": "accent-text", "font-size": "11", "font-weight": "600"},
    "dg-badge-text": {"fill": "text-2", "font-size": "10.5", "font-weight": "600"},
    "dg-badge": {"fill": "sunken"},
    "dg-badge-on-tint": {"fill": "surface"},
    "dg-pill-text": {"font-size": "10.5", "font-weight": "600"},
    "dg-handoff": {"fill": "none", "stroke-linejoin": "round"},
    "dg-rim": {"stroke": "bg", "stroke-width": "1.5"},
    "dg-middle": {"text-anchor": "middle"},
    "dg-end": {"text-anchor": "end"},
    "dg-icon": {"fill": "none", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round"},
    **{f"dg-ink-{colour}": {"stroke": colour} for colour in sorted({*KIND_COLOUR.values(), "c5", "bad", "text-3"})},
    **{f"dg-bar-{colour}": {"fill": colour} for colour in sorted({*KIND_COLOUR.values(), OTHER_KIND_COLOUR})},
    **{f"dg-word-{colour}": {"fill": colour} for colour in sorted(set(STATE_COLOUR.values()))},
    **{f"dg-h{heat}": {"fill": f"h{heat}"} for heat in range(6)},
    **{f"dg-h{heat}-text": {"fill": f"h{heat}-text"} for heat in range(6)},
    **{f"dg-e{heat}": {"stroke": f"e{heat}"} for heat in range(6)},
    **{f"dg-e{heat}-head": {"fill": f"e{heat}"} for heat in range(6)},
    "dg-stated": {"stroke": "text-2", "stroke-width": "1.25", "stroke-dasharray": "3 2"},
    "dg-is-selected": {"stroke": "accent", "stroke-width": "2"},
}
"""Later rules win over earlier ones, as in a style sheet where every selector is one class."""

_NUMBERS_IN_PIXELS = frozenset({"font-size"})

BEHAVIOUR = """\
.dg{display:block;max-width:100%;height:auto;font-family:var(--font,Inter,system-ui,sans-serif);font-variant-numeric:tabular-nums}
.dg-natural{max-width:none}
.dg a{cursor:pointer;text-decoration:none}
.dg a:focus{outline:none}
.dg a:hover .dg-face{stroke:var(--accent)}
.dg a:focus-visible .dg-face{stroke:var(--accent);stroke-width:2.5;stroke-dasharray:none}
.dg a:hover .dg-label,.dg a:hover .dg-pill{stroke:var(--accent);stroke-width:1.5}
.dg a:focus-visible .dg-pill{stroke:var(--accent);stroke-width:2.5}
@media (forced-colors:active){.dg-face,.dg-line,.dg-handoff{stroke:CanvasText}.dg text{fill:CanvasText}}
"""


def classes(names: Iterable[str]) -> dict[str, str]:
    """The attributes that give a part its look on a page."""
    return {"class": " ".join(names)}


def resolved(names: Iterable[str], theme: Theme) -> dict[str, str]:
    """The attributes that give a part its look in a file."""
    wanted = set(names)
    attributes: dict[str, str] = {}
    for name, properties in RULES.items():
        if name in wanted:
            attributes.update({key: _resolve(value, theme) for key, value in properties.items()})
    return attributes


def _resolve(value: str, theme: Theme) -> str:
    return COLOURS[value].on(theme) if value in COLOURS else value


def style_sheet() -> str:
    """The rules as CSS, for pages."""
    lines = ["/* Made by `python -m procession.drawing.look`. */"]
    for name, properties in RULES.items():
        body = ";".join(f"{key}:{_in_css(key, value)}" for key, value in properties.items())
        lines.append(f".{name}{{{body}}}")
    return "\n".join(lines) + "\n" + BEHAVIOUR


def _in_css(key: str, value: str) -> str:
    if value in COLOURS:
        return css(value)
    return f"{value}px" if key in _NUMBERS_IN_PIXELS else value


if __name__ == "__main__":
    print(style_sheet(), end="")
