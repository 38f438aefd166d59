// Terms of batch normalisation. The page shows one image, so the statistics of a channel are those of its map.

/** One channel: its shape and index function, x̂ of each number, and 1/σ. */
function channelOf({ of: { x }, epsilon }, k) {
  const map = x.shape.length > 1;
  const shape = map ? [1, ...x.shape.slice(1)] : SINGLE;
  const place = map ? (_, r, c) => [k, r, c] : () => [k];
  const { values } = read(x, shape, place);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const inverse = 1 / Math.sqrt(variance + epsilon);
  return { shape, place, inverse, normalised: [...values].map((value) => (value - mean) * inverse) };
}

/** The position of an entry within its channel. */
function placeOf({ of: { x } }, [, i = 0, j = 0]) {
  return i * (x.shape[2] ?? 1) + j;
}

const batchNorm = {
  forward({ part, index }) {
    const { x, weight, bias } = part.of;
    const [k] = index;
    const here = channelOf(part, k).normalised[placeOf(part, index)];
    return {
      shape: SINGLE,
      factors: [read(weight, SINGLE, () => [k]), computed("x̂", [here])],
      extra: added(bias, k),
      reads: [read(x, SINGLE, () => index)],
      words: "Subtract the mean of the channel, divide by its standard deviation, then scale and shift by the learned weight and bias.",
    };
  },
  weight({ part, index: [k] }) {
    const { shape, place, normalised } = channelOf(part, k);
    return {
      shape,
      factors: [read(part.of.delta, shape, place), computed("x̂", normalised)],
      words: "This weight scales every number of its channel: sum each δ times its x̂.",
    };
  },
  bias({ part, index: [k] }) {
    const { shape, place } = channelOf(part, k);
    return {
      shape,
      factors: [read(part.of.delta, shape, place)],
      words: "The bias is added to every number of its channel: its gradient is the sum of their δ.",
    };
  },
  back({ part, index }) {
    const { weight, delta } = part.of;
    const [k] = index;
    const { shape, place, normalised, inverse } = channelOf(part, k);
    const here = placeOf(part, index);
    const m = normalised.length;
    const scale = weight.values[k] * inverse;
    const slopes = normalised.map((other, n) => scale * (Number(n === here) - (1 + normalised[here] * other) / m));
    const incoming = read(delta, shape, place);
    const sizes = normalised.map((other, n) => Number(n === here) + (1 + Math.abs(normalised[here] * other)) / m);
    return {
      shape,
      factors: [incoming, computed("∂z/∂x", slopes)],
      size: Math.abs(scale) * sizes.reduce((sum, size, n) => sum + size * Math.abs(incoming.values[n]), 0),
      words: "The mean and the standard deviation depend on every number of the channel, so every δ of the channel contributes.",
    };
  },
};
