// Terms of a dense layer.

const dense = {
  forward({ part, index: [k] }) {
    const { x, weight, bias } = part.of;
    const { shape, place } = vectorLayout(x);
    return {
      shape,
      factors: [read(weight, shape, (...cell) => [k, ...place(...cell)]), read(x, shape, place)],
      extra: added(bias, k),
      omitted: omitted(x, 0),
      words: `Unit ${k} is connected to every input, each with its own weight.`,
    };
  },
  weight({ part, index: [k, l] }) {
    const { x, delta } = part.of;
    return {
      shape: SINGLE,
      factors: [read(delta, SINGLE, () => [k]), read(x, SINGLE, () => [l])],
      words: `This weight connects only input ${l} and unit ${k}: δ of the unit times the input.`,
    };
  },
  bias({ part, index: [k] }) {
    return copied(part.of.delta, [k], "The bias is added to z with factor 1: its gradient is δ.");
  },
  back({ part, index: [l] }) {
    const { weight, delta } = part.of;
    const { shape, place } = vectorLayout(delta);
    return {
      shape,
      factors: [read(weight, shape, (...cell) => [...place(...cell), l]), read(delta, shape, place)],
      omitted: omitted(delta, 0),
      words: `Input ${l} feeds every unit. Sum δ of each unit times the weight that connects the two: column ${l} of W.`,
    };
  },
};
