// Shows what the server answers: new numbers in the same pictures, and which of them moved.

const COMPARED = ["change", "target", "undo", "redo"]; // small changes, after which it matters what moved

const factsPlace = document.querySelector("header .facts");
const costPlaces = [...document.querySelectorAll(".cost b")];
const answerPlace = document.getElementById("answer");
const movedPlace = document.getElementById("moved");
const undoButton = document.getElementById("undo");
const redoButton = document.getElementById("redo");
const stopSlider = document.getElementById("stop");
const listeners = []; // called with each answer

let moved = null; // after a change: which entries of each array moved

/** Take an answer's numbers, and redraw. `what` was asked for. */
function renew(answer, what) {
  const changes = takeArrays(answer.arrays);
  moved = COMPARED.includes(what) ? changes : null;
  model.label = answer.label;
  showFacts(answer);
  if (current) current = explain(model, current.array, current.flat);
  show();
  showMoved();
}

function showFacts(answer) {
  factsPlace.textContent = answer.facts;
  for (const place of costPlaces) place.textContent = answer.cost;
  answerPlace.textContent = answer.answer;
  undoButton.disabled = !answer.undo;
  redoButton.disabled = !answer.redo;
  if (stopSlider) {
    stopSlider.value = answer.stop;
    document.getElementById("stop-name").textContent = live.stops[answer.stop];
  }
  for (const listener of listeners) listener(answer);
}

/** Replace the values of arrays; returns for each a mask of its entries: 1 where it moved. */
function takeArrays(arrays) {
  const changes = new Map();
  for (const [place, data] of Object.entries(arrays)) {
    const array = model.arrays[place];
    const before = array.values;
    array.take(data);
    changes.set(array, Uint8Array.from(array.values, (value, n) => Number(value !== before[n])));
  }
  return changes;
}

/** The mask over an array that dims what stayed the same. */
function still(array) {
  const mask = new Uint8Array(array.values.length).fill(DIMMED);
  moved.get(array)?.forEach((one, n) => one && (mask[n] = 0));
  return mask;
}

/** Say how many numbers of each array moved. */
function showMoved() {
  const count = (array) => moved.get(array)?.reduce((sum, one) => sum + one, 0) ?? 0;
  for (const { array, picture } of placed) {
    const total = array.values.length;
    const text = !moved ? "" : count(array) ? `${count(array).toLocaleString("en")} of ${total.toLocaleString("en")} moved` : "unmoved";
    const figure = picture.frame.parentElement;
    figure.querySelector(".moved")?.remove();
    if (text) figure.append(element("p", { className: "moved" }, text));
  }
  const some = moved ? model.arrays.filter((array) => count(array)).length : 0;
  movedPlace.textContent = moved ? `${some} of ${model.arrays.length} arrays moved; what stayed the same is pale.` : "";
}

/** End the comparison, for what comes next. */
function forgetMoved() {
  if (!moved) return;
  moved = null;
  showMoved();
  show();
}
