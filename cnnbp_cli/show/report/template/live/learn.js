// Steps of an optimizer on the image or on batches, one at a time or one after the other, and the cost as a curve.

const MOST_COSTS = 4000; // the curve keeps no more; older ones are thinned out
const FRAME = 120; // ms that the steps between two pictures may take
const optimizerList = document.getElementById("optimizer");
const rateField = document.getElementById("rate");
const batchList = document.getElementById("batch");
const stepButton = document.getElementById("step");
const runButton = document.getElementById("run");
const curve = document.getElementById("curve");
const curveRange = document.getElementById("curve-range");
const RATES = Object.fromEntries(optimizerList.dataset.rates.split(",").map((pair) => pair.split("=")));

let costs = []; // one per `every` steps
let every = 1;
let steps = 0;
let going = false;

function stepRequest(count, run) {
  const batch = Number(batchList.value) || 0;
  const rate = rateField.valueAsNumber;
  return { do: "step", optimizer: optimizerList.value, learning_rate: rate, batch, count, run };
}

/** Make steps until the reader stops them or the server refuses; as many at once as fit between two pictures. */
async function run() {
  const number = ++runs;
  let count = 1;
  going = true;
  showGoing();
  while (going) {
    const began = performance.now();
    const answer = await ask(stepRequest(count, number));
    if (!answer) break;
    const took = performance.now() - began;
    if (took < FRAME / 2) count = Math.min(200, 2 * count);
    else if (took > FRAME) count = Math.max(1, Math.floor(count / 2));
    await new Promise((done) => setTimeout(done, 16)); // the browser draws, and hears the reader
  }
  going = false;
  showGoing();
}

function showGoing() {
  runButton.textContent = going ? "Stop" : "Run";
  runButton.setAttribute("aria-pressed", String(going));
}

stepButton.addEventListener("click", () => ask(stepRequest(1, 0)));
runButton.addEventListener("click", () => (going ? (going = false) : run()));
optimizerList.addEventListener("change", () => (rateField.value = RATES[optimizerList.value]));
document.addEventListener("keydown", (event) => event.key === "Escape" && (going = false));

listeners.push((answer) => {
  if (!answer.steps) [costs, every, steps] = [[], 1, 0];
  for (const cost of answer.costs) if (steps++ % every === 0) costs.push(cost);
  if (costs.length > MOST_COSTS) {
    costs = costs.filter((_, n) => n % 2 === 0);
    every *= 2;
  }
  if (answer.costs.length || !answer.steps) drawCurve();
});

function drawCurve() {
  const sharp = devicePixelRatio;
  const { width, height } = curve.getBoundingClientRect();
  [curve.width, curve.height] = [width, height].map((side) => Math.max(1, Math.round(side * sharp)));
  const pen = curve.getContext("2d");
  pen.scale(sharp, sharp);
  const [low, high] = extremes(costs);
  const top = high || 1;
  pen.strokeStyle = palette.line;
  pen.stroke(line(0, height - 1.5, width, height - 1.5));
  pen.strokeStyle = palette.mark;
  pen.lineWidth = 1.5;
  pen.beginPath();
  const across = Math.max(1, costs.length - 1);
  costs.forEach((cost, n) => pen.lineTo((n / across) * width, 3 + (1 - cost / top) * (height - 6)));
  pen.stroke();
  const words = costs.length ? `${steps.toLocaleString("en")} steps, from ${number(costs[0], 3)} to ${number(costs.at(-1), 3)}` : "no step yet";
  curveRange.textContent = words;
  curve.setAttribute("aria-label", `The cost before each step: ${words}; lowest ${number(low, 3)}, highest ${number(high, 3)}`);
}

new ResizeObserver(drawCurve).observe(curve);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => requestAnimationFrame(drawCurve));
