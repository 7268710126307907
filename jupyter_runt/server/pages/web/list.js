// The list of runs, live.

import { api, config, get, socket, url } from "./api.js";
import { byId, h, setText } from "./dom.js";
import { OPEN } from "./fold.js";
import { Stream } from "./stream.js";
import { countWords, durationWords, reasonWords, shortTimeWords, timeWords } from "./words.js";

const PAGE = 100;
const skew = config.now * 1000 - Date.now();
const rows = new Map(); // run id -> what the server tells of it
const items = new Map(); // run id -> its line
let counts = {};
let cursor = null; // where older runs begin; null: there are none
let frame = 0;

new Stream(() => socket(api("follow")), {
  onMessage: take,
  onState(state) {
    const banner = byId("banner");
    setText(banner, "Reconnecting … Runs go on without this page.");
    banner.hidden = state !== "away";
  },
  isOver: () => false,
});

function take(message) {
  if (message.type === "snapshot") {
    rows.clear();
    cursor = message.runs[PAGE - 1]?.run_id ?? null; // the newest ones come first; open ones that are older, after them
  }
  for (const row of message.runs) rows.set(row.run_id, row);
  for (const id of message.removed ?? []) rows.delete(id);
  counts = message.counts ?? counts;
  schedule();
}

function schedule() {
  frame ||= requestAnimationFrame(draw);
}

function draw() {
  frame = 0;
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = [...rows.values()].filter((row) => matches(row, words)).sort(newestFirst);
  const list = byId("runs");
  const wanted = new Set(shown.map((row) => row.run_id));
  for (const [id, item] of items) {
    if (wanted.has(id)) continue;
    item.element.remove();
    items.delete(id);
  }
  shown.forEach((row, index) => {
    let item = items.get(row.run_id);
    if (!item) items.set(row.run_id, (item = new Item(row)));
    item.draw(row);
    // Only what is new or has moved is put in place: the focus stays where it is.
    if (list.children[index] !== item.element) list.insertBefore(item.element, list.children[index] ?? null);
  });
  const open = OPEN.filter((status) => counts[status]).map((status) => `${counts[status]} ${status}`);
  setText(byId("counts"), open.join(" · "));
  byId("empty").hidden = shown.length > 0;
  setText(byId("empty"), rows.size ? "No run matches the filter." : "There are no runs yet: “jupyter runt submit NOTEBOOK” makes one.");
  byId("older").hidden = cursor === null;
}

const newestFirst = (a, b) => (a.submitted_at === b.submitted_at ? (a.run_id < b.run_id ? 1 : -1) : a.submitted_at < b.submitted_at ? 1 : -1);

function matches(row, words) {
  const labels = Object.entries(row.labels).map(([key, value]) => `${key}:${value} ${key}=${value}`);
  const text = [row.run_id, row.name, row.title, row.status, row.requested_by, row.reason ?? "", ...labels].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

class Item {
  constructor(row) {
    this.link = h("a", { href: url("runs", row.run_id), class: "run-name" });
    this.status = h("span", { class: "chip small" });
    this.bar = h("span", { class: "mini", "aria-hidden": "true" }, h("span"));
    this.cells = h("span", { class: "number" });
    this.elapsed = h("span", { class: "number" });
    this.who = h("span", { class: "who" });
    this.when = h("time", { datetime: row.submitted_at, title: timeWords(row.submitted_at) }, shortTimeWords(row.submitted_at));
    const meta = h("span", { class: "run-meta quiet" }, this.bar, this.cells, this.elapsed, this.who, this.when);
    this.element = h("li", {}, this.status, this.link, meta);
  }

  draw(row) {
    this.row = row;
    setText(this.link, row.title || row.name || row.run_id);
    this.link.title = row.run_id;
    this.status.dataset.status = row.status;
    setText(this.status, row.status);
    this.status.title = row.reason ? reasonWords(row.reason) : "";
    this.bar.firstChild.style.setProperty("--share", row.cells_total ? row.cells_done / row.cells_total : 0);
    setText(this.cells, `${row.cells_done} of ${countWords(row.cells_total, "cell")}${row.cells_failed ? `, ${row.cells_failed} failed` : ""}`);
    setText(this.who, row.requested_by);
    this.tick();
  }

  tick() {
    const { started_at, finished_at } = this.row;
    const end = finished_at ? Date.parse(finished_at) : Date.now() + skew;
    setText(this.elapsed, started_at ? durationWords((end - Date.parse(started_at)) / 1000, !finished_at) : "");
  }
}

byId("filter").addEventListener("input", schedule);
byId("older").addEventListener("click", async () => {
  const button = byId("older");
  button.disabled = true;
  try {
    const page = await get(`${api("runs")}?before=${cursor}&limit=${PAGE}`);
    for (const row of page.runs) rows.set(row.run_id, row);
    cursor = page.next;
  } catch (error) {
    setText(byId("empty"), error.message);
    byId("empty").hidden = false;
  }
  button.disabled = false;
  schedule();
});

// Once a second, and only while something runs.
setInterval(() => {
  for (const item of items.values()) if (!item.row.finished_at) item.tick();
}, 1000);
