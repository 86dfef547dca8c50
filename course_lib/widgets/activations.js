// The library's elementwise activations: value(z), and slope(z, a) for a = value(z).
import { clamp } from "./kit.js";

const ALPHA = 1.6732632423543772, LAMBDA = 1.0507009873554805;                // of SELU

const logistic = (z) => 1 / (1 + Math.exp(-z));
const bend = (z) => logistic(z) * logistic(-z);                               // sigmoid', exact in both tails

// P(Z <= z) of a standard normal Z, by the series of e^(z^2/2) P(0 < Z < z) and, far out, a continued fraction.
function normalDistribution(z) {
  const x = Math.abs(z), density = normalDensity(x);
  let tail;
  if (x < 3) {
    let term = x, total = x;
    for (let k = 3; term > 1e-17 * total; k += 2) total += term *= (x * x) / k;
    tail = 0.5 - density * total;
  } else {
    let below = x;
    for (let k = 60; k > 0; k -= 1) below = x + k / below;
    tail = density / below;
  }
  return z < 0 ? tail : 1 - tail;
}

const normalDensity = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

const elu = (alpha = 1, scale = 1) => ({
  value: (z) => scale * (z > 0 ? z : alpha * Math.expm1(z)),
  slope: (z) => scale * (z >= 0 ? 1 : alpha * Math.exp(z)),
});

export const PHI = {
  linear: { value: (z) => z, slope: () => 1 },
  step: { value: (z) => (z >= 0 ? 1 : 0), slope: () => 0 },
  sign: { value: Math.sign, slope: () => 0 },
  sigmoid: { value: logistic, slope: bend },
  hard_sigmoid: { value: (z) => clamp(z + 3, 0, 6) / 6, slope: (z) => (Math.abs(z) < 3 ? 1 / 6 : 0) },
  tanh: { value: Math.tanh, slope: (z) => 4 * bend(2 * z) },
  softsign: { value: (z) => z / (1 + Math.abs(z)), slope: (z) => (1 + Math.abs(z)) ** -2 },
  relu: { value: (z) => Math.max(0, z), slope: (z) => (z > 0 ? 1 : 0) },
  relu6: { value: (z) => clamp(z, 0, 6), slope: (z) => (z > 0 && z < 6 ? 1 : 0) },
  leaky_relu: { value: (z) => (z > 0 ? z : 0.2 * z), slope: (z) => (z > 0 ? 1 : 0.2) },
  elu: elu(),
  selu: elu(ALPHA, LAMBDA),
  softplus: { value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), slope: logistic },
  silu: { value: (z) => z * logistic(z), slope: (z) => logistic(z) + z * bend(z) },
  gelu: { value: (z) => z * normalDistribution(z), slope: (z) => normalDistribution(z) + z * normalDensity(z) },
};
