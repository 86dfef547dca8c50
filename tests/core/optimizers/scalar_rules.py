"""The update rules once more, from the papers' equations, for one number at a time in Python floats.

A rule takes the parameter, a dict for its memory, the gradient, t = 1, 2, ..., the rate and the options, and returns
the new parameter. ``path`` does whole trainings: clipping, decay, step.
"""

from math import fsum, sqrt


def sgd(theta, memory, g, t, eta, momentum=0.0, nesterov=False):
    m = memory["m"] = momentum * memory.get("m", 0.0) - eta * g
    return theta + (momentum * m - eta * g if nesterov else m)


def adagrad(theta, memory, g, t, eta, initial_accumulator_value=0.1, epsilon=1e-7):
    s = memory["s"] = memory.get("s", initial_accumulator_value) + g ** 2
    return theta - eta * g / sqrt(s + epsilon)


def rmsprop(theta, memory, g, t, eta, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    s = memory["s"] = rho * memory.get("s", 0.0) + (1 - rho) * g ** 2
    a = memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * g
    step = eta * g / sqrt((s - a ** 2 if centered else s) + epsilon)
    m = memory["m"] = momentum * memory.get("m", 0.0) + step
    return theta - m


def adadelta(theta, memory, g, t, eta, rho=0.95, epsilon=1e-7):
    s = memory["s"] = rho * memory.get("s", 0.0) + (1 - rho) * g ** 2
    u = memory.get("u", 0.0)
    delta = -sqrt(u + epsilon) / sqrt(s + epsilon) * g
    memory["u"] = rho * u + (1 - rho) * delta ** 2
    return theta + eta * delta


def adam(theta, memory, g, t, eta, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, epsilon_mode="keras"):
    m = memory["m"] = beta_1 * memory.get("m", 0.0) + (1 - beta_1) * g
    s = memory["s"] = beta_2 * memory.get("s", 0.0) + (1 - beta_2) * g ** 2
    if amsgrad:
        s = memory["max"] = max(memory.get("max", 0.0), s)
    m_hat, s_hat = m / (1 - beta_1 ** t), s / (1 - beta_2 ** t)
    if epsilon_mode == "paper":
        return theta - eta * m_hat / (sqrt(s_hat) + epsilon)
    if epsilon_mode == "inside":
        return theta - eta * m_hat / sqrt(s_hat + epsilon)
    return theta - eta * sqrt(1 - beta_2 ** t) * m_hat / (sqrt(s) + epsilon)


def adamax(theta, memory, g, t, eta, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = memory["m"] = beta_1 * memory.get("m", 0.0) + (1 - beta_1) * g
    u = memory["u"] = max(beta_2 * memory.get("u", 0.0), abs(g))
    return theta - eta / (1 - beta_1 ** t) * m / (u + epsilon)


def nadam(theta, memory, g, t, eta, beta_1=0.9, beta_2=0.999, epsilon=1e-7, momentum_schedule="keras"):
    m = memory["m"] = beta_1 * memory.get("m", 0.0) + (1 - beta_1) * g
    s = memory["s"] = beta_2 * memory.get("s", 0.0) + (1 - beta_2) * g ** 2
    s_hat = s / (1 - beta_2 ** t)
    if momentum_schedule == "constant":
        m_bar = beta_1 * m / (1 - beta_1 ** (t + 1)) + (1 - beta_1) * g / (1 - beta_1 ** t)
    else:
        mu = [beta_1 * (1 - 0.5 * 0.96 ** i) for i in range(1, t + 2)]      # mu_1 ... mu_{t+1}
        now = 1.0
        for factor in mu[:-1]:
            now *= factor
        m_bar = mu[-1] * m / (1 - now * mu[-1]) + (1 - mu[-2]) * g / (1 - now)
    return theta - eta * m_bar / (sqrt(s_hat) + epsilon)


RULES = {"sgd": sgd, "adagrad": adagrad, "rmsprop": rmsprop, "adadelta": adadelta, "adam": adam, "adamw": adam,
         "adamax": adamax, "nadam": nadam}


def clip(g, tensors, clipvalue=None, clipnorm=None, global_clipnorm=None):
    """g, a list, clipped; tensors: (start, stop) pairs."""
    if clipvalue is not None:
        return [min(max(x, -clipvalue), clipvalue) for x in g]
    limit = clipnorm if clipnorm is not None else global_clipnorm
    if limit is None:
        return g
    clipped = []
    for start, stop in tensors if clipnorm is not None else [(0, len(g))]:
        norm = sqrt(fsum(x ** 2 for x in g[start:stop]))
        clipped += [x * min(1.0, limit / norm) if norm else x for x in g[start:stop]]
    return clipped


def path(name, theta, grads, rate, tensors=None, decaying=None, weight_decay=0.0, clipping=None, **options):
    """(final parameters, length of each parameter's way) after one step for each of ``grads``.

    rate: t -> eta, t = 1, 2, ... tensors: (start, stop) pairs; decaying: the numbers of those that decay.
    """
    theta, memory = [float(x) for x in theta], [{} for _ in theta]
    tensors = tensors or [(0, len(theta))]
    decays = [any(start <= i < stop for k, (start, stop) in enumerate(tensors) if decaying is None or k in decaying)
              for i in range(len(theta))]
    way = [0.0] * len(theta)
    for t, row in enumerate(grads, 1):
        eta, g = rate(t), clip([float(x) for x in row], tensors, **(clipping or {}))
        for i, before in enumerate(theta):
            shrunk = before * (1 - eta * weight_decay) if decays[i] else before
            theta[i] = RULES[name](shrunk, memory[i], g[i], t, eta, **options)
            way[i] += abs(shrunk - before) + abs(theta[i] - shrunk)
    return theta, way
