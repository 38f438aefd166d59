// One step at a time: a slider, the arrow keys, and a button that plays all steps.

const PACE = 400; // ms per step

const steps = JSON.parse(document.getElementById("data").textContent);
const sections = steps.map((step) => document.getElementById(`step-${step}`));

function made(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

if (sections.length > 1) {
  const slider = made("input", { type: "range", min: 0, max: sections.length - 1, value: 0 });
  slider.setAttribute("aria-label", "step");
  const shown = made("output", {});
  const play = made("button", { type: "button", textContent: "Play" });
  let timer = 0;

  const show = () => {
    sections.forEach((section, place) => { section.hidden = place !== slider.valueAsNumber; });
    shown.textContent = `step ${steps[slider.valueAsNumber]}`;
    slider.setAttribute("aria-valuetext", shown.textContent);
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  slider.addEventListener("input", () => { stop(); show(); });
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (slider.valueAsNumber === sections.length - 1) slider.value = 0;
    play.textContent = "Pause";
    timer = setInterval(() => {
      slider.stepUp();
      show();
      if (slider.valueAsNumber === sections.length - 1) stop();
    }, PACE);
    show();
  });
  const player = made("div", { className: "player" });
  player.append(play, slider, shown);
  document.querySelector("header").after(player);
  show();
}
