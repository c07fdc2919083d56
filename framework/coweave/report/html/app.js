// The page around the drawing: what failed and why, stepping, comparing, the theme.

const state = { index: failing.first, isComparing: false };
let diagram = null;
let table = null;
let overview = null;

function copyButton(text) {
  const button = element("button", { type: "button", className: "quiet" }, "copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {  // Not allowed: the command is chosen, for the keyboard to copy.
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = "chosen: press Ctrl+C";
    }
  });
  return button;
}

function drawTop() {
  byId("test").textContent = data.test || "A schedule without a name";
  const verdict = byId("verdict");
  if (data.failure) {
    const place = placeOf(data.failure.place);
    verdict.append(element("p", { className: "kind" }, element("span", { className: "badge fails" }, data.failure.kind),
      place ? element("span", { className: "place" }, ` at ${place.text}`) : null));
    verdict.append(element("pre", { className: "message" }, data.failure.message));
  } else {
    verdict.append(element("p", { className: "kind" }, element("span", { className: "badge passes" }, "no failure")));
  }
  drawDiagnosis();
  for (const [name, value] of data.facts)
    byId("facts").append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  if (data.replay)
    byId("facts").append(element("div", { className: "replay" }, element("dt", {}, "replay it"),
      element("dd", {}, element("code", {}, data.replay), " ", copyButton(data.replay))));
}

/** A cycle first, and the indented lines that belong to it: it is the whole story of a deadlock; a few lines, and the others on request. */
function drawDiagnosis() {
  const isCycle = (line) => line.startsWith("cycle:");
  let isPart = false;
  const first = data.diagnosis.map((line) => (isPart = line.startsWith("  ") ? isPart : isCycle(line)));
  const lines = [...data.diagnosis.filter((_, i) => first[i]), ...data.diagnosis.filter((_, i) => !first[i])];
  const list = (some) => element("ul", {}, ...some.map((line) =>
    element("li", { className: isCycle(line) ? "cycle" : "" }, line)));
  const most = 7;
  if (lines.length > 0) byId("diagnosis").append(list(lines.slice(0, most)));
  if (lines.length > most)
    byId("diagnosis").append(element("details", {}, element("summary", {}, `${lines.length - most} more`), list(lines.slice(most))));
}

function stepButton(index, text) {
  const button = element("button", { type: "button", className: "quiet" }, text);
  button.addEventListener("click", () => {
    choose(index);
    byId("diagram").focus({ preventScroll: true });
    byId("diagram").scrollIntoView({ block: "nearest" });
  });
  return button;
}

function drawWhy() {
  byId("why").hidden = data.needs.length === 0 && parting === null;
  if (data.needs.length > 0) {
    const list = element("ol", { className: "needs" });
    data.needs.forEach((need, i) => {
      const text = need.text.replace(/^step \d+: /, "");
      list.append(element("li", {}, element("span", { className: "need-badge", "aria-hidden": "true" }, String(i + 1)),
        stepButton(need.step, `step ${need.step + 1}`), " ", text));
    });
    byId("needs").append(element("p", {}, data.needs.length === 1
      ? "It needs this order. With it undone the same test passes:"
      : "It needs each of these orders. With any one of them undone the same test passes:"), list);
  }
  if (parting === null) return;
  const tell = (run, kind) => {
    const step = run.at(parting);
    const text = step ? `${step.task.name}: ${step.text}${step.place ? ` at ${step.place.short}` : ""}` : "the end";
    return element("tr", { className: kind }, element("th", { scope: "row" }, kind), element("td", {}, text));
  };
  byId("parting").append(element("p", {}, `${data.claim.charAt(0).toUpperCase()}${data.claim.slice(1)} is `,
    stepButton(parting, `step ${parting + 1}`), ", where it goes on with"),
    element("table", { className: "parting-table" }, tell(failing, "fails"), tell(passing, "passes")));
}

function drawNotes() {
  byId("notes-section").hidden = data.notes.length === 0;
  for (const note of data.notes) byId("notes").append(element("li", {}, note));
}

/** How large it is and where it failed, before anything is looked at. */
function drawSummary() {
  const summary = byId("summary");
  summary.textContent = failing.steps.length === 0 ? "" : overview.summary();
  if (data.failure && failing.at(data.failure.step))
    summary.append(" ", stepButton(data.failure.step, "go there"));
}

/** What the page has not got, and how to get it. */
function drawWindow() {
  if (failing.total === 0) {
    byId("window").hidden = false;
    byId("window").textContent = "The schedule has no steps, only its picks: a replay tells what they lead to.";
    return;
  }
  const notes = [];
  const hint = data.rest ? `: ${data.rest}` : "";
  if (failing.first > 0) notes.push(`Steps 1 to ${failing.first} are not in this page`);
  if (failing.end < failing.total) notes.push(`steps ${failing.end + 1} to ${failing.total} are not in this page`);
  const first = failing.first > 0 || failing.end < failing.total;
  byId("window").hidden = !first;
  if (first) byId("window").textContent = `${notes.join("; ")}. Another page has them${hint}`;
}

function drawLegend() {
  const rows = [
    ["✕", "the step that failed"], ["①", "an order that the failure needs, with its number above"],
    ["◆", "not the pick that the production order would have taken"],
    ["solid line", "the task is ready"], ["dashed line", "the task waits"],
    ["thick bar", "the task holds a lock or a permit"],
    ["arrow", "a task wakes (solid), cancels (red) or spawns (dotted) another"],
  ];
  byId("legend").append(element("table", {}, ...rows.map(([sign, text]) =>
    element("tr", {}, element("th", { scope: "row" }, sign), element("td", {}, text)))));
}

function drawMarks() {
  const svg = byId("marks");
  const count = Math.max(1, failing.end - failing.first - 1);
  svg.setAttribute("viewBox", "0 0 1000 8");
  svg.setAttribute("preserveAspectRatio", "none");
  const deviations = failing.steps.filter((step) => step.deviates).slice(0, 500).map((step) => step.index);
  for (const index of new Set([...deviations, ...markedSteps])) {
    const what = marks.get(index) || {};
    const kind = what.fails ? "fails" : what.need ? "needed" : what.parts ? "parts" : "deviates";
    svg.append(shape("rect", { x: (index - failing.first) / count * 994, y: 0, width: 6, height: 8, class: `tick ${kind}` }));
  }
}

function lastIndex() {
  return Math.max(failing.end, state.isComparing ? passing.end : 0) - 1;
}

function choose(index) {
  state.index = Math.min(Math.max(index, failing.first), Math.max(failing.first, lastIndex()));
  if (failing.steps.length === 0) {
    byId("overview").hidden = true;
    byId("where").textContent = "no steps";
    table.turn(0);
    return;
  }
  diagram.select(state.index);
  overview.select(Math.min(state.index, failing.end - 1));
  drawPanel(state.index, state.isComparing);
  table.show(state.index);
  byId("slider").value = state.index;
  byId("where").textContent = `step ${state.index + 1} of ${failing.total}`;
  const step = failing.at(state.index);
  byId("slider").setAttribute("aria-valuetext", step ? sentence(step, true) : `step ${state.index + 1}`);
  const spoken = [step ? sentence(step, true) : "The failing execution has ended"];
  const other = state.isComparing && state.index >= parting ? passing.at(state.index) : null;
  if (other) spoken.push(`Passing: ${sentence(other, false)}`);
  byId("live").textContent = spoken.join(". ");
  for (const name of ["first", "previous"]) byId(name).disabled = state.index === failing.first;
  for (const name of ["next", "last"]) byId(name).disabled = state.index === lastIndex();
  try {
    history.replaceState(null, "", `#step=${state.index + 1}`);
  } catch { /* Some viewers of artifacts allow no address. */ }
}

function nextMark(direction) {
  const others = direction > 0 ? markedSteps.filter((index) => index > state.index)
    : markedSteps.filter((index) => index < state.index).reverse();
  if (others.length > 0) choose(others[0]);
  else if (markedSteps.length > 0) choose(direction > 0 ? markedSteps[0] : markedSteps[markedSteps.length - 1]);
}

function setComparing(isComparing) {
  if (!passing) return;
  state.isComparing = isComparing;
  byId("compare").setAttribute("aria-pressed", String(isComparing));
  byId("slider").max = lastIndex();
  document.body.classList.toggle("comparing", isComparing);
  diagram.compare(isComparing);
  choose(state.index);
}

const themes = ["auto", "light", "dark"];
function storedTheme() {
  try {
    return themes.includes(localStorage.getItem("coweave-theme")) ? localStorage.getItem("coweave-theme") : "auto";
  } catch { return "auto"; }
}
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = `theme: ${theme}`;
  byId("theme").title = "Light, dark, or as the system says (t)";
  if (overview) overview.measure();
  try { localStorage.setItem("coweave-theme", theme); } catch { /* It holds for this visit. */ }
}
function nextTheme() {
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]);
}

const keys = {
  ArrowDown: () => choose(state.index + 1), ArrowRight: () => choose(state.index + 1),
  ArrowUp: () => choose(state.index - 1), ArrowLeft: () => choose(state.index - 1),
  Home: () => choose(failing.first), End: () => choose(lastIndex()),
  PageDown: () => choose(state.index + 10), PageUp: () => choose(state.index - 10),
  j: () => choose(state.index + 1), k: () => choose(state.index - 1),
  n: () => nextMark(1), p: () => nextMark(-1),
  c: () => setComparing(!state.isComparing), t: nextTheme,
};
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  // The slider steps by itself, and what scrolls sideways or is read in pages keeps its keys.
  const scrolls = event.target.closest("pre, .table-scroller, .panel");
  if (event.target.id === "slider" && event.key.length > 1) return;
  if (scrolls && event.key.length > 1) return;
  event.preventDefault();
  keys[event.key]();
}

function start() {
  document.body.classList.add("drawn");
  byId("main").hidden = false;
  setTheme(storedTheme());
  drawTop();
  drawWhy();
  drawNotes();
  drawWindow();
  drawLegend();
  const wanted = /^#step=(\d+)$/.exec(location.hash);
  const begin = wanted ? Number(wanted[1]) - 1 : data.failure ? data.failure.step : failing.first;
  byId("slider").min = failing.first;
  byId("slider").max = Math.max(failing.first, lastIndex());
  byId("diagram").setAttribute("aria-label", `The interleaving of ${plural(failing.total, "step")}. The table below has the same.`);
  table = new StepTable(byId("table-host"), failing, choose);
  overview = new Overview(byId("overview"), failing, choose, drawTip);
  diagram = new Diagram(byId("diagram"), choose, drawTip, (view) => overview.show(view));
  drawSummary();
  byId("compare").hidden = !passing;
  byId("mark").disabled = markedSteps.length === 0;
  for (const [id, act] of [["first", keys.Home], ["previous", keys.ArrowUp], ["next", keys.ArrowDown],
    ["last", keys.End], ["mark", keys.n], ["compare", keys.c], ["theme", nextTheme]])
    byId(id).addEventListener("click", act);
  byId("slider").addEventListener("input", (event) => choose(Number(event.target.value)));
  document.addEventListener("keydown", onKey);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => overview.measure());
  overview.measure();
  diagram.measure();
  drawMarks();
  choose(begin);
  if (failing.steps.length > 0) diagram.open(state.index);
}
start();
