// The sum behind each number: by the rule that made it, and the kind of layer that it belongs to.

const KINDS = { conv2d: convolution, max_pool2d: largest, avg_pool2d: average, global_avg_pool: globalAverage, batch_norm: batchNorm, dense, flatten, dropout, activation };

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
  const size = sum.size ?? terms.reduce((one, other) => one + Math.abs(other), 0); // where a term is a difference itself
  const value = told.values[flat];
  const agrees = sum.factors.length > 0 && !sum.leftOut && Math.abs(total - value) <= 1e-12 * size;
  const source = told.rule === "slope" ? explain(model, told.source, flat) : null;
  return { ...sum, array, told, flat, index, equation, products, total, value, agrees, source };
}
