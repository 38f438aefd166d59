// Terms of activation functions, and of layers that pass their input on unchanged.

/** Activation functions that work number by number: f(z), and f′(z) by z and a. */
const FUNCTIONS = {
  sigmoid: { value: (z) => 1 / (1 + Math.exp(-z)), slope: (z, a) => a * (1 - a) },
  tanh: { value: Math.tanh, slope: (z, a) => 1 - a * a },
  relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { value: (z) => Math.max(z, 0.01 * z), slope: (z) => (z > 0 ? 1 : 0.01) },
};

const UNKNOWN_FUNCTION = { shape: SINGLE, factors: [], words: "This page does not show the terms of this activation function." };

/** a = f(z), where f has been applied to `z`. */
function activate({ part, index }, z) {
  if (part.function !== "softmax" && !FUNCTIONS[part.function]) return UNKNOWN_FUNCTION;
  const here = read(z, SINGLE, () => index);
  if (part.function !== "softmax")
    return {
      shape: SINGLE,
      factors: [computed(`${part.sign}(${number(here.values[0])})`, [FUNCTIONS[part.function].value(here.values[0])])],
      reads: [here],
      words: "The activation function, applied elementwise.",
    };
  if (omitted(z, 0)) return { shape: SINGLE, factors: [], reads: [here], omitted: omitted(z, 0), words: "Softmax over more units than this page holds." };
  const all = read(z, [1, z.shape[0], 1], (_, l) => [l, ...index.slice(1)]);
  const top = Math.max(...all.values);
  const powers = [...all.values].map((value) => Math.exp(value - top));
  const sum = powers.reduce((one, other) => one + other);
  return {
    shape: SINGLE,
    factors: [computed("e^z", [Math.exp(here.values[0] - top)]), computed("1 / Σ e^z", [1 / sum])],
    reads: [all],
    words: "e^z of this unit, divided by the sum over all units. The largest z is subtracted from each first, which does not change the result.",
  };
}

/** δ = ∂C/∂a ⊙ f′(z), given ∂C/∂a as `incoming`. */
function slope({ part, index }, incoming, z) {
  const { a } = part.of;
  if (part.function !== "softmax" && !FUNCTIONS[part.function]) return UNKNOWN_FUNCTION;
  if (part.function === "softmax") {
    const shape = [1, a.shape[0], 1];
    const there = (_, k) => [k, ...index.slice(1)];
    const all = read(a, shape, there);
    const here = a.values[a.flat(...index)];
    const slopes = [...all.values].map((value, k) => value * (Number(k === index[0]) - here));
    const received = read(incoming, shape, there);
    const sizes = slopes.map((_, k) => Math.abs(received.values[k]) * all.values[k] * (Number(k === index[0]) + here));
    return {
      shape,
      size: sizes.reduce((one, other) => one + other, 0), // 1 − a_k loses digits where a_k is almost 1
      factors: [received, computed(`∂a_k/∂z_${index[0]}`, slopes)],
      reads: [all],
      omitted: omitted(a, 0),
      words: "Every softmax output depends on this z: sum each unit's ∂C/∂a times the derivative of its a with respect to this z.",
    };
  }
  const here = read(z, SINGLE, () => index);
  const steepness = FUNCTIONS[part.function].slope(here.values[0], a.values[a.flat(...index)]);
  return {
    shape: SINGLE,
    factors: [read(incoming, SINGLE, () => index), computed(`${part.sign}′(${number(here.values[0])})`, [steepness])],
    reads: [here],
    words: `∂C/∂a times the derivative of ${part.sign} at this z.`,
  };
}

const activation = {
  forward: (at) => activate(at, at.part.of.x),
  back: (at) => slope(at, at.part.of.delta, at.part.of.x),
};

/** Flattening keeps the order of the numbers, so an entry has the same flat index in the vector and in the maps. */
const flatten = {
  forward: ({ part: { of }, flat }) => copied(of.x, of.x.index(flat), "The same number at another index."),
  back: ({ part: { of }, flat }) => copied(of.delta, of.delta.index(flat), "Nothing is computed: δ is reshaped back to maps."),
};

const dropout = {
  forward: ({ part: { of }, index }) => copied(of.x, index, "Dropout is off in this pass: the same number."),
  back: ({ part: { of }, index }) => copied(of.delta, index, "Dropout is off in this pass: the same δ."),
};
