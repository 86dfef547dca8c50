// Random draws, to the bit those of draws.py, and how widely they spread.
import { ROUND, log } from "./kit.js";

const WEYL = 0x9E3779B9, BELOW_MINUS_TWO = 0.022750131948179195, TRUNCATED_STD = 0.87962566103423978;

// Wichura 1988, algorithm AS 241 (PPND7).
const CENTRE = [[59.109374720, 159.29113202, 50.434271938, 3.3871327179], [67.187563600, 78.757757664, 17.895169469, 1]];
const TAIL = [[0.17023821103, 1.3067284816, 2.7568153900, 1.4234372777], [0.12021132975, 0.73700164250, 1]];

function mixed(number32) {
  let h = Math.imul(number32 ^ (number32 >>> 16), 0x85EBCA6B);
  h = Math.imul(h ^ (h >>> 13), 0xC2B2AE35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function uniforms(seed, stream, count) {
  const begin = mixed(mixed(seed + WEYL) + stream);
  const draws = new Float64Array(count);
  for (let i = 0; i < count; i += 1) draws[i] = (mixed(begin + Math.imul(i + 1, WEYL)) + 0.5) / 2 ** 32;
  return draws;
}

function polynomial(coefficients, x) {
  let total = 0;
  for (const c of coefficients) total = total * x + c;
  return total;
}

export function normalQuantile(u) {
  const q = u - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE[0], r)) / polynomial(CENTRE[1], r);
  }
  const r = Math.sqrt(log(1 / Math.min(u, 1 - u), ROUND.float64)) - 1.6;
  return Math.sign(q) * (polynomial(TAIL[0], r) / polynomial(TAIL[1], r));
}

export const normals = (seed, stream, count) => uniforms(seed, stream, count).map(normalQuantile);

// Mean 0 and standard deviation 1.
const UNIT = {
  uniform: (u) => (2 * u - 1) * Math.sqrt(3),
  untruncated_normal: normalQuantile,
  truncated_normal: (u) => normalQuantile(BELOW_MINUS_TWO + u * (1 - 2 * BELOW_MINUS_TWO)) / TRUNCATED_STD,
};

export const unitWeights = (distribution, seed, stream, count) => uniforms(seed, stream, count).map(UNIT[distribution]);

export function mean(values) {
  let sum = 0;
  for (const v of values) sum += v;
  return sum / values.length;
}

export function deviation(values) {
  const middle = mean(values);
  let squares = 0;
  for (const v of values) squares += (v - middle) * (v - middle);
  return Math.sqrt(squares / values.length);
}
