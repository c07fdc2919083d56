// The data of the page (page_data.cpp) as objects that know what a reader wants to know.

/** One step of an execution; `index` is its number in the trace, from 0. */
class Step {
  constructor(run, index, raw, lane) {
    this.run = run;
    this.index = index;
    this.lane = lane;
    this.raw = raw;
  }
  get number() { return this.index + 1; }
  get task() { return this.run.tasks[this.lane]; }
  get text() { return texts[this.raw.o]; }
  get place() { return placeOf(this.raw.p); }
  get isChoice() { return this.raw.x === "choice"; }
  get isInjection() { return this.raw.x === "injection"; }
  /** Position in the ready queue or value chosen, of how many; null where there was no choice. */
  get pick() { return this.raw.k ? { taken: this.raw.k[0], of: this.raw.k[1] } : null; }
  get deviates() { return this.raw.k !== undefined && this.raw.k[0] !== 0; }
  /** Since which step its task had been ready. */
  get readySince() { return this.raw.s === undefined ? this.index : this.raw.s; }
  get ready() { return (this.raw.r || []).map((n) => this.run.tasks[this.run.laneOf[n]]); }
  get readyUntold() { return this.raw.rn || 0; }
  get effects() {
    return (this.raw.e || []).map(([kind, text, place, other]) => ({
      kind, text: texts[text], place: placeOf(place),
      other: other < 0 ? null : this.run.tasks[this.run.laneOf[other]],
    }));
  }
  get ends() { return (this.raw.e || []).some((effect) => effect[0] === "finish"); }
}

/** One execution, as far as the page has it. */
class Run {
  constructor(raw, name) {
    this.name = name;
    this.total = raw.total;
    this.first = raw.first;
    this.tasks = raw.tasks.map((task, lane) => ({
      lane, name: task.name, path: task.path, place: placeOf(task.place), isDaemon: !!task.daemon,
      readyAtEnd: task.ready === undefined ? null : task.ready, steps: [], spawnedAt: null,
    }));
    this.laneOf = [];  // By the number that the data uses for a task.
    raw.tasks.forEach((task, lane) => { this.laneOf[task.n] = lane; });
    this.steps = raw.steps.map((step, i) => new Step(this, raw.first + i, step, this.laneOf[step.t]));
    for (const step of this.steps) {
      if (!step.isChoice && !step.isInjection) step.task.steps.push(step.index);
      for (const [kind, , , other] of step.raw.e || [])
        if (kind === "spawn" && other >= 0) this.tasks[this.laneOf[other]].spawnedAt = step.index;
    }
    this.blocked = raw.blocked.map((entry) => ({
      task: this.tasks[this.laneOf[entry.task]], text: texts[entry.text],
      place: placeOf(entry.place), since: entry.since,
    }));
    this.held = raw.held.map((span) => ({
      lane: this.laneOf[span.task], text: texts[span.text], from: span.from,
      to: span.to === null ? Infinity : span.to,
    }));
  }
  get end() { return this.first + this.steps.length; }
  /** Undefined outside of the page. */
  at(index) { return this.steps[index - this.first]; }

  /** What a task does once the step `index` is over: a word, and for a waiting one what for. */
  stateAfter(task, index) {
    const next = firstAbove(task.steps, index);
    const last = next > 0 ? this.at(task.steps[next - 1]) : null;
    if (last && last.ends) return { word: "ended" };
    const later = next < task.steps.length ? this.at(task.steps[next]) : null;
    const stuck = this.blocked.find((entry) => entry.task === task);
    const what = later ? later.text : stuck ? stuck.text : null;
    const place = later ? later.place : stuck ? stuck.place : null;
    if (last && last.index === index) return { word: "ran", what, place };
    if (!last && this.first === 0 && task.lane > 0 && (task.spawnedAt === null || task.spawnedAt > index))
      return { word: "not spawned" };
    const ready = later ? later.readySince : task.readyAtEnd;
    if (ready !== null && ready <= index + 1) return { word: "ready", what: later && later.text };
    return { word: "waits", what, place };
  }
  heldAfter(index) {
    return this.held.filter((span) => span.from <= index && span.to > index);
  }
}

/** Position of the first element of a sorted list that is greater than `value`. */
function firstAbove(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > value) high = middle; else low = middle + 1;
  }
  return low;
}

function placeOf(number) {
  if (number < 0 || number === undefined) return null;
  const [file, line] = data.places[number];
  return { file, line, text: `${file}:${line}`, short: `${file.slice(file.lastIndexOf("/") + 1)}:${line}` };
}

/** The lines around a place, as far as `around`, or null where the source is not in the page. */
function sourceAt(place, around) {
  if (!place) return null;
  for (const excerpt of data.sources[place.file] || []) {
    const at = place.line - excerpt.first;
    if (at < 0 || at >= excerpt.lines.length) continue;
    const start = Math.max(0, at - around);
    return excerpt.lines.slice(start, at + around + 1)
      .map((text, i) => ({ number: excerpt.first + start + i, text, isPlace: start + i === at }));
  }
  return null;
}

const data = JSON.parse(document.getElementById("data").textContent);
const texts = data.texts;
const failing = new Run(data.runs[0], data.failure ? "failing" : "this execution");
const passing = data.runs.length > 1 ? new Run(data.runs[1], "passing") : null;
const parting = data.parting === undefined ? null : data.parting;

/** What is marked: steps with the reason; the numbers of needs are from 1. */
const marks = new Map();
function mark(index, what) {
  if (index < failing.first || index >= failing.end) return;
  if (!marks.has(index)) marks.set(index, {});
  Object.assign(marks.get(index), what);
}
data.needs.forEach((need, i) => need.steps.forEach((step) => mark(step, { need: i + 1 })));
if (data.failure) mark(data.failure.step, { fails: true });
if (parting !== null) mark(parting, { parts: true });
const markedSteps = [...marks.keys()].sort((a, b) => a - b);

/** An element with properties, attributes (`aria-...`, `data-...`) and children. Text stays text. */
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value; else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
function byId(id) { return document.getElementById(id); }
function plural(count, noun) { return `${count} ${noun}${count === 1 ? "" : "s"}`; }
