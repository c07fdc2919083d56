// The whole execution at a glance: a row for each task, time to the right, what is marked above.
// On a canvas, since an execution may have more steps than a document should have elements.

const OVERVIEW_MARKS = 12;         // Height of the marks, in pixels.
const OVERVIEW_MOST_HEIGHT = 180;  // Of all rows.
const OVERVIEW_ROW = 13;           // Of a row whose name can be read.

class Overview {
  /** `choose(index)` is called for a press or a drag, `hover(step, event)` with null when it ends. */
  constructor(host, run, choose, hover) {
    this.run = run;
    this.view = null;
    this.index = run.first;
    this.canvas = host.appendChild(element("canvas", { role: "img" }));
    this.canvas.setAttribute("aria-label", this.summary());
    this.base = document.createElement("canvas");
    new ResizeObserver(() => this.measure()).observe(host);
    this.host = host;
    const chooseAt = (event) => {
      choose(this.indexAt(event));
      event.preventDefault();
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      chooseAt(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) chooseAt(event);
      hover(event.buttons & 1 ? null : run.at(this.indexAt(event)), event);
    });
    this.canvas.addEventListener("pointerleave", () => hover(null));
  }

  /** "12 tasks, 243 steps, fails in step 240 (worker#9)". */
  summary() {
    const run = this.run;
    const parts = [plural(run.tasks.length, "task"), plural(run.total, "step")];
    const step = data.failure ? run.at(data.failure.step) : null;
    if (step) parts.push(`fails in step ${step.number} (${step.task.name})`);
    return parts.join(", ");
  }

  get count() { return Math.max(1, this.run.steps.length); }
  /** The left edge of a step; not clamped. */
  x(index) { return this.left + (index - this.run.first) / this.count * (this.width - this.left); }
  y(lane) { return OVERVIEW_MARKS + lane * this.row; }

  indexAt(event) {
    const x = event.clientX - this.canvas.getBoundingClientRect().left;
    const at = Math.floor((x - this.left) / (this.width - this.left) * this.count);
    return this.run.first + Math.min(Math.max(at, 0), this.count - 1);
  }

  /** After a change of width or of colours. */
  measure() {
    const tasks = Math.max(1, this.run.tasks.length);
    this.width = Math.max(120, this.host.clientWidth);
    this.row = Math.max(2, Math.min(OVERVIEW_ROW, OVERVIEW_MOST_HEIGHT / tasks));
    this.height = Math.ceil(OVERVIEW_MARKS + Math.min(tasks * this.row, OVERVIEW_MOST_HEIGHT) + 3);
    if (tasks * this.row > OVERVIEW_MOST_HEIGHT) this.row = OVERVIEW_MOST_HEIGHT / tasks;
    const hasNames = this.row >= 11 && this.width >= 560;
    this.left = hasNames ? 132 : 4;
    const scale = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.base]) {
      canvas.width = Math.round(this.width * scale);
      canvas.height = Math.round(this.height * scale);
    }
    this.canvas.style.height = `${this.height}px`;
    const style = getComputedStyle(document.documentElement);
    this.color = (name) => style.getPropertyValue(`--${name}`).trim();
    const paint = this.base.getContext("2d");
    paint.setTransform(scale, 0, 0, scale, 0, 0);
    this.drawTasks(paint, hasNames);
    this.drawMarks(paint);
    this.draw();
  }

  drawTasks(paint, hasNames) {
    const thick = Math.max(1, this.row - (this.row > 4 ? 3 : 0));
    const wide = Math.max(1, this.x(1) - this.x(0) - (this.x(1) - this.x(0) > 4 ? 1 : 0));
    paint.font = `10.5px ${getComputedStyle(document.body).fontFamily}`;
    paint.textBaseline = "middle";
    for (const task of this.run.tasks) {
      const y = this.y(task.lane);
      const hue = this.color(`lane-${task.lane % 8}`);
      if (hasNames) {
        paint.fillStyle = hue;
        paint.fillText(cutMiddle(task.name, 20), 2, y + this.row / 2, this.left - 8);
      }
      if (task.steps.length === 0) continue;
      const first = this.x(task.steps[0]);
      paint.fillStyle = this.color("edge");
      paint.fillRect(first, y + this.row / 2 - 0.5, this.x(task.steps[task.steps.length - 1]) - first, 1);
      paint.fillStyle = hue;
      for (const index of task.steps) paint.fillRect(this.x(index), y + (this.row - thick) / 2, wide, thick);
    }
  }

  drawMarks(paint) {
    const bottom = this.height - 2;
    for (const [index, what] of marks) {
      const kind = what.fails ? "fail" : what.need ? "need" : "pass";
      const middle = (this.x(index) + this.x(index + 1)) / 2;
      paint.fillStyle = this.color(kind);
      paint.globalAlpha = what.fails ? 0.55 : 0.3;
      paint.fillRect(middle - 0.75, OVERVIEW_MARKS - 2, 1.5, bottom - OVERVIEW_MARKS + 2);
      paint.globalAlpha = 1;
      paint.beginPath();  // A triangle that points down to the step.
      const size = what.fails ? 6 : 4;
      paint.moveTo(middle - size, OVERVIEW_MARKS - 2 - 1.6 * size);
      paint.lineTo(middle + size, OVERVIEW_MARKS - 2 - 1.6 * size);
      paint.lineTo(middle, OVERVIEW_MARKS - 2);
      paint.fill();
    }
  }

  /** What the drawing below shows: rows [from, to] and lanes [firstLane, lastLane]. */
  show(view) {
    this.view = view;
    this.draw();
  }
  select(index) {
    this.index = index;
    this.draw();
  }

  draw() {
    if (!this.color) return;
    const paint = this.canvas.getContext("2d");
    const scale = window.devicePixelRatio || 1;
    paint.setTransform(1, 0, 0, 1, 0, 0);
    paint.clearRect(0, 0, this.canvas.width, this.canvas.height);
    paint.drawImage(this.base, 0, 0);
    paint.setTransform(scale, 0, 0, scale, 0, 0);
    paint.strokeStyle = this.color("accent");
    paint.fillStyle = this.color("accent");
    if (this.view) {
      const left = Math.max(this.left, this.x(this.view.from));
      const right = Math.min(this.width - 1, Math.max(left + 3, this.x(this.view.to + 1)));
      const top = this.y(this.view.firstLane);
      const bottom = Math.min(this.height - 2, this.y(this.view.lastLane + 1));
      paint.globalAlpha = 0.12;
      paint.fillRect(left, top, right - left, bottom - top);
      paint.globalAlpha = 1;
      paint.lineWidth = 1;
      paint.strokeRect(left + 0.5, top + 0.5, Math.max(1, right - left - 1), Math.max(1, bottom - top - 1));
    }
    const here = (this.x(this.index) + this.x(this.index + 1)) / 2;
    paint.fillRect(here - 1, OVERVIEW_MARKS - 3, 2, this.height - OVERVIEW_MARKS + 1);
  }
}
