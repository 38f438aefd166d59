// Changes one number, a pixel, a weight or a bias, in the panel that explains it; undo and redo.

const NUDGE = 0.1; // of the largest magnitude of its array

const changeField = element("input", { type: "number", step: "any", id: "change" });
const changeLabel = element("label", { htmlFor: "change" });
const lower = element("button", { type: "button" }, "−");
const higher = element("button", { type: "button" }, "+");
lower.setAttribute("aria-label", "Lower it");
higher.setAttribute("aria-label", "Raise it");
const changer = element("form", { className: "changer" }, changeLabel, lower, changeField, higher, element("button", {}, "Change"));
panel.text.after(changer);

/** Whether a number is given, and does not follow from others. */
function changeable({ rule, source }) {
  return rule === "given" || (rule === "gradient" && source);
}

function change(value) {
  const { array, flat } = current;
  if (Number.isFinite(value)) ask({ do: "change", entry: array.entry(flat), value });
}

function nudge(direction) {
  const { array, flat } = current;
  const step = NUDGE * (Math.max(Math.abs(array.min), Math.abs(array.max)) || 1);
  change(array.values[flat] + direction * step);
}

lower.addEventListener("click", () => nudge(-1));
higher.addEventListener("click", () => nudge(1));
changer.addEventListener("submit", (event) => {
  event.preventDefault();
  change(changeField.valueAsNumber);
});

let changing = ""; // the number in the field
hooks.explained = ({ array, flat }) => {
  changer.hidden = !changeable(array);
  if (changer.hidden) return;
  const entry = `${array.entry(flat)} ${version}`;
  if (entry === changing) return; // the reader may be typing
  changing = entry;
  changeLabel.replaceChildren("change ", element("span", { className: "math" }, typeset(array.notation(flat))));
  changeField.value = Number(array.values[flat].toPrecision(6));
};

/** Masks over an array, the first that there is: numbers to come, concealed ones, those that did not move. */
const veils = [(array) => (moved ? still(array) : null)];
hooks.veil = (array) => veils.map((veil) => veil(array)).find(Boolean) ?? null;

/** Called when the reader chooses a number, or points at one. */
const choosers = [forgetMoved];
hooks.chosen = (...choice) => choosers.forEach((chosen) => chosen(...choice));

undoButton.addEventListener("click", () => ask({ do: "undo" }));
redoButton.addEventListener("click", () => ask({ do: "redo" }));
document.getElementById("reset").addEventListener("click", () => ask({ do: "reset" }));
stopSlider?.addEventListener("change", () => ask({ do: "stop", place: Number(stopSlider.value) }));
stopSlider?.addEventListener("input", () => (document.getElementById("stop-name").textContent = live.stops[stopSlider.value]));

document.addEventListener("keydown", (event) => {
  const types = event.target.matches("input, select, textarea");
  if (types || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  ask({ do: event.shiftKey ? "redo" : "undo" });
});
