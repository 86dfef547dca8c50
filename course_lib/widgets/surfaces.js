// The surfaces on which optimizers run, to the bit those of surfaces.py.
import { normals } from "./draws.js";

export const STEPS = 200;
export const X = [-4.5, 4.5];
export const Y = [-3, 3];
const NOISE = 4, SADDLE = 0.02;

const bealeParts = (x, y) => [1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y];

export function valueAt(surface, condition, x, y) {
  if (surface === "beale") {
    const [a, b, c] = bealeParts(x, y);
    return a * a + b * b + c * c;
  }
  if (surface === "saddle") return 0.5 * x * x - 0.5 * SADDLE * y * y;
  return 0.5 * x * x + 0.5 * condition * y * y;
}

export function slopeAt(surface, condition, x, y) {
  if (surface === "beale") {
    const [a, b, c] = bealeParts(x, y);
    return [2 * (a * (y - 1) + b * (y * y - 1) + c * (y * y * y - 1)), 2 * (a * x + b * (2 * x * y) + c * (3 * x * y * y))];
  }
  return surface === "saddle" ? [x, -SADDLE * y] : [x, condition * y];
}

let drawn = null;

// What is added to the gradient in a step (0, 1, ...).
export function noiseAt(surface, step) {
  if (surface !== "noisy") return [0, 0];
  drawn ??= normals(0, 0, 2 * STEPS);
  return [NOISE * drawn[2 * step], NOISE * drawn[2 * step + 1]];
}

export const lowestOf = (surface) => (surface === "saddle" ? -0.5 * SADDLE * Y[1] * Y[1] : 0);

// The lines of equal value, as one path: marching squares on a grid of the map.
export function contours(surface, condition, levels, [columns, rows], place) {
  const at = (i, j) => [X[0] + (i / columns) * (X[1] - X[0]), Y[0] + (j / rows) * (Y[1] - Y[0])];
  const grid = Array.from({ length: rows + 1 }, (_, j) => Array.from({ length: columns + 1 }, (__, i) => valueAt(surface, condition, ...at(i, j))));
  let path = "";
  for (const level of levels) {
    for (let j = 0; j < rows; j += 1) {
      for (let i = 0; i < columns; i += 1) {
        const below = (grid[j][i] < level) + (grid[j][i + 1] < level) + (grid[j + 1][i] < level) + (grid[j + 1][i + 1] < level);
        if (below === 0 || below === 4) continue;                // most cells
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cuts = [];
        for (let k = 0; k < 4; k += 1) {
          const [[a, b], [c, d]] = [corners[k], corners[(k + 1) % 4]], [from, to] = [grid[b][a] - level, grid[d][c] - level];
          if ((from < 0) === (to < 0)) continue;
          const share = from / (from - to);
          cuts.push(place(...at(a + share * (c - a), b + share * (d - b))));
        }
        for (let k = 0; k + 1 < cuts.length; k += 2) {
          path += `M${cuts[k].map((v) => v.toFixed(1)).join(" ")}L${cuts[k + 1].map((v) => v.toFixed(1)).join(" ")}`;
        }
      }
    }
  }
  return path;
}
