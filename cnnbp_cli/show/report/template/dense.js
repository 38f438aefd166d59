// The sums of a dense layer.

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
