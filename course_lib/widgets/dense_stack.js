// A stack of dense layers without biases: both passes, with the weights drawn once and scaled.
import { PHI } from "./activations.js";
import { normals } from "./draws.js";

export const ACTIVATIONS = Object.fromEntries(["linear", "sigmoid", "tanh", "relu", "selu"].map((name) => [name, PHI[name]]));

// How many values each layer has: 1024 / width rows of inputs, standard normal as the gradients at the end.
export const VALUES = 1024;

let drawn = { key: "" };                                        // what was drawn last: it is scaled, not drawn again

function once(state, name, make) {
  const key = `${state.seed} ${state.width}`;
  if (drawn.key !== key) drawn = { key };
  return drawn[name] ??= make(state);
}

const inputs = (state) => once(state, "inputs", ({ seed }) => normals(seed, 0, VALUES));
const gradients = (state) => once(state, "gradients", ({ seed }) => normals(seed, 1000, VALUES));
const kernel = (state, layer) => once(state, layer, ({ seed, width }) => normals(seed, layer, width ** 2));
const transposed = (state, layer) => once(state, `transposed ${layer}`, ({ width: n }) => {
  const w = kernel(state, layer);
  return w.map((_, at) => w[(at % n) * n + Math.floor(at / n)]);
});

// c X W^T for n columns. It is done many times in each step of a drag, so it takes four rows of X and two of W at once.
export function product(x, w, n, c) {
  const result = new Float64Array(x.length);
  for (let a = 0; a < x.length; a += 4 * n) {
    for (let j = 0; j < n; j += 2) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0;
      for (let k = 0, row = j * n; k < n; k += 1) {
        const v = w[row + k], u = w[row + n + k], x0 = x[a + k], x1 = x[a + n + k], x2 = x[a + 2 * n + k], x3 = x[a + 3 * n + k];
        s0 += v * x0;
        s1 += v * x1;
        s2 += v * x2;
        s3 += v * x3;
        t0 += u * x0;
        t1 += u * x1;
        t2 += u * x2;
        t3 += u * x3;
      }
      result[a + j] = c * s0;
      result[a + n + j] = c * s1;
      result[a + 2 * n + j] = c * s2;
      result[a + 3 * n + j] = c * s3;
      result[a + j + 1] = c * t0;
      result[a + n + j + 1] = c * t1;
      result[a + 2 * n + j + 1] = c * t2;
      result[a + 3 * n + j + 1] = c * t3;
    }
  }
  return result;
}

// Activations a[0] (the inputs) to a[L], and gradients da[0] to da[L]; each is a matrix of 1024/width rows.
export function passes(state) {
  const { depth, width: n, stddev } = state, { value, slope } = ACTIVATIONS[state.activation];
  const a = [inputs(state)], z = [], da = [];
  for (let layer = 1; layer <= depth; layer += 1) {
    z[layer] = product(a[layer - 1], transposed(state, layer), n, stddev);                // Z = A W
    a[layer] = z[layer].map(value);
  }
  da[depth] = gradients(state);
  for (let layer = depth; layer > 0; layer -= 1) {
    const dz = da[layer].map((v, i) => v * slope(z[layer][i], a[layer][i]));
    da[layer - 1] = product(dz, kernel(state, layer), n, stddev);                         // dJ/dA = dJ/dZ W^T
  }
  return { a, da };
}
