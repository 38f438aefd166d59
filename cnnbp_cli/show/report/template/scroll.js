// Buttons at the edges of a network that is wider than the window: they show that there is more, and scroll to it.

const EDGE = 4; // px: scroll positions are fractions on some screens

/** Adds the buttons to the parent of `host`, which scrolls horizontally and contains the layers. */
function addScrollButtons(host, layers) {
  const buttons = [
    ["earlier", "←", -1, (box, view) => box.left < view.left - EDGE],
    ["later", "→", 1, (box, view) => box.right > view.right + EDGE],
  ].map(([name, sign, direction, isOutside]) => {
    const count = element("small");
    const button = element("button", { type: "button", className: `scroll ${name}` }, element("span", {}, sign, count));
    button.addEventListener("click", () => {
      const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
      host.scrollBy({ left: 0.7 * direction * host.clientWidth, behavior });
    });
    host.parentElement.append(button);
    return { name, button, count, isOutside };
  });
  const update = () => {
    const view = host.getBoundingClientRect();
    for (const { name, button, count, isOutside } of buttons) {
      const hidden = layers.filter((layer) => isOutside(layer.getBoundingClientRect(), view)).length;
      button.hidden = !hidden;
      count.textContent = hidden;
      button.setAttribute("aria-label", `Scroll to ${hidden} ${name} layer${hidden === 1 ? "" : "s"}`);
    }
  };
  host.addEventListener("scroll", update, { passive: true });
  new ResizeObserver(update).observe(host);
  update();
}
