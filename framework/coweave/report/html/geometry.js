// Where things are: the heights of rows, the widths of lanes, what fits into them.

const LINE = 17;         // Of text, in pixels.
const GUTTER = 62;       // Left of the lanes: numbers and signs.
const BAND = 6;          // A held lock.
const MOST_BANDS = 4;    // Beside each other in one lane.
const MOST_EFFECTS = 6;  // Shown in a card; the panel has all.
const LEAST_LANE = 150;
const MOST_LANE = 330;
const GAP = 28;          // Between two executions.
const HEAD = 34;         // The names of the tasks.
const RUN_NAME = 20;     // Above them where two executions are drawn.

/** Text in at most `most` lines of `width` characters, broken at spaces where there are any. */
function wrapText(text, width, most) {
  const lines = [];
  let rest = text;
  while (rest.length > width && lines.length + 1 < most) {
    const space = rest.lastIndexOf(" ", width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(space > 0 ? end + 1 : end);
  }
  lines.push(rest.length > width ? `${rest.slice(0, Math.max(1, width - 1))}…` : rest);
  return lines;
}

/** The beginning and the end: of names that are alike, a number at the end tells them apart. */
function cutMiddle(text, width) {
  if (text.length <= width) return text;
  const end = Math.min(6, Math.floor(width / 3));
  return `${text.slice(0, width - end - 1)}…${text.slice(text.length - end)}`;
}

/** The lanes of one execution, at their horizontal places. */
class Lanes {
  constructor(run, left, width, characterWidth) {
    this.run = run;
    this.left = left;
    this.width = width;
    this.slots = run.tasks.map(() => 0);
    this.bands = this.placeBands();
    this.characterWidth = characterWidth;
  }
  get right() { return this.left + this.width * this.run.tasks.length; }
  x(lane) { return this.left + lane * this.width; }
  card(lane) {
    const start = this.x(lane) + 6 + this.slots[lane] * (BAND + 2);
    return { x: start, width: this.x(lane) + this.width - 6 - start };
  }
  line(lane) { return this.card(lane).x + 14; }
  characters(lane) {
    return Math.max(8, Math.floor((this.card(lane).width - 22) / this.characterWidth));
  }
  /** Each held lock in a slot of its lane that is free meanwhile. */
  placeBands() {
    const ends = this.run.tasks.map(() => []);
    const colors = new Map();
    return this.run.held.map((span) => {
      const free = ends[span.lane];
      let slot = free.findIndex((end) => end <= span.from);
      if (slot < 0) slot = Math.min(free.length, MOST_BANDS - 1);
      free[slot] = span.to;
      this.slots[span.lane] = Math.max(this.slots[span.lane], slot + 1);
      if (!colors.has(span.text)) colors.set(span.text, colors.size % 6);
      return { ...span, slot, color: colors.get(span.text) };
    });
  }
  /** The lines of a card: {text, tone}. */
  cardLines(step) {
    const width = this.characters(step.lane);
    const lines = wrapText(step.text, width, 2).map((text) => ({ text, tone: "operation" }));
    if (step.place) lines.push({ text: this.cutLeft(step.place.short, width), tone: "place" });
    const effects = step.effects;
    for (const effect of effects.slice(0, MOST_EFFECTS))
      lines.push({ text: wrapText(effect.text, width - 2, 1)[0], tone: "effect", effect });
    if (effects.length > MOST_EFFECTS)
      lines.push({ text: `and ${effects.length - MOST_EFFECTS} more`, tone: "effect" });
    return lines;
  }
  /** The end of a place matters more than its beginning. */
  cutLeft(text, width) {
    return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`;
  }
}

/** Where each row begins: rows of both executions are aligned. */
class Rows {
  constructor(first, heights) {
    this.first = first;
    this.starts = new Float64Array(heights.length + 1);
    heights.forEach((height, i) => { this.starts[i + 1] = this.starts[i] + height; });
  }
  get count() { return this.starts.length - 1; }
  get height() { return this.starts[this.count]; }
  /** Clamped: what lies outside of the page begins and ends at its edges. */
  top(index) { return this.starts[Math.min(Math.max(index - this.first, 0), this.count)]; }
  bottom(index) { return this.top(index + 1); }
  /** The row at a height. */
  rowAt(y) {
    return this.first + Math.min(Math.max(firstAbove(this.starts, y) - 1, 0), this.count - 1);
  }
}
