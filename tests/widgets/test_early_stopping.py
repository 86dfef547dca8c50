"""The widget of early stopping: its numbers, and what it does on the page."""

import numpy as np
import pytest
import traitlets
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import EarlyStopping, draws


def stops(losses, patience):
    """The rule written out: the epoch after which it ends, or None, and the best until then."""
    best = 0
    for t in range(1, len(losses)):
        if losses[t] < losses[best]:
            best = t
        elif t - best >= patience:
            return t + 1, best + 1
    return None, best + 1


@pytest.mark.parametrize("noise", ["calm", "noisy"])
def test_its_numbers_written_out(noise, rng):
    for run in range(3):
        z = draws.normals(0, 60 + run, 60).tolist()
        spread = {"calm": 0.008, "noisy": 0.04}[noise]
        val = [0.3 + 1.9 / (1 + 0.4 * t) + 0.4 * t * t / 3600 + spread * z[t - 1] for t in range(1, 61)]
        for patience in (1, 2, 5, 20):
            epoch = int(rng.integers(1, 61))
            n = EarlyStopping(run=run, noise=noise, epoch=epoch, patience=patience).numbers()
            stopped, best = stops(val[:epoch], patience)
            assert (n.get("stopped"), n["best_epoch"]) == (stopped, best)
            assert n["val"] == pytest.approx(val[epoch - 1]) and n["best"] == pytest.approx(val[best - 1])
            assert n["train"] == pytest.approx(2.2 / (1 + 0.4 * epoch))


def test_the_answers_to_the_questions_about_stopping():
    assert EarlyStopping(patience=1, epoch=30).numbers()["stopped"] <= 10
    assert abs(int(np.argmin(EarlyStopping().losses()["val"])) + 1 - 25) <= 2
    n = EarlyStopping(noise="calm", patience=10, epoch=60).numbers()
    assert n["stopped"] - n["best_epoch"] == 10


def test_the_goal_is_met_by_a_patience_of_five_or_six_alone():
    def lost(run, patience):
        widget = EarlyStopping(run=run, patience=patience)
        val = widget.losses()["val"]
        return val[widget.rule(60)[1] - 1] - val.min()

    assert [p for p in range(1, 7) if max(lost(run, p) for run in range(3)) <= 0.02] == [5, 6]


def test_the_training_takes_moderate_states_only():
    for state in ({"run": 3}, {"run": -1}, {"noise": "loud"}, {"epoch": 0}, {"epoch": 61}, {"patience": 0},
                  {"patience": 21}):
        with pytest.raises(traitlets.TraitError):
            EarlyStopping(**state)


class TestEarlyStopping(WidgetOnThePage):
    widget = EarlyStopping
    chapter = "11_regularization"
    first = "epoch"
    finger_changes = "epoch"
    widest = "epoch=60;patience=20;run=2"
    broken = ["run=3", "epoch=0;run=-1", "epoch=61", "patience=0;noise=loud", "patience=21", "epoch=2.5"]
    moves = [["epoch", "PageUp", "PageUp", "PageUp"], ["epoch", "End"]]
    right = [1, 1]

    def assert_shown(self, figure, state):
        widget = EarlyStopping(**state)
        figure.assert_numbers(widget.numbers())
        shown = figure.points("[data-curve=val]")
        val = widget.losses()["val"][:widget.epoch]
        assert len(shown) == widget.epoch
        assert shown[:, 1] == pytest.approx(226 - np.minimum(val, 2) / 2 * 196, abs=0.06)

    def random_state(self, rng):
        return {"run": int(rng.integers(3)), "noise": str(rng.choice(["calm", "noisy"])),
                "epoch": int(rng.integers(1, 61)), "patience": int(rng.integers(1, 21))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for state, met in (({"patience": 4}, 3), ({"patience": 7}, 0), ({"patience": 5, "noise": "calm"}, 0)):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == met
        figure.go({"patience": 4})
        assert figure.goal.get_attribute("data-reached") is None
        figure.press("patience", "ArrowRight")
        return figure

    def test_epoch_and_patience_are_dragged(self, open_figure):
        figure = open_figure()
        long = figure.width - 54
        figure.drag("epoch", 200)
        state = {"epoch": 6 + round(200 * 59 / long)}
        self.assert_shown(figure, state)
        figure.drag("patience", 100)
        state["patience"] = 2 + round(100 * 19 / (figure.width - 74))
        self.assert_shown(figure, state)
        figure.button("3").click()
        figure.button("calm").click()
        self.assert_shown(figure, state | {"run": 2, "noise": "calm"})
        figure.button("Undo").click()
        self.assert_shown(figure, state | {"run": 2})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["epoch", "patience"]
        figure.press("epoch", "PageUp", "ArrowLeft")
        figure.press("patience", "End", "ArrowLeft")
        self.assert_shown(figure, {"epoch": 15, "patience": 19})
        assert "the rule goes on" in figure.handle("patience").get_attribute("aria-valuetext")
        figure.wait_for_words("^Epoch 15: validation loss ")

    def test_the_future_is_not_shown(self, open_figure):
        figure = open_figure("#early_stopping:epoch=8;patience=2")
        assert "The rule would go on" in figure.find(".panel").text_content()
        figure.press("epoch", "ArrowRight")
        assert "The rule ended it after epoch 9" in figure.find(".panel").text_content()
