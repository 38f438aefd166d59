// Terms of max and average pooling, of windows or of whole maps: a global max pooling has one window per map.

/** The cells of one window, and which of them hold the maximum. */
function windowOf(part, [k, i = 0, j = 0]) {
  const { x } = part.of;
  const shape = [1, ...part.window];
  const place = (_, r, c) => [k, i * part.steps[0] + r, j * part.steps[1] + c];
  const cells = read(x, shape, place, "cells of the window");
  const largest = Math.max(...cells.values);
  const tied = [...cells.values.keys()].filter((cell) => cells.values[cell] === largest);
  return { shape, cells, tied, maximum: cells.at[tied[0]] };
}

/** Marks for the maxima of a window, in the picture of the pooled array. */
function marksOf({ cells, tied, maximum }) {
  const marks = tied.map((cell) => [cells.at[cell], "tied"]);
  return [...marks, [maximum, "max"]];
}

function tieWords({ tied }) {
  return tied.length > 1 ? ` ${tied.length} cells are equal: the first in row order counts as the maximum.` : "";
}

/** Why a cell gets δ or not; `isMaximum` has an entry per window that covers it. */
function maximumWords(name, isMaximum, isTied) {
  const count = isMaximum.filter(Boolean).length;
  const windows = isMaximum.length === 1 ? "its window" : `${isMaximum.length} windows`;
  if (!isMaximum.length) return `No window covers ${name.toLowerCase()}: its gradient is 0.`;
  if (count) return `${name} is the maximum of ${isMaximum.length === 1 ? windows : `${count} of ${windows}`}: it receives the whole δ.`;
  if (isTied) return `${name} equals the maximum of ${windows}, but only the first of equal cells receives δ.`;
  return `${name} is not the maximum of ${windows}: a small change of it does not change the output, so its gradient is 0.`;
}

/** The windows that cover a cell: how many [rows, columns] of them, and the index of the first. */
function around({ steps, window }, { shape }, p, q) {
  const first = [p, q].map((at, axis) => Math.max(0, Math.ceil((at - window[axis] + 1) / steps[axis])));
  const count = [p, q].map((at, axis) => Math.max(0, Math.min((shape[axis + 1] ?? 1) - 1, Math.floor(at / steps[axis])) - first[axis] + 1));
  return { first, shape: [1, ...count] };
}

const largest = {
  forward({ part, index }) {
    const window = windowOf(part, index);
    return {
      shape: window.shape,
      factors: [window.cells, computed("1 at the maximum", [...window.cells.at].map((at) => Number(at === window.maximum)))],
      marks: { array: part.of.x, cells: marksOf(window) },
      how: `max of ${window.cells.values.length}`,
      words: `The output is the largest cell of the window.${tieWords(window)}`,
    };
  },
  back({ part, index: [k, p, q] }) {
    const { x, delta } = part.of;
    const { first, shape } = around(part, delta, p, q);
    const cell = x.flat(k, p, q);
    const windows = [];
    const factor = read(delta, shape, (_, i, j) => {
      const output = [k, first[0] + i, first[1] + j].slice(0, delta.shape.length);
      windows.push(windowOf(part, output));
      return output;
    });
    const isMaximum = windows.map(({ maximum }) => Number(maximum === cell));
    return {
      shape,
      factors: [factor, computed("1 at the maximum", isMaximum)],
      beside: windows.length === 1 ? windows[0] : null,
      marks: { array: x, cells: windows.flatMap(marksOf), around: windows.flatMap(({ cells }) => [...cells.at]) },
      words: maximumWords(`Cell [${p},${q}]`, isMaximum, windows.some(({ cells, tied }) => tied.some((n) => cells.at[n] === cell))),
    };
  },
};

const average = {
  forward({ part, index }) {
    const { shape, cells } = windowOf(part, index);
    const parts = cells.values.length;
    return { shape, factors: [cells, computed(`1/${parts}`, Array(parts).fill(1 / parts))], words: "The mean of the window." };
  },
  back({ part, index: [k, p, q] }) {
    const { delta } = part.of;
    const { first, shape } = around(part, delta, p, q);
    const parts = part.window[0] * part.window[1];
    const factor = read(delta, shape, (_, i, j) => [k, first[0] + i, first[1] + j]);
    return {
      shape,
      factors: [factor, computed(`1/${parts}`, Array(factor.values.length).fill(1 / parts))],
      words: `Each of the ${parts} cells of a window contributes 1/${parts} to the mean, and receives 1/${parts} of δ.`,
    };
  },
};

const globalAverage = {
  forward({ part, index: [k] }) {
    const { x } = part.of;
    const shape = [1, ...x.shape.slice(1)];
    const parts = shape[1] * shape[2];
    const cells = read(x, shape, (_, r, c) => [k, r, c], "cells of the map");
    return { shape, factors: [cells, computed(`1/${parts}`, Array(parts).fill(1 / parts))], words: "The mean of the whole map." };
  },
  back({ part, index: [k] }) {
    const { x, delta } = part.of;
    const parts = x.shape[1] * x.shape[2];
    return {
      shape: SINGLE,
      factors: [read(delta, SINGLE, () => [k]), computed(`1/${parts}`, [1 / parts])],
      words: `Each of the ${parts} cells of the map contributes 1/${parts} to the mean, and receives 1/${parts} of δ.`,
    };
  },
};
