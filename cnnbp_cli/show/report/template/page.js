// Ties the page together: pictures in their places, choices of map and unit, and the number that is told of.

const model = load(JSON.parse(document.getElementById("data").textContent));
let palette = new Palette();
let subject = null; // the sum that is told of
let held = false;

const spoken = document.getElementById("spoken");
const teller = new Teller(document.getElementById("told"), pointTerm, goTo);
for (const place of document.querySelectorAll(".math")) place.replaceChildren(typeset(place.textContent));

const placed = [...document.querySelectorAll("figure[data-array]")].map((figure) => {
  const array = model.arrays[figure.dataset.array];
  const seen = element("small", { className: "seen" });
  const picture = new Picture(figure, (n, chosen) => point(array, array.start + n, chosen));
  figure.querySelector("figcaption").append(seen);
  figure.append(element("div", { className: "range" }, ...legend(array.max)));
  return { array, picture, seen };
});

const pickers = [...document.querySelectorAll("[data-choice]")].map((host) =>
  picker(host, model.choices[host.dataset.choice], model.arrays[host.dataset.array]),
);

/** Buttons with a small picture for each map, or a list of units. */
function picker(host, choice, array) {
  const left = choice.total - choice.shown;
  const more = left ? element("small", {}, `and ${left.toLocaleString("en")} more that this page leaves out`) : "";
  const numbers = Array.from({ length: choice.shown }, (_, n) => n);
  if (!array.choices.includes(choice)) {
    const list = element("select", {}, ...numbers.map((n) => element("option", { value: n }, String(n))));
    list.setAttribute("aria-label", `${choice.noun} of ${choice.layer}`);
    list.addEventListener("change", () => choose([[choice, Number(list.value)]]));
    host.append(element("label", {}, `${choice.noun} `, list), more);
    return { show: () => (list.value = choice.now) };
  }
  const [rows, columns] = array.view.slice(1);
  const buttons = numbers.map((n) => {
    const button = element("button", { type: "button", title: `${choice.noun} ${n}` });
    button.setAttribute("aria-label", `${choice.noun} ${n} of ${choice.layer}`);
    button.addEventListener("click", () => choose([[choice, n]]));
    return button;
  });
  host.append(...buttons, more);
  host.setAttribute("role", "group");
  return {
    show() {
      buttons.forEach((button, n) => {
        button.setAttribute("aria-pressed", String(n === choice.now));
        const values = array.values.subarray(n * rows * columns, (n + 1) * rows * columns);
        button.replaceChildren(painted(values, columns, rows, (value) => [...palette.of(value, array.max), 255]));
      });
    },
  };
}

/** The length of a picture's longer side: all columns in the window's width, if they can be read then. */
function fit() {
  if (matchMedia("(max-width: 700px)").matches)
    return { own: Math.min(176, Math.floor((innerWidth - 56) / 2)), told: Math.floor((innerWidth - 120) / 3) };
  const units = model.parts.reduce((all, part) => all + (part.of.z ? 2 : 1), 0);
  const room = document.getElementById("network").clientWidth;
  const own = Math.min((room - 40 * model.parts.length) / units, (innerHeight - 260) / 3);
  return { own: Math.max(144, Math.min(240, Math.floor(own))), told: 144 };
}

/** Draw all pictures anew. */
function show() {
  const { own } = fit();
  for (const { array, picture, seen } of placed) {
    const { start, length, view, max } = array;
    const about = [array.seen, array.total.join("×"), `from ${number(-max, 2)} to ${number(max, 2)}`];
    const label = `${array.name}: ${about.filter(Boolean).join(", ")}`;
    picture.show({ values: array.values.subarray(start, start + length), view, max, label }, own);
    seen.textContent = array.seen;
  }
  for (const one of pickers) one.show();
  if (subject) tell();
}

/** Pick maps and units: [choice, number] each. */
function choose(picks) {
  const changed = picks.filter(([choice, n]) => choice.now !== n);
  for (const [choice, n] of changed) choice.now = n;
  if (changed.length) show();
}

/** Tell of the number that is pointed at, unless another is held. */
function point(array, flat, chosen) {
  if (held && !chosen) return;
  held = chosen && !(held && subject.array === array && subject.flat === flat);
  subject = explain(model, array, flat);
  const before = model.choices.map((choice) => choice.now);
  reveal();
  if (model.choices.some((choice, n) => choice.now !== before[n])) show();
  else tell();
  spoken.textContent = teller.spoken;
}

/** Pick the maps and units in which the number in question and what it is made of can be seen. */
function reveal() {
  const { array, flat, factors } = subject;
  array.choices.forEach((choice, axis) => (choice.now = array.index(flat)[axis]));
  for (const { array: read, at } of factors) {
    read?.choices.forEach((choice, axis) => {
      const places = new Set([...at].filter((place) => place >= 0).map((place) => read.index(place)[axis]));
      if (places.size === 1) [choice.now] = places;
    });
  }
}

function tell() {
  teller.tell(subject, held, fit().told);
  light();
}

/** Mark the number in question and all that it is made of; `term` is one product that was pointed at. */
function light(term = -1) {
  const marks = new Map(model.arrays.map((array) => [array, new Map()]));
  const mark = (array, flat, as) => flat >= 0 && marks.get(array).set(flat, as);
  const sums = [subject.source, subject].filter(Boolean);
  for (const sum of sums) {
    const { factors, reads, extra, marks: windows } = sum;
    for (const { array, at } of [...factors, ...reads, ...extra]) {
      if (!array) continue;
      const chosen = term >= 0 && sum === teller.drawn && at.length > 1 ? [at[term]] : at;
      for (const flat of chosen) mark(array, flat, "lit");
    }
    for (const flat of windows?.around ?? []) mark(windows.array, flat, "lit");
    for (const [flat, as] of windows?.cells ?? []) mark(windows.array, flat, as);
  }
  const gradientOf = (array) => array.rule === "gradient" && array.source === subject.told;
  for (const array of model.arrays)
    if (array === subject.array || array === subject.told || gradientOf(array)) mark(array, subject.flat, "here");
  for (const { array, picture } of placed) {
    const { start, length } = array;
    const seen = [...marks.get(array)].filter(([flat]) => flat >= start && flat < start + length);
    picture.light(new Map(seen.map(([flat, as]) => [flat - start, as])));
  }
}

function pointTerm(n) {
  if (!teller.drawn) return;
  teller.point(n);
  light(n);
}

/** Go on to an entry that was named among the terms. */
function goTo(array, flat) {
  held = false;
  point(array, flat, true);
  const { picture } = placed.find((one) => one.array === array) ?? {};
  if (!picture) return;
  picture.cursor = flat - array.start;
  picture.frame.focus({ preventScroll: false });
}

/** At first: the heart of the matter, a weight in the middle of the first kernel, or of whatever learns first. */
function start() {
  const array = model.arrays.find((one) => one.rule === "gradient" && one.source) ?? model.arrays[0];
  const middle = Math.floor((array.view[1] * array.view[2]) / 2);
  point(array, array.start + Math.min(middle, array.length - 1), false);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  held = false;
  tell();
});
teller.pictures.addEventListener("pointerleave", tell);
addEventListener("resize", show);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  palette = new Palette();
  show();
});
show();
start();
