// The panel that explains a number: its equation, the sum behind it, factors and product as pictures, the largest terms.

const LARGEST = 4;

class ExplanationPanel {
  /**
   * @param host the element that it fills
   * @param onTerm called with the index of the product under the pointer
   * @param onEntry called with the array and flat index of an entry whose button was clicked
   */
  constructor(host, onTerm, onEntry) {
    this.host = host;
    this.onEntry = onEntry;
    this.text = element("div", { className: "text" });
    this.pictures = element("div", { className: "pictures" });
    this.terms = element("div", { className: "terms" });
    host.append(this.text, this.pictures, this.terms);
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
    this.text.replaceChildren(...this.words(sum, pinned));
    this.draw(sum, fit);
    this.terms.replaceChildren(...this.largest(sum));
  }

  *words({ array, flat, equation, words, source, explained }, pinned) {
    const name = element("h2", {}, array.entry(flat), " ", element("small", {}, `${array.symbol} = ${number(array.values[flat])}`));
    if (pinned) name.append(element("small", { className: "pinned" }, "pinned; Esc to unpin"));
    yield name;
    if (equation) yield element("p", { className: "math" }, typeset(equation));
    if (words) yield element("p", {}, words);
    yield this.result();
    if (!source) return;
    const incoming = element("button", { type: "button" }, explained.source.entry(flat));
    incoming.addEventListener("click", () => this.onEntry(explained.source, flat));
    const equals = element("span", { className: "math" }, typeset(source.equation));
    yield element("p", { className: "source" }, incoming, ` = ${number(source.value)}: `, equals, `. ${source.words}`);
  }

  /** The sum in numbers, compared with the value in the trace. */
  result() {
    const { products, factors, extra, total, value, agrees, omitted, explained, how } = this.current;
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
      element("span", { className: "math" }, typeset(explained.symbol)),
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
    const panels = many ? factorsAndProduct(drawn) : drawn.beside ? [pictureOf(drawn.beside.cells)] : [];
    this.pictures.hidden = !panels.length;
    this.pictures.replaceChildren();
    panels.forEach(({ values, max, named, label, array, at }, n) => {
      const { figure, caption, range, picture } = this.figures[n];
      caption.replaceChildren(element("span", { className: "math" }, typeset(named)));
      range.replaceChildren(...legend(max));
      picture.cursor = -1;
      picture.show({ values, view: shape, max, label }, fit);
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
      const button = element("button", { type: "button", title: number(values[n], 9) }, array.entry(at[n]));
      button.addEventListener("click", () => this.onEntry(array, at[n]));
      yield button;
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
    return `${array.entry(flat)}: ${explained.symbol} = ${number(value)}${of}. ${words ?? ""}`;
  }
}

function pictureOf({ values, max, symbol, array, at }, named = symbol) {
  return { values, max, named, array, at, label: array ? `${named}, read from ${array.name}` : named };
}

function factorsAndProduct({ factors, products, equation, explained }) {
  const captions = ["gradient", "forward", "back"].includes(explained.rule) ? factorsOf(equation) : [];
  const panels = factors.map((factor, n) => pictureOf(factor, factor.array && captions.length === factors.length ? captions[n] : factor.symbol));
  const max = products.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (factors.length > 1) panels.push(pictureOf({ values: products, max, symbol: "product" }));
  return panels;
}

/** A factor in a product: negative ones in brackets. */
function signed(value, digits) {
  return value < 0 ? `(${number(value, digits)})` : number(value, digits);
}

/** The name of a factor at one position: its entry, or its symbol. */
function nameOf({ array, at, symbol }, n) {
  return array && at[n] >= 0 ? array.entry(at[n]) : symbol;
}

/** Marks of entries, as marks of the positions that read them. */
function marksAt(marks, at) {
  const places = [...at.keys()].filter((n) => marks.has(at[n]));
  return new Map(places.map((n) => [n, marks.get(at[n])]));
}

/** The colour scale with its ends. */
function legend(max) {
  return [element("span", {}, number(-max, 2)), element("i", { className: "scale" }), element("span", {}, number(max, 2))];
}
