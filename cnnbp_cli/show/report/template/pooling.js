// The sums of max, average and global average pooling.

/** The cells of one window, and which of them are the largest. */
function windowOf(part, [k, i, j]) {
  const { x } = part.of;
  const shape = [1, ...part.window];
  const place = (_, r, c) => [k, i * part.steps[0] + r, j * part.steps[1] + c];
  const cells = read(x, shape, place, "cells of the window");
  const largest = Math.max(...cells.values);
  const tied = [...cells.values.keys()].filter((cell) => cells.values[cell] === largest);
  return { shape, cells, tied, winner: cells.at[tied[0]] };
}

/** How the windows' largest cells are marked in the picture of what is pooled. */
function marksOf({ cells, tied, winner }) {
  const marks = tied.map((cell) => [cells.at[cell], "tied"]);
  return [...marks, [winner, "won"]];
}

function tieWords({ tied }) {
  return tied.length > 1 ? ` ${tied.length} cells are equally large: of them the first, row by row, wins.` : "";
}

function wonWords(name, won, largest) {
  const wins = won.filter(Boolean).length;
  const windows = won.length === 1 ? "its window" : `${won.length} windows`;
  if (!won.length) return `No window reaches ${name.toLowerCase()}: nothing comes back to it.`;
  if (wins) return `${name} won ${won.length === 1 ? windows : `${wins} of ${windows}`}: all of δ comes back to it.`;
  if (largest) return `${name} is as large as the winner of ${windows}, but of equal cells only the first gets δ.`;
  return `${name} lost ${windows}: a small change of it would change nothing above, so it gets 0.`;
}

/** The windows that a cell lies in: [rows, columns] of them, and where the first one is. */
function around({ steps, window }, { shape }, p, q) {
  const first = [p, q].map((at, axis) => Math.max(0, Math.ceil((at - window[axis] + 1) / steps[axis])));
  const count = [p, q].map((at, axis) => Math.max(0, Math.min(shape[axis + 1] - 1, Math.floor(at / steps[axis])) - first[axis] + 1));
  return { first, shape: [1, ...count] };
}

const largest = {
  forward({ part, index }) {
    const window = windowOf(part, index);
    return {
      shape: window.shape,
      factors: [window.cells, made("1 where it won", [...window.cells.at].map((at) => Number(at === window.winner)))],
      marks: { array: part.of.x, cells: marksOf(window) },
      how: `the largest of ${window.cells.values.length}`,
      words: `The largest cell of the window wins and is passed on.${tieWords(window)}`,
    };
  },
  back({ part, index: [k, p, q] }) {
    const { x, delta } = part.of;
    const { first, shape } = around(part, delta, p, q);
    const cell = x.flat(k, p, q);
    const windows = [];
    const factor = read(delta, shape, (_, i, j) => {
      windows.push(windowOf(part, [k, first[0] + i, first[1] + j]));
      return [k, first[0] + i, first[1] + j];
    });
    const won = windows.map(({ winner }) => Number(winner === cell));
    return {
      shape,
      factors: [factor, made("1 where it won", won)],
      beside: windows.length === 1 ? windows[0] : null,
      marks: { array: x, cells: windows.flatMap(marksOf), around: windows.flatMap(({ cells }) => [...cells.at]) },
      words: wonWords(`Cell [${p},${q}]`, won, windows.some(({ cells, tied }) => tied.some((n) => cells.at[n] === cell))),
    };
  },
};

const average = {
  forward({ part, index }) {
    const { shape, cells } = windowOf(part, index);
    const parts = cells.values.length;
    return { shape, factors: [cells, made(`1/${parts}`, Array(parts).fill(1 / parts))], words: "The mean of the window." };
  },
  back({ part, index: [k, p, q] }) {
    const { delta } = part.of;
    const { first, shape } = around(part, delta, p, q);
    const parts = part.window[0] * part.window[1];
    const factor = read(delta, shape, (_, i, j) => [k, first[0] + i, first[1] + j]);
    return {
      shape,
      factors: [factor, made(`1/${parts}`, Array(factor.values.length).fill(1 / parts))],
      words: `Each of a window's ${parts} cells had the same part in its mean, and gets the same part of its δ.`,
    };
  },
};

const globalAverage = {
  forward({ part, index: [k] }) {
    const { x } = part.of;
    const shape = [1, ...x.shape.slice(1)];
    const parts = shape[1] * shape[2];
    const cells = read(x, shape, (_, r, c) => [k, r, c], "cells of the map");
    return { shape, factors: [cells, made(`1/${parts}`, Array(parts).fill(1 / parts))], words: "The mean of the whole map." };
  },
  back({ part, index: [k] }) {
    const { x, delta } = part.of;
    const parts = x.shape[1] * x.shape[2];
    return {
      shape: SINGLE,
      factors: [read(delta, SINGLE, () => [k]), made(`1/${parts}`, [1 / parts])],
      words: `Each of the map's ${parts} cells had the same part in its mean, and gets the same part of its δ.`,
    };
  },
};
