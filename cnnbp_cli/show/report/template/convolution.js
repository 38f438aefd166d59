// Terms of a convolution.

/** The row and column of the input under weight (m, n) in window (i, j). */
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
      omitted: omitted(x, 0, part.window[0] * part.window[1]),
      words: `The kernel of map ${k} covers one window of the input: each weight times the number under it.`,
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
        `As the kernel slides, this weight is multiplied by one input number per output of map ${k}: those in the frame. ` +
        "Its gradient sums every δ of the map times the input number at that position.",
    };
  },
  bias({ part, index: [k, ...position] }) {
    const { delta } = part.of;
    if (position.length)
      return copied(delta, [k, ...position], "This bias is added at one position only: its gradient is the δ there.");
    const shape = [1, delta.shape[1], delta.shape[2]];
    return {
      shape,
      factors: [read(delta, shape, (_, i, j) => [k, i, j])],
      words: `The bias of map ${k} is added at every position with factor 1: its gradient is the sum of δ over the whole map.`,
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
      omitted: omitted(delta, 0, window[0] * window[1]),
      words:
        "Sum δ over all outputs whose window covers this number, each times the weight that connects the two: " +
        "δ is read in reverse order, which is the same as a kernel rotated by 180°.",
    };
  },
};
