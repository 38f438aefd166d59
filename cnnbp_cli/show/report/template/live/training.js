// The page of a training that runs: numbers arrive as events, sections are fetched when their pictures have changed.

const source = new EventSource("events");
const main = document.querySelector("main");
const spoken = document.getElementById("spoken");
let shown = -1; // the version of the sections
let wanted = -1;
let loading = false;

source.addEventListener("message", ({ data }) => {
  const { version, progress } = JSON.parse(data);
  for (const [id, text] of Object.entries(progress)) document.getElementById(id).textContent = text;
  wanted = version;
  if (!loading) load();
});

source.addEventListener("end", ({ data }) => {
  source.close();
  spoken.textContent = `Training ${data}`;
});

/** Fetch the sections as a document: no script of theirs runs, and no text becomes HTML here. */
function load() {
  if (shown === wanted) return;
  const version = wanted;
  const request = new XMLHttpRequest();
  loading = true;
  request.open("GET", "sections");
  request.responseType = "document";
  request.addEventListener("loadend", () => {
    loading = false;
    if (request.status !== 200 || !request.response) return;
    shown = version;
    take(request.response);
    load();
  });
  request.send();
}

/** Replace the sections that differ; what is unfolded stays so. */
function take(from) {
  [...from.querySelectorAll("section")].forEach((section, place) => {
    const old = document.getElementById(section.id);
    const next = document.adoptNode(section);
    if (!old) main.insertBefore(next, main.children[place + 1] ?? null); // after the progress
    else if (!old.isEqualNode(next)) {
      const open = [...old.querySelectorAll("details")].map((one) => one.open);
      next.querySelectorAll("details").forEach((one, n) => (one.open = open[n] ?? false));
      old.replaceWith(next);
    }
  });
}
