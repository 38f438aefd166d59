// The sums of batch normalisation. The page shows one image, so a channel's batch is its map.

/** A channel's numbers: how they are laid out, x̂ of each, and 1/σ. */
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

/** Where an entry of a channel stands among its numbers. */
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
      factors: [read(weight, SINGLE, () => [k]), made("x̂", [here])],
      extra: added(bias, k),
      reads: [read(x, SINGLE, () => index)],
      words: "Less the mean of its channel and over the standard deviation; then stretched and moved as was learnt.",
    };
  },
  weight({ part, index: [k] }) {
    const { shape, place, normalised } = channelOf(part, k);
    return {
      shape,
      factors: [read(part.of.delta, shape, place), made("x̂", normalised)],
      words: "This weight stretched every number of its channel: each δ, times the x̂ that it met.",
    };
  },
  bias({ part, index: [k] }) {
    const { shape, place } = channelOf(part, k);
    return {
      shape,
      factors: [read(part.of.delta, shape, place)],
      words: "The bias was added to every number of its channel: it collects all their δ.",
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
    const came = read(delta, shape, place);
    const sizes = normalised.map((other, n) => Number(n === here) + (1 + Math.abs(normalised[here] * other)) / m);
    return {
      shape,
      factors: [came, made("∂z/∂x", slopes)],
      size: Math.abs(scale) * sizes.reduce((sum, size, n) => sum + size * Math.abs(came.values[n]), 0),
      words: "The mean and the deviation depend on every number of the channel, so every δ of it reaches this one.",
    };
  },
};
