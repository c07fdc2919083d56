// What is known about one step: beside the drawing, in the tip, and for a screen reader.

/** Lines of a source with the place among them, or a word why there are none. */
function sourceBlock(place, around) {
  if (!place) return null;
  const lines = sourceAt(place, around);
  if (!lines) return null;
  const code = element("pre", { className: "source", tabIndex: 0, "aria-label": `Source around ${place.text}` });
  for (const line of lines)
    code.append(element("span", { className: line.isPlace ? "line here" : "line" },
      element("span", { className: "line-number" }, String(line.number).padStart(5)), ` ${line.text}`));
  return code;
}

function badges(step, isFailing) {
  const what = isFailing ? marks.get(step.index) || {} : {};
  const list = [];
  if (what.fails) list.push(element("span", { className: "badge fails" }, "✕ the failing step"));
  if (what.need) list.push(element("span", { className: "badge needed" }, `${what.need} the failure needs this order`));
  if (step.deviates && !step.isChoice)
    list.push(element("span", { className: "badge deviates" }, "◆ not the pick of the production order"));
  if (step.isInjection) list.push(element("span", { className: "badge deviates" }, "injected"));
  return list;
}

/** The same as the card of a step, in one sentence. */
function sentence(step, isFailing) {
  const parts = [`Step ${step.number} of ${step.run.total}: ${step.task.name}: ${step.text}`];
  if (step.place) parts[0] += ` at ${step.place.text}`;
  for (const effect of step.effects) parts.push(effect.text);
  const signs = badges(step, isFailing).map((badge) => badge.textContent.replace(/^[^a-z]+/i, ""));
  return [...parts, ...signs].join("; ");
}

function section(title, ...content) {
  return element("div", { className: "part" }, element("h4", {}, title), ...content);
}

function effectsPart(step) {
  if (step.effects.length === 0) return null;
  const list = element("ul", { className: "effects" });
  for (const effect of step.effects) {
    const item = element("li", { className: effect.kind }, effect.text);
    if (effect.place) item.append(" ", element("span", { className: "place" }, effect.place.short));
    list.append(item);
  }
  return section("In this step it", list);
}

function readyPart(step) {
  if (step.isChoice)
    return section("A choice", element("p", {}, `${step.pick ? step.pick.taken : 0} of ${step.pick ? step.pick.of : 1} values`));
  if (!step.pick) return null;
  const list = element("ol", { className: "ready" });
  step.ready.forEach((task, i) => {
    const isPicked = i === step.pick.taken;
    const item = element("li", { className: isPicked ? "picked" : "" }, task.name);
    const hints = [i === 0 ? "the production order's pick" : "", isPicked ? "picked here" : ""];
    item.append(element("span", { className: "hint" }, ` ${hints.filter((hint) => hint).join(", ")}`));
    list.append(item);
  });
  if (step.readyUntold > 0) list.append(element("li", {}, `and ${step.readyUntold} more`));
  return section("Ready here", list);
}

/** Every task after the step: at two in the morning nobody wants to work that out. */
function statesPart(run, index) {
  const table = element("table", { className: "states" });
  const most = 40;
  for (const task of run.tasks.slice(0, most)) {
    const state = run.stateAfter(task, index);
    const held = run.heldAfter(index).filter((span) => span.lane === task.lane);
    const cell = element("td", {}, element("span", { className: `state ${state.word.replace(" ", "-")}` }, state.word));
    if (state.word === "waits" && state.what) cell.append(` for ${state.what}`);
    else if (state.word === "ready" && state.what) cell.append(`, then ${state.what}`);
    else if (state.word === "ran" && state.what) cell.append(`, up to ${state.what}`);
    if (state.place) cell.append(" ", element("span", { className: "place" }, state.place.short));
    for (const span of held) cell.append(element("div", { className: "holds" }, `holds ${span.text}`));
    table.append(element("tr", {}, element("th", { scope: "row", className: hueOf(task) }, task.name), cell));
  }
  const part = section("After it", table);
  if (run.tasks.length > most) part.append(element("p", {}, `and ${run.tasks.length - most} more tasks`));
  return part;
}

function stepBlock(run, index, isFailing) {
  const step = run.at(index);
  const title = element("h3", {}, passing && panelCompares ? `${run.name}: ` : "");
  if (!step) {
    title.append(`this execution has ended, after ${plural(run.total, "step")}`);
    return element("div", { className: "block" }, title);
  }
  title.append(element("span", { className: `task ${hueOf(step.task)}` }, step.task.name));
  const what = element("p", { className: "what" }, step.text);
  if (step.place) what.append(element("span", { className: "place" }, step.place.text));
  return element("div", { className: isFailing ? "block" : "block passes" },
    element("p", { className: "count" }, `step ${step.number} of ${run.total}`), title,
    ...badges(step, isFailing), what, sourceBlock(step.place, 3),
    failureBlock(step, isFailing), effectsPart(step), readyPart(step), statesPart(run, index));
}

function failureBlock(step, isFailing) {
  if (!isFailing || !data.failure || data.failure.step !== step.index) return null;
  const block = element("div", { className: "failure" },
    element("strong", {}, data.failure.kind), element("pre", {}, data.failure.message));
  const place = placeOf(data.failure.place);
  if (place) block.append(element("span", { className: "place" }, place.text));
  if (place && (!step.place || place.text !== step.place.text)) {
    const source = sourceBlock(place, 2);
    if (source) block.append(source);
  }
  return block;
}

let panelCompares = false;
function drawPanel(index, isComparing) {
  panelCompares = isComparing;
  const blocks = [stepBlock(failing, index, true)];
  if (isComparing && index >= parting) blocks.push(stepBlock(passing, index, false));
  else if (isComparing) blocks.push(element("p", { className: "same" }, `The passing execution does the same until step ${parting}.`));
  byId("panel").replaceChildren(...blocks);
}

/** Beside the pointer: the place and its source. */
function drawTip(step, event) {
  const tip = byId("tip");
  tip.hidden = !step;
  if (!step) return;
  if (tip.dataset.of !== `${step.run.name} ${step.index}`) {
    tip.dataset.of = `${step.run.name} ${step.index}`;
    const head = element("div", { className: "tip-head" }, `${step.number}  ${step.task.name}: ${step.text}`);
    tip.replaceChildren(head);
    if (step.place) tip.append(element("div", { className: "place" }, step.place.text));
    const source = sourceBlock(step.place, 2);
    if (source) { source.removeAttribute("tabindex"); tip.append(source); }
    for (const effect of step.effects)
      tip.append(element("div", {}, `${effect.text}${effect.place ? ` at ${effect.place.short}` : ""}`));
  }
  const x = Math.min(event.clientX + 16, window.innerWidth - tip.offsetWidth - 8);
  const y = event.clientY + 18 + tip.offsetHeight < window.innerHeight
    ? event.clientY + 18 : Math.max(4, event.clientY - tip.offsetHeight - 12);
  tip.style.left = `${Math.max(4, x)}px`;
  tip.style.top = `${y}px`;
}
