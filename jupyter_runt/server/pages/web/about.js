// What stands above the cells: how the run is, what it is about, and who asked for it.

import { api, config, url } from "./api.js";
import { byId, h, setAttribute, setText } from "./dom.js";
import { noteWords } from "./cell.js";
import { progress } from "./fold.js";
import { countWords, durationWords, reasonWords, timeWords, whyWords } from "./words.js";

const MARKS = {
  queued: "#6e7781", starting: "#0969da", running: "#0969da", waiting: "#bf8700",
  succeeded: "#1a7f37", failed: "#cf222e", cancelled: "#6e7781",
};

export class About {
  // `linkTo(id)` gives a link to a cell, or null.
  constructor(now, linkTo) {
    Object.assign(this, { now, linkTo, shown: "", spoken: "" });
    this.outcome = h("div", { class: "outcome" });
    this.facts = h("dl", { class: "facts" });
    byId("about").append(this.outcome, this.facts);
  }

  // Cheap, and also in a tab that nobody sees: the tab's title is what is seen of it.
  head(run) {
    const title = run.title || run.name || run.id;
    setText(byId("title"), title);
    document.title = `${run.status} · ${title}`;
    document.body.dataset.status = run.status;
    const chip = byId("status");
    chip.dataset.status = run.status;
    setText(chip, run.paused && !run.ended ? "paused" : run.status);
    setAttribute(byId("icon"), "href", icon(run.status));
    this.tick(run);
    this.progress(run);
    this.speak(run);
  }

  tick(run) {
    const begun = run.started_at ?? run.submitted_at;
    if (begun === null) return;
    const since = (this.now() - Date.parse(begun)) / 1000;
    if (run.duration !== null) setText(byId("elapsed"), durationWords(run.duration));
    else setText(byId("elapsed"), run.ended ? "" : `${run.started_at ? "" : "for "}${durationWords(since, true)}`);
  }

  progress(run) {
    const counts = run.counts();
    const { done, total } = progress(counts);
    const bar = byId("progress");
    setAttribute(bar, "aria-valuemax", Math.max(1, total));
    setAttribute(bar, "aria-valuenow", done);
    setAttribute(bar, "aria-valuetext", `${done} of ${countWords(total, "cell")}`);
    bar.firstElementChild.style.setProperty("--share", total ? done / total : 0);
    this.counted = { counts, done, total };
  }

  // Said aloud: the status, and questions; never each line of output.
  speak(run) {
    const question = run.question && !run.question.answered ? `The run waits for input: ${run.question.prompt}` : null;
    const said = question ?? `The run is ${run.status}${run.ended && run.reason ? `: ${whyWords(run.reason, run.message)}` : ""}.`;
    if (said === this.spoken) return;
    const first = this.spoken === "" && !question;
    this.spoken = said;
    if (!first) setText(byId("spoken"), said);
  }

  draw(run, whyQueued) {
    if (!run.seq) return;
    this.drawOutcome(run, whyQueued);
    const key = JSON.stringify([run.submitted_at, run.started_at, run.finished_at, run.past.length, run.attempt, run.worker, this.counted]);
    if (key === this.shown) return;
    this.shown = key;
    const runtime = run.runtime.display_name || run.runtime.runtime;
    const file = `${api("runs", config.run_id, "notebook")}?format=ipynb&download=true`;
    const facts = [
      ["Notebook", run.path && run.path !== run.name ? h("span", { title: run.path }, run.name) : run.name],
      ["Runtime", runtime],
      ["Requested by", [run.requested_by, run.via && `via ${run.via}`].filter(Boolean).join(" ")],
      ["Submitted", run.submitted_at && timeWords(run.submitted_at)],
      ["Cells", this.cellsWords()],
      ["Rerun of", run.parent_run && h("a", { href: url("runs", run.parent_run) }, run.parent_run)],
      ["Run", h("span", { class: "mono" }, run.id)],
      ["Labels", labels(run.labels)],
      ["Download", h("a", { href: file, download: true }, "Notebook with outputs (.ipynb)")],
      ["Attempts", this.attempts(run)],
      ["Parameters", parameters(run.parameters)],
    ];
    const known = facts.filter(([, value]) => value);
    this.facts.replaceChildren(...known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  cellsWords() {
    const { counts, done, total } = this.counted;
    const parts = ["failed", "skipped", "cancelled"].filter((each) => counts[each]).map((each) => `${counts[each]} ${each}`);
    return `${done} of ${total} done${parts.length ? `, ${parts.join(", ")}` : ""}`;
  }

  attempts(run) {
    if (!run.past.length) return null;
    const lines = run.past.map((each) => {
      const where = each.cell && this.linkTo(each.cell);
      return h("li", {}, `Attempt ${each.attempt}: ${whyWords(each.reason, each.message)}`, where && " in ", where);
    });
    return h("ol", { class: "attempts" }, ...lines, h("li", {}, `Attempt ${run.attempt}: ${run.ended ? run.status : "now"}`));
  }

  drawOutcome(run, whyQueued) {
    const lines = [];
    if (run.ended && run.status !== "succeeded") {
      const status = run.status[0].toUpperCase() + run.status.slice(1);
      const told = `${status}: ${culpritWords(run) || whyWords(run.reason, run.message)}`;
      const why = h("p", { class: run.status === "failed" ? "fault" : "" }, told);
      const { asked } = run;
      if (asked && !asked.refused && ["cancel", "kill"].includes(asked.kind)) why.append(` (${asked.by})`);
      const culprit = run.culprit && this.linkTo(run.culprit);
      if (culprit) why.append(" – ", culprit);
      lines.push(why);
    }
    if (run.status === "queued" && whyQueued) lines.push(h("p", { class: "quiet" }, `Queued: ${whyQueued}`));
    if (run.attempt > 1 && !run.ended) lines.push(h("p", {}, `Attempt ${run.attempt}. The one before ended with ${reasonWords(run.past.at(-1)?.reason)}.`));
    if (run.asked?.refused) lines.push(h("p", { class: "quiet" }, `${run.asked.kind} was refused: ${run.asked.refused}`));
    for (const note of run.notes) lines.push(h("p", { class: "note" }, noteWords(note)));
    const key = lines.map((line) => line.textContent).join("\n");
    if (key === this.outcomeShown) return;
    this.outcomeShown = key;
    this.outcome.replaceChildren(...lines);
  }
}

function culpritWords(run) {
  const error = run.reason === "cell_error" ? run.cells.get(run.culprit)?.error : null;
  return error?.ename ? [error.ename, error.evalue].filter(Boolean).join(": ") : "";
}

function icon(status) {
  const circle = `<circle cx="8" cy="8" r="7" fill="${MARKS[status] ?? MARKS.queued}"/>`;
  const shape = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${circle}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(shape)}`;
}

function labels(found) {
  const all = Object.entries(found);
  return all.length ? h("span", { class: "labels" }, ...all.map(([key, value]) => h("span", { class: "label" }, `${key}: ${value}`))) : null;
}

function parameters(found) {
  const all = Object.entries(found);
  if (!all.length) return null;
  const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const rows = all.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, text(value))));
  return h("table", { class: "parameters" }, h("tbody", {}, ...rows));
}
