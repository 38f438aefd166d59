// Asks the reader for a number or a cell that it conceals, and shows what the server says about the answer.

const questionPlace = document.getElementById("question");
const replyingPlace = document.getElementById("replying");
const replyField = document.getElementById("reply");
const verdictPlace = document.getElementById("verdict");

let question = null;
let concealed = new Map(); // for each array, a mask of the entries that would give the answer away

/** The array and flat index of an entry by its name, `conv1.delta[0,5,7]`. */
function entryOf(name) {
  const [, of, index] = /^(.*)\[([\d,]+)\]$/u.exec(name);
  const array = model.arrays.find((one) => one.name === of);
  return [array, array.flat(...index.split(",").map(Number))];
}

function takeQuestion(next) {
  const isNew = next && next.entry !== question?.entry;
  question = next;
  concealed = new Map(
    (next?.hidden ?? []).map(([place, flats]) => {
      const array = model.arrays[place];
      const mask = new Uint8Array(array.values.length);
      for (const flat of flats) mask[flat] = COVERED;
      return [array, mask];
    }),
  );
  replyingPlace.hidden = !next;
  if (!next) {
    questionPlace.replaceChildren();
    return;
  }
  if (!isNew) return;
  const [array, flat] = entryOf(next.entry);
  const math = element("span", { className: "math" }, typeset(array.notation(flat)));
  questionPlace.replaceChildren(element("b", {}, math, element("small", {}, ` ${next.entry}`)), element("br"), next.words);
  verdictPlace.replaceChildren();
  replyField.value = "";
  pinned = true;
  current = explain(model, array, flat);
  reveal();
}

function showVerdict({ right, words, explained }) {
  const lines = explained.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]);
  const sign = right ? "✓ " : "";
  verdictPlace.replaceChildren(element("p", { className: right ? "right" : "wrong" }, sign + words), element("dl", {}, ...lines));
}

/** The factors of the concealed sum as a program's text. */
function asNumPy() {
  const [array, flat] = entryOf(question.entry);
  const { factors, extra, shape, equation } = explain(model, array, flat);
  const lines = [...factors, ...extra].map(({ values, symbol, array: read }, n) => {
    const side = values.length > 1 ? `.reshape(${shape.join(", ")})` : "";
    return `f${n + 1} = np.array([${[...values].join(", ")}])${side}  # ${read ? read.name : symbol}`;
  });
  return ["import numpy as np", `# ${array.entry(flat)}: ${equation}`, ...lines, ""].join("\n");
}

document.getElementById("ask").addEventListener("click", () => ask({ do: "ask", about: document.getElementById("about").value }));
document.getElementById("give-up").addEventListener("click", () => ask({ do: "reply", text: "" }));
document.getElementById("copy").addEventListener("click", async (event) => {
  await navigator.clipboard.writeText(asNumPy());
  event.target.textContent = "Copied";
  setTimeout(() => (event.target.textContent = "Copy as NumPy"), 1500);
});
document.getElementById("asking").addEventListener("submit", (event) => {
  event.preventDefault();
  if (question && replyField.value.trim()) ask({ do: "reply", text: replyField.value });
});

listeners.push((answer) => {
  takeQuestion(answer.question);
  if (answer.verdict) showVerdict(answer.verdict);
});
panel.conceals = (array, flat) => concealed.get(array)?.[flat] === COVERED;
veils.unshift((array) => concealed.get(array) ?? null);
choosers.push((array, flat, how) => {
  if (how === "choose" && question?.where === array.name) replyField.value = array.index(flat).slice(1).join(", ");
});
