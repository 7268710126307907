// The page of one run: events come in, are folded, and what they changed is drawn in the next frames.

import { About } from "./about.js";
import { Actions } from "./actions.js";
import { api, config, get, resolve, socket, url } from "./api.js";
import { CellView } from "./cell.js";
import { byId, h, setAttribute, setText } from "./dom.js";
import { Run, isControl } from "./fold.js";
import { FollowMode } from "./follow.js";
import { Stream } from "./stream.js";

const FRAME_MS = 10; // of drawing in one frame; the rest waits for the next one
const QUEUED_LOOK = 10_000; // how often to ask why it is queued: no event says that
const AWAY = {
  0: "Reconnecting … The run goes on without this page.",
  401: "You are logged out: load the page again to log in.",
  403: "You are logged out: load the page again to log in.",
  404: "This run has been removed.",
};
const OVER = { 1000: "", 4404: "This run has been removed.", 4403: "You may not look at this run any more." };

const skew = config.now * 1000 - Date.now();
const page = { now: () => Date.now() + skew, again: (id) => redraw(id), widget: (model) => run.captured.get(model) };

const run = new Run(config.run_id);
const views = new Map();
const dirty = new Set();
let sources = null;
let coming = Promise.resolve();
let frame = 0;
let ticking = 0;
let whyQueued = "";
let built = 0;

const about = new About(page.now, linkTo);
const actions = new Actions((text, isFault) => banner(text, isFault));
const follow = new FollowMode(() => (run.ended || !isCaughtUp() ? null : (views.get(run.current)?.element ?? null)));

// -- what comes in -----------------------------------------------------------------------------------------------------

const stream = new Stream(() => socket(`${api("runs", config.run_id, "follow")}?after=${run.seq}`), {
  onMessage: (message) => message.type === "events" && (coming = coming.then(() => take(message.events))),
  onState: connection,
  isOver: (code) => code in OVER,
});

// Batches are taken one after the other: the values that the fold needs may have to be fetched first.
async function take(events) {
  try {
    for (const event of events) {
      const whole = isControl(event) ? { ...event, data: await resolved(event) } : event;
      if (!run.apply(whole)) return stream.again();
    }
  } catch {
    return stream.again();
  }
  if (isCaughtUp()) {
    if (!run.cells.size) byId("empty").hidden = false;
    about.head(run);
    actions.draw(run);
    tick();
    if (run.status !== "queued") whyQueued = "";
  }
  schedule();
}

// Whether all is here that there was when the page was made. Until then, what is past is not told as if it were now.
const isCaughtUp = () => run.seq >= config.head;

function linkTo(id) {
  const view = views.get(id);
  return view ? h("a", { href: `#cell-${view.index}` }, view.label) : null;
}

function resolved({ type, data }) {
  if (type !== "run.submitted") return resolve(data);
  return resolve({ ...data, notebook: null }); // its cells come as HTML
}

get(url("runs", config.run_id, "sources")).then(
  (found) => {
    sources = new Map(found.map((each) => [each.id, each]));
    for (const id of views.keys()) dirty.add(id);
    schedule();
  },
  (error) => {
    sources = new Map();
    banner(`The cells’ sources could not be loaded: ${error.message} Load the page again.`, true);
  },
);

async function connection(state, code) {
  if (state === "over") {
    // Everything was sent; the last batch may still be on its way through the fold.
    await coming;
    if (code !== 1000) banner(OVER[code], true);
    else if (!run.ended) stream.again();
  } else if (state === "away") {
    const element = byId("banner");
    if (element.hidden || element.dataset.kind !== "away") banner(AWAY[0], false, "away");
    const status = await whyAway();
    if (!element.hidden) banner(AWAY[status] ?? AWAY[0], status in AWAY && status > 0, "away");
  } else if (byId("banner").dataset.kind === "away") byId("banner").hidden = true;
}

// What a socket that cannot be opened does not tell.
async function whyAway() {
  try {
    await get(`${api("runs", config.run_id, "events")}?after=${run.seq}&limit=1`);
  } catch (error) {
    return error.status;
  }
  return 0;
}

function banner(text, isFault = false, kind = "told") {
  const element = byId("banner");
  setText(element, text);
  element.dataset.kind = kind;
  element.classList.toggle("fault", isFault);
  element.hidden = false;
}

// -- drawing -----------------------------------------------------------------------------------------------------------

function redraw(id) {
  dirty.add(id);
  schedule();
}

function schedule() {
  if (frame) return;
  frame = requestAnimationFrame(draw);
  setAttribute(byId("cells"), "aria-busy", "true");
}

function draw() {
  frame = 0;
  const end = performance.now() + FRAME_MS;
  const isLate = () => performance.now() > end;
  for (const id of run.touched) dirty.add(id);
  run.touched.clear();
  build(isLate);
  for (const id of dirty) {
    if (isLate()) break;
    const view = views.get(id);
    if (!view) continue; // not built yet
    if (sources && !view.hasSource && sources.has(id)) view.setSource(sources.get(id));
    if (!view.draw(run, isLate)) dirty.delete(id);
  }
  if (isCaughtUp()) about.draw(run, whyQueued);
  follow.stay();
  if (dirty.size || built < run.cells.size) schedule();
  else if (sources && isCaughtUp()) setAttribute(byId("cells"), "aria-busy", "false");
}

function build(isLate) {
  if (built === run.cells.size) return;
  const fragment = document.createDocumentFragment();
  let code = 0;
  let index = 0;
  for (const cell of run.cells.values()) {
    if (cell.type === "code") code += 1;
    index += 1;
    if (index <= built) continue;
    const view = new CellView(cell, index, code, page);
    views.set(cell.id, view);
    dirty.add(cell.id);
    fragment.append(view.element);
    built = index;
    if (isLate()) break;
  }
  byId("cells").append(fragment);
}

// -- time --------------------------------------------------------------------------------------------------------------

// Once a second, and only while something goes on.
function tick() {
  clearTimeout(ticking);
  if (run.ended || !run.seq) return;
  about.tick(run);
  views.get(run.current)?.tick(run);
  ticking = setTimeout(tick, 1000);
}

async function explainQueue() {
  if (run.ended || (run.seq && run.status !== "queued")) return;
  try {
    whyQueued = (await get(api("runs", config.run_id))).why_queued ?? "";
    schedule();
  } catch {
    // the stream tells that the server is away
  }
  setTimeout(explainQueue, QUEUED_LOOK);
}

setTimeout(explainQueue, 1500);

setText(byId("empty"), "This notebook has no cells.");
