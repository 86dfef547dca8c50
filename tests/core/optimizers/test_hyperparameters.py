"""Hyperparameters: their bounds and messages, what they are by default, and that they may be assigned at any time."""

import math

import numpy as np
import pytest

from course_lib import optimizers

FRACTION, POSITIVE, AT_LEAST_0 = "[0, 1)", "(0, inf)", "[0, inf)"
BOUNDS = {
    "sgd": {"momentum": FRACTION},
    "adagrad": {"initial_accumulator_value": AT_LEAST_0, "epsilon": POSITIVE},
    "rmsprop": {"rho": FRACTION, "momentum": FRACTION, "epsilon": POSITIVE},
    "adadelta": {"rho": FRACTION, "epsilon": POSITIVE},
    "adam": {"beta_1": FRACTION, "beta_2": FRACTION, "epsilon": POSITIVE},
    "adamw": {"beta_1": FRACTION, "beta_2": FRACTION, "epsilon": POSITIVE},
    "adamax": {"beta_1": FRACTION, "beta_2": FRACTION, "epsilon": POSITIVE},
    "nadam": {"beta_1": FRACTION, "beta_2": FRACTION, "epsilon": POSITIVE},
}
COMMON = {"learning_rate": POSITIVE, "weight_decay": AT_LEAST_0, "clipnorm": POSITIVE, "clipvalue": POSITIVE,
          "global_clipnorm": POSITIVE}
BAD = {FRACTION: [-1e-9, 1.0, 1, math.nan, "0.5", True, None], POSITIVE: [0, 0.0, -1.0, math.inf, math.nan, "1"],
       AT_LEAST_0: [-1e-9, math.inf, math.nan, "0", True]}
GOOD = {FRACTION: [0, 0.5, 1 - 1e-9], POSITIVE: [1e-12, 3, np.float64(0.25)], AT_LEAST_0: [0, 0.0, 0.75]}
CASES = [(name, argument, bounds) for name, own in BOUNDS.items() for argument, bounds in {**own, **COMMON}.items()]


def test_every_optimizer_is_tested():
    assert set(BOUNDS) == set(optimizers.OPTIMIZERS)


@pytest.mark.parametrize(("name", "argument", "bounds"), CASES)
def test_bounds(name, argument, bounds):
    """In the constructor and when assigned later: the same error, and the old value stays."""
    made = optimizers.get(name)
    held = getattr(made, argument)
    for bad in BAD[bounds]:
        message = f"{type(made).__name__}: {argument} must be a number in {bounds}, got {bad!r} ({type(bad).__name__})"
        for attempt in (lambda bad=bad: optimizers.get(name, **{argument: bad}),
                        lambda bad=bad: setattr(made, argument, bad)):
            with pytest.raises(ValueError) as caught:
                attempt()
            assert str(caught.value) == message
        assert getattr(made, argument) == held
    for good in GOOD[bounds]:
        setattr(made, argument, good)
        assert getattr(made, argument) == getattr(optimizers.get(name, **{argument: good}), argument) == float(good)
        assert type(getattr(made, argument)) is float


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_weight_decay_and_clipping_may_be_none(name):
    optimizer = optimizers.get(name, clipnorm=1.0)
    optimizer.clipnorm = None
    assert optimizer.clipnorm is optimizer.clipvalue is optimizer.global_clipnorm is None
    if name == "adamw":
        with pytest.raises(ValueError, match=r"AdamW: weight_decay must be a number in \[0, inf\), got None"):
            optimizer.weight_decay = None
    else:
        optimizer.weight_decay = None
        assert optimizer.weight_decay is None


@pytest.mark.parametrize(("first", "second"), [("clipnorm", "clipvalue"), ("clipvalue", "global_clipnorm"),
                                               ("global_clipnorm", "clipnorm")])
def test_one_kind_of_clipping(first, second):
    pattern = "SGD: only one of clipnorm, clipvalue, global_clipnorm can be set, got "
    with pytest.raises(ValueError, match=pattern):
        optimizers.SGD(**{first: 1.0, second: 2.0})
    optimizer = optimizers.SGD(**{first: 1.0})
    with pytest.raises(ValueError, match=f"{pattern}{first}=1.0 and {second}=2.0"):
        setattr(optimizer, second, 2.0)
    setattr(optimizer, first, 3.0)
    setattr(optimizer, first, None)
    setattr(optimizer, second, 2.0)
    assert getattr(optimizer, first) is None and getattr(optimizer, second) == 2.0


@pytest.mark.parametrize(("call", "text"), [
    (lambda: optimizers.Adam(epsilon_mode="pytorch"),
     "unknown epsilon_mode of Adam 'pytorch' (str); expected one of: keras, paper, inside."),
    (lambda: optimizers.AdamW(epsilon_mode="insid"), "unknown epsilon_mode of AdamW 'insid' (str); expected one of: "
     "keras, paper, inside. Did you mean 'inside'?"),
    (lambda: optimizers.Nadam(momentum_schedule="dozat"),
     "unknown momentum_schedule of Nadam 'dozat' (str); expected one of: keras, constant."),
])
def test_unknown_modes(call, text):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == text


def test_defaults():
    """Keras's; the parity tests compare all signatures with Keras itself."""
    assert {name: repr(optimizers.get(name)) for name in optimizers.OPTIMIZERS} == {
        "sgd": "SGD(learning_rate=0.01, momentum=0.0, nesterov=False)",
        "rmsprop": "RMSprop(learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False)",
        "adam": "Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False, "
                "epsilon_mode='keras')",
        "adamw": "AdamW(learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-07, "
                 "amsgrad=False, epsilon_mode='keras')",
        "adadelta": "Adadelta(learning_rate=0.001, rho=0.95, epsilon=1e-07)",
        "adagrad": "Adagrad(learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07)",
        "adamax": "Adamax(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07)",
        "nadam": "Nadam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, momentum_schedule='keras')"}


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_arguments_by_position_and_a_name(name):
    """All of them, in the order of the signature, arrive where they belong."""
    config = optimizers.get(name, name="mine").get_config()
    assert config["name"] == "mine"
    values = {"learning_rate": 0.25, "name": "x", "nesterov": True, "centered": True, "amsgrad": True,
              "clipvalue": None, "global_clipnorm": None, "epsilon_mode": "paper", "momentum_schedule": "constant"}
    ours = {k: values[k] for k in config if k in ("epsilon_mode", "momentum_schedule")}
    given = {k: values.get(k, (i + 1) / 32) for i, k in enumerate(config) if k not in ours}
    assert type(optimizers.get(name))(*given.values(), **ours).get_config() == {**given, **ours}


def once(optimizer, grads, change=None, at=None):
    params = np.ones(3)
    for step, g in enumerate(grads):
        if step == at:
            for argument, value in change.items():
                setattr(optimizer, argument, value)
        optimizer.update(params, g)
    return params


@pytest.mark.parametrize(("name", "start", "change"), [
    ("sgd", {"momentum": 0.9}, {"momentum": 0.5}), ("sgd", {}, {"weight_decay": 0.5}), ("sgd", {}, {"clipnorm": 0.1}),
    ("sgd", {}, {"clipvalue": 0.1}), ("sgd", {}, {"global_clipnorm": 0.1}), ("sgd", {}, {"learning_rate": 0.3}),
    ("adagrad", {}, {"epsilon": 0.5}), ("rmsprop", {}, {"rho": 0.5}), ("rmsprop", {"momentum": 0.9}, {"momentum": 0.1}),
    ("rmsprop", {}, {"epsilon": 0.5}), ("adadelta", {}, {"rho": 0.5}), ("adadelta", {}, {"epsilon": 0.5}),
    *((name, {}, change) for name in ("adam", "adamw", "adamax", "nadam")
      for change in ({"beta_1": 0.5}, {"beta_2": 0.5}, {"epsilon": 0.5}, {"weight_decay": 0.5}))])
def test_assigned_during_training(name, start, change, rng):
    """The steps before are those without, the first step after is that of an optimizer with the same state."""
    grads = rng.normal(size=(6, 3))
    plain, changed = optimizers.get(name, **start), optimizers.get(name, **start)
    before = once(plain, grads[:4])
    state = plain.get_state()
    after = once(changed, grads[:5], change, at=4)
    other = optimizers.get(name, **{**start, **change})
    other.set_state(4, state)
    expected = before.copy()
    other.update(expected, grads[4])
    np.testing.assert_array_equal(after, expected)
    plain.update(before, grads[4])
    assert not np.array_equal(after, before)


@pytest.mark.parametrize("name", ["sgd", "rmsprop"])
def test_momentum_may_come_and_go(name, rng):
    """From 0 it starts with m = 0, as at the beginning of a training; 0 forgets m; the rest of the state stays."""
    grads = rng.normal(size=(9, 3))
    optimizer, params = optimizers.get(name, learning_rate=0.1), np.ones(3)
    for step, g in enumerate(grads):
        if step in (3, 6):
            optimizer.momentum = {3: 0.9, 6: 0.0}[step]
        optimizer.update(params, g)
        assert ("velocity" in optimizer.get_state()) is hasattr(optimizer, "velocity") is (3 <= step < 6)
    theta, s, m = np.ones(3), np.zeros(3), np.zeros(3)
    for step, g in enumerate(grads):
        s = 0.9 * s + 0.1 * g ** 2
        move = 0.1 * g / (np.sqrt(s + 1e-7) if name == "rmsprop" else 1)
        m = 0.9 * m + move if 3 <= step < 6 else np.zeros(3)
        theta = theta - (m if 3 <= step < 6 else move)
    np.testing.assert_allclose(params, theta, rtol=1e-13)


def test_nadam_keeps_the_momenta_it_had(rng):
    """P_t is the product of the mu that were in force, so an assigned beta_1 changes the later factors only."""
    optimizer, params = optimizers.Nadam(0.1), np.ones(2)
    product = 1.0
    for t in range(1, 9):
        optimizer.beta_1 = 0.9 if t < 5 else 0.6
        optimizer.update(params, rng.normal(size=2))
        product *= optimizer.beta_1 * (1 - 0.5 * 0.96 ** t)
        assert optimizer.momentum_product == pytest.approx(product, rel=1e-14)
    assert float(optimizer.get_state()["momentum_product"]) == optimizer.momentum_product
    optimizer.reset()
    assert optimizer.momentum_product == 1.0


def test_an_optimizer_of_ones_own(rng):
    """Sign descent: a step, its slot and one option; the base class does the rest."""
    class SignSGD(optimizers.Optimizer):
        slots = ("mean",)

        def __init__(self, learning_rate=0.1, start=2.0, **common):
            super().__init__(learning_rate, **common)
            self.start = start

        def initial_value(self, slot):
            return self.start

        def step(self, theta, g, eta, mean, work):
            mean += g
            np.sign(mean, out=work)
            work *= eta
            theta -= work

    optimizer, params = SignSGD(start=0.5, weight_decay=0.1), np.array([1.0, 2.0])
    optimizer.update(params, np.array([-1.0, 3.0]))
    np.testing.assert_allclose(params, [0.99 + 0.1, 1.98 - 0.1], rtol=1e-15)
    assert optimizer.mean.tolist() == [-0.5, 3.5] and repr(optimizer) == "SignSGD(learning_rate=0.1, start=0.5)"
    with pytest.raises(ValueError, match="cannot be saved: only these can: sgd, rmsprop"):
        optimizers.serialize(optimizer)


def test_a_class_gives_the_descriptor():
    assert optimizers.SGD.momentum is vars(optimizers.SGD)["momentum"]
