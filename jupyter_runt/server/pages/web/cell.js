// One cell: its head, source, outputs and, while it waits, the question.

import { h, setText, setAttribute } from "./dom.js";
import { OutputsView } from "./outputs.js";
import { QuestionView } from "./question.js";
import { durationWords, reasonWords, sizeWords, countWords } from "./words.js";

const SILENT = 60; // seconds without any event of a running cell that are worth a word

export class CellView {
  // `page` gives `again(id)`, `widget(model)`, `now()` and `config`.
  // `index` counts all cells, `number` those of code. `page` gives again(id), widget(model) and now().
  constructor(cell, index, number, page) {
    Object.assign(this, { cell, index, number, page, hasSource: false, outputs: null, notes: null, question: null });
    const isCode = cell.type === "code";
    this.label = isCode ? `cell ${number}` : `${cell.type === "markdown" ? "text" : "raw text"} ${index}`;
    this.status = h("span", { class: "chip small" });
    this.time = h("span", { class: "quiet number" });
    this.source = h("div", { class: "source" });
    const heading = h("h2", { id: `head-${index}`, class: isCode ? null : "unseen" }, this.label[0].toUpperCase() + this.label.slice(1));
    this.element = h(
      "article",
      { class: `cell ${cell.type}`, id: `cell-${index}`, "aria-labelledby": `head-${index}`, tabindex: "-1" },
      h("div", { class: isCode ? "cell-head" : null }, heading, isCode && this.status, isCode && this.time),
      this.source,
    );
  }

  // The server's own HTML: highlighted or sanitised there (pages/markup.py), and the only HTML that is ever set here.
  setSource(found) {
    this.hasSource = true;
    if (this.cell.type === "markdown") {
      this.source.className = "source prose";
      this.source.innerHTML = found.html;
    } else {
      const code = h("code");
      code.innerHTML = found.html;
      this.source.append(h("pre", { class: "code" }, code));
    }
  }

  // True when there is more to draw than the time allowed.
  draw(run, isLate) {
    const { cell } = this;
    if (cell.type !== "code") return false;
    setAttribute(this.element, "data-status", cell.status);
    setAttribute(this.status, "data-status", cell.status);
    const why = cell.reason && (cell.started_at || cell.status === "skipped") ? `: ${reasonWords(cell.reason)}` : "";
    setText(this.status, cell.status + why);
    this.tick(run);
    this.drawQuestion(run);
    if (!cell.outputs.length && !this.outputs && !cell.notes.length && !cell.late && !cell.answers.length) return false;
    return this.drawOutputs(run, isLate);
  }

  // What changes with time alone.
  tick(run) {
    const { cell } = this;
    if (cell.duration !== null) setText(this.time, durationWords(cell.duration));
    else if (cell.started_at === null) setText(this.time, "");
    else if (!run.ended) {
      const silence = (this.page.now() - Date.parse(run.at)) / 1000;
      const silent = silence >= SILENT && cell.status === "running" ? ` · silent for ${Math.floor(silence / 60)} min` : "";
      setText(this.time, durationWords((this.page.now() - Date.parse(cell.started_at)) / 1000, true) + silent);
    }
  }

  drawOutputs(run, isLate) {
    const { cell } = this;
    if (!this.outputs) {
      this.outputs = new OutputsView(this.label, () => this.page.again(cell.id), this.page.widget);
      this.notes = h("div", { class: "notes" });
      this.element.append(this.outputs.element, this.notes);
      if (this.question) this.element.append(this.question.element);
    }
    const more = this.outputs.draw(cell.outputs, isLate);
    const notes = [...cell.answers.map(answerWords), ...cell.notes.map(noteWords)];
    if (cell.late) notes.push("Some of this was written after the cell had finished.");
    while (this.notes.childElementCount > notes.length) this.notes.lastChild.remove();
    notes.forEach((text, index) => {
      const note = this.notes.children[index] ?? this.notes.appendChild(h("p", { class: "note" }));
      setText(note, text);
    });
    return more;
  }

  drawQuestion(run) {
    const asked = run.question?.cell_id === this.cell.id && !run.question.answered ? run.question : null;
    if (this.question && this.question.asked.input_id !== asked?.input_id) {
      this.question.element.remove();
      this.question = null;
    }
    if (asked && !this.question) {
      this.question = new QuestionView(asked, this.index, this.page);
      this.element.append(this.question.element);
    }
  }
}

function answerWords({ prompt, by }) {
  const asked = String(prompt).trim();
  const who = by === "policy" ? "as the notebook’s policy says" : `by ${by}`;
  return `${asked ? `${asked} ` : "input() "}– answered ${who}`;
}

export function noteWords(note) {
  if (note.kind === "gap") {
    const much = Number.isFinite(note.bytes) ? ` (${sizeWords(note.bytes)})` : "";
    return `Output was lost here${much}: ${reasonWords(note.reason)}`;
  }
  if (note.dropped === undefined) return `Output was cut off: a run may put out ${countWords(note.limit.toLocaleString("en"), "character")}.`;
  return `In all, at least ${countWords(note.dropped.toLocaleString("en"), "character")} of output are missing.`;
}
