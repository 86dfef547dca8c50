"""The parity ledger: every comparison within its bounds, every component in it, its page current."""

import itertools
import sys
from functools import partial

import numpy as np
import pytest
from reference import relative_error

import course_lib
from course_lib.parity import page
from course_lib.parity.comparison import EQUAL, ONE_PASS, Area, Comparison, difference
from course_lib.parity.ledger import AREAS, selected
from course_lib.parity.models import AREA as TRAININGS
from course_lib.parity.training import sequential
from course_lib.quantization import Quantized, quantize_weights

EVERY = [(c, dtype) for area in AREAS for c in area.comparisons for dtype in c.dtypes]


@pytest.mark.keras
@pytest.mark.parametrize(("compared", "dtype"), EVERY, ids=[f"{c.component}-{c.quantity}-{d}" for c, d in EVERY])
def test_within_bounds(keras, compared, dtype):
    result = compared.run(dtype)
    assert result.ok, f"{result.error:.1e} is beyond {result.bound:g}: {result.where}"


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.title)
def test_every_component_is_in_the_ledger(area):
    """What the library has is compared, or listed as ours with a reason; what is listed exists."""
    assert area.missing() == []
    known = {*area.registered(), *area.components()}
    assert set(area.ours) <= known
    assert not set(area.ours) & set(area.components())
    assert {name for names in area.conventions for name in names.split(", ")} <= {*known, "all"}
    for text in (*area.ours.values(), *area.conventions.values()):
        assert text.endswith("."), text


def test_a_new_component_is_noticed(monkeypatch):
    class Lion(course_lib.optimizers.Optimizer):
        pass
    optimizers = next(area for area in AREAS if area.title == "Optimizers")
    monkeypatch.setattr(course_lib.optimizers, "Lion", Lion, raising=False)
    assert optimizers.missing() == ["Lion"]
    activations = next(area for area in AREAS if area.title == "Activations")
    monkeypatch.setitem(course_lib.activations.ACTIVATIONS, "mish", type("Mish", (), {"name": "mish"})())
    assert activations.missing() == ["mish"]
    tools = next(area for area in AREAS if area.title == "Tools")

    def distill(model):
        pass
    distill.__module__ = "course_lib.pruning"
    monkeypatch.setattr(course_lib.pruning, "distill", distill, raising=False)
    assert tools.missing() == ["pruning.distill"]


def test_the_registries_hold_what_is_compared():
    """A component that has a name for ``get`` is a public class, which the test above looks for."""
    for module, table in ((course_lib.optimizers, "OPTIMIZERS"), (course_lib.layers, "LAYERS"),
                          (course_lib.losses, "LOSSES"), (course_lib.metrics, "METRICS"),
                          (course_lib.initializers, "INITIALIZERS"), (course_lib.regularizers, "REGULARIZERS"),
                          (course_lib.constraints, "CONSTRAINTS"), (course_lib.schedules, "SCHEDULES")):
        kinds = set(getattr(module, table).values())
        listed = {name for area in AREAS for name in (*area.components(), *area.ours)}
        assert kinds
        assert {kind.__name__ for kind in kinds} <= listed


@pytest.mark.parametrize("bounds", [(1e-5, 1e-14), (1e-6, 2e-6)])
def test_a_wide_bound_needs_a_reason(bounds):
    with pytest.raises(ValueError, match="thing, value: a bound above 1e-06 needs a reason"):
        Comparison("thing", "value", lambda dtype: [], bounds)


def test_operations_are_compared_closely_in_float64():
    """A bound above 1e-12 in float64 is one that a convention of Keras explains, not rounding."""
    wide = {c.component for c, dtype in EVERY if dtype == "float64" and c.bounds[1] > 1e-12}
    assert wide == {"leaky_relu", "gelu", "SGD", "Adagrad", "Adam", "AdamW", "Adamax", "Nadam",
                    "Nadam with clipping by global norm", "quantization.quantize_weights"}


# -- a comparison that goes wrong says so


def compare(ours, theirs, bounds=ONE_PASS, dtype="float64"):
    return Comparison("thing", "value", lambda dtype: [("fine", 1.0, 1.0), ("wrong", ours, theirs)], bounds).run(dtype)


@pytest.mark.keras
@pytest.mark.parametrize(("ours", "theirs"), [
    (1 + 2e-14, 1.0), (np.nan, np.nan), (1.0, np.nan), (np.inf, 1.0), (np.inf, -np.inf),
    (np.zeros(3), np.zeros(2)), (np.zeros(3), np.zeros(3, "float32")), (np.array([1.0, 0]), np.array([1, 1e-13])),
    ([1, [2]], [1, [3]]), ("a", "b"), ([0, 1], [0]), (None, 0.0),
])
def test_a_difference_fails(keras, ours, theirs):
    result = compare(ours, theirs)
    assert not result.ok
    assert result.where == "wrong"


@pytest.mark.keras
@pytest.mark.parametrize(("ours", "theirs"), [
    (1 + 5e-15, 1.0), (np.inf, np.inf), (np.zeros(3), np.zeros(3)), ([1, [2]], [1, [2]]), ("a", "a"), (3, 3.0),
    (True, True)])
def test_equal_things_pass(keras, ours, theirs):
    assert compare(ours, theirs).ok


def test_difference_is_relative_to_the_largest_entry():
    assert difference(np.array([8.0, 1]), np.array([8.0, 3])) == 0.25
    assert difference([0.0, -1], [0.0, -2]) == 0.5
    assert difference(0.0, 1e-300) == 1
    assert difference(1 + 2 ** -52, 1.0) == pytest.approx(2 ** -52)


@pytest.mark.keras
def test_what_breaks_is_a_failure_and_floatx_comes_back(keras):
    held = keras.backend.floatx()
    seen = []

    def broken(dtype):
        seen.append(keras.backend.floatx())
        raise ZeroDivisionError("no good")
    result = Comparison("thing", "value", broken).run("float64")
    assert seen == ["float64"]
    assert keras.backend.floatx() == held
    assert not result.ok
    assert result.where == "ZeroDivisionError: no good"
    assert not Comparison("thing", "value", lambda dtype: [], EQUAL).run("float32").ok


@pytest.mark.keras
@pytest.mark.parametrize(("name", "change"), [
    ("Optimizers SGD momentum", lambda patch: patch.setattr(course_lib.optimizers.SGD, "step", wrong_momentum)),
    ("Activations tanh", lambda patch: patch.setattr(type(course_lib.activations.tanh), "slope",
                                                     lambda self, z: 1 - z * z)),
    ("clipnorm", lambda patch: patch.setattr(course_lib.clipping, "_factor", lambda norm, limit: limit / norm)),
    ("8 bits", lambda patch: patch.setattr("course_lib.parity.tools.quantize_weights", shifted_codes)),
    ("mc_dropout", lambda patch: patch.setattr(course_lib.layers.AlphaDropout, "DROPPED", 0.0)),
    ("clone", lambda patch: patch.setattr(course_lib.optimizers.SGD, "get_config", lambda self: {})),
    ("load_model", lambda patch: patch.setattr(course_lib.optimizers.SGD, "get_state", zero_state)),
    ("batch normalization", lambda patch: patch.setattr(course_lib.layers.BatchNormalization, "_track",
                                                        lambda self, mean, variance: None)),
])
def test_a_wrong_component_fails(keras, monkeypatch, name, change):
    """Which it does not do by itself: unchanged, it passes above."""
    words = name.lower().split(" ", 1)
    compared = next(c for c in selected(words[-1]) if words[-1] in f"{c.component} {c.quantity}".lower())
    change(monkeypatch)
    assert not compared.run("float32").ok


def wrong_momentum(self, theta, g, eta, m, work):
    if m is not None:
        m *= self.momentum
        m -= (1 - self.momentum) * eta * g
        theta += m


def shifted_codes(w, bits):
    scale = quantize_weights(w, bits).scale
    return Quantized(np.trunc(w / scale).astype(np.int8), scale)


def zero_state(self):
    return {name: np.zeros_like(getattr(self, name)) for name in self.slots}


def test_each_training_is_about_something():
    """What makes a training special changes its weights: no two trainings of equal shapes end alike."""
    ended = {}
    trainings = {c.component: c.pairs.args[0] for c in TRAININGS.comparisons if isinstance(c.pairs, partial)}
    for name, training in trainings.items():
        model = sequential(course_lib, training.layers(course_lib), "float64")
        before = model.get_weights()
        training.run(course_lib, model, "float64")
        ended[name] = model.get_weights()
        assert max(map(relative_error, ended[name], before)) > 0.05, name
    assert len(ended) >= 18
    for (a, these), (b, those) in itertools.combinations(ended.items(), 2):
        if [w.shape for w in these] == [w.shape for w in those]:
            assert max(map(relative_error, these, those)) > 1e-3, (a, b)


# -- the page


@pytest.mark.keras
def test_the_page_is_current(keras):
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run: course parity --write"


@pytest.mark.keras
def test_the_page_explains_its_wide_bounds(keras):
    text = page.page()
    for area in AREAS:
        shown = page.section(area)
        assert shown in text
        for compared in area.comparisons:
            assert f"| {page.shown_name(compared.component, area)} |" in shown
            if compared.is_wide:
                assert compared.reason.split()[0] in shown.partition("**Bounds above 1e-6**")[2]


@pytest.mark.parametrize(("bound", "text"), [(1e-6, "1e-6"), (2e-14, "2e-14"), (0.0, "equal"), (None, "")])
def test_bounds_are_shown_shortly(bound, text):
    assert page.shown(bound) == text


def test_a_page_is_replaced_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGE", tmp_path / "parity.md")
    monkeypatch.setattr(page, "page", lambda: "new")
    (tmp_path / "parity.md").write_text("old")

    def full(*args):
        raise OSError("disk full")
    with monkeypatch.context() as broken, pytest.raises(OSError, match="disk full"):
        broken.setattr(page.os, "replace", full)
        page.write()
    assert (tmp_path / "parity.md").read_text() == "old"
    assert page.write() == tmp_path / "parity.md"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["new"]


def test_the_page_needs_the_book(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGE", tmp_path / "book" / "parity.md")
    with pytest.raises(FileNotFoundError, match="the book comes with the course's repository"):
        page.write()


# -- the command


def test_selection():
    assert len(selected()) == len({id(c) for area in AREAS for c in area.comparisons})
    assert {c.component for c in selected("he_normal")} == {"HeNormal"}
    assert {c.component for c in selected("HUBER")} == {"Huber", "linear and Huber"}
    assert len(selected("activations")) == len(AREAS[0].comparisons)
    assert selected("nonsense") == []


def small_ledger(monkeypatch, tmp_path, error=0.0):
    compared = Comparison("thing", "value", lambda dtype: [("it", 1 + error, 1.0)])
    monkeypatch.setattr("course_lib.parity.ledger.AREAS", [Area("Things", [compared])])
    monkeypatch.setattr("course_lib.parity.page.AREAS", [Area("Things", [compared])])
    monkeypatch.setattr("course_lib.parity.page.PAGE", tmp_path / "parity.md")


@pytest.mark.keras
def test_the_command(keras, monkeypatch, tmp_path, capsys):
    from course_lib.cli import main
    small_ledger(monkeypatch, tmp_path)
    assert main(["parity", "thing", "--write"]) == 2
    assert "leave NAME out" in capsys.readouterr().err
    assert main(["parity", "nonsense"]) == 2
    assert "nothing has 'nonsense' in its name" in capsys.readouterr().err
    assert main(["parity", "thi"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["thing      value     float32  0.0e+00    1e-6  ok",
                         "thing      value     float64  0.0e+00   1e-14  ok",
                         "1 comparison: all within their bounds"]
    assert not (tmp_path / "parity.md").exists()
    assert main(["parity", "--write"]) == 0
    assert (tmp_path / "parity.md").read_text() == page.page()
    capsys.readouterr()
    monkeypatch.setattr("course_lib.parity.page.PAGE", tmp_path / "nowhere" / "parity.md")
    assert main(["parity", "--write"]) == 2
    assert "nowhere, which is not there" in capsys.readouterr().err


@pytest.mark.keras
def test_the_command_fails_beyond_a_bound(keras, monkeypatch, tmp_path, capsys):
    from course_lib.cli import main
    small_ledger(monkeypatch, tmp_path, error=1e-9)
    assert main(["parity", "--write"]) == 1
    out = capsys.readouterr().out
    assert "float64  1.0e-09   1e-14  FAILED: it" in out
    assert "1 comparison: 1 result beyond its bound" in out
    assert "not written" in out
    assert not (tmp_path / "parity.md").exists()
    assert main(["parity"]) == 1
    assert "not written" not in capsys.readouterr().out


def test_the_command_without_tensorflow(monkeypatch, capsys):
    from course_lib.cli import main

    def missing():
        raise ImportError("comparing with Keras needs TensorFlow")
    monkeypatch.setattr("course_lib.parity.load_keras", missing)
    assert main(["parity", "relu"]) == 2
    assert "needs TensorFlow" in capsys.readouterr().err


def test_where_tensorflow_is_missing_the_error_says_how_to_install_it(monkeypatch):
    from course_lib.parity import load_keras
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError, match=r'this is 3\.\d+\.\d+\S*\): pip install "course_lib\[tensorflow\]"'):
        load_keras()
