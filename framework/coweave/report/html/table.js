// The text alternative of the drawing: the same steps as a table, a page of them at a time.

const TABLE_PAGE = 200;

class StepTable {
  constructor(host, run, choose) {
    this.host = host;
    this.run = run;
    this.choose = choose;
    this.page = -1;
  }
  get pages() { return Math.max(1, Math.ceil(this.run.steps.length / TABLE_PAGE)); }

  /** Turns to the page that has the step, and marks it there. */
  show(index) {
    this.turn(Math.floor((Math.min(index, this.run.end - 1) - this.run.first) / TABLE_PAGE));
    for (const row of this.host.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    const row = this.host.querySelector(`tr[data-step="${index}"]`);
    if (row) row.setAttribute("aria-current", "step");
  }

  turn(page) {
    const wanted = Math.min(Math.max(page, 0), this.pages - 1);
    if (wanted === this.page) return;
    this.page = wanted;
    const steps = this.run.steps.slice(wanted * TABLE_PAGE, (wanted + 1) * TABLE_PAGE);
    const head = element("tr", {}, ...["Step", "Task", "Resumes from", "Place", "Does", "Marks"]
      .map((title) => element("th", { scope: "col" }, title)));
    const table = element("table", { className: "steps" },
      element("caption", {}, this.caption(steps)),
      element("thead", {}, head), element("tbody", {}, ...steps.map((step) => this.row(step))));
    const scroller = element("div", { className: "table-scroller", tabIndex: 0, role: "region", "aria-label": "All steps" }, table);
    this.host.replaceChildren(scroller, ...(this.pages > 1 ? [this.turning()] : []));
  }

  caption(steps) {
    if (steps.length === 0) return "No steps are recorded.";
    const total = `${plural(this.run.total, "step")}${this.run.tasks.length ? ` of ${plural(this.run.tasks.length, "task")}` : ""}`;
    return steps.length === this.run.total ? total
      : `Steps ${steps[0].number} to ${steps[steps.length - 1].number} of ${total}`;
  }

  row(step) {
    const signs = badges(step, true);
    const link = element("button", { type: "button", className: "quiet", "aria-label": `Choose step ${step.number}` }, String(step.number));
    link.addEventListener("click", () => this.choose(step.index));
    const effects = step.effects.map((effect) => element("div", {}, effect.text,
      effect.place ? ` at ${effect.place.short}` : ""));
    const what = marks.get(step.index) || {};
    return element("tr", { "data-step": step.index, className: what.fails ? "fails" : what.need ? "needed" : "" },
      element("td", {}, link), element("td", {}, step.task.name), element("td", {}, step.text),
      element("td", { className: "place" }, step.place ? step.place.text : ""),
      element("td", {}, ...effects), element("td", {}, ...signs));
  }

  turning() {
    const go = (title, page) => {
      const button = element("button", { type: "button", disabled: page < 0 || page >= this.pages }, title);
      button.addEventListener("click", () => {
        this.turn(page);
        this.host.querySelector(".table-scroller").focus();  // The button is gone.
      });
      return button;
    };
    return element("nav", { className: "turning", "aria-label": "Pages of the table" },
      go("earlier steps", this.page - 1), ` ${this.page + 1} of ${this.pages} `, go("later steps", this.page + 1));
  }
}
