// Requests to the server that computes the page's numbers. They are answered one after the other, in order.

const live = JSON.parse(document.getElementById("data").textContent).live;
const tools = document.getElementById("tools");
const problem = document.getElementById("problem");

let version = live.version; // of the numbers that the page has
let answering = null; // the loop that sends what waits
let runs = 0; // numbers of the runs of changes that are undone together
const waiting = [];

/**
 * Ask the server for a change, and show what follows. A drawing that waits is replaced by a newer one.
 * @returns the answer, or null if the server refused or a newer drawing took the request's place
 */
function ask(request) {
  const last = waiting.at(-1);
  if (request.do === "draw" && last?.request.do === "draw") waiting.pop().done(null);
  return queue(request, () => send("do", JSON.stringify({ ...request, seen: version }), request.do));
}

/** Show a picture file, which the server reads. */
function askAboutPicture(file) {
  return queue({ do: "picture" }, () => send("picture", file, "picture"));
}

function queue(request, go) {
  return new Promise((done) => {
    waiting.push({ request, go, done });
    answering ??= answerAll();
  });
}

async function answerAll() {
  tools.setAttribute("aria-busy", "true");
  while (waiting.length) {
    const { go, done } = waiting.shift();
    done(await go());
  }
  answering = null;
  tools.setAttribute("aria-busy", "false");
}

async function send(path, body, what) {
  let answer = null;
  let refused = "";
  try {
    const response = await fetch(`${live.session}/${path}`, { method: "POST", body });
    answer = await response.json();
    if (!response.ok) [refused, answer] = [answer.problem, null];
  } catch {
    refused = "The server does not answer. If cnnbp explore has ended, start it again.";
  }
  problem.textContent = refused;
  if (!answer) return null;
  version = answer.version;
  renew(answer, what);
  return answer;
}
