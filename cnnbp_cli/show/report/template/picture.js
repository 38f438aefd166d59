// A picture of numbers: one cell per number, drawn on a canvas. Pointer and arrow keys select a cell.

const GAP = 4;
const MARGIN = 15;

/** What may be over a cell, and how opaque that is, of 255. */
const DIMMED = 1;
const COVERED = 2;
const TO_COME = 3;
const OPACITY = [0, 150, 255, 255];

/** A picture of values arranged as `view` = [panels, rows, columns]. */
class Picture {
  /**
   * @param host the element that it fills
   * @param onPoint called with the index of a cell, and "hover", "focus", "move" (arrow keys) or "choose" (click, Enter)
   */
  constructor(host, onPoint) {
    this.canvas = element("canvas");
    this.frame = element("div", { className: "picture", tabIndex: 0 }, this.canvas);
    this.frame.setAttribute("role", "application");
    this.frame.setAttribute("aria-roledescription", "picture of numbers");
    this.frame.setAttribute("aria-describedby", "help");
    host.append(this.frame);
    this.onPoint = onPoint;
    this.cursor = -1;
    this.canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.pointed(event, "hover"));
    this.canvas.addEventListener("click", (event) => this.pointed(event, "choose"));
    this.frame.addEventListener("keydown", (event) => this.keyed(event));
    this.frame.addEventListener("focus", () => this.frame.matches(":focus-visible") && this.onPoint(this.present, "focus"));
  }

  /** Show these values; `fit` is the length of the picture's longer side, `veil` what is over each of them (DIMMED, COVERED). */
  show({ values, view, scale, label, veil = null }, fit) {
    const [panels, rows, columns] = view;
    Object.assign(this, { values, view, scale, veil });
    this.across = across(panels, rows, columns);
    const down = Math.ceil(panels / this.across);
    const vector = panels === 1 && (rows === 1 || columns === 1);
    const room = Math.min((fit - GAP * (this.across - 1)) / (columns * this.across), (fit - GAP * (down - 1)) / (rows * down));
    const side = room < 1 ? room : Math.floor(Math.min(room, fit / 2));
    this.cell = vector
      ? [Math.min(Math.floor(fit / columns), 62), Math.max(12, Math.min(Math.floor(fit / rows), 20))]
      : [side, side];
    this.margin = vector && columns === 1 && rows <= 16 ? MARGIN : 0; // for the numbers of the units
    this.size = [this.across, down].map((count, axis) => count * view[2 - axis] * this.cell[axis] + (count - 1) * GAP);
    this.size[0] += this.margin;
    this.frame.setAttribute("aria-label", label);
    this.colours = painted(values, columns, rows * panels, (value) => [...palette.of(value, scale), 255]);
    this.marks = new Map();
    this.draw();
  }

  /** The cell that the arrow keys start from: initially that of largest magnitude. */
  get present() {
    if (this.cursor >= 0 && this.cursor < this.values.length) return this.cursor;
    return this.values.reduce((best, value, n) => (Math.abs(value) > Math.abs(this.values[best]) ? n : best), 0);
  }

  /** Mark cells by index, as `read`, `max`, `tied` or `current`; if several are marked, the others are dimmed. */
  highlight(marks) {
    const changes = marks.size || this.marks.size;
    this.marks = marks;
    if (changes) this.draw();
  }

  draw() {
    const { canvas, colours, marks, cell, size } = this;
    const sharp = devicePixelRatio;
    [canvas.width, canvas.height] = size.map((side) => Math.round(side * sharp));
    [canvas.style.width, canvas.style.height] = size.map((side) => `${side}px`);
    const pen = canvas.getContext("2d");
    pen.scale(sharp, sharp);
    pen.imageSmoothingEnabled = cell[0] < 1;
    const [panels, rows, columns] = this.view;
    const others = [...marks.values()].filter((mark) => mark !== "current").length > 1;
    const opacity = this.veil ? (n) => OPACITY[this.veil[n]] : (n) => (marks.has(n) ? 0 : OPACITY[DIMMED]);
    const dimmed = (this.veil || others) && painted(this.values, columns, rows * panels, (_, n) => [...rgb(palette.paper), opacity(n)]);
    for (let panel = 0; panel < panels; panel++) {
      const [x, y] = this.corner(panel * rows * columns);
      const place = [0, panel * rows, columns, rows, x, y, columns * cell[0], rows * cell[1]];
      pen.drawImage(colours, ...place);
      if (dimmed) pen.drawImage(dimmed, ...place);
      pen.strokeStyle = palette.line;
      pen.strokeRect(x + 0.5, y + 0.5, columns * cell[0] - 1, rows * cell[1] - 1);
    }
    this.digits(pen);
    this.outline(pen);
  }

  /** Write the numbers into the cells, if all of them fit. */
  digits(pen) {
    const [wide, high] = this.cell;
    if (wide < 24 || high < 12 || this.values.length > 64) return;
    pen.font = `${Math.min(wide < 60 ? 10 : 11, high - 2)}px ${getComputedStyle(this.frame).fontFamily}`;
    const texts = [3, 2]
      .map((digits) => Array.from(this.values, (value) => number(value, digits)))
      .find((written) => written.every((text) => pen.measureText(text).width <= wide - 3));
    if (!texts) return;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    pen.fillStyle = palette.soft;
    if (this.margin) texts.forEach((_, n) => pen.fillText(n, this.margin - 4, this.corner(n)[1] + high / 2 + 0.5));
    pen.textAlign = "center";
    texts.forEach((text, n) => {
      const [x, y] = this.corner(n);
      if (this.veil?.[n] === TO_COME) return;
      if (this.veil?.[n] === COVERED) return this.question(pen, x + wide / 2, y + high / 2);
      pen.fillStyle = palette.digit(this.values[n], this.scale);
      pen.fillText(text, x + wide / 2, y + high / 2 + 0.5);
      const mark = this.marks.get(n);
      if (high >= 40 && (mark === "max" || mark === "tied")) pen.fillText(mark, x + wide / 2, y + high / 2 + 14);
    });
  }

  /** Write a question mark where a number is concealed. */
  question(pen, x, y) {
    pen.fillStyle = palette.mark;
    pen.fillText("?", x, y + 0.5);
  }

  /** Draw frames: around the marked region, and around each maximum, tied cell and the current cell. */
  outline(pen) {
    const [wide, high] = this.cell;
    const [, rows, columns] = this.view;
    const edges = new Path2D();
    for (const n of this.marks.keys()) {
      const [x, y] = this.corner(n);
      const row = Math.floor(n / columns) % rows;
      const column = n % columns;
      const open = (inside, other) => !inside || !this.marks.has(other);
      if (open(row > 0, n - columns)) edges.addPath(line(x, y, x + wide, y));
      if (open(row < rows - 1, n + columns)) edges.addPath(line(x, y + high, x + wide, y + high));
      if (open(column > 0, n - 1)) edges.addPath(line(x, y, x, y + high));
      if (open(column < columns - 1, n + 1)) edges.addPath(line(x + wide, y, x + wide, y + high));
    }
    pen.lineCap = "square";
    stroke(pen, edges, 2);
    for (const [n, mark] of this.marks) {
      if (mark === "read" || (mark === "tied" && wide < 9)) continue;
      const box = new Path2D();
      const [x, y] = this.corner(n);
      const width = mark === "tied" ? 2 : 3;
      box.rect(x + width / 2, y + width / 2, wide - width, high - width);
      pen.lineCap = "butt";
      pen.setLineDash(mark === "tied" ? [3, 3] : []);
      stroke(pen, box, width);
    }
    pen.setLineDash([]);
  }

  /** The upper left corner of a cell. */
  corner(n) {
    const [, rows, columns] = this.view;
    const panel = Math.floor(n / (rows * columns));
    const row = Math.floor(n / columns) % rows;
    return [
      this.margin + (panel % this.across) * (columns * this.cell[0] + GAP) + (n % columns) * this.cell[0],
      Math.floor(panel / this.across) * (rows * this.cell[1] + GAP) + row * this.cell[1],
    ];
  }

  /** The cell at a position on the canvas, or −1. */
  at(x, y) {
    x -= this.margin;
    const [panels, rows, columns] = this.view;
    const [wide, high] = [columns * this.cell[0] + GAP, rows * this.cell[1] + GAP];
    const panel = Math.floor(y / high) * this.across + Math.floor(x / wide);
    const column = Math.floor((x % wide) / this.cell[0]);
    const row = Math.floor((y % high) / this.cell[1]);
    const n = (panel * rows + row) * columns + column;
    const inside = x >= 0 && y >= 0 && x < this.size[0] - this.margin && panel < panels && column < columns && row < rows;
    return inside && n < this.values.length ? n : -1;
  }

  pointed(event, how) {
    const n = this.at(event.offsetX, event.offsetY);
    if (n < 0) return;
    this.cursor = n;
    this.onPoint(n, how);
  }

  keyed(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const choose = event.key === "Enter" || event.key === " ";
    if ((!step && !choose) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (choose) return this.onPoint(this.present, "choose");
    const next = this.beside(this.present, ...step);
    if (next >= 0) this.cursor = next;
    this.onPoint(this.present, "move");
  }

  /** The next cell in a direction, across panels, or −1. */
  beside(n, right, down) {
    const [x, y] = this.corner(n).map((start, axis) => start + this.cell[axis] / 2);
    const next = [x + right * this.cell[0], y + down * this.cell[1]];
    const direct = this.at(...next);
    return direct >= 0 ? direct : this.at(next[0] + right * GAP, next[1] + down * GAP);
  }
}

/** How many panels per row make the whole as square as possible. */
function across(panels, rows, columns) {
  let best = 1;
  const side = (count) => Math.max(count * columns, Math.ceil(panels / count) * rows);
  for (let count = 2; count <= panels; count++) if (side(count) < side(best)) best = count;
  return best;
}

/** A canvas with one pixel per value. */
function painted(values, columns, rows, colour) {
  const canvas = element("canvas", { width: columns, height: rows });
  const pixels = new ImageData(columns, rows);
  values.forEach((value, n) => pixels.data.set(colour(value, n), 4 * n));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

function line(x, y, toX, toY) {
  const path = new Path2D();
  path.moveTo(x, y);
  path.lineTo(toX, toY);
  return path;
}

/** A line visible on any colour: in the mark's colour, on the page's background. */
function stroke(pen, path, width) {
  pen.strokeStyle = palette.paper;
  pen.lineWidth = width + 2;
  pen.stroke(path);
  pen.strokeStyle = palette.mark;
  pen.lineWidth = width;
  pen.stroke(path);
}
