// The arrays of the page, the choices of map and unit, and the parts of the network that tie them together.

/** One array of the trace, or as much of it as the page holds. */
class Numbers {
  constructor(record, choices) {
    const bytes = Uint8Array.from(atob(record.data), (letter) => letter.charCodeAt(0));
    Object.assign(this, record, {
      choices: record.choices.map((choice) => choices[choice]),
      values: new Float64Array(bytes.buffer),
      max: 0,
    });
    for (const value of this.values) if (Number.isFinite(value)) this.max = Math.max(this.max, Math.abs(value));
  }

  /** Where an entry stands in `values`. */
  flat(...index) {
    return index.reduce((flat, place, axis) => flat * this.shape[axis] + place, 0);
  }

  /** The index of the entry that stands there. */
  index(flat) {
    const index = [];
    for (const side of [...this.shape].reverse()) {
      index.unshift(flat % side);
      flat = Math.floor(flat / side);
    }
    return index;
  }

  /** `conv1.delta[0,5,7]`, as cnnbp's --explain takes it. */
  entry(flat) {
    return `${this.name}[${this.index(flat)}]`;
  }

  /** How many numbers are seen at once. */
  get length() {
    return this.shape.slice(this.choices.length).reduce((all, side) => all * side, 1);
  }

  /** Where those of the present choices begin. */
  get start() {
    return this.length * this.choices.reduce((flat, choice, axis) => flat * this.shape[axis] + choice.now, 0);
  }

  /** "map 3 ← 2": what is seen of it; of a kernel, that of map 3 over channel 2 of its input. */
  get seen() {
    const [own, below] = this.choices.filter((choice) => choice.total > 1);
    return own ? `${own.noun} ${own.now}${below ? ` ← ${below.now}` : ""}` : "";
  }
}

/** The page's data, with arrays and parts in place of their numbers. */
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
