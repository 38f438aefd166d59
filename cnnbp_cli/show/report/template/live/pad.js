// The drawing pad: with a mouse, a finger or a pen; with arrow keys and Space. Each new point is sent to the server.

const PEN = 9; // width of a stroke, in pixels of the pad
const STEP = 4; // how far an arrow key moves the pen: one pixel of the network's image
const DRAWN = "your drawing"; // what the server calls it

class Pad {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { willReadFrequently: true });
    this.at = null; // where the last stroke is, while the pen is down
    this.cursor = [canvas.width / 2, canvas.height / 2]; // of the keyboard
    this.down = false; // whether the keyboard's pen is on the paper
    this.run = 0;
    this.clear();
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(end, () => (this.at = null));
    canvas.addEventListener("keydown", (event) => this.keyed(event));
    canvas.addEventListener("blur", () => (this.down = false));
  }

  clear() {
    this.pen.fillStyle = "#fff";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.drawn = false;
  }

  begin(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.run = ++runs;
    this.at = this.place(event);
    this.lineTo(this.at);
  }

  move(event) {
    if (!this.at) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.lineTo(this.place(one), false);
    this.send();
  }

  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * this.canvas.width, ((clientY - box.top) / box.height) * this.canvas.height];
  }

  lineTo(to, sends = true) {
    const { pen } = this;
    Object.assign(pen, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#000" });
    pen.beginPath();
    pen.moveTo(...(this.at ?? to));
    pen.lineTo(...to);
    pen.stroke();
    this.at = to;
    this.drawn = true;
    if (sends) this.send();
  }

  keyed(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if ((!step && event.key !== " ") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (!step) {
      this.down = !this.down;
      this.run = ++runs;
      spoken.textContent = this.down ? "Pen down" : "Pen up";
    } else {
      this.at = this.down ? this.cursor : null;
      const limits = [this.canvas.width, this.canvas.height];
      this.cursor = this.cursor.map((one, axis) => Math.max(PEN, Math.min(limits[axis] - PEN, one + STEP * step[axis])));
      spoken.textContent = `Column ${Math.round(this.cursor[0] / STEP)}, row ${Math.round(this.cursor[1] / STEP)}`;
    }
    if (this.down) this.lineTo(this.cursor);
    this.at = null;
  }

  /** Send the drawing, dark on light, a byte per pixel. */
  send() {
    const { width, height } = this.canvas;
    const { data } = this.pen.getImageData(0, 0, width, height);
    let letters = "";
    for (let n = 0; n < data.length; n += 4) letters += String.fromCharCode(data[n]);
    ask({ do: "draw", side: width, pixels: btoa(letters), run: this.run });
  }
}
