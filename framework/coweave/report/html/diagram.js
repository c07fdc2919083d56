// The drawing: time downwards, a lane for each task. Only the rows in sight are in the document, so
// that a long execution is no slower than a short one.

const SVG = "http://www.w3.org/2000/svg";
function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
function label(text, x, y, kind) {
  const made = shape("text", { x, y, class: kind });
  made.textContent = text;
  return made;
}
function hueOf(task) { return `lane-${task.lane % 8}`; }

class Diagram {
  /** `choose(index)` is called for a click on a step, `hover(step, event)` with null when it ends,
      `look({from, to, firstLane, lastLane})` with what of the failing execution is in sight. */
  constructor(host, choose, hover, look) {
    this.host = host;
    this.look = look;
    this.current = null;
    this.isComparing = false;
    this.heads = host.appendChild(element("div", { className: "heads" }));
    this.body = host.appendChild(element("div", { className: "body" }));
    host.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(host);
    this.body.addEventListener("click", (event) => {
      const step = this.stepAt(event);
      if (step) choose(step.index);
    });
    this.body.addEventListener("mousemove", (event) => hover(this.stepAt(event), event));
    this.body.addEventListener("mouseleave", () => hover(null));
  }

  get headHeight() { return HEAD + (this.isComparing ? RUN_NAME : 0); }
  get runs() { return this.isComparing ? [failing, passing] : [failing]; }

  stepAt(event) {
    const card = event.target.closest("[data-step]");
    if (card) return this.runs[Number(card.dataset.run)].at(Number(card.dataset.step));
    const row = this.rows.rowAt(event.clientY - this.body.getBoundingClientRect().top);
    return event.type === "click" ? failing.at(row) || (passing && passing.at(row)) : null;
  }

  compare(isComparing) {
    this.isComparing = isComparing;
    this.measure();
  }

  characterWidth() {
    const probe = shape("text", { class: "operation" });
    probe.textContent = "0".repeat(100);
    this.body.replaceChildren(shape("svg", { width: 0, height: 0 }, probe));
    return probe.getComputedTextLength() / 100 || 7;
  }

  /** After a change of width or of what is drawn. */
  measure() {
    const character = this.characterWidth();
    const runs = this.runs;
    const lanes = runs.reduce((sum, run) => sum + run.tasks.length, 0);
    const room = this.host.clientWidth - GUTTER - 14 - GAP * (runs.length - 1);
    const width = Math.min(MOST_LANE, Math.max(LEAST_LANE, Math.floor(room / Math.max(1, lanes))));
    let left = GUTTER;
    this.lanes = runs.map((run) => {
      const placed = new Lanes(run, left, width, character);
      left = placed.right + GAP;
      return placed;
    });
    this.width = Math.max(left - GAP + 8, this.host.clientWidth - 2);
    const end = Math.max(...runs.map((run) => run.end));
    const heights = new Array(end - failing.first).fill(0);
    for (const placed of this.lanes)
      for (const step of placed.run.steps) {
        const row = step.index - failing.first;
        heights[row] = Math.max(heights[row], placed.cardLines(step).length * LINE + 20);
      }
    const blocked = runs.some((run) => run.blocked.length > 0);
    heights.push(blocked ? 4 * LINE + 26 : 26);  // The end.
    this.rows = new Rows(failing.first, heights);
    this.body.style.height = `${this.rows.height}px`;
    this.body.style.width = this.heads.style.width = `${this.width}px`;
    this.drawHeads();
    this.draw(true);
    if (this.current !== null) this.show(this.current);
  }

  select(index) {
    this.current = index;
    this.show(index);
    this.draw(true);
  }

  /** Scrolls so that the row is in the middle of what the window shows of the drawing. */
  open(index) {
    const below = window.innerHeight - this.host.getBoundingClientRect().top - this.headHeight;
    const seen = Math.max(160, Math.min(below, this.host.clientHeight - this.headHeight));
    const middle = (this.rows.top(index) + this.rows.bottom(index)) / 2;
    this.host.scrollTop = Math.max(0, middle - seen / 2);
  }

  /** Scrolls as little as it takes to see the row and a little around it. */
  show(index) {
    const margin = 60;
    const top = this.rows.top(index);
    const bottom = this.rows.bottom(index) + this.headHeight;
    if (top - margin < this.host.scrollTop)
      this.host.scrollTop = Math.max(0, top - margin);
    else if (bottom + margin > this.host.scrollTop + this.host.clientHeight)
      this.host.scrollTop = bottom + margin - this.host.clientHeight;
    const step = failing.at(index) || (passing && passing.at(index));
    if (!step) return;
    const lanes = this.lanes[failing.at(index) ? 0 : this.lanes.length - 1];
    const left = lanes.x(step.lane);
    if (left - GUTTER < this.host.scrollLeft) this.host.scrollLeft = Math.max(0, left - GUTTER);
    else if (left + lanes.width + 8 > this.host.scrollLeft + this.host.clientWidth)
      this.host.scrollLeft = left + lanes.width + 8 - this.host.clientWidth;
  }

  drawHeads() {
    const svg = shape("svg", { width: this.width, height: this.headHeight, "aria-hidden": "true" });
    const top = this.headHeight - HEAD;
    this.lanes.forEach((placed, run) => {
      if (this.isComparing)
        svg.append(label(run === 0 ? "✕ fails" : "✓ passes", placed.left + 4, 18,
          run === 0 ? "run-name fails" : "run-name passes"));
      for (const task of placed.run.tasks) {
        const x = placed.x(task.lane);
        const most = Math.floor((placed.width - 28) / (placed.characterWidth * 1.1));  // Bold.
        const group = shape("g", { class: hueOf(task) },
          shape("rect", { x: x + 4, y: top + 4, width: placed.width - 8, height: HEAD - 9, rx: 6, class: "head" }),
          label(cutMiddle(task.name, most), x + 14, top + HEAD / 2 + 4, "head-name"));
        group.append(shape("title", {}, task.isDaemon ? `${task.name} (a daemon)` : task.name));
        svg.append(group);
      }
    });
    this.heads.replaceChildren(svg);
  }

  /** What is in sight, and a little around it. */
  draw(isForced = false) {
    const top = Math.max(0, this.host.scrollTop - 400);
    const bottom = Math.min(this.rows.height, this.host.scrollTop + this.host.clientHeight + 400);
    const from = this.rows.rowAt(top);
    const to = this.rows.rowAt(bottom);
    const left = this.host.scrollLeft;
    const drawn = this.drawn;
    if (!isForced && drawn && drawn.from === from && drawn.to === to && drawn.left === left) return;
    this.drawn = { from, to, left };
    this.tellSight();
    this.offset = this.rows.top(from);
    const height = this.rows.bottom(to) - this.offset;
    const svg = shape("svg", { width: this.width, height, "aria-hidden": "true" });
    svg.style.top = `${this.offset}px`;
    this.arrows = shape("g", {});
    svg.append(this.arrowHeads());
    this.drawRows(svg, from, to);
    this.lanes.forEach((placed, run) => {
      const group = shape("g", { class: run === 1 ? "passing" : "" });
      for (const task of placed.run.tasks) this.drawLifeline(group, placed, task, from, to);
      this.drawBands(group, placed, from, to);
      for (let i = Math.max(from, placed.run.first); i <= Math.min(to, placed.run.end - 1); ++i)
        this.drawStep(group, placed, placed.run.at(i), run);
      if (to >= this.rows.first + this.rows.count - 1) this.drawEnd(group, placed);
      svg.append(group);
    });
    svg.append(this.arrows);
    this.lanes.forEach((placed, run) => {
      for (let i = Math.max(from, placed.run.first); i <= Math.min(to, placed.run.end - 1); ++i)
        if (!this.isComparing || run === 0) this.drawAside(svg, placed, placed.run.at(i), run);
    });
    this.drawParting(svg, from, to);
    this.drawGutter(svg, from, to);
    this.body.replaceChildren(svg);
  }

  y(index) { return this.rows.top(index) - this.offset; }

  tellSight() {
    const { left, width, run } = this.lanes[0];
    const lane = (x) => Math.min(Math.max(Math.floor((x - left) / width), 0), run.tasks.length - 1);
    const top = this.host.scrollTop;
    this.look({
      from: this.rows.rowAt(top), to: this.rows.rowAt(top + this.host.clientHeight - this.headHeight),
      firstLane: lane(this.host.scrollLeft + GUTTER), lastLane: lane(this.host.scrollLeft + this.host.clientWidth - 8),
    });
  }

  /** The name of a task whose step lies beside what is in sight, at that edge. */
  drawAside(group, placed, step, run) {
    const { x, width } = placed.card(step.lane);
    const left = this.host.scrollLeft + GUTTER;
    const right = this.host.scrollLeft + this.host.clientWidth;
    const isRight = x + 20 > right;
    if (!isRight && x + width - 20 > left) return;
    const name = cutMiddle(step.task.name, 24);
    const text = label(isRight ? `${name} \u2192` : `\u2190 ${name}`, isRight ? right - 10 : left + 4,
      this.y(step.index) + 23, `aside ${isRight ? "right" : "left"} ${hueOf(step.task)}`);
    text.dataset.step = step.index;
    text.dataset.run = run;
    group.append(text);
  }

  arrowHeads() {
    const heads = shape("defs", {});
    for (const kind of ["wake", "cancel", "spawn"])
      heads.append(shape("marker", { id: `head-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4,
        markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse", class: `arrow-head ${kind}` },
      shape("path", { d: "M0 0 L8 4 L0 8 z" })));
    return heads;
  }

  rowKind(index) {
    const what = marks.get(index) || {};
    const kinds = ["row"];
    if (index === this.current) kinds.push("current");
    if (what.fails) kinds.push("fails");
    else if (what.need) kinds.push("needed");
    return kinds.join(" ");
  }

  /** What is marked belongs to the failing execution, the chosen row to both. */
  drawRows(svg, from, to) {
    for (let i = from; i <= to && i < this.rows.first + this.rows.count - 1; ++i) {
      const isShared = i === this.current || !this.isComparing;
      svg.append(shape("rect", { x: 0, y: this.y(i), class: this.rowKind(i),
        width: isShared ? this.width : this.lanes[1].left - GAP / 2,
        height: this.rows.bottom(i) - this.rows.top(i) }));
    }
  }

  /** The numbers and signs of the rows; they stay in sight when lanes are scrolled sideways. */
  drawGutter(svg, from, to) {
    const gutter = shape("g", { transform: `translate(${this.host.scrollLeft} 0)` },
      shape("rect", { x: 0, y: 0, width: GUTTER - 4, height: this.rows.bottom(to) - this.offset, class: "gutter" }));
    for (let i = from; i <= to && i < this.rows.first + this.rows.count - 1; ++i) {
      const y = this.y(i);
      const what = marks.get(i) || {};
      gutter.append(shape("rect", { x: 0, y, width: GUTTER - 4, height: this.rows.bottom(i) - this.rows.top(i),
        class: this.rowKind(i) }));
      gutter.append(label(String(i + 1), GUTTER - 10, y + 24, "number"));
      if (what.fails) gutter.append(label("✕", 5, y + 25, "sign fails"));
      if (what.need) {
        const x = what.fails ? 26 : 14;
        gutter.append(shape("circle", { cx: x, cy: y + 20, r: 8.5, class: "need-sign" }),
          label(String(what.need), x, y + 24, "need-number"));
      } else if (!what.fails && failing.at(i) && failing.at(i).deviates) {
        gutter.append(label("◆", 7, y + 24, "sign deviates"));
      }
    }
    svg.append(gutter);
  }

  /** Solid while the task is ready, dashed while it waits. */
  drawLifeline(group, placed, task, from, to) {
    const x = placed.line(task.lane);
    const run = placed.run;
    const line = (top, bottom, kind) => {
      const start = Math.max(top, this.rows.top(from));
      const end = Math.min(bottom, this.rows.bottom(to));
      if (end <= start) return;
      group.append(shape("line", { x1: x, x2: x, y1: start - this.offset, y2: end - this.offset,
        class: `life ${kind} ${hueOf(task)}` }));
    };
    let position = Math.max(0, firstAbove(task.steps, from) - 1);
    for (; position <= task.steps.length; ++position) {
      const previous = position > 0 ? task.steps[position - 1] : null;
      const next = position < task.steps.length ? task.steps[position] : null;
      if (previous !== null && run.at(previous).ends) return;
      if (previous !== null && previous > to) return;
      const born = task.spawnedAt !== null ? this.rows.bottom(task.spawnedAt) - 10
        : run.first > 0 || task.lane === 0 ? 0 : null;
      const top = previous !== null ? this.rows.bottom(previous) - 8 : born;
      const bottom = next !== null ? this.rows.top(next) + 8 : this.rows.bottom(run.end - 1) + 8;
      if (top === null) continue;
      const since = next !== null ? run.at(next).readySince : task.readyAtEnd;
      const ready = since === null ? bottom : Math.max(top, this.rows.top(since));
      line(top, Math.min(ready, bottom), "waits");
      line(ready, bottom, "ready");
    }
  }

  drawBands(group, placed, from, to) {
    for (const band of placed.bands) {
      if (band.from > to || band.to < from) continue;
      const top = this.rows.top(band.from) + 10;
      const isHeldAtEnd = band.to === Infinity;
      const bottom = isHeldAtEnd ? this.rows.bottom(placed.run.end - 1) + 18 : this.rows.bottom(band.to) - 10;
      const start = Math.max(top, this.rows.top(from) - 6);
      const end = Math.min(bottom, this.rows.bottom(to) + 6);
      const bar = shape("rect", { x: placed.x(band.lane) + 6 + band.slot * (BAND + 2),
        y: start - this.offset, width: BAND, height: Math.max(4, end - start), rx: 3,
        class: `band band-${band.color}` });
      bar.append(shape("title", {}, `holds ${band.text} from step ${band.from + 1} ` +
        (isHeldAtEnd ? "to the end" : `to step ${band.to + 1}`)));
      group.append(bar);
    }
  }

  drawStep(group, placed, step, run) {
    const { x, width } = placed.card(step.lane);
    const y = this.y(step.index) + 5;
    const lines = placed.cardLines(step);
    const height = lines.length * LINE + 10;
    const isCommon = this.isComparing && step.index < parting;
    const kinds = ["step", hueOf(step.task)];
    const what = run === 0 ? marks.get(step.index) || {} : {};
    if (step.index === this.current) kinds.push("current");
    if (what.fails) kinds.push("fails");
    if (what.need) kinds.push("needed");
    if (step.deviates) kinds.push("deviates");
    if (step.isChoice || step.isInjection) kinds.push("choice");
    if (isCommon && run === 1) kinds.push("common");
    const card = shape("g", { class: kinds.join(" "), "data-step": step.index, "data-run": run },
      shape("rect", { x, y, width, height, rx: 6, class: "card" }),
      shape("rect", { x, y: y + 4, width: 3.5, height: height - 8, rx: 1.75, class: "stripe" }));
    lines.forEach((line, i) => {
      const base = y + 18 + i * LINE;
      const indent = line.tone === "effect" ? 12 + placed.characterWidth * 2 : 12;
      card.append(label(line.text, x + indent, base, line.effect ? `effect ${line.effect.kind}` : line.tone));
      if (!line.effect) return;
      const held = line.effect.kind === "take"
        ? placed.bands.find((band) => band.lane === step.lane && band.from === step.index &&
            line.effect.text.endsWith(band.text)) : null;
      card.append(held
        ? shape("rect", { x: x + 12, y: base - 9, width: 9, height: 9, rx: 2, class: `band band-${held.color}` })
        : label("·", x + 15, base, "effect"));
      this.drawArrow(placed, step, line.effect, base - 4);
    });
    group.append(card);
  }

  /** From the step to the task that it wakes, spawns or cancels. */
  drawArrow(placed, step, effect, y) {
    if (!effect.other || effect.other.lane === step.lane) return;
    const kind = effect.kind === "cancel" || effect.kind === "timeout" ? "cancel"
      : effect.kind === "spawn" ? "spawn" : "wake";
    const { x, width } = placed.card(step.lane);
    const to = placed.line(effect.other.lane);
    const isRight = effect.other.lane > step.lane;
    const start = isRight ? x + width : x;
    this.arrows.append(shape("path", { d: `M${start} ${y} L${to + (isRight ? -2 : 2)} ${y}`,
      class: `arrow ${kind}`, "marker-end": `url(#head-${kind})` }));
  }

  /** How each execution ended, and who waits for ever. */
  drawEnd(group, placed) {
    const run = placed.run;
    const y = this.y(run.end) + 8;
    for (const entry of run.blocked) {
      const { x, width } = placed.card(entry.task.lane);
      const most = placed.characters(entry.task.lane);
      const lines = wrapText(`waits: ${entry.text}`, most, 2);
      if (entry.place) lines.push(placed.cutLeft(entry.place.short, most));
      const card = shape("g", { class: "stuck" },
        shape("rect", { x, y, width, height: lines.length * LINE + 10, rx: 6, class: "card" }));
      lines.forEach((text, i) => card.append(label(text, x + 12, y + 18 + i * LINE, i ? "place" : "operation")));
      group.append(card);
    }
  }

  drawParting(svg, from, to) {
    if (!this.isComparing) return;
    const x = this.lanes[1].left - GAP / 2;
    svg.append(shape("line", { x1: x, x2: x, y1: 0, y2: this.rows.bottom(to) - this.offset, class: "divide" }));
    if (parting < from || parting > to) return;
    const y = this.y(parting) + 0.5;
    svg.append(shape("line", { x1: 0, x2: this.width, y1: y, y2: y, class: "parting" }));
  }
}
