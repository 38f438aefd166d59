// The page's data: arrays, the selectors of map and unit, and the layers they belong to.

/** One array of the trace, or the part of it that the page holds. */
class Numbers {
  constructor(record, choices) {
    Object.assign(this, record, { choices: record.choices.map((choice) => choices[choice]) });
    this.take(record.data);
  }

  /** Take these values, encoded as base64. */
  take(data) {
    this.values = new Float64Array(bytesOf(data).buffer);
    [this.min, this.max] = extremes(this.values);
    this.scale = scaleOf(this.min, this.max, this.signed);
  }

  /** The name of the layer. */
  get layer() {
    const end = this.name.lastIndexOf(".");
    return end < 0 ? this.name : this.name.slice(0, end);
  }

  /** The flat index of an entry in `values`. */
  flat(...index) {
    return index.reduce((flat, place, axis) => flat * this.shape[axis] + place, 0);
  }

  /** The index of the entry at a flat index. */
  index(flat) {
    const index = [];
    for (const side of [...this.shape].reverse()) {
      index.unshift(flat % side);
      flat = Math.floor(flat / side);
    }
    return index;
  }

  /** `conv1.delta[0,5,7]`, as `--explain` accepts it. */
  entry(flat) {
    return `${this.name}[${this.index(flat)}]`;
  }

  /** The same entry as equations write it: w_1[0,2,2], W[3,17], b_2. */
  notation(flat) {
    const index = this.index(flat);
    if (index.length === 2) return `${this.symbol}[${index}]`;
    const [first, ...rest] = index;
    return `${this.symbol}_${first}${rest.length ? `[${rest}]` : ""}`;
  }

  /** How many numbers are shown at once. */
  get length() {
    return this.shape.slice(this.choices.length).reduce((all, side) => all * side, 1);
  }

  /** The flat index of the first number shown. */
  get start() {
    return this.length * this.choices.reduce((flat, choice, axis) => flat * this.shape[axis] + choice.current, 0);
  }

  /** Which part is shown: "map 3", or "map 3 ← 2" for the kernel from input channel 2 to map 3. */
  get selection() {
    const [own, below] = this.choices.filter((choice) => choice.total > 1);
    return own ? `${own.noun} ${own.current}${below ? ` ← ${below.current}` : ""}` : "";
  }
}

/** The bytes that base64 stands for. */
function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let n = 0; n < letters.length; n++) bytes[n] = letters.charCodeAt(n);
  return bytes;
}

/** The smallest and the largest finite value. */
function extremes(values) {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values)
    if (Number.isFinite(value)) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  return min > max ? [0, 0] : [min, max];
}

/** The ends of a colour scale: −max to max, or min to max if the numbers have no sign. */
function scaleOf(min, max, signed = true) {
  if (!signed && min >= 0 && min < max) return { low: min, high: max };
  const size = Math.max(Math.abs(min), Math.abs(max));
  return { low: -size, high: size };
}

/** The page's data, with references to arrays and parts in place of their ids. */
function load(record) {
  const arrays = record.arrays.map((array) => new Numbers(array, record.choices));
  const parts = record.parts.map((part) => ({
    ...part,
    of: Object.fromEntries(Object.entries(part.roles).map(([role, array]) => [role, arrays[array]])),
  }));
  for (const array of arrays) {
    array.source = arrays[array.source];
    array.part = parts[array.part];
  }
  return { arrays, parts, choices: record.choices, label: record.label, last: parts.at(-1) };
}
