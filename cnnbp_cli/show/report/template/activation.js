// The way through an activation function, and through layers that pass on what comes.

const SIGN = { sigmoid: "σ" };

/** Activation functions that work number by number: f(z), and f′(z) by z and a. */
const FUNCTIONS = {
  sigmoid: { value: (z) => 1 / (1 + Math.exp(-z)), slope: (z, a) => a * (1 - a) },
  tanh: { value: Math.tanh, slope: (z, a) => 1 - a * a },
  relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { value: (z) => Math.max(z, 0.01 * z), slope: (z) => (z > 0 ? 1 : 0.01) },
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

/** The place in a flattened vector and in the maps it was; both keep their order, so it is the same number in both. */
const flatten = {
  forward: ({ part: { of }, flat }) => same(of.x, of.x.index(flat), "The same number, in another place."),
  back: ({ part: { of }, flat }) => same(of.delta, of.delta.index(flat), "Nothing was computed: δ takes its old shape again."),
};

const dropout = {
  forward: ({ part: { of }, index }) => same(of.x, index, "Dropout's noise is off here: the same number."),
  back: ({ part: { of }, index }) => same(of.delta, index, "Dropout's noise is off here: the same δ."),
};
