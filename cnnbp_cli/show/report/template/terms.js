// Which products, of which numbers of the trace, make one entry of an array.
//
// A sum is laid out as a picture, `shape` = [panels, rows, columns], and each factor of its products likewise:
// `at` says where in its array each stands (−1: nowhere, as in a border of zeros), `values` what it is.

const SINGLE = [1, 1, 1];

/** A factor that is read from an array: `place` gives its index for each panel, row and column, or nothing. */
function read(array, shape, place, symbol = array.symbol) {
  const [panels, rows, columns] = shape;
  const at = new Int32Array(panels * rows * columns).fill(-1);
  for (let p = 0, n = 0; p < panels; p++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, n++) {
        const index = place(p, r, c);
        if (index && index.every((side, axis) => side >= 0 && side < array.shape[axis])) at[n] = array.flat(...index);
      }
  return { array, symbol, at, values: Float64Array.from(at, (flat) => (flat < 0 ? 0 : array.values[flat])), max: array.max };
}

/** A factor that is computed from others. */
function made(symbol, values) {
  return { array: null, symbol, at: null, values: Float64Array.from(values), max: Math.max(0, ...values.map(Math.abs)) };
}

/** The same number of another array. */
function same(array, index, words) {
  return { shape: SINGLE, factors: [read(array, SINGLE, () => index)], words };
}

/** A bias, which is added to the sum without a factor. */
function added(array, ...index) {
  return array ? [read(array, SINGLE, () => index)] : [];
}

/** A vector's length, as the page would lay it out; its last rows may be left unfilled. */
function laidOut(array) {
  return { shape: array.view, place: (p, r, c) => [(p * array.view[1] + r) * array.view[2] + c] };
}

/** Terms that the page leaves out, since it holds only the first of so many along an axis. */
function leftOut(array, axis, each = 1) {
  return (array.total[axis] - array.shape[axis]) * each;
}
