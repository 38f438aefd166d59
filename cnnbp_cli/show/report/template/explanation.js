// The panel that explains a number: its equation, the sum behind it, factors and product as pictures, the largest terms.

const LARGEST = 4;

class ExplanationPanel {
  /**
   * @param host the element that it fills
   * @param onTerm called with the index of the product under the pointer
   * @param onEntry called with the array and flat index of an entry whose button was clicked
   * @param onClose called when the reader unpins the number or closes the panel
   */
  constructor(host, onTerm, onEntry, onClose) {
    this.host = host;
    this.onEntry = onEntry;
    this.conceals = () => false; // whether an entry is a question to the reader
    this.unpin = element("button", { type: "button", className: "unpin", title: "Unpin (Esc)" }, "Unpin");
    const close = element("button", { type: "button", className: "close" }, "×");
    close.setAttribute("aria-label", "Close");
    for (const button of [this.unpin, close]) button.addEventListener("click", onClose);
    this.text = element("div", { className: "text" });
    this.pictures = element("div", { className: "pictures" });
    this.terms = element("div", { className: "terms" });
    host.append(element("div", { className: "controls" }, this.unpin, close), this.text, this.pictures, this.terms);
    this.figures = Array.from({ length: 3 }, () => {
      const caption = element("figcaption");
      const figure = element("figure", {}, caption);
      const range = element("div", { className: "range" });
      const picture = new Picture(figure, onTerm);
      figure.append(range);
      return { figure, caption, range, picture };
    });
    this.sum = element("p", { className: "sum" });
  }

  /** Explain a sum; a `pinned` one stays while the pointer moves. */
  show(sum, pinned, fit) {
    this.current = sum;
    this.unpin.hidden = !pinned;
    this.text.replaceChildren(...this.words(sum));
    this.draw(sum, fit);
    this.terms.replaceChildren(...this.largest(sum));
  }

  *words({ array, flat, equation, words, source, explained }) {
    const name = element("span", { className: "math" }, typeset(array.notation(flat)));
    const value = this.conceals(array, flat) ? "?" : number(array.values[flat]);
    yield element("h2", {}, name, ` = ${value}`, element("small", {}, array.name));
    if (equation) yield element("p", { className: "math" }, ...originOf(explained), typeset(equation));
    if (words && !this.secret) yield element("p", {}, words);
    yield this.result();
    if (source && !this.conceals(source.explained, flat)) {
      const value = element("span", {}, ` = ${number(source.value)}: `);
      const equals = element("span", { className: "math" }, ...originOf(explained.source), typeset(source.equation));
      yield element("p", { className: "source" }, this.button(explained.source, flat), value, equals, `. ${source.words}`);
    }
    yield element("p", { className: "option" }, element("code", {}, `--explain '${array.entry(flat)}'`), " in the terminal");
  }

  /** Whether the current sum is that of a concealed number. */
  get secret() {
    return this.conceals(this.current.explained, this.current.flat);
  }

  /** A button that explains an entry. */
  button(array, flat, title = "") {
    const layer = element("small", {}, `${array.layer} `);
    const button = element("button", { type: "button", title }, layer, element("span", { className: "math" }, typeset(array.notation(flat))));
    button.dataset.entry = array.entry(flat);
    button.addEventListener("click", () => this.onEntry(array, flat));
    return button;
  }

  /** The sum in numbers, compared with the value in the trace. */
  result() {
    const { products, factors, extra, total, value, agrees, omitted, explained, flat, how } = this.current;
    if (this.secret) return element("p", { className: "sum" }, element("span", { className: "math" }, typeset(explained.notation(flat))), " = ?");
    if (!factors.length && !extra.length) return element("p", { className: "sum" }, element("output", {}, number(value)));
    const many = products.length > 1;
    const first = many
      ? (how ?? `Σ of ${products.length.toLocaleString("en")} ${factors.length > 1 ? "products" : "numbers"}`)
      : factors.map((factor) => (factors.length > 1 || extra.length ? signed(factor.values[0]) : nameOf(factor, 0))).join(" · ");
    const more = extra.map(({ values, sign = 1 }) => ` ${sign * values[0] < 0 ? "−" : "+"} ${number(Math.abs(values[0]))}`);
    const rest = omitted ? `, and ${number(value - total)} from ${omitted.toLocaleString("en")} terms not on this page` : "";
    const trusted = agrees ? "✓ matches the layer's result" : omitted ? "" : `the layer computed ${number(value, 9)}`;
    return element(
      "p",
      { className: "sum" },
      element("span", { className: "math" }, typeset(explained.notation(flat))),
      ` = ${first}${more.join("")}${rest} = `,
      element("output", {}, number(omitted ? value : total, 6)),
      element("small", {}, trusted),
    );
  }

  /** Draw factors and product; for a single term, those of the ∂C/∂a behind it. */
  draw(sum, fit) {
    const drawn = sum.products.length < 2 && sum.source ? sum.source : sum;
    const many = drawn.products.length > 1;
    this.drawn = many ? drawn : null;
    const shape = many ? drawn.shape : drawn.beside?.shape;
    const panels = this.secret && drawn.marks ? [] : many ? factorsAndProduct(drawn) : drawn.beside ? [pictureOf(drawn.beside.cells)] : [];
    this.pictures.hidden = !panels.length;
    this.pictures.replaceChildren();
    panels.forEach(({ values, scale, named, label, array, at }, n) => {
      const { figure, caption, range, picture } = this.figures[n];
      caption.replaceChildren(element("span", { className: "math" }, typeset(named)));
      range.replaceChildren(...legend(scale));
      picture.cursor = -1;
      picture.show({ values, view: shape, scale, label }, fit);
      if (!n && drawn.marks?.array === array) picture.highlight(marksAt(new Map(drawn.marks.cells), at));
      if (n) this.pictures.append(element("span", { className: "sign" }, n < drawn.factors.length ? "⊙" : "="));
      this.pictures.append(figure);
    });
    if (many) this.pictures.append(element("span", { className: "sign" }, "→ Σ"));
  }

  /** The terms of largest magnitude; each entry is a button that leads to its own explanation. */
  *largest({ factors, products }) {
    const order = [...products.keys()].sort((one, other) => Math.abs(products[other]) - Math.abs(products[one]));
    const shown = order.filter((n) => products[n] || products.length === 1).slice(0, LARGEST);
    if (!shown.length || !factors.some(({ at }) => at)) return;
    if (this.secret && (products.length === 1 || this.current.marks)) return;
    yield element("h3", {}, products.length > 1 ? "largest terms" : "factors");
    yield element("ol", {}, ...shown.map((n) => element("li", {}, ...this.term(this.current, n, products.length === 1))));
  }

  /** One product: its entries, with their values if `full`, and the result. */
  *term({ factors, products }, n, full) {
    for (const [place, { array, at, symbol, values }] of factors.entries()) {
      if (place) yield " · ";
      if (!at || at[n] < 0) {
        yield at ? "0" : symbol;
        continue;
      }
      yield this.button(array, at[n], number(values[n], 9));
    }
    if (full && factors.length > 1) yield ` = ${factors.map(({ values }) => signed(values[n], 3)).join(" · ")}`;
    yield ` = ${number(products[n], 3)}`;
  }

  /** Mark one product in all pictures, and show its terms. */
  showTerm(n) {
    for (const { figure, picture } of this.figures) if (figure.isConnected) picture.highlight(new Map([[n, "current"]]));
    this.terms.querySelector("ol")?.replaceChildren(element("li", {}, ...this.term(this.drawn, n, true)));
  }

  /** The explanation as one sentence, for screen readers. */
  get spoken() {
    const { array, flat, explained, value, products, words } = this.current;
    const of = products.length > 1 ? `, the sum of ${products.length}` : "";
    if (this.secret) return `${array.entry(flat)}: hidden`;
    return `${array.entry(flat)}: ${explained.symbol} = ${number(value)}${of}. ${words ?? ""}`;
  }
}

/** "∂C/∂a of conv1 = ∂C/∂x of pool1: ", if another layer computes the array. */
function* originOf({ rule, symbol, layer, part }) {
  if (rule === "back" && symbol !== "∂C/∂x") yield* [typeset(symbol), ` of ${layer} = `, typeset("∂C/∂x"), ` of ${part.name}: `];
}

function pictureOf({ values, scale, symbol, array, at }, named = symbol) {
  const range = extremes(values).map((end) => number(end, 2));
  const source = array ? `${named}, read from ${array.name}` : named;
  return { values, scale, named, array, at, label: `${source}: from ${range[0]} to ${range[1]}` };
}

function factorsAndProduct({ factors, products, equation, explained }) {
  const captions = ["gradient", "forward", "back"].includes(explained.rule) ? factorsOf(equation) : [];
  const panels = factors.map((factor, n) => pictureOf(factor, factor.array && captions.length === factors.length ? captions[n] : factor.symbol));
  if (factors.length > 1) panels.push(pictureOf({ values: products, scale: scaleOf(...extremes(products)), symbol: "product" }));
  return panels;
}

/** A factor in a product: negative ones in brackets. */
function signed(value, digits) {
  return value < 0 ? `(${number(value, digits)})` : number(value, digits);
}

/** The name of a factor at one position: its entry, or its symbol. */
function nameOf({ array, at, symbol }, n) {
  return array && at[n] >= 0 ? array.notation(at[n]) : symbol;
}

/** Marks of entries, as marks of the positions that read them. */
function marksAt(marks, at) {
  const places = [...at.keys()].filter((n) => marks.has(at[n]));
  return new Map(places.map((n) => [n, marks.get(at[n])]));
}

/** The colour scale with its ends. */
function legend({ low, high }) {
  const bar = element("i", { className: low < 0 || low === high ? "scale" : "scale sequential" });
  return [element("span", {}, number(low, 2)), bar, element("span", {}, number(high, 2))];
}
