// Which products, of which numbers of the trace, make one entry of an array.
//
// A sum is laid out as a picture, `shape` = [panels, rows, columns], and each factor of its products likewise:
// `at` says where in its array each stands (−1: nowhere, as in a border of zeros), `values` what it is.

const SIGN = { sigmoid: "σ" };

/** Activation functions that work number by number: f(z), and f′(z) by z and a. */
const FUNCTIONS = {
  sigmoid: { value: (z) => 1 / (1 + Math.exp(-z)), slope: (z, a) => a * (1 - a) },
  tanh: { value: Math.tanh, slope: (z, a) => 1 - a * a },
  relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { value: (z) => Math.max(z, 0.01 * z), slope: (z) => (z > 0 ? 1 : 0.01) },
};

const SINGLE = [1, 1, 1];

/** A factor that is read from an array: `place` gives its index for each panel, row and column, or nothing. */
function read(array, shape, place, symbol = array.symbol) {
  const [panels, rows, columns] = shape;
  const at = new Int32Array(panels * rows * columns).fill(-1);
  for (let p = 0, n = 0; p < panels; p++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, n++) {
        const index = place(p, r, c);
        if (index && index.every((side, axis) => side >= 0 && side < array.shape[axis])) at[n] = array.flat(...index);
      }
  return { array, symbol, at, values: Float64Array.from(at, (flat) => (flat < 0 ? 0 : array.values[flat])), max: array.max };
}

/** A factor that is computed from others. */
function made(symbol, values) {
  return { array: null, symbol, at: null, values: Float64Array.from(values), max: Math.max(0, ...values.map(Math.abs)) };
}

/** The same number of another array. */
function same(array, index, words) {
  return { shape: SINGLE, factors: [read(array, SINGLE, () => index)], words };
}

/** A bias, which is added to the sum without a factor. */
function added(array, ...index) {
  return array ? [read(array, SINGLE, () => index)] : [];
}

/** A vector's length, as the page would lay it out; its last rows may be left unfilled. */
function laidOut(array) {
  return { shape: array.view, place: (p, r, c) => [(p * array.view[1] + r) * array.view[2] + c] };
}

/** Terms that the page leaves out, since it holds only the first of so many along an axis. */
function leftOut(array, axis, each = 1) {
  return (array.total[axis] - array.shape[axis]) * each;
}

// Convolution

function pixel({ steps, border }, i, j, m, n) {
  return [i * steps[0] + m - border[0], j * steps[1] + n - border[1]];
}

const convolution = {
  forward({ part, index: [k, i, j] }) {
    const { x, weight, bias } = part.of;
    const shape = [x.shape[0], ...part.window];
    return {
      shape,
      factors: [
        read(weight, shape, (c, m, n) => [k, c, m, n]),
        read(x, shape, (c, m, n) => [c, ...pixel(part, i, j, m, n)]),
      ],
      extra: added(bias, ...(bias?.shape.length === 1 ? [k] : [k, i, j])),
      leftOut: leftOut(x, 0, part.window[0] * part.window[1]),
      words: `The kernel of map ${k} lies over one window of what comes in: each weight times the number under it.`,
    };
  },
  weight({ part, index: [k, c, m, n] }) {
    const { x, delta } = part.of;
    const shape = [1, delta.shape[1], delta.shape[2]];
    return {
      shape,
      factors: [
        read(delta, shape, (_, i, j) => [k, i, j]),
        read(x, shape, (_, i, j) => [c, ...pixel(part, i, j, m, n)]),
      ],
      words:
        `Sliding over its input, this weight met one number for each output of map ${k}: those in the frame. ` +
        "It collects every δ of the map, each times the number that it met there.",
    };
  },
  bias({ part, index: [k, ...position] }) {
    const { delta } = part.of;
    if (position.length)
      return same(delta, [k, ...position], "This bias was added at one position alone: its gradient is the δ there.");
    const shape = [1, delta.shape[1], delta.shape[2]];
    return {
      shape,
      factors: [read(delta, shape, (_, i, j) => [k, i, j])],
      words: `The one bias of map ${k} was added at every position, each time with a factor of 1: it collects the whole map.`,
    };
  },
  back({ part, index: [c, p, q] }) {
    const { weight, delta } = part.of;
    const { steps, border, window } = part;
    const shape = [delta.shape[0], ...window];
    const output = (at, step) => (at % step ? -1 : at / step);
    return {
      shape,
      factors: [
        read(delta, shape, (k, m, n) => [k, output(p + border[0] - m, steps[0]), output(q + border[1] - n, steps[1])]),
        read(weight, shape, (k, m, n) => [k, c, m, n]),
      ],
      leftOut: leftOut(delta, 0, window[0] * window[1]),
      words:
        "All outputs whose window covered this number send back their δ, each over the weight that lay between the two: " +
        "δ is read backwards, which is the kernel turned by 180°.",
    };
  },
};

// Pooling

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

// Dense

const dense = {
  forward({ part, index: [k] }) {
    const { x, weight, bias } = part.of;
    const { shape, place } = laidOut(x);
    return {
      shape,
      factors: [read(weight, shape, (...cell) => [k, ...place(...cell)]), read(x, shape, place)],
      extra: added(bias, k),
      leftOut: leftOut(x, 0),
      words: `Unit ${k} sees every input, each over a weight of its own.`,
    };
  },
  weight({ part, index: [k, l] }) {
    const { x, delta } = part.of;
    return {
      shape: SINGLE,
      factors: [read(delta, SINGLE, () => [k]), read(x, SINGLE, () => [l])],
      words: `This weight joins input ${l} and unit ${k} and nothing else: one δ, times the one number it met.`,
    };
  },
  bias({ part, index: [k] }) {
    return same(part.of.delta, [k], "The bias was added to z with a factor of 1: its gradient is δ.");
  },
  back({ part, index: [l] }) {
    const { weight, delta } = part.of;
    const { shape, place } = laidOut(delta);
    return {
      shape,
      factors: [read(weight, shape, (...cell) => [...place(...cell), l]), read(delta, shape, place)],
      leftOut: leftOut(delta, 0),
      words: `Input ${l} fed every unit. Each sends back its δ over the weight between the two: column ${l} of W.`,
    };
  },
};

// Layers that learn nothing and pool nothing

/** The place in a flattened vector and in the maps it was; both keep their order, so it is the same number in both. */
const flatten = {
  forward: ({ part: { of }, flat }) => same(of.x, of.x.index(flat), "The same number, in another place."),
  back: ({ part: { of }, flat }) => same(of.delta, of.delta.index(flat), "Nothing was computed: δ takes its old shape again."),
};

const dropout = {
  forward: ({ part: { of }, index }) => same(of.x, index, "Dropout's noise is off here: the same number."),
  back: ({ part: { of }, index }) => same(of.delta, index, "Dropout's noise is off here: the same δ."),
};

/** a = f(z), where f has been applied to `z`. */
function activate({ part, index }, z) {
  const sign = SIGN[part.function] ?? part.function;
  const here = read(z, SINGLE, () => index);
  if (part.function !== "softmax")
    return {
      shape: SINGLE,
      factors: [made(`${sign}(${number(here.values[0])})`, [FUNCTIONS[part.function].value(here.values[0])])],
      reads: [here],
      words: "The activation function, number by number.",
    };
  if (leftOut(z, 0)) return { shape: SINGLE, factors: [], reads: [here], leftOut: leftOut(z, 0), words: "Softmax, over more numbers than this page holds." };
  const all = read(z, [1, z.shape[0], 1], (_, l) => [l, ...index.slice(1)]);
  const top = Math.max(...all.values);
  const powers = [...all.values].map((value) => Math.exp(value - top));
  const sum = powers.reduce((one, other) => one + other);
  return {
    shape: SINGLE,
    factors: [made("e^z", [Math.exp(here.values[0] - top)]), made("1 / Σ e^z", [1 / sum])],
    reads: [all],
    words: "Each unit's e^z, divided by the sum of them all (all z less the largest, which changes nothing).",
  };
}

/** δ = ∂C/∂a ⊙ f′(z), from what came back to `a`. */
function slope({ part, index }, came, z) {
  const { a } = part.of;
  const sign = SIGN[part.function] ?? part.function;
  if (part.function === "softmax") {
    const shape = [1, a.shape[0], 1];
    const there = (_, k) => [k, ...index.slice(1)];
    const all = read(a, shape, there);
    const here = a.values[a.flat(...index)];
    const slopes = [...all.values].map((value, k) => value * (Number(k === index[0]) - here));
    return {
      shape,
      factors: [read(came, shape, there), made(`∂a_k/∂z_${index[0]}`, slopes)],
      reads: [all],
      leftOut: leftOut(a, 0),
      words: "This z moves every a of the softmax: each sends back its ∂C/∂a over the slope between the two.",
    };
  }
  const here = read(z, SINGLE, () => index);
  const steepness = FUNCTIONS[part.function].slope(here.values[0], a.values[a.flat(...index)]);
  return {
    shape: SINGLE,
    factors: [read(came, SINGLE, () => index), made(`${sign}′(${number(here.values[0])})`, [steepness])],
    reads: [here],
    words: `What came back to a, times the slope of ${sign} at this z.`,
  };
}

const activation = {
  forward: (at) => activate(at, at.part.of.x),
  back: (at) => slope(at, at.part.of.delta, at.part.of.x),
};

const KINDS = { conv2d: convolution, max_pool2d: largest, avg_pool2d: average, dense, flatten, dropout, activation };

const UNKNOWN = () => ({ shape: SINGLE, factors: [], words: "The sums of this kind of layer are not written down here." });

const RULES = {
  given: () => ({ shape: SINGLE, factors: [], words: "Given." }),
  forward: (at) => (KINDS[at.part.type]?.forward ?? UNKNOWN)(at),
  back: (at) => (KINDS[at.part.type]?.back ?? UNKNOWN)(at),
  gradient: (at) => (KINDS[at.part.type]?.[at.array.name.split(/\.(?:grad_)?/u).at(-1)] ?? UNKNOWN)(at),
  activate: (at) => activate(at, at.part.of.z),
  slope: (at) => slope(at, at.part.of.delta_a, at.part.of.z),
  loss: ({ model, index }) => ({
    shape: SINGLE,
    factors: [read(model.last.of.x, SINGLE, () => index)],
    extra: [{ ...read(model.last.of.target, SINGLE, () => index), symbol: "−y", sign: -1 }],
    words: `What the network says, less what it should say: y is 1 for ${model.label} and 0 for all others.`,
  }),
};

/** The sum that makes an entry; for a parameter, the one that makes its gradient. */
function explain(model, array, flat) {
  const told = array.rule === "gradient" && array.source ? array.source : array;
  const index = array.index(flat);
  const equation = fill(told.equation, told.letters, index);
  const sum = {
    extra: [],
    reads: [],
    leftOut: 0,
    ...RULES[told.rule]({ model, array: told, part: told.part, index, flat }),
  };
  const products = Float64Array.from({ length: sum.factors[0]?.values.length ?? 0 }, (_, n) =>
    sum.factors.reduce((product, factor) => product * factor.values[n], 1),
  );
  const terms = [...products, ...sum.extra.map(({ values, sign = 1 }) => sign * values[0])];
  const total = terms.reduce((one, other) => one + other, 0);
  const size = terms.reduce((one, other) => one + Math.abs(other), 0);
  const value = told.values[flat];
  const agrees = sum.factors.length > 0 && !sum.leftOut && Math.abs(total - value) <= 1e-12 * size;
  const source = told.rule === "slope" ? explain(model, told.source, flat) : null;
  return { ...sum, array, told, flat, index, equation, products, total, value, agrees, source };
}
