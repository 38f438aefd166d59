// The colour scales. Diverging: blue for negative, orange for positive, the page's background for 0. Sequential, for
// numbers without a sign: the positive half. People with red-green colour blindness can distinguish the colours. The
// stops are in common.css, for light and for dark.

const STEPS = 255;

class Palette {
  constructor() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const stops = ["--negative", "--negative-half", "--zero", "--positive-half", "--positive"].map((name) => rgb(colour(name)));
    this.steps = Array.from({ length: 2 * STEPS + 1 }, (_, step) => {
      const place = (step / (2 * STEPS)) * (stops.length - 1);
      const below = Math.min(Math.floor(place), stops.length - 2);
      return stops[below].map((from, part) => from + (place - below) * (stops[below + 1][part] - from));
    });
    for (const name of ["paper", "soft", "line", "mark", "missing"]) this[name] = colour(`--${name}`);
  }

  /** [r, g, b] of a value on a scale. */
  of(value, { low, high }) {
    if (!Number.isFinite(value)) return rgb(this.missing);
    if (low === high) return this.steps[STEPS];
    const position = low < 0 ? value / high : (value - low) / (high - low);
    return this.steps[Math.round(STEPS * (1 + Math.max(-1, Math.min(1, position))))];
  }

  /** Black or white, whichever is readable on the colour of a value. */
  digit(value, scale) {
    const [r, g, b] = this.of(value, scale);
    return 0.3 * r + 0.6 * g + 0.1 * b > 140 ? "#000" : "#fff";
  }
}

function rgb(hex) {
  return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
}
