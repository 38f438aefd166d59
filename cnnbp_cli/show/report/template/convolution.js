// The sums of a convolution.

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
