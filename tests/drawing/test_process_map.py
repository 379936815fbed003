"""A process as SVG: figures colour it and never move it."""

import time
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from procession.drawing.folding import Presentation, presentation_of
from procession.drawing.geometry import Box
from procession.drawing.layout import LayoutCache, arrange
from procession.drawing.model import MapContainer, MapHandoff, MapStep, ProcessMap
from procession.drawing.process_map import HEAD, container_graph, draw_map, fold_map, line_width, map_graph
from tests.drawing import samples

SVG = "{http://www.w3.org/2000/svg}"


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def places(process: ProcessMap) -> tuple[object, ...]:
    inner = {one.id: arrange(container_graph(one), LayoutCache()) for one in process.containers}
    return inner, arrange(map_graph(process, inner), LayoutCache())


def test_figures_and_selection_never_move_a_box() -> None:
    plain = samples.onboarding()
    other = replace(
        plain,
        containers=tuple(
            replace(
                one,
                heat=5,
                pill="2 d 3 h",
                open_count=12_345,
                selected=True,
                steps=tuple(replace(step, heat=4, pill="19 d 4 h", selected=True) for step in one.steps),
            )
            for one in plain.containers
        ),
        handoffs=tuple(
            replace(one, pill="11 d 1 h", heat=5, cases_per_month=1, label="x", optional=True) for one in plain.handoffs
        ),
    )
    assert places(plain) == places(other)


def test_containers_keep_clear_of_each_other_and_hold_their_steps() -> None:
    process = samples.onboarding()
    inner = {one.id: arrange(container_graph(one), LayoutCache()) for one in process.containers}
    layout = arrange(map_graph(process, inner), LayoutCache())
    boxes = list(layout.boxes.values())
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])
    for name, steps in inner.items():
        assert steps.width <= layout.boxes[name].width
        assert steps.height + HEAD <= layout.boxes[name].height
        own = list(steps.boxes.values())
        for index, box in enumerate(own):
            assert not any(box.overlaps(other) for other in own[index + 1 :])


def test_a_handoff_docks_in_the_row_of_its_step() -> None:
    process = samples.onboarding()
    inner = {one.id: arrange(container_graph(one), LayoutCache()) for one in process.containers}
    layout = arrange(map_graph(process, inner), LayoutCache())
    for handoff in process.handoffs:
        route = layout.routes[handoff.id]
        source, target = layout.boxes[handoff.source], layout.boxes[handoff.target]
        assert route[0].x == pytest.approx(source.right, abs=0.2)
        assert route[-1].x == pytest.approx(target.x, abs=0.2)
        steps = {one.id: one.steps for one in process.containers}
        for end, step, container in (
            (route[0], handoff.source_step or steps[handoff.source][-1].id, handoff.source),
            (route[-1], handoff.target_step or steps[handoff.target][0].id, handoff.target),
        ):
            row = inner[container].boxes[step]
            top = layout.boxes[container].y + HEAD + row.y
            assert Box(0, top - 10, 1, row.height + 20).holds(Box(0, end.y, 1, 0))


def test_links_in_reading_order() -> None:
    links = [link.get("href") for link in parse(draw_map(samples.onboarding())).iter(f"{SVG}a")]
    first = [
        "?w=offer",
        "?step=record-accepted-offer",
        "?step=draft-contract",
        "?step=approve-contract",
        "?step=send-for-signature",
        "?h=0",
        "?h=1",
        "?h=2",
        "?w=background",
    ]
    assert links[: len(first)] == first
    assert len(links) == 6 + 19 + 8


def test_the_map_says_its_figures_in_words_too() -> None:
    labels = {link.findtext(f"{SVG}title") for link in parse(draw_map(samples.onboarding())).iter(f"{SVG}a")}
    assert "Background check, People · vendor, 11 open, 5.4 d" in labels
    assert "Vendor check, Checkright (guest) · 1 h work, 6.2 d" in labels
    assert "Equipment to Access setup, New hire, optional, 1.2 d" in labels


def test_no_inline_style_and_no_class_in_a_file() -> None:
    for part in parse(draw_map(samples.onboarding())).iter():
        assert "style" not in part.attrib
        assert part.tag != f"{SVG}style"
    for theme in ("light", "dark"):
        for part in parse(draw_map(samples.onboarding(), theme)).iter():
            assert not {"style", "class"} & set(part.attrib)


def test_only_files_bring_their_legend() -> None:
    def texts(svg: str) -> set[str | None]:
        return {part.text for part in parse(svg).iter(f"{SVG}text")}

    assert "Waiting before it starts" in texts(draw_map(samples.onboarding(), "light"))
    assert "Waiting before it starts" not in texts(draw_map(samples.onboarding()))


def test_optional_and_returning_handoffs_are_dashed() -> None:
    one, two = MapContainer(id="a", title="A"), MapContainer(id="b", title="B")
    handoffs = (
        MapHandoff(id="go", source="a", target="b"),
        MapHandoff(id="maybe", source="a", target="b", optional=True),
        MapHandoff(id="again", source="b", target="a", back=True),
    )
    root = parse(draw_map(ProcessMap(title="P", containers=(one, two), handoffs=handoffs)))
    looks = [part.get("class", "").split() for part in root.iter(f"{SVG}path")]
    lines = [look for look in looks if "dg-handoff" in look]
    assert sorted(("dg-back" in look, "dg-optional" in look) for look in lines) == [
        (False, False),
        (False, True),
        (True, False),
    ]


def test_line_width_follows_cases_a_month() -> None:
    assert line_width(0, 40) == 1.5
    assert line_width(20, 40) == 4
    assert line_width(40, 40) == 6.5
    assert line_width(5, 0) == 1.5
    widths = {
        part.get("stroke-width")
        for part in parse(draw_map(samples.onboarding())).iter(f"{SVG}path")
        if "dg-handoff" in part.get("class", "")
    }
    assert widths == {"6.5", "6.2", "6.1", "5.2", "6"}


def test_more_than_sixty_steps_start_folded() -> None:
    containers = tuple(
        MapContainer(
            id=f"w{number}",
            title=f"Workflow {number}",
            steps=tuple(MapStep(id=f"s{index}", title=f"Step {index}") for index in range(16)),
        )
        for number in range(4)
    )
    process = ProcessMap(
        title="P", containers=containers, handoffs=(MapHandoff(id="h", source="w0", source_step="s3", target="w1"),)
    )
    assert presentation_of(process) is Presentation.FOLDED
    shown = {part.text for part in parse(draw_map(process)).iter(f"{SVG}text")}
    assert "Workflow 2" in shown
    assert "Step 3" not in shown
    assert "Step 3" in {part.text for part in parse(draw_map(process, unfolded=frozenset({"w0"}))).iter(f"{SVG}text")}
    assert fold_map(process).handoffs[0].source_step is None


def test_unsound_maps_are_refused() -> None:
    step = MapStep(id="s", title="S")
    with pytest.raises(ValueError, match="share the id 'a'"):
        ProcessMap(title="P", containers=(MapContainer(id="a", title="A"),) * 2)
    with pytest.raises(ValueError, match="share the id 's'"):
        ProcessMap(title="P", containers=(MapContainer(id="a", title="A", steps=(step, step)),))
    with pytest.raises(ValueError, match="has no step 't'"):
        ProcessMap(title="P", containers=(MapContainer(id="a", title="A", steps=(replace(step, next=("t",)),)),))
    with pytest.raises(ValueError, match="touches 'b'"):
        ProcessMap(
            title="P",
            containers=(MapContainer(id="a", title="A"),),
            handoffs=(MapHandoff(id="h", source="a", target="b"),),
        )


def test_it_is_quick() -> None:
    cache = LayoutCache()
    began = time.perf_counter()
    draw_map(samples.onboarding(), cache=cache)
    assert time.perf_counter() - began < 1.5  # seven layouts, and the script is loaded
    took: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        draw_map(samples.onboarding(), cache=cache)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.040
