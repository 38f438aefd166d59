// Explains a number: the sum behind it, by the rule that computes it and the type of its layer.

const KINDS = {
  conv2d: convolution,
  max_pool2d: largest,
  avg_pool2d: average,
  global_max_pool2d: largest,
  global_avg_pool: globalAverage,
  batch_norm: batchNorm,
  dense,
  flatten,
  dropout,
  activation,
};

const UNKNOWN = () => ({ shape: SINGLE, factors: [], words: "This page does not show the terms of this layer type." });

const RULES = {
  given: () => ({ shape: SINGLE, factors: [], words: "Input: not computed by the network." }),
  forward: (at) => (KINDS[at.part.type]?.forward ?? UNKNOWN)(at),
  back: (at) => (KINDS[at.part.type]?.back ?? UNKNOWN)(at),
  gradient: (at) => (KINDS[at.part.type]?.[at.array.name.split(/\.(?:grad_)?/u).at(-1)] ?? UNKNOWN)(at),
  activate: (at) => activate(at, at.part.of.z),
  slope: (at) => slope(at, at.part.of.delta_a, at.part.of.z),
  loss: ({ model, index }) => ({
    shape: SINGLE,
    factors: [read(model.last.of.x, SINGLE, () => index)],
    extra: [{ ...read(model.last.of.target, SINGLE, () => index), symbol: "−y", sign: -1 }],
    words: `The output minus the target: y is 1 for class ${model.label} and 0 for all others.`,
  }),
};

/** The sum behind an entry; for a parameter, the sum behind its gradient. */
function explain(model, array, flat) {
  const explained = array.rule === "gradient" && array.source ? array.source : array;
  const index = array.index(flat);
  const equation = fill(explained.equation, explained.letters, index);
  const sum = {
    extra: [],
    reads: [],
    omitted: 0,
    ...RULES[explained.rule]({ model, array: explained, part: explained.part, index, flat }),
  };
  const products = Float64Array.from({ length: sum.factors[0]?.values.length ?? 0 }, (_, n) =>
    sum.factors.reduce((product, factor) => product * factor.values[n], 1),
  );
  const terms = [...products, ...sum.extra.map(({ values, sign = 1 }) => sign * values[0])];
  const total = terms.reduce((one, other) => one + other, 0);
  const size = sum.size ?? terms.reduce((one, other) => one + Math.abs(other), 0); // where a term is a difference itself
  const value = explained.values[flat];
  const agrees = sum.factors.length > 0 && !sum.omitted && Math.abs(total - value) <= 1e-12 * size;
  const source = explained.rule === "slope" ? explain(model, explained.source, flat) : null;
  return { ...sum, array, explained, flat, index, equation, products, total, value, agrees, source };
}
