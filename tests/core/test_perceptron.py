"""Logical neurons against Boolean tables; the perceptron against scikit-learn's, against facts and a theorem."""

import itertools

import numpy as np
import pytest

from course_lib.datasets import toy
from course_lib.perceptron import (
    Perceptron,
    TLULayer,
    logical_and,
    logical_neuron,
    logical_not,
    logical_or,
    mistake_bound,
)

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
AND, OR, XOR = [0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 1, 0]


def table(n):
    return np.array(list(itertools.product((0, 1), repeat=n)))


class TestLogicalNeurons:
    @pytest.mark.parametrize("n", [1, 2, 3, 5])
    def test_against_python(self, n):
        x = table(n)
        assert logical_and(x).tolist() == [int(all(row)) for row in x.tolist()]
        assert logical_or(x).tolist() == [int(any(row)) for row in x.tolist()]
        for k in range(n + 2):
            assert logical_neuron(x, k).tolist() == [int(sum(row) >= k) for row in x.tolist()]

    def test_veto(self):
        """x1 and not (x2 or x3), over all inputs."""
        x = table(3)
        assert logical_neuron(x[:, :1], 1, inhibitory=x[:, 1:]).tolist() == [
            int(a and not (b or c)) for a, b, c in x.tolist()]
        assert logical_not([[0], [1]]).tolist() == [1, 0]

    def test_a_network_computes_xor(self):
        either, both = logical_or(CORNERS), logical_and(CORNERS)
        assert logical_neuron(either[:, None], 1, inhibitory=both[:, None]).tolist() == XOR

    def test_kinds_of_input(self):
        for x in (CORNERS.astype(bool), CORNERS.astype(float), CORNERS.tolist()):
            answer = logical_and(x)
            assert answer.tolist() == AND
            assert answer.dtype == np.int64

    @pytest.mark.parametrize(("call", "error", "text"), [
        (lambda: logical_neuron([[0, 2]], 1), ValueError,
         "logical_neuron: x must hold 0 and 1 only, got 2 at index (0, 1)"),
        (lambda: logical_neuron([[0.5]], 1), ValueError, "got 0.5 at index (0, 0)"),
        (lambda: logical_neuron([0, 1], 1), ValueError,
         "logical_neuron: x must have shape (m, n), got an array of shape (2,), dtype int64"),
        (lambda: logical_neuron(CORNERS, -1), ValueError, "logical_neuron: threshold must be an integer of at least 0"),
        (lambda: logical_neuron(CORNERS, 1.5), ValueError, "threshold must be an integer of at least 0, got 1.5"),
        (lambda: logical_neuron(CORNERS, 1, [[1]]), ValueError,
         "logical_neuron: x and inhibitory must have the same number of rows, got 4 and 1"),
        (lambda: logical_neuron(CORNERS, 1, [[3]] * 4), ValueError,
         "logical_neuron: inhibitory must hold 0 and 1 only, got 3 at index (0, 0)"),
        (lambda: logical_and([["a"]]), TypeError, "logical_and: x must hold real numbers"),
        (lambda: logical_or([]), ValueError, "logical_or: x must not be empty"),
        (lambda: logical_not(CORNERS), ValueError, "logical_not: x must have shape (m, 1), got an array of shape"),
    ])
    def test_bad_input(self, call, error, text):
        with pytest.raises(error) as caught:
            call()
        assert text in str(caught.value)


class TestTLULayer:
    def test_two_layers_compute_xor(self):
        """Hidden units for OR and AND, then OR but not AND; z = 0 counts as on."""
        hidden, output = TLULayer(2, 2), TLULayer(2)
        hidden.kernel[...], hidden.bias[...] = 1, [-1, -2]
        output.kernel[...], output.bias[...] = [[1], [-1]], -1
        assert output(hidden(CORNERS))[:, 0].tolist() == XOR
        assert hidden(CORNERS).dtype == np.int64

    def test_is_a_dense_layer_with_a_step(self, rng):
        from course_lib import layers
        dense, units = layers.Dense(3, activation="step", dtype="float64"), TLULayer(4, 3)
        dense.build((None, 4), rng)
        units.kernel[...], units.bias[...] = rng.normal(size=(4, 3)), rng.normal(size=3)
        dense.set_weights([units.kernel, units.bias])
        x = np.vstack([rng.normal(size=(50, 4)), np.zeros((1, 4))])
        np.testing.assert_array_equal(dense(x), units(x))

    def test_rule_in_a_scalar_loop(self, rng):
        """Every weight by its own equation, over 200 random examples; each unit learns by itself."""
        units, eta = TLULayer(3, 2), 0.25
        w, b = [[0.0] * 2 for _ in range(3)], [0.0, 0.0]
        for _ in range(200):
            x, y = rng.normal(size=3), rng.integers(0, 2, 2)
            wrong = 0
            for j in range(2):
                guess = 1 if b[j] + sum(x[i] * w[i][j] for i in range(3)) >= 0 else 0
                wrong += guess != y[j]
                for i in range(3):
                    w[i][j] += eta * float(x[i]) * (int(y[j]) - guess)
                b[j] += eta * (int(y[j]) - guess)
            assert units.learn(x, y, eta) == wrong
        np.testing.assert_allclose(units.kernel, w, rtol=1e-12)
        np.testing.assert_allclose(units.bias, b, rtol=1e-12)

    def test_the_error_takes_all_three_values(self):
        units = TLULayer(1)
        assert units.learn([1], [1]) == 0               # step(0) = 1 is right
        assert (units.kernel[0, 0], units.bias[0]) == (0, 0)
        assert units.learn([2], [0]) == 1               # 0 - 1
        assert (units.kernel[0, 0], units.bias[0]) == (-2, -1)
        assert units.learn([3], [1], fit_intercept=False) == 1
        assert (units.kernel[0, 0], units.bias[0]) == (1, -1)

    @pytest.mark.parametrize(("call", "error", "text"), [
        (lambda: TLULayer(0), ValueError, "TLULayer: n_in must be an integer of at least 1, got 0 (int)"),
        (lambda: TLULayer(1, 0), ValueError, "TLULayer: n_out must be an integer of at least 1, got 0 (int)"),
        (lambda: TLULayer(2)([[1, 2, 3]]), ValueError, "TLULayer: x must have shape (m, 2), got an array of shape (1"),
        (lambda: TLULayer(2)([1, 2]), ValueError, "TLULayer: x must have shape (m, 2), got an array of shape (2,)"),
        (lambda: TLULayer(2)([["a", "b"]]), TypeError, "TLULayer: x must hold real numbers"),
        (lambda: TLULayer(2).learn([1, 2, 3], [1]), ValueError,
         "TLULayer.learn: x and y must have shapes (2,) and (1,), got (3,) and (1,)"),
        (lambda: TLULayer(2).learn([1, 2], [1, 0]), ValueError, "got (2,) and (2,)"),
        (lambda: TLULayer(2).learn([1, 2], [-1]), ValueError, "TLULayer.learn: y must hold 0 and 1 only, got -1"),
        (lambda: TLULayer(2).learn([1, np.nan], [1]), ValueError, "TLULayer.learn: x must be finite, got NaN"),
        (lambda: TLULayer(2).learn([1, 2], [1], 0), ValueError, "TLULayer.learn: eta must be a number in (0, inf)"),
    ])
    def test_bad_input(self, call, error, text):
        with pytest.raises(error) as caught:
            call()
        assert text in str(caught.value)


def trained(y, **arguments):
    return Perceptron(shuffle=False, max_iter=100, **arguments).fit(CORNERS, y)


class TestPerceptron:
    @pytest.mark.parametrize(("y", "epochs", "mistakes"), [(AND, 6, [2, 3, 3, 2, 1, 0]), (OR, 4, [2, 2, 1, 0])])
    def test_known_convergence(self, y, epochs, mistakes):
        p = trained(y)
        assert (p.n_iter_, p.mistakes_, p.converged_) == (epochs, mistakes, True)
        assert p.predict(CORNERS).tolist() == y
        assert p.score(CORNERS, y) == 1

    @pytest.mark.parametrize("shuffle", [False, True])
    def test_xor_never(self, shuffle):
        p = Perceptron(shuffle=shuffle, max_iter=300).fit(CORNERS, XOR)
        assert (p.n_iter_, p.converged_) == (300, False)
        assert min(p.mistakes_) > 0
        assert p.score(CORNERS, XOR) < 1

    def test_weights_by_hand(self):
        p = trained(AND)
        assert p.coef_.tolist() == [[2, 1]]
        assert p.intercept_.tolist() == [-3]
        assert p.decision_function(CORNERS).tolist() == [-3, -2, -1, 0]     # the border counts as class 1

    def test_eta_only_scales(self):
        once, twice = trained(AND), trained(AND, eta0=0.25)
        np.testing.assert_array_equal(twice.coef_, 0.25 * once.coef_)
        assert once.mistakes_ == twice.mistakes_

    def test_without_a_bias(self):
        p = trained(OR, fit_intercept=False)
        assert p.intercept_.tolist() == [0]
        assert not p.converged_                                 # (0, 0) is on every border, so it counts as 1

    def test_the_solution_is_not_unique(self, rng):
        x, y = toy.blobs(40, rng, gap=6)
        found = [Perceptron(random_state=seed).fit(x, y) for seed in (0, 0, 1)]
        assert all(p.converged_ for p in found)
        np.testing.assert_array_equal(found[0].coef_, found[1].coef_)
        assert not np.array_equal(found[0].coef_, found[2].coef_)

    def test_a_generator_is_used_as_it_is(self, rng):
        x, y = toy.blobs(40, rng, gap=6)
        by_seed = Perceptron(random_state=3).fit(x, y)
        by_generator = Perceptron(random_state=np.random.default_rng(3)).fit(x, y)
        np.testing.assert_array_equal(by_seed.coef_, by_generator.coef_)

    def test_shuffles_anew_in_each_epoch(self):
        """A generator that counts: one permutation an epoch."""
        class Counting(np.random.Generator):
            drawn = 0

            def permutation(self, *arguments, **keywords):
                Counting.drawn += 1
                return super().permutation(*arguments, **keywords)
        p = Perceptron(random_state=Counting(np.random.PCG64(0)), max_iter=7).fit(CORNERS, XOR)
        assert Counting.drawn == p.n_iter_ == 7

    @pytest.mark.parametrize("classes", [2, 3, 4])
    @pytest.mark.parametrize("epochs", [1, 3])
    def test_step_by_step_as_scikit_learn(self, classes, epochs, rng):
        """From weights that are not zero no example lies on a border, and both make the same updates."""
        from sklearn.linear_model import Perceptron as Theirs
        x, y = toy.blobs(60, rng, classes=classes, gap=2)
        units = 1 if classes == 2 else classes
        coef, intercept = rng.normal(size=(units, 2)), rng.normal(size=units)
        theirs = Theirs(max_iter=epochs, tol=None, shuffle=False, eta0=0.5).fit(x, y, coef.copy(), intercept.copy())
        ours = Perceptron(max_iter=epochs, shuffle=False, eta0=0.5).fit(x, y, coef, intercept)
        assert ours.n_iter_ == epochs
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9)
        np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9)
        np.testing.assert_allclose(ours.decision_function(x), theirs.decision_function(x), rtol=1e-9)
        np.testing.assert_array_equal(ours.predict(x), theirs.predict(x))
        assert ours.score(x, y) == theirs.score(x, y)

    def test_defaults_are_scikit_learn_s(self):
        import inspect

        from sklearn.linear_model import Perceptron as Theirs
        theirs = inspect.signature(Theirs).parameters
        for name, parameter in inspect.signature(Perceptron).parameters.items():
            assert (parameter.default, parameter.kind) == (theirs[name].default, theirs[name].kind), name

    def test_labels_of_any_kind(self):
        p = trained(np.array(["no", "no", "no", "yes"]))
        assert p.classes_.tolist() == ["no", "yes"]
        assert p.predict(CORNERS).tolist() == ["no", "no", "no", "yes"]

    def test_many_classes(self, rng):
        x, y = toy.blobs(200, rng, classes=4, gap=12)
        p = Perceptron().fit(x, y * 10)
        assert p.coef_.shape == (4, 2)
        assert p.converged_
        assert p.score(x, y * 10) == 1

    def test_arguments_are_left_alone(self, rng):
        x, y = toy.blobs(30, rng)
        coef = np.ones((1, 2))
        held = x.copy(), y.copy()
        Perceptron(max_iter=3).fit(x, y, coef_init=coef)
        np.testing.assert_array_equal(x, held[0])
        np.testing.assert_array_equal(y, held[1])
        np.testing.assert_array_equal(coef, 1)

    @pytest.mark.parametrize(("call", "error", "text"), [
        (lambda: Perceptron(max_iter=0), ValueError, "Perceptron: max_iter must be an integer of at least 1, got 0"),
        (lambda: Perceptron(eta0=0), ValueError, "Perceptron: eta0 must be a number in (0, inf), got 0 (int)"),
        (lambda: Perceptron(random_state=None), ValueError, "Perceptron: random_state must be an integer"),
        (lambda: Perceptron().fit(CORNERS, [0, 1]), ValueError,
         "Perceptron.fit: y must hold a label a row, shape (4,), got an array of shape (2,), dtype int64"),
        (lambda: Perceptron().fit(CORNERS, [1] * 4), ValueError,
         "Perceptron.fit: y must hold at least two classes, got only 1 (int)"),
        (lambda: Perceptron().fit([0, 1], [0, 1]), ValueError,
         "Perceptron.fit: x must have shape (m, n), got an array of shape (2,), dtype float64"),
        (lambda: Perceptron().fit([[np.inf]], [0]), ValueError, "Perceptron.fit: x must be finite, got infinity"),
        (lambda: Perceptron().fit(CORNERS, AND, coef_init=[1, 2]), ValueError,
         "Perceptron.fit: coef_init must have shape (1, 2), got an array of shape (2,), dtype int64"),
        (lambda: Perceptron().fit(CORNERS, AND, intercept_init=1), ValueError,
         "Perceptron.fit: intercept_init must have shape (1,), got an array of shape (), dtype int64"),
        (lambda: Perceptron().predict(CORNERS), ValueError, "Perceptron.predict: call fit(x, y) first"),
        (lambda: Perceptron().score(CORNERS, AND), ValueError, "Perceptron.predict: call fit(x, y) first"),
        (lambda: Perceptron().decision_function(CORNERS), ValueError,
         "Perceptron.decision_function: call fit(x, y) first"),
        (lambda: trained(AND).predict([[1.0]]), ValueError,
         "Perceptron.predict: x must have shape (m, 2), got an array of shape (1, 1), dtype float64"),
        (lambda: trained(AND).score(CORNERS, [1]), ValueError,
         "Perceptron.score: y must hold a label a row, shape (4,), got an array of shape (1,), dtype int64"),
    ])
    def test_bad_input(self, call, error, text):
        with pytest.raises(error) as caught:
            call()
        assert text in str(caught.value)


class TestMistakeBound:
    def test_by_hand(self):
        """(3, 4) against (-3, -4) along w = (3, 4): margin 5, radius 5. With a bias: radius^2 26, w = (3, 4, 0)."""
        x = [[3.0, 4.0], [-3.0, -4.0]]
        assert mistake_bound(x, [1, 0], [3, 4]) == pytest.approx(1)
        assert mistake_bound(x, [1, 0], [3, 4], 0) == pytest.approx(26 / 25)
        assert mistake_bound([[2.0], [5.0]], [0, 1], [1], -3) == pytest.approx(26 / (1 / 10))
        assert mistake_bound([[0.0], [4.0]], [0, 1], [1], -3) == pytest.approx(17 / (1 / 10))

    @pytest.mark.parametrize("fit_intercept", [True, False])
    @pytest.mark.parametrize("seed", range(8))
    def test_never_exceeded(self, seed, fit_intercept):
        """Separable by construction; other orders and other rates change the count, never the bound."""
        rng = np.random.default_rng(seed)
        w, b = rng.normal(size=3), 0.3 if fit_intercept else 0.0
        x = rng.normal(size=(300, 3))
        x = x[np.abs(x @ w + b) > 0.2 * np.linalg.norm(w)]
        y = (x @ w + b > 0).astype(int)
        bound = mistake_bound(x, y, w, b if fit_intercept else None)
        for order in range(4):
            p = Perceptron(random_state=order, eta0=0.1 + order, fit_intercept=fit_intercept).fit(x, y)
            assert p.converged_
            assert 0 < sum(p.mistakes_) <= bound
            assert sum(p.mistakes_) <= mistake_bound(x, y, p.coef_[0], p.intercept_[0] if fit_intercept else None)

    def test_reached(self):
        """One example of class 0 on an axis: one mistake, and the bound is 1."""
        p = Perceptron(fit_intercept=False, shuffle=False).fit([[1.0, 0.0], [0.0, 1.0]], [0, 1])
        assert sum(p.mistakes_) == 1
        assert mistake_bound([[1.0]], [0], [-1.0]) == 1

    @pytest.mark.parametrize(("arguments", "text"), [
        ((CORNERS, XOR, [1, 1], -0.5), "must separate the classes, got an example on the wrong side or on the border: "
         "-1.5"),
        ((CORNERS, OR, [1, 1], 0), "on the border: 0"),
        ((CORNERS, AND, [1, 1, 1]), "x, y and coef must have shapes (m, n), (m,) and (n,), got (4, 2), (4,) and (3,)"),
        ((CORNERS, [0, 1], [1, 1]), "got (4, 2), (2,) and (2,)"),
        ((CORNERS, [0, 1, 2, 1], [1, 1]), "y must hold 0 and 1 only, got 2 at index (2, 0)"),
        ((CORNERS, AND, [1, 1], np.nan), "intercept must be a number"),
    ])
    def test_bad_input(self, arguments, text):
        with pytest.raises(ValueError) as caught:
            mistake_bound(*arguments)
        assert str(caught.value).startswith("mistake_bound: ")
        assert text in str(caught.value)
