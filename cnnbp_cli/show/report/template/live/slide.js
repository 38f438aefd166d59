// The window slides: product by product, the sum of one number adds up, then that of the next number of its picture.

const SPEEDS = [1, 4, 12, 40, 160, 640]; // products a second
const FRAMES = 20; // a second, at most
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const whatList = document.getElementById("slide-what");
const speedSlider = document.getElementById("speed");
const playButton = document.getElementById("play");
const sumPlace = document.getElementById("slide-sum");

let slide = null; // the array, the entry and the number of products that have been added
let timer = 0;

/** The array whose numbers add up: that of the current number if it is of the chosen kind, else of the first layer that has one. */
function slidingArray() {
  const suits = (array) => array.rule === whatList.value && (!array.source || array.rule === "forward") && explain(model, array, array.start).products.length > 1;
  const own = current && (current.explained.rule === whatList.value ? current.explained : null);
  return own && suits(own) ? own : model.arrays.find(suits);
}

function beginSlide() {
  const array = slidingArray();
  if (!array) return;
  const flat = current?.explained === array ? current.flat : mostFilled(array);
  slide = { array, flat, done: 0 };
  showNumber();
}

/** The shown entry with the most products that are not 0. */
function mostFilled(array) {
  const filled = (n) => explain(model, array, array.start + n).products.filter(Boolean).length;
  let [best, most] = [0, -1];
  for (let n = 0; n < array.length; n++) {
    const count = filled(n);
    if (count > most) [best, most] = [n, count];
  }
  return array.start + best;
}

/** Go to a number of the slide: the window is at its place, and nothing is added yet. */
function showNumber() {
  const { array, flat } = slide;
  pinned = true;
  current = explain(model, array, flat);
  reveal();
  show();
  showProducts();
}

/** Show the products that have been added, and their sum. */
function showProducts() {
  const { done, flat, array } = slide;
  const { products, extra, total } = current;
  if (done) {
    panel.showTerm(done - 1);
    highlight(done - 1, true);
  }
  const { picture } = panel.figures[current.factors.length];
  picture.veil = Uint8Array.from(products, (_, n) => (n < done ? 0 : TO_COME));
  picture.draw();
  let sum = 0;
  for (let n = 0; n < done; n++) sum += products[n];
  const complete = done === products.length;
  const bias = complete ? extra.reduce((all, one) => all + one.values[0], 0) : 0;
  const end = complete && extra.length ? ` + ${number(bias, 4)} = ` : " = ";
  sumPlace.replaceChildren(
    element("span", { className: "math" }, typeset(array.notation(flat))),
    ` = Σ of ${done} of ${products.length} products${end}`,
    element("output", {}, number(complete ? total : sum, 5)),
  );
}

/** Add some products; after the last one, go to the next number. */
function advance(count) {
  if (!slide) beginSlide();
  else if (slide.done === current.products.length) nextNumber();
  else {
    slide.done = Math.min(slide.done + count, current.products.length);
    if (slide.done === current.products.length) show(); // the number is there now
    showProducts();
  }
}

function nextNumber() {
  if (!slide) return beginSlide();
  const { array } = slide;
  const next = slide.flat + 1;
  slide.flat = next < array.start + array.length ? next : array.start;
  slide.done = 0;
  showNumber();
}

function tick() {
  const speed = SPEEDS[speedSlider.value];
  advance(Math.max(1, Math.round(speed / FRAMES)));
  timer = setTimeout(tick, 1000 / Math.min(speed, FRAMES));
}

function pause() {
  clearTimeout(timer);
  timer = 0;
  showPlaying();
}

function endSlide() {
  pause();
  if (!slide) return;
  slide = null;
  sumPlace.textContent = "";
  show();
}

function showPlaying() {
  playButton.textContent = timer ? "Pause" : "Play";
  playButton.setAttribute("aria-pressed", String(Boolean(timer)));
  playButton.disabled = calm.matches;
  playButton.title = calm.matches ? "Your system asks for reduced motion: use Step" : "";
}

playButton.addEventListener("click", () => {
  if (timer) return pause();
  tick();
  showPlaying();
});
document.getElementById("slide-step").addEventListener("click", () => [pause(), advance(1)]);
document.getElementById("slide-next").addEventListener("click", () => [pause(), nextNumber()]);
document.getElementById("slide-end").addEventListener("click", endSlide);
whatList.addEventListener("change", endSlide);
calm.addEventListener("change", pause);
document.addEventListener("keydown", (event) => event.key === "Escape" && endSlide());

// The numbers after the one that adds up are still to come.
const concealsAsked = panel.conceals;
panel.conceals = (array, flat) =>
  concealsAsked(array, flat) || (array === slide?.array && flat === slide.flat && slide.done < current.products.length);
veils.unshift((array) => {
  if (array !== slide?.array) return null;
  return Uint8Array.from(array.values, (_, n) => (n < slide.flat + Number(slide.done === current.products.length) ? 0 : TO_COME));
});
choosers.push((array, flat, how) => how === "choose" && endSlide());
listeners.push(endSlide);
showPlaying();
