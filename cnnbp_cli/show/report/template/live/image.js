// The image: drawn, picked from the test images, or read from a file; and the class that is expected.

const indexField = document.getElementById("index");
const targetList = document.getElementById("target");
const doubtsPlace = document.getElementById("doubts");
const padCanvas = document.getElementById("pad");
const pad = padCanvas && new Pad(padCanvas);

function pickImage(index) {
  const place = Math.max(Number(indexField.min), Math.min(Number(indexField.max), Math.trunc(index)));
  if (Number.isFinite(place)) ask({ do: "pick", index: place });
}

indexField.addEventListener("change", () => pickImage(indexField.valueAsNumber));
document.getElementById("before").addEventListener("click", () => pickImage(indexField.valueAsNumber - 1));
document.getElementById("after").addEventListener("click", () => pickImage(indexField.valueAsNumber + 1));
targetList.addEventListener("change", () => ask({ do: "target", digit: Number(targetList.value) }));

listeners.push(({ image, label, doubts }) => {
  const picked = /^test image (\d+)$/u.exec(image);
  if (picked) indexField.value = picked[1];
  targetList.value = label;
  doubtsPlace.textContent = doubts.join("; ");
  if (pad?.drawn && !image.startsWith(DRAWN)) pad.clear();
});

if (pad) {
  document.getElementById("clear").addEventListener("click", () => {
    pad.clear();
    pad.run = ++runs;
    pad.send();
  });
  const picker = document.getElementById("picture");
  picker.addEventListener("change", () => {
    if (picker.files.length) askAboutPicture(picker.files[0]);
    picker.value = "";
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) askAboutPicture(event.dataTransfer.files[0]);
  });
}
