// A network small enough to be trained anew in every step of a drag: that of small_network.py, draw by draw.
import { normals, uniforms } from "./draws.js";

export const STEPS = 240;
export const LOST = 1e3;
const UNITS = 16, POINTS = 64, NOISE = 0.5;
const known = {}, orders = {};

export function points(stream) {
  if (!known[stream]) {
    const x = uniforms(1, stream, POINTS).map((u) => 4 * u - 2), noise = normals(1, stream + 1, POINTS);
    known[stream] = { x, y: x.map((v, i) => Math.abs(v) - 1 + NOISE * noise[i]) };
  }
  return known[stream];
}

// The rows of each step: every epoch takes each row once.
function batches(seed, size) {
  const key = `${seed} ${size}`;
  if (!orders[key]) {
    const keys = uniforms(seed, 10, STEPS * size);
    orders[key] = [];
    for (let epoch = 0; epoch < (STEPS * size) / POINTS; epoch += 1) {
      const order = Array.from({ length: POINTS }, (_, i) => i).sort((a, b) => keys[epoch * POINTS + a] - keys[epoch * POINTS + b]);
      for (let at = 0; at < POINTS; at += size) orders[key].push(order.slice(at, at + size));
    }
  }
  return orders[key];
}

function network(seed) {
  const scaled = (stream, deviation) => Array.from(normals(seed, stream, UNITS), (v) => deviation * v);
  return { w: scaled(11, Math.sqrt(2)), b: new Array(UNITS).fill(0), v: scaled(12, Math.sqrt(2 / UNITS)), c: 0 };
}

function output({ w, b, v, c }, x) {
  let total = c;
  for (let j = 0; j < UNITS; j += 1) {
    const z = x * w[j] + b[j];
    if (z > 0) total += z * v[j];
  }
  return total;
}

function meanSquare(net, { x, y }) {
  let total = 0;
  for (let i = 0; i < x.length; i += 1) total += (output(net, x[i]) - y[i]) ** 2;
  return total / x.length;
}

// One step of gradient descent on the rows; the loss before it.
function step(net, { x, y }, rows, rate) {
  const dw = new Array(UNITS).fill(0), db = new Array(UNITS).fill(0), dv = new Array(UNITS).fill(0);
  let dc = 0, loss = 0;
  for (const i of rows) {
    const error = output(net, x[i]) - y[i], d = (2 * error) / rows.length;
    loss += (error * error) / rows.length;
    dc += d;
    for (let j = 0; j < UNITS; j += 1) {
      const z = x[i] * net.w[j] + net.b[j];
      if (!(z > 0)) continue;
      dv[j] += d * z;
      dw[j] += d * net.v[j] * x[i];
      db[j] += d * net.v[j];
    }
  }
  for (let j = 0; j < UNITS; j += 1) {
    net.w[j] -= rate * dw[j];
    net.b[j] -= rate * db[j];
    net.v[j] -= rate * dv[j];
  }
  net.c -= rate * dc;
  return loss;
}

// The rate of each step, the loss of its batch, and the validation loss before the first step and after each. Ends early
// where that is lost. size: of a batch. watch(step, loss): called after each step.
export function trained(rate, seed, size, watch = () => {}) {
  const net = network(seed), data = points(0), validation = points(2);
  const rates = [], losses = [], found = [meanSquare(net, validation)];
  for (const [k, rows] of batches(seed, size).entries()) {
    rates.push(rate(k));
    losses.push(step(net, data, rows, rates[k]));
    found.push(meanSquare(net, validation));
    if (!(found[k + 1] < LOST)) {
      found[k + 1] = LOST;
      break;
    }
    watch(k + 1, found[k + 1]);
  }
  return { rates, losses, found };
}
