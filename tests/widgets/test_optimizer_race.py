"""The widget with all optimizers on a surface: its paths, the wrong rules, and what it does on the page."""

import math

import numpy as np
import pytest
import traitlets
from widgets.figure import case, centre
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import OptimizerRace, optimizer_race, surfaces, wrong_rules

NAMES = list(optimizer_race.NAMES)
EVERY = [1] * len(NAMES)
BEALE = {"surface": "beale", "x": 0.0, "y": 0.0, "step": 200}


def rates(**changed):
    """The places of the learning rates, some of them changed."""
    start = dict(zip(NAMES, optimizer_race.START_RATES, strict=True)) | changed
    return [optimizer_race.RATES.index(rate) for rate in start.values()]


@pytest.mark.parametrize("surface", optimizer_race.SURFACES)
def test_the_gradients_are_those_of_the_values(surface, rng):
    for x, y in rng.uniform((-4.5, -3), (4.5, 3), (20, 2)):
        h = 1e-6
        expected = [(surfaces.value(surface, 9.0, *(p + side)) - surfaces.value(surface, 9.0, *(p - side))) / (2 * h)
                    for p, side in ((np.array([x, y]), h * unit) for unit in np.eye(2))]
        assert surfaces.slope(surface, 9.0, x, y) == pytest.approx(expected, rel=1e-6, abs=1e-4)
    assert surfaces.value("beale", 1.0, 3.0, 0.5) == 0 and surfaces.lowest(surface) <= 0


def test_the_paths_agree_with_loops_over_the_equations():
    """Right ones, written out for the second coordinate of the ravine, and the noise of the noisy one."""
    race = OptimizerRace(shown=EVERY, step=200)
    theta, m = -3.0, 0.0
    for point in race.path("momentum")[1:30]:
        m = 0.9 * m - 0.02 * theta
        theta += m
        assert point[0] == pytest.approx(theta)
    theta, s, m = 2.0, 0.0, 0.0
    for t, point in enumerate(race.path("adamw")[1:30], start=1):
        g = 25 * theta
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        step = math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t) * m / (math.sqrt(s) + 1e-7)
        theta -= 0.1 * 0.01 * theta + 0.1 * step
        assert point[1] == pytest.approx(theta)
    first = OptimizerRace(surface="noisy").path("sgd")[1]
    assert first == pytest.approx(np.array([-3.0, 2.0]) - 0.02 * (np.array([-3.0, 50.0]) + surfaces.noise("noisy")[0]))
    assert surfaces.noise("noisy").std() == pytest.approx(surfaces.NOISE, rel=0.1)
    assert not surfaces.noise("ravine").any()


def test_the_wrong_rules_do_what_the_course_says_they_do():
    """The numbers are those of the errata: from 54.5, after 200 steps."""
    def ends(name, **state):
        race = OptimizerRace(shown=EVERY, step=200, **state)
        return race.numbers().get(f"{name}.loss")

    assert ends("adam") == pytest.approx(4.2e-8, rel=0.02) and ends("adagrad") == pytest.approx(2.8e-14, rel=0.02)
    assert ends("adam", variant="adam_climbs") == pytest.approx(1.2e4, rel=0.05)
    assert ends("adagrad", variant="adagrad_plus") == pytest.approx(5.2e3, rel=0.01)
    assert len(OptimizerRace(variant="rmsprop_minus").path("rmsprop")) == 1                     # NaN at once
    assert ends("momentum", variant="momentum_two_gradients") is None                           # diverged
    assert ends("nesterov", variant="nesterov_uphill") is None
    assert ends("adamax", variant="adamax_signed") is None and ends("adamax") < 1e-8
    assert OptimizerRace(variant="adamax_root").path("adamax")[1] == pytest.approx((-3 + 0.1 * 3 / math.sqrt(3),
                                                                                 2 - 0.1 * 50 / math.sqrt(50)))
    assert ends("adagrad", variant="adagrad_decayed") > 1e-3
    first = OptimizerRace(variant="adadelta_gradients").path("adadelta")[1]
    assert first.tolist() == [-3.0, 2.0]                                                        # it begins with 0
    for variant, (name, _) in wrong_rules.VARIANTS.items():
        for other in set(NAMES) - {name}:
            same = OptimizerRace(variant=variant).path(other)
            assert (same == OptimizerRace().path(other)).all()


def test_the_bias_correction_and_the_place_of_epsilon_can_be_seen():
    assert OptimizerRace().path("adam")[1] == pytest.approx((-2.9, 1.9), abs=1e-6)
    longer = OptimizerRace(correction="off").path("adam")[1]
    assert longer == pytest.approx((-3 + 0.1 * 3.16228, 2 - 0.1 * 3.16228), abs=1e-4)
    ends = [OptimizerRace(epsilon=0.1, epsilon_mode=mode).path("adam")[1][0] for mode in ("paper", "keras", "inside")]
    assert ends == pytest.approx([-3 + 0.1 * 3 / (3 + 0.1), -3 + 0.1 * 3 / (3 + 0.1 / math.sqrt(0.001)),
                                  -3 + 0.1 * 3 / math.sqrt(9 + 0.1)])


def test_the_answers_to_the_questions_about_surfaces():
    for condition, diverges in ((25.0, False), (95.0, False), (130.0, True), (200.0, True)):
        assert (len(OptimizerRace(condition=condition).path("sgd")) <= 200) is diverges
        assert len(OptimizerRace(condition=condition).path("adam")) == 201
    saddle = OptimizerRace(surface="saddle", x=-3.0, y=0.02, rates=[9, 9, 9, 9, 8, 12, 8, 8, 8, 8])
    left = {name: next((t for t, point in enumerate(saddle.path(name)) if abs(point[1]) > 1), 999)
            for name in saddle.racing()}
    assert min(left, key=left.get) == "rmsprop" and left["rmsprop"] < left["adam"] < 60
    assert min(left[name] for name in ("sgd", "momentum", "nesterov", "adagrad")) > 60


def test_the_race_takes_moderate_states_only():
    for state in ({"surface": "cliff"}, {"x": 4.6}, {"y": -3.1}, {"condition": 0.5}, {"condition": 201.0},
                  {"step": 201}, {"rates": [7] * 9}, {"rates": [15] * 10}, {"shown": [2] * 10},
                  {"beta": 0.3}, {"epsilon": 0.0},
                  {"epsilon_mode": "outside"}, {"variant": "sgd"}, {"decay": 1.0}):
        with pytest.raises(traitlets.TraitError):
            OptimizerRace(**state)


class TestOptimizerRace(WidgetOnThePage):
    widget = OptimizerRace
    chapter = "09_optimizers"
    first = "x"
    finger_changes = "x"
    widest = "x=-4.5;y=-3;step=200;condition=199;shown=1,1,1,1,1,1,1,1,1,1"
    broken = ["surface=cliff;x=5", "y=-3.5;condition=201", "step=1.5;rates=1,2,3", "shown=2,1,1,1,1,1,1,1,1,1",
              "rates=15,7,7,7,7,7,7,7,7,7;beta=0.3", "variant=sgd;epsilon=0;correction=yes", "epsilon_mode=outside"]
    moves = [["condition", *["PageUp"] * 3], ["step", *["PageUp"] * 3]]
    right = [1, 2]

    def assert_shown(self, figure, state):
        """Every number is the library's, and so is every point of the paths and of the losses, and nothing else is
        drawn."""
        race = OptimizerRace(**state)
        figure.assert_numbers(race.numbers())
        inner = figure.width - 54
        high = inner * 6 / 9
        bottom = 8 + high + 30 + 46 + 120
        for name in NAMES:
            drawn = figure.find(f"[data-path={name}]").get_attribute("points")
            if name not in race.racing():
                assert drawn == ""
                continue
            path = race.path(name)
            x, y = np.clip(path[:race.step + 1], (-4.5, -3), (4.5, 3)).T
            wanted = np.column_stack([42 + (x + 4.5) / 9 * inner, 8 + (3 - y) / 6 * high])
            assert figure.points(f"[data-path={name}]") == pytest.approx(wanted, abs=0.06)
            losses = [surfaces.value(race.surface, race.condition, *map(float, point)) for point in path]
            above = np.clip(np.array(losses) - surfaces.lowest(race.surface), 1e-6, 1e4)
            wanted = np.column_stack([42 + np.arange(len(path)) / 200 * inner,
                                      bottom - (np.log10(above) + 6) / 10 * 120])
            assert figure.points(f"[data-losses={name}]") == pytest.approx(wanted, abs=0.06)

    def random_state(self, rng):
        state = {key: trait.values[int(rng.integers(len(trait.values)))]
                 for key, trait in OptimizerRace.class_traits().items() if isinstance(trait, traitlets.Enum)
                 and key in OptimizerRace._view}
        return state | {"x": round(float(rng.uniform(-4.5, 4.5)), 2), "y": round(float(rng.uniform(-3, 3)), 2),
                        "condition": float(f"{10 ** rng.uniform(0, 2.3):.3g}"), "step": int(rng.integers(0, 201)),
                        "rates": rng.integers(0, 15, 10).tolist(), "shown": rng.integers(0, 2, 10).tolist()}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        near = BEALE | {"rates": rates(sgd=0.05, momentum=0.005, adam=0.05)}
        for change, met in (({}, 3), ({"x": 0.1}, 0), ({"variant": "adam_climbs"}, 0), ({"surface": "ravine"}, 0),
                            ({"shown": [0, 1, 1, 1, 1, 0, 1, 0, 0, 0]}, 2)):
            figure.go(near | change)
            assert figure.goal.locator("li[data-met=true]").count() == met, change
            assert figure.goal.get_attribute("data-reached") is None
        figure.go(near)
        figure.press("adam.rate", "ArrowUp")
        return figure

    def test_the_start_is_dragged_in_both_directions(self, open_figure):
        figure = open_figure()
        unit = (figure.width - 54) / 9                                  # pixels for 1, across and up
        state: dict = {}
        for key, (dx, dy), change in (("x", (unit, -0.5 * unit), {"x": -2.0, "y": 2.5}),
                                      ("y", (30, unit), {"y": 1.5}),
                                      ("step", ((figure.width - 54) / 4, 20), {"step": 110})):
            knob = figure.handle(key)
            knob.scroll_into_view_if_needed()
            before = centre(knob.locator("circle").last)
            figure.drag(knob.locator("circle").last, dx, dy)
            moved = np.subtract(centre(knob.locator("circle").last), before)
            assert moved == pytest.approx({"x": (dx, dy), "y": (0, dy), "step": (dx, 0)}[key], abs=1.5)   # it follows
            state |= {name: figure.numbers()[name] for name in change}
            assert {name: state[name] for name in change} == pytest.approx(change, abs=0.03 if key != "step" else 1)
        self.assert_shown(figure, state | {"step": int(state["step"])})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_the_map_shows_the_levels_of_the_surface_that_is_chosen(self, open_figure):
        """As many strokes as cells of its grid through which a level goes, two where it goes through twice."""
        figure = open_figure()
        columns, rows = (90, 60) if figure.width - 54 > 400 else (60, 40)
        x = -4.5 + np.arange(columns + 1) / columns * 9
        y = -3 + np.arange(rows + 1)[:, None] / rows * 6
        for state in ({}, {"condition": 100.0}, {"condition": 2.0}, {"surface": "saddle"}, {"surface": "beale"}, {}):
            figure.go(state)
            race = OptimizerRace(**state)
            heights, strokes = surfaces.value(race.surface, race.condition, x, y), 0
            for level in [0.03125 * 2.5 ** k + surfaces.lowest(race.surface) for k in range(17)]:
                below = heights < level
                crossed = [a != b for a, b in ((below[:, :-1], below[:, 1:]), (below[:-1], below[1:]))]
                cuts = sum(side.astype(int) for side in (crossed[0][:-1], crossed[0][1:], crossed[1][:, :-1],
                                                         crossed[1][:, 1:]))
                strokes += int(cuts.sum()) // 2
            with case(state):
                assert figure.find("path.grid").get_attribute("d").count("M") == strokes > 100

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["x", "y", "condition", "step", *(f"{name}.rate" for name in NAMES)]
        for key, presses in {"x": ["ArrowRight", "PageUp"], "y": ["Home", "ArrowUp"], "step": ["End"],
                             "sgd.rate": ["ArrowDown"], "adam.rate": ["End", "PageDown"]}.items():
            figure.press(key, *presses)
        state = {"x": -2.4, "y": -2.9, "step": 200, "rates": rates(sgd=0.01, adam=0.5)}
        self.assert_shown(figure, state)
        assert figure.handle("x").get_attribute("aria-valuetext").startswith("x = \u22122.40, y = \u22122.90; SGD ")
        figure.wait_for_words(r"^After 200 steps: SGD ")

    def test_surfaces_rules_and_what_if_are_chosen_by_buttons(self, open_figure):
        figure = open_figure()
        figure.button("Saddle").click()
        state = {"surface": "saddle", "y": 0.02, "rates": [9, 9, 9, 9, 8, 12, 8, 8, 8, 8]}
        self.assert_shown(figure, state)
        figure.button("Nadam").click()
        figure.button("SGD").click()
        state["shown"] = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0]
        self.assert_shown(figure, state)
        figure.find("summary").first.click()
        figure.button("off").click()
        figure.button("inside").click()
        figure.find("summary").last.click()
        figure.button("RMSprop, minus in s").click()
        self.assert_shown(figure, state | {"correction": "off", "epsilon_mode": "inside", "variant": "rmsprop_minus"})
        assert figure.find('[data-number="rmsprop.loss"]').text_content() == "diverged"
        figure.button("Undo").click()
        self.assert_shown(figure, state | {"correction": "off", "epsilon_mode": "inside"})

    def test_it_plays_to_the_end_and_stops_when_a_handle_is_taken(self, open_figure):
        figure = open_figure()
        figure.press("step", "End", "ArrowLeft", "ArrowLeft", "ArrowLeft")
        figure.button("Step").click()
        assert figure.numbers()["step"] == 198
        figure.button("Play").click()
        figure.find('[data-number="step"][data-value="200"]').wait_for()
        figure.button("Play").wait_for()                                # no longer "Pause"
        figure.button("Play").click()                                   # from the beginning
        figure.button("Pause").wait_for()
        figure.press("x", "ArrowRight")
        figure.button("Play").wait_for()
        assert figure.numbers()["step"] < 100
