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


VANISHING = """
import numpy as np

def rms(d):
    return np.sqrt((d * d).mean())

def vanishing_ratio(Ws, Zs, dact, dout):
    delta = dout * dact(Zs[-1])
    top = rms(delta)
    for l in range(len(Ws) - 1, 0, -1):
        delta = delta.dot(Ws[l].T) * dact(Zs[l - 1])
    return rms(delta) / top
"""
TRUNCATED = "import numpy as np\n\ndef truncated_normal_init(rng, shape, std):\n"
STD = "import numpy as np\n\ndef init_std(name, fan_in, fan_out):\n"
REQUIRED = "import numpy as np\n\ndef required_std(act, n):\n"
SIGNAL = """
import numpy as np

def forward_variances(X, Ws, act):
    result = []
    for W in Ws:
        Z = X.dot(W)
        X = act(Z)
        result.append((np.var(Z), np.var(X), np.mean(X)))
    return result
"""
SIGMOID = "import numpy as np\n\ndef sigmoid_and_grad(z):\n"
ELU = "import numpy as np\n\ndef elu_and_grad(z, alpha):\n"
LEAKY = "import numpy as np\n\ndef leaky_relu_and_grad(z, alpha):\n"
SILU = """
import numpy as np

def sigmoid(z):
    return np.where(z < 0, np.exp(np.minimum(z, 0)), 1) / (1 + np.exp(-np.abs(z)))

def silu_and_grad(z):
    s = sigmoid(z)
"""
PRELU = """
import numpy as np

def prelu(z, alpha, dA):
    below = z < 0
    A = z.copy()
    A[below] = (alpha * z)[below]
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
    ("vanishing_ratio", VANISHING.replace("Ws[l].T", "Ws[l]"), "forgets-transpose"),
    ("vanishing_ratio", VANISHING.replace(" * dact(Zs[l - 1])", ""), "forgets-derivative"),
    ("vanishing_ratio", VANISHING.replace("rms(delta) / top", "top / rms(delta)"), "ratio-inverted"),
    ("vanishing_ratio", VANISHING.replace("Zs[l - 1]", "Zs[l]"), "wrong-layer"),
    ("vanishing_ratio", VANISHING.replace("(d * d).mean()", "(d * d).sum()"), "norm-not-rms"),
    ("truncated_normal_init", TRUNCATED + "    w = rng.normal(0, std, size=shape)\n"
     "    while np.any(abs(w) > 2 * std):\n"
     "        w = np.where(abs(w) > 2 * std, rng.normal(0, std, size=shape), w)\n    return w",
     "uncorrected-truncation"),
    ("truncated_normal_init", TRUNCATED + "    s = std / 0.87962566103423978\n    w = rng.normal(0, s, shape)\n"
     "    return np.minimum(np.maximum(w, -2 * s), 2 * s)", "clips-instead-of-resampling"),
    ("truncated_normal_init", TRUNCATED + "    return np.random.default_rng(1).normal(0, std, shape)", "not-truncated"),
    ("truncated_normal_init", TRUNCATED + "    return rng.uniform(0, 2 * std, shape)", "one-sign-only"),
    ("truncated_normal_init", TRUNCATED + "    return np.zeros(shape)", None),
    ("truncated_normal_init", TRUNCATED + "    return std", None),
    ("init_std", STD + "    return {'glorot': 2 / (fan_in + fan_out), 'he': 2 / fan_in, 'lecun': 1 / fan_in}[name]",
     "variance-returned"),
    ("init_std", STD + "    mean = (fan_in + fan_out) / 2\n"
     "    return np.sqrt({'glorot': 1, 'he': 2, 'lecun': 1}[name] / (fan_in if name == 'lecun' else mean))",
     "he-average"),
    ("required_std", REQUIRED + "    return np.sqrt(2 / n)", "sqrt2-for-all"),
    ("required_std", REQUIRED + "    z = np.linspace(-5, 5, 1001)\n    return 1 / np.sqrt(n * np.mean(act(z) ** 2))",
     "no-density"),
    ("required_std", REQUIRED + "    z = np.random.randn(500_000)\n    return 1 / np.sqrt(n * np.mean(act(z) ** 2))",
     "too-coarse"),
    ("required_std", REQUIRED + "    z = np.random.randn(500_000)\n    return 1 / np.sqrt(n * act(z).var())",
     "variance-for-mean-square"),
    ("required_std", REQUIRED + "    z = np.linspace(-3, 3, 1001)\n    p = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)\n"
     "    return 1 / np.sqrt(n * np.trapezoid(act(z) ** 2 * p, z))", "too-coarse"),
    ("forward_variances", SIGNAL.replace("np.var(Z), np.var(X)", "np.std(Z), np.std(X)"), "uses-std"),
    ("forward_variances", SIGNAL.replace("np.var(Z), np.var(X)", "np.var(Z, axis=1), np.var(X, axis=1)"),
     "var-over-features-only"),
    ("predict_var_z", "def predict_var_z(n, var_w, mean_a, var_a):\n    return n * (var_w * var_a)",
     "zero-mean-assumed"),
    ("sigmoid_and_grad", SIGMOID + "    a, e = 1 / (1 + np.exp(-z)), np.exp(-abs(z))\n    return a, e / (1 + e) ** 2",
     "overflow"),
    ("sigmoid_and_grad", SIGMOID + "    a = 1 / (1 + np.exp(-z))\n    return a, a * (1 - a)", "digits-lost"),
    ("sigmoid_and_grad", SIGMOID + "    a = np.exp(z) / (np.exp(z) + 1)\n    return a, a - a ** 2", "nan-large-z"),
    ("tanh_grad", "import numpy as np\n\ndef tanh_grad(z):\n    return 4 / (np.exp(z) + np.exp(-z)) ** 2", "overflow"),
    ("tanh_grad", "import numpy as np\n\ndef tanh_grad(z):\n    t = np.tanh(z)\n    return t * (1 - t)", "half-angle"),
    ("leaky_relu_and_grad", LEAKY + "    a = np.where(z > alpha * z, z, alpha * z)\n"
     "    return a, np.where(z > 0, 1, alpha)", "max-form"),
    ("leaky_relu_and_grad", LEAKY + "    return np.maximum(z, 0), (z > 0) * 1.0", "alpha-ignored"),
    ("elu_and_grad", ELU + "    a = np.where(z > 0, z, alpha * (np.exp(z) - 1))\n"
     "    return a, np.where(z > 0, 1, a + alpha)", "overflow"),
    ("elu_and_grad", ELU + "    e = np.exp(np.minimum(0, z))\n"
     "    return np.where(z < 0, alpha * e - alpha, z), np.where(z < 0, e, 1)", "grad-lacks-alpha"),
    ("elu_and_grad", ELU + "    z[z < 0] = alpha * np.expm1(z[z < 0])\n    return z, np.where(z > 0, 1, z + alpha)",
     "mutates-input"),
    ("silu_and_grad", SILU + "    return z * s, z * s * (1 - z * s)", "phi-times-1-minus-phi"),
    ("silu_and_grad", SILU + "    return s * z, s", "product-rule-missing-term"),
    ("silu_and_grad", SILU + "    return s + z * s * (1 - s), s * z", "swapped-outputs"),
    ("prelu", PRELU + "    return A, np.where(below, alpha * dA, dA), (dA * z * below).mean(axis=0)",
     "dalpha-averaged"),
    ("prelu", PRELU + "    return A, np.where(below, alpha * dA, dA), np.sum(below * dA * -z, 0)",
     "dalpha-uses-abs-z"),
    ("softplus", "import numpy as np\n\ndef softplus(z):\n    return np.log(np.exp(0) + np.exp(z))",
     "infinite-for-large-z"),
    ("softplus", "import numpy as np\n\ndef softplus(z):\n"
     "    return np.where(z > 20, z, np.log1p(np.exp(z)))", "overflow"),
    ("rrelu", "import numpy as np\n\ndef rrelu(z, u, lo, hi, training):\n    a = lo + u * (hi - lo)\n"
     "    return np.where(z < 0, a * z, z)", "random-at-test"),
    ("fans", "def fans(shape):\n    return shape[0], shape[1]", "wrong-axes"),
    ("uniform_bound", "def uniform_bound(std):\n    return 3 ** 0.5 * std ** 2", "std-squared"),
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
    ("vanishing_ratio", VANISHING), ("forward_variances", SIGNAL),
    ("truncated_normal_init", TRUNCATED + "    s = std / 0.88\n    w = rng.normal(0, s, size=shape)\n"
     "    while np.any(abs(w) > 2 * s):\n"
     "        w = np.where(abs(w) > 2 * s, rng.normal(0, s, size=shape), w)\n    return w.astype('float32')"),
    ("required_std", REQUIRED + "    z = np.linspace(-6, 6, 601)\n    p = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)\n"
     "    return 1 / np.sqrt(n * np.trapezoid(act(z) ** 2 * p, z))"),
    ("required_std", REQUIRED + "    x, w = np.polynomial.hermite.hermgauss(60)\n"
     "    return np.sqrt(np.sqrt(np.pi) / (n * np.sum(w * act(np.sqrt(2) * x) ** 2)))"),
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
