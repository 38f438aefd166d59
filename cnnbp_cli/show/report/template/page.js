// Builds the page: pictures, the selectors of map and unit, and the explanation of the current number.

const model = load(JSON.parse(document.getElementById("data").textContent));
let palette = new Palette();
let current = null; // the sum in the panel
let pinned = false;
const NARROW = "(max-width: 700px)";

/** What the scripts of a live page add: a mask over each array, and calls when the reader chooses a number, and after it is explained. */
const hooks = { veil: () => null, chosen: () => {}, explained: () => {} };

const spoken = document.getElementById("spoken");
const panel = new ExplanationPanel(document.getElementById("explanation"), pointTerm, goTo, unpin);
for (const place of document.querySelectorAll(".math")) place.replaceChildren(typeset(place.textContent));

const placed = [...document.querySelectorAll("figure[data-array]")].map((figure) => {
  const array = model.arrays[figure.dataset.array];
  const selection = element("small", { className: "selection" });
  const picture = new Picture(figure, (n, how) => point(array, array.start + n, how, picture));
  figure.querySelector("figcaption").append(selection);
  figure.append(element("div", { className: "range" }, ...legend(array.scale)));
  return { array, picture, selection };
});

const pickers = [...document.querySelectorAll("[data-choice]")].map((host) =>
  picker(host, model.choices[host.dataset.choice], model.arrays[host.dataset.array]),
);

/** A button with a small picture per map, or a list of units. */
function picker(host, choice, array) {
  const left = choice.total - choice.shown;
  const more = left ? element("small", {}, `and ${left.toLocaleString("en")} more, not on this page`) : "";
  const numbers = Array.from({ length: choice.shown }, (_, n) => n);
  if (!array.choices.includes(choice)) {
    const list = element("select", {}, ...numbers.map((n) => element("option", { value: n }, String(n))));
    list.setAttribute("aria-label", `${choice.noun} of ${choice.layer}`);
    list.addEventListener("change", () => choose([[choice, Number(list.value)]]));
    host.append(element("label", {}, `${choice.noun} `, list), more);
    return { show: () => (list.value = choice.current) };
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
        button.setAttribute("aria-pressed", String(n === choice.current));
        const values = array.values.subarray(n * rows * columns, (n + 1) * rows * columns);
        button.replaceChildren(painted(values, columns, rows, (value) => [...palette.of(value, array.scale), 255]));
      });
    },
  };
}

/** The least width of the panel's text, as in page.css. */
const MIN_TEXT = 300;

/** The length of a picture's longer side, chosen so that all layers fit in the window if they stay readable. */
function fit() {
  if (matchMedia(NARROW).matches)
    return { own: Math.min(176, Math.floor((innerWidth - 56) / 2)), panel: Math.floor((innerWidth - 120) / 3) };
  const third = (innerWidth - MIN_TEXT - 130) / 3; // beside the text, with the signs between three pictures
  const units = model.parts.reduce((all, part) => all + (part.of.z ? 2 : 1), 0);
  const room = document.getElementById("network").clientWidth;
  const own = Math.min((room - 40 * model.parts.length) / units, (innerHeight - 260) / 3);
  return { own: Math.max(144, Math.min(240, Math.floor(own))), panel: Math.min(144, Math.floor(third)) };
}

/** Redraw all pictures. */
function show() {
  const { own } = fit();
  for (const { array, picture, selection } of placed) {
    const { start, length, view, scale } = array;
    const about = [array.selection, array.total.join("×"), `from ${number(array.min, 2)} to ${number(array.max, 2)}`];
    const label = `${array.name}: ${about.filter(Boolean).join(", ")}`;
    const shown = (all) => all?.subarray(start, start + length);
    picture.show({ values: shown(array.values), veil: shown(hooks.veil(array)), view, scale, label }, own);
    selection.textContent = array.selection;
  }
  for (const one of pickers) one.show();
  if (current) explainCurrent();
}

/** Select maps and units, given as [choice, number] pairs. */
function choose(picks) {
  const changed = picks.filter(([choice, n]) => choice.current !== n);
  for (const [choice, n] of changed) choice.current = n;
  if (changed.length) show();
}

/** Explain a number, unless another is pinned. "choose" pins it, or unpins the pinned one; "focus" changes no selector. */
function point(array, flat, how, picture) {
  const chosen = how === "choose";
  if (pinned && !chosen) return;
  pinned = chosen && !(pinned && current.array === array && current.flat === flat);
  hooks.chosen(array, flat, how);
  current = explain(model, array, flat);
  if (chosen) openPanel(picture);
  const before = model.choices.map((choice) => choice.current);
  if (how !== "focus") reveal();
  if (model.choices.some((choice, n) => choice.current !== before[n])) show();
  else explainCurrent();
  spoken.textContent = panel.spoken;
}

/** Select the maps and units that show the current number and its factors. */
function reveal() {
  const { array, flat, factors } = current;
  array.choices.forEach((choice, axis) => (choice.current = array.index(flat)[axis]));
  for (const { array: read, at } of factors) {
    read?.choices.forEach((choice, axis) => {
      const places = new Set([...at].filter((place) => place >= 0).map((place) => read.index(place)[axis]));
      if (places.size === 1) [choice.current] = places;
    });
  }
}

function explainCurrent() {
  panel.show(current, pinned, fit().panel);
  highlight();
  hooks.explained(current);
}

/** Mark the current number and all its factors; of one product, `term`, those alone, or, `within` the others, those too. */
function highlight(term = -1, within = false) {
  const marks = new Map(model.arrays.map((array) => [array, new Map()]));
  const mark = (array, flat, as) => flat >= 0 && marks.get(array).set(flat, as);
  const sums = [current.source, current].filter(Boolean);
  for (const sum of sums) {
    const { factors, reads, extra, marks: windows } = sum;
    for (const { array, at } of [...factors, ...reads, ...extra]) {
      if (!array) continue;
      const single = term >= 0 && sum === panel.drawn && at.length > 1;
      for (const flat of single && !within ? [at[term]] : at) mark(array, flat, "read");
      if (single && within) mark(array, at[term], "current");
    }
    for (const flat of windows?.around ?? []) mark(windows.array, flat, "read");
    for (const [flat, as] of windows?.cells ?? []) mark(windows.array, flat, panel.secret ? "read" : as);
  }
  const gradientOf = (array) => array.rule === "gradient" && array.source === current.explained;
  for (const array of model.arrays)
    if (array === current.array || array === current.explained || gradientOf(array)) mark(array, current.flat, "current");
  for (const { array, picture } of placed) {
    const { start, length } = array;
    const seen = [...marks.get(array)].filter(([flat]) => flat >= start && flat < start + length);
    picture.highlight(new Map(seen.map(([flat, as]) => [flat - start, as])));
  }
}

function pointTerm(n) {
  if (!panel.drawn) return;
  panel.showTerm(n);
  highlight(n);
}

/** Explain an entry named among the terms, and focus its picture. */
function goTo(array, flat) {
  pinned = false;
  const picture = placed.find((one) => one.array === array)?.picture;
  point(array, flat, "choose", picture);
  if (!picture) return;
  picture.cursor = flat - array.start;
  picture.frame.focus({ preventScroll: false });
}

/** Initially: the middle weight of the first layer that has parameters. */
function start() {
  const array = model.arrays.find((one) => one.rule === "gradient" && one.source) ?? model.arrays[0];
  const middle = Math.floor((array.view[1] * array.view[2]) / 2);
  point(array, array.start + Math.min(middle, array.length - 1), "start");
}

/** In a narrow window the panel is closed until a number is chosen, and must not cover its picture. */
function openPanel(picture) {
  panel.host.classList.remove("closed");
  if (matchMedia(NARROW).matches) picture?.frame.scrollIntoView({ block: "nearest" });
}

function unpin() {
  pinned = false;
  panel.host.classList.add("closed");
  explainCurrent();
}

document.addEventListener("keydown", (event) => event.key === "Escape" && unpin());
panel.pictures.addEventListener("pointerleave", explainCurrent);
addEventListener("resize", show);
for (const query of ["(prefers-color-scheme: dark)", "print"])
  matchMedia(query).addEventListener("change", () => {
    palette = new Palette();
    show();
  });
show();
start();
addScrollButtons(document.getElementById("network"), [...document.querySelectorAll(".part")]);
