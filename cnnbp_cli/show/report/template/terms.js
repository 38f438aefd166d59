// The products that sum to one entry of an array.
//
// A sum is arranged as a picture, `shape` = [panels, rows, columns], and so is each factor of its products:
// `at` holds the flat indices into the factor's array (−1 for padding), `values` the numbers.

const SINGLE = [1, 1, 1];

/** A factor read from an array: `place` maps panel, row and column to an index, or to nothing. */
function read(array, shape, place, symbol = array.symbol) {
  const [panels, rows, columns] = shape;
  const at = new Int32Array(panels * rows * columns).fill(-1);
  for (let p = 0, n = 0; p < panels; p++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, n++) {
        const index = place(p, r, c);
        if (index && index.every((side, axis) => side >= 0 && side < array.shape[axis])) at[n] = array.flat(...index);
      }
  return { array, symbol, at, values: Float64Array.from(at, (flat) => (flat < 0 ? 0 : array.values[flat])), scale: array.scale };
}

/** A factor computed from other numbers. */
function computed(symbol, values) {
  return { array: null, symbol, at: null, values: Float64Array.from(values), scale: scaleOf(...extremes(values)) };
}

/** A number copied from another array. */
function copied(array, index, words) {
  return { shape: SINGLE, factors: [read(array, SINGLE, () => index)], words };
}

/** A bias, added to the sum without a factor. */
function added(array, ...index) {
  return array ? [read(array, SINGLE, () => index)] : [];
}

/** How the page arranges a vector; the last row may be incomplete. */
function vectorLayout(array) {
  return { shape: array.view, place: (p, r, c) => [(p * array.view[1] + r) * array.view[2] + c] };
}

/** How many terms are not on the page, which may hold only the first entries along an axis. */
function omitted(array, axis, each = 1) {
  return (array.total[axis] - array.shape[axis]) * each;
}
