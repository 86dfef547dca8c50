"""Mistakes as students write them, which is never quite as the spec does; and what no single mistake explains."""

import pytest

FORWARD = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def dense_forward(X, W, b, act):
    Z = np.dot(X, W) + b
    A = {"identity": Z, "sigmoid": sigmoid(Z), "tanh": np.tanh(Z), "relu": np.where(Z > 0, Z, 0)}[act]
    return A, dict(X=X, W=W, Z=Z, A=A, act=act)
"""
BACKWARD = FORWARD + """
def dense_backward(dA, cache):
    X, W, Z, A, act = cache["X"], cache["W"], cache["Z"], cache["A"], cache["act"]
    slope = {"identity": 1, "sigmoid": A * (1 - A), "tanh": 1 - A * A, "relu": A > 0}[act]
"""
DELTA = "import numpy as np\n\ndef output_delta(A, Y, loss, act):\n    m = A.shape[0]\n"
BATCHES = "import numpy as np\n\ndef minibatches(m, batch, rng):\n"
SGD = """
import numpy as np

def sgd_epoch(params, X, y, eta, batch, rng):
    w, b = params[0].copy(), params[1]
    rows = rng.permutation(len(y))
    for i in range(0, len(y), batch):
        k = rows[i:i + batch]
        error = 1 / (1 + np.exp(-X[k].dot(w) - b)) - y[k]
"""


def indent(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("name, code, mistake", [
    ("dense_backward", BACKWARD + indent("dZ = dA * slope\nreturn np.dot(dZ, W), np.dot(X.T, dZ), np.sum(dZ, axis=0)"),
     "missing-transpose"),
    ("dense_backward", BACKWARD + indent("dZ = dA * slope\ndW = X.dot(dZ)\nreturn dZ @ W.T, dW, dZ.sum(0)"),
     "missing-transpose"),
    ("dense_backward", BACKWARD + indent("dZ = slope * dA\nm = len(X)\nreturn [dZ @ W.T, X.T @ dZ / m, dZ.sum(0) / m]"),
     "mean-twice"),
    ("dense_backward", BACKWARD + indent("dZ = slope * dA\nreturn dZ @ W.T, X.T @ dZ, np.sum(dZ)"), "db-not-summed"),
    ("dense_backward", BACKWARD + indent("return dA @ W.T, X.T @ dA, dA.sum(axis=0)"), "no-activation-derivative"),
    ("dense_backward", BACKWARD + indent("dA *= slope\nreturn dA @ W.T, X.T @ dA, dA.sum(axis=0)"), "mutates-input"),
    ("dense_backward", BACKWARD + indent("dZ = dA * slope\nreturn X.T @ dZ, dZ @ W.T, dZ.sum(axis=0)"),
     "swapped-outputs"),
    ("dense_backward", BACKWARD + indent("dZ = dA * slope\ndX = dZ @ W.T"), "returns-none"),
    ("dense_forward", FORWARD.replace(" + b", ""), "no-bias"),
    ("output_delta", DELTA + "    return (Y - A) / m", "y-minus-a"),   # two mistakes at once: the fourth pair as well
    ("output_delta", DELTA + "    return A - Y", "no-1-over-m"),
    ("output_delta", DELTA + "    return 3 * (A - Y) / m", None),
    ("output_delta", DELTA + "    d = (A - Y) / m\n"
                             "    return -d if act != 'sigmoid' or loss[0] == 'b' else -d * A * (1 - A)",
     "y-minus-a"),
    ("minibatches", BATCHES + "    p = np.random.permutation(m)\n    return [p[i:i+batch] for i in range(0, m, batch)]",
     "ignores-rng"),
    ("minibatches", BATCHES + "    p = rng.permutation(m)\n    return np.split(p[:m - m % batch], m // batch)"
                              " if m >= batch else [p]", "drops-last"),
    ("minibatches", BATCHES + "    return [rng.choice(m, batch) for _ in range(m // batch)] or [rng.choice(m, m)]",
     "with-replacement"),
    ("sgd_epoch", SGD + indent(indent("w -= eta * X[k].T.dot(error) / len(y)\nb -= eta * error.sum() / len(y)"))
     + "    return w, b", "divides-by-m-not-batch"),
    ("sgd_epoch", SGD + indent(indent("w += eta * X[k].T.dot(error) / len(k)\nb += eta * error.mean()"))
     + "    return w, b", "ascends"),
    ("sgd_epoch", SGD.replace(".copy()", "")
     + indent(indent("w -= eta * X[k].T.dot(error) / len(k)\nb -= eta * error.mean()")) + "    return w, b",
     "mutates-input"),
])
def test_it_is_recognised(verdict, name, code, mistake):
    result = verdict(code, name)
    assert (result.verdict, result.misconception) == ("failed", mistake), result.text()


@pytest.mark.parametrize("name, code", [
    ("dense_backward", BACKWARD + indent("dZ = dA * slope\nreturn dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)")),
    ("output_delta", DELTA + "    d = (A - Y) / m\n"
                             "    return d if (loss, act) != ('half_squared_error', 'sigmoid') else d * A * (1 - A)"),
    ("sgd_epoch", SGD + indent(indent("w -= eta * X[k].T.dot(error) / len(k)\nb -= eta * error.mean()"))
     + "    return w, b"),
], ids=lambda text: text[:20])
def test_the_right_ones_pass(verdict, name, code):
    assert verdict(code, name).passed


def test_a_missing_or_wrong_dense_forward_is_said_clearly(verdict):
    backward = "def dense_backward(dA, cache):\n    return dA, dA, dA"
    result = verdict(backward, "dense_backward")
    assert result.verdict == "error" and "`dense_forward`, which is not defined here" in result.message
    skeleton = "def dense_forward(X, W, b, act):\n    return X\n" + backward
    result = verdict(skeleton, "dense_backward")
    assert result.verdict == "error" and "has to return the pair (A, cache)" in result.message
    code = BACKWARD.replace(" + b", "") + indent("dZ = dA * slope\nreturn dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)")
    result = verdict(code, "dense_backward")
    assert result.verdict == "failed" and "Check `dense_forward` first" in result.message
    unfinished = "def dense_forward(X, W, b, act):\n    raise NotImplementedError\n" + backward
    result = verdict(unfinished, "dense_backward")
    assert result.verdict == "error" and "`dense_forward` still raises NotImplementedError" in result.message


def test_a_wrong_answer_that_also_changes_its_input_hears_of_both(verdict):
    result = verdict("def output_delta(A, Y, loss, act):\n    A -= 2 * Y\n    return A", "output_delta")
    assert result.verdict == "failed" and "also changed its argument `A`" in result.sentence + result.message


def test_no_mistake_is_named_when_it_explains_only_some_cases(verdict):
    code = FORWARD.replace("np.dot(X, W) + b", "np.dot(X, W) + (b if len(X) == 2 else 0)")
    result = verdict(code, "dense_forward")
    assert result.verdict == "failed" and result.misconception is None


def test_the_smallest_failing_case_is_shown(verdict):
    code = FORWARD.replace("np.dot(X, W) + b", "np.dot(X, W) + (b if len(X) < 4 else 0)")
    text = dict(verdict(code, "dense_forward").details)["Input"]
    assert text.count("[") < 12, text
