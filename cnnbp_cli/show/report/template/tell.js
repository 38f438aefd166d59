// What is told of a number: its equation, the factors and their product as pictures, the sum, the largest terms.

const LARGEST = 4;

class Teller {
  /**
   * @param host the element that it fills
   * @param onTerm told the number of the product that is pointed at, and whether it was chosen
   * @param onEntry told an array and a place in it, which the reader wants to know more of
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

  /** Tell of a sum; `held` says whether the pointer is off. */
  tell(sum, held, fit) {
    this.now = sum;
    this.text.replaceChildren(...this.words(sum, held));
    this.draw(sum, fit);
    this.terms.replaceChildren(...this.largest(sum));
  }

  *words({ array, flat, equation, words, source, told }, held) {
    const name = element("h2", {}, array.entry(flat), " ", element("small", {}, `${array.symbol} = ${number(array.values[flat])}`));
    if (held) name.append(element("small", { className: "held" }, "held; Esc lets go"));
    yield name;
    if (equation) yield element("p", { className: "math" }, typeset(equation));
    if (words) yield element("p", {}, words);
    yield this.result();
    if (!source) return;
    const came = element("button", { type: "button" }, told.source.entry(flat));
    came.addEventListener("click", () => this.onEntry(told.source, flat));
    const equals = element("span", { className: "math" }, typeset(source.equation));
    yield element("p", { className: "source" }, came, ` = ${number(source.value)}: `, equals, `. ${source.words}`);
  }

  /** The sum in numbers, beside what the trace holds. */
  result() {
    const { products, factors, extra, total, value, agrees, leftOut, told, how } = this.now;
    if (!factors.length && !extra.length) return element("p", { className: "sum" }, element("output", {}, number(value)));
    const many = products.length > 1;
    const first = many
      ? (how ?? `Σ of ${products.length.toLocaleString("en")} ${factors.length > 1 ? "products" : "numbers"}`)
      : factors.map((factor) => (factors.length > 1 || extra.length ? signed(factor.values[0]) : nameOf(factor, 0))).join(" · ");
    const more = extra.map(({ values, sign = 1 }) => ` ${sign * values[0] < 0 ? "−" : "+"} ${number(Math.abs(values[0]))}`);
    const rest = leftOut ? `, and ${number(value - total)} from ${leftOut.toLocaleString("en")} terms that this page leaves out` : "";
    const trusted = agrees ? "✓ as the layers computed it" : leftOut ? "" : `the layers computed ${number(value, 9)}`;
    return element(
      "p",
      { className: "sum" },
      element("span", { className: "math" }, typeset(told.symbol)),
      ` = ${first}${more.join("")}${rest} = `,
      element("output", {}, number(leftOut ? value : total, 6)),
      element("small", {}, trusted),
    );
  }

  /** Factors and product as pictures; where there is one term alone, those of what it comes from. */
  draw(sum, fit) {
    const drawn = sum.products.length < 2 && sum.source ? sum.source : sum;
    const many = drawn.products.length > 1;
    this.drawn = many ? drawn : null;
    const shape = many ? drawn.shape : drawn.beside?.shape;
    const panels = many ? factorsAndProduct(drawn) : drawn.beside ? [panel(drawn.beside.cells)] : [];
    this.pictures.hidden = !panels.length;
    this.pictures.replaceChildren();
    panels.forEach(({ values, max, named, label, array, at }, n) => {
      const { figure, caption, range, picture } = this.figures[n];
      caption.replaceChildren(element("span", { className: "math" }, typeset(named)));
      range.replaceChildren(...legend(max));
      picture.cursor = -1;
      picture.show({ values, view: shape, max, label }, fit);
      if (!n && drawn.marks?.array === array) picture.light(placesOf(new Map(drawn.marks.cells), at));
      if (n) this.pictures.append(element("span", { className: "sign" }, n < drawn.factors.length ? "⊙" : "="));
      this.pictures.append(figure);
    });
    if (many) this.pictures.append(element("span", { className: "sign" }, "→ Σ"));
  }

  /** The terms that weigh most, as buttons to go on from. */
  *largest({ factors, products }) {
    const order = [...products.keys()].sort((one, other) => Math.abs(products[other]) - Math.abs(products[one]));
    const shown = order.filter((n) => products[n] || products.length === 1).slice(0, LARGEST);
    if (!shown.length || !factors.some(({ at }) => at)) return;
    yield element("h3", {}, products.length > 1 ? "largest terms" : "made of");
    yield element("ol", {}, ...shown.map((n) => element("li", {}, ...this.term(this.now, n, products.length === 1))));
  }

  /** One product: its entries, their numbers where `full`, and what it comes to. */
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

  /** Mark one product in all pictures, and write it down. */
  point(n) {
    for (const { figure, picture } of this.figures) if (figure.isConnected) picture.light(new Map([[n, "here"]]));
    this.terms.querySelector("ol")?.replaceChildren(element("li", {}, ...this.term(this.drawn, n, true)));
  }

  /** The same in one sentence, for those who hear it. */
  get spoken() {
    const { array, flat, told, value, products, words } = this.now;
    const of = products.length > 1 ? `, the sum of ${products.length}` : "";
    return `${array.entry(flat)}: ${told.symbol} = ${number(value)}${of}. ${words ?? ""}`;
  }
}

function panel({ values, max, symbol, array, at }, named = symbol) {
  return { values, max, named, array, at, label: array ? `${named}, read from ${array.name}` : named };
}

function factorsAndProduct({ factors, products, equation, told }) {
  const captions = ["gradient", "forward", "back"].includes(told.rule) ? factorsOf(equation) : [];
  const panels = factors.map((factor, n) => panel(factor, factor.array && captions.length === factors.length ? captions[n] : factor.symbol));
  const max = products.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (factors.length > 1) panels.push(panel({ values: products, max, symbol: "their product" }));
  return panels;
}

/** A factor in a line of products: negative ones in brackets. */
function signed(value, digits) {
  return value < 0 ? `(${number(value, digits)})` : number(value, digits);
}

/** What a factor is called at one place: its entry, or what it was computed as. */
function nameOf({ array, at, symbol }, n) {
  return array && at[n] >= 0 ? array.entry(at[n]) : symbol;
}

/** Marks of entries, as marks of the places where they are read. */
function placesOf(marks, at) {
  const places = [...at.keys()].filter((n) => marks.has(at[n]));
  return new Map(places.map((n) => [n, marks.get(at[n])]));
}

/** The ends of the scale of colours. */
function legend(max) {
  return [element("span", {}, number(-max, 2)), element("i", { className: "scale" }), element("span", {}, number(max, 2))];
}
