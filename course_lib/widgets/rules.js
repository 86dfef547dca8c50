// The optimizers' steps, to the bit those of course_lib.optimizers (and of wrong_rules.py): the same operations in the same order.

// beta^t for t = 0, 1, ..., each rounded once: products are kept as a number and its error.
const powers = {};
function split(a) {
  const c = 134217729 * a, high = c - (c - a);
  return [high, a - high];
}
export function raised(beta, t) {
  const kept = (powers[beta] ??= [[1, 0]]);
  while (kept.length <= t) {
    const [value, error] = kept.at(-1), product = value * beta, [a, b] = split(value), [c, d] = split(beta);
    const rest = a * c - product + a * d + b * c + b * d + error * beta, sum = product + rest;
    kept.push([sum, rest - (sum - product)]);
  }
  return kept[t][0];
}

const average = (mean, value, beta) => mean * beta + value * (1 - beta);
const { sqrt, abs } = Math;

// Each: (state of one coordinate, g, eta, t, settings) => what is added to theta. The state begins as given here.
const plainSgd = (c, g, eta) => -(g * eta);
function momentum(c, g, eta, t, { beta }) {
  c.m = c.m * beta - g * eta;
  return c.m;
}
function adagrad(c, g, eta, t, { epsilon }) {
  c.s += g * g;
  return -((g / sqrt(c.s + epsilon)) * eta);
}
function rmsprop(c, g, eta, t, { rho, epsilon }) {
  c.s = average(c.s, g * g, rho);
  return -((g / sqrt(c.s + epsilon)) * eta);
}
function adadelta(c, g, eta, t, { rho, epsilon }) {
  c.s = average(c.s, g * g, rho);
  const delta = sqrt((c.u + epsilon) / (c.s + epsilon)) * g;
  c.u = average(c.u, delta * delta, rho);
  return -(delta * eta);
}
function adam(c, g, eta, t, { beta_1: b1, beta_2: b2, epsilon, epsilon_mode: mode, correction }) {
  c.m = average(c.m, g, b1);
  c.s = average(c.s, g * g, b2);
  const [c1, c2] = correction === "on" ? [1 - raised(b1, t), 1 - raised(b2, t)] : [1, 1];
  const below = mode === "inside" ? sqrt(c.s + c2 * epsilon) : sqrt(c.s) + (mode === "keras" ? epsilon : sqrt(c2) * epsilon);
  return -((c.m / below) * ((eta * sqrt(c2)) / c1));
}
function adamax(c, g, eta, t, { beta_1: b1, beta_2: b2, epsilon }) {
  c.m = average(c.m, g, b1);
  c.u = Math.max(c.u * b2, abs(g));
  return -((c.m / (c.u + epsilon)) * (eta / (1 - raised(b1, t))));
}
function nadam(c, g, eta, t, { beta_1: b1, beta_2: b2, epsilon }) {
  const mu = b1 * (1 - 0.5 * raised(0.96, t)), next = b1 * (1 - 0.5 * raised(0.96, t + 1));
  c.product *= mu;
  c.m = average(c.m, g, b1);
  c.s = average(c.s, g * g, b2);
  const bar = c.m * (next / (1 - c.product * next)) + g * ((1 - mu) / (1 - c.product));
  return -((bar / (sqrt(c.s / (1 - raised(b2, t))) + epsilon)) * eta);
}

export const RULES = { sgd: plainSgd, momentum, nesterov: momentum, adagrad, rmsprop, adadelta, adam, adamax, nadam, adamw: adam };
export const stateOf = (name) => ({ m: 0, s: name === "adagrad" ? 0.1 : 0, u: 0, product: 1 });

function twoGradients(c, g, eta, t, { beta }) {
  const step = g * eta + c.m * beta;
  c.m = beta ? g : 0;
  return -step;
}
export const WRONG = {
  momentum_two_gradients: ["momentum", twoGradients],
  nesterov_uphill: ["nesterov", twoGradients],
  adagrad_plus: ["adagrad", (...given) => -adagrad(...given)],
  adagrad_decayed: ["adagrad", (c, g, eta, t, settings) => { c.s *= 0.9; return adagrad(c, g, eta, t, settings); }],
  rmsprop_minus: ["rmsprop", (c, g, eta, t, { rho, epsilon }) => {
    c.s = c.s * rho - g * g * (1 - rho);
    return -((g / sqrt(c.s + epsilon)) * eta);
  }],
  adadelta_gradients: ["adadelta", (c, g, eta, t, { rho, epsilon }) => {
    c.s = average(c.s, g * g, rho);
    const step = (c.u / sqrt(c.s + epsilon)) * eta;
    c.u = average(c.u, g, rho);
    return -step;
  }],
  adam_climbs: ["adam", (c, g, eta, t, settings) => -adam(c, g, eta, t, { ...settings, correction: "on" })],
  adamax_signed: ["adamax", (c, g, eta, t, { beta_1: b1, beta_2: b2, epsilon }) => {
    c.m = average(c.m, g, b1);
    c.u = Math.max(c.u * b2, g);
    return -((c.m / (c.u + epsilon)) * (eta / (1 - raised(b1, t))));
  }],
  adamax_root: ["adamax", (c, g, eta, t, { beta_1: b1, beta_2: b2, epsilon }) => {
    c.m = average(c.m, g, b1);
    c.u = Math.max(c.u * b2, abs(g));
    return -((c.m / (sqrt(c.u) + epsilon)) * (eta / (1 - raised(b1, t))));
  }],
};
