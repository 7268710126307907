// The fold: events, in order, become what the page shows. The same as run/state.py and run/document.py, which a test compares.
// Values that live in blobs stay references; `control` says which events must have theirs put back before they are applied.

export const OPEN = ["queued", "starting", "running", "waiting"];
const SHOWN = new Set(["output.added", "stream.appended", "display.updated", "comm.opened", "comm.updated", "comm.closed", "result.recorded"]);

export const isControl = (event) => !SHOWN.has(event.type);

// How many cells are done, of all of those that are counted: what was never to run counts as not done.
export function progress(counts) {
  const total = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const open = ["pending", "running", "waiting", "cancelled"].reduce((sum, each) => sum + (counts[each] ?? 0), 0);
  return { done: total - open, total, failed: counts.failed ?? 0 };
}

const newCell = (plan) => ({
  id: plan.id, type: plan.type, line: plan.line ?? 0, status: plan.type === "code" ? "pending" : "",
  ...NEVER_RUN, attempt: 0, outputs: [], notes: [], answers: [], late: false,
});
const NEVER_RUN = { reason: null, started_at: null, finished_at: null, duration: null, execution_count: null, error: null };

const newOutput = (value, event) =>
  value.output_type === "stream"
    ? { name: value.name, texts: [value.text], value: null, seq: event.seq }
    : { name: null, texts: [], value, seq: event.seq };

export class Run {
  constructor(id) {
    Object.assign(this, {
      id, seq: 0, at: null, status: "queued", reason: null, message: "", attempt: 1, past: [], culprit: null,
      name: "", title: "", path: "", requested_by: "", via: "", parent_run: null, labels: {}, parameters: {}, runtime: {},
      worker: null, paused: false, question: null, submitted_at: null, started_at: null, finished_at: null, duration: null,
      cells: new Map(), current: null, notes: [], asked: null, retry_delay: 0,
      displays: new Map(), captured: new Map(), captured_in: new Map(), touched: new Set(),
    });
  }

  get ended() {
    return !OPEN.includes(this.status);
  }

  counts() {
    const counted = {};
    for (const { status } of this.cells.values()) if (status) counted[status] = (counted[status] ?? 0) + 1;
    return counted;
  }

  // Events that were seen already change nothing; false where one is missing in between.
  apply(event) {
    if (event.seq <= this.seq) return true;
    if (event.seq !== this.seq + 1) return false;
    const cell = event.cell_id === undefined ? null : (this.cells.get(event.cell_id) ?? null);
    HANDLERS[event.type]?.(this, event.data, cell, event);
    if (cell) this.touched.add(cell.id);
    this.seq = event.seq;
    this.at = event.at;
    return true;
  }

  // The outputs that an event is about: a cell's, or those that an Output widget captured there.
  shown(data, cell) {
    if (data.widget === undefined) return cell.outputs;
    if (!this.captured.has(data.widget)) this.captured.set(data.widget, []);
    for (const id of this.captured_in.get(data.widget) ?? []) this.touched.add(id);
    return this.captured.get(data.widget);
  }

  forget(cell) {
    Object.assign(cell, { outputs: [], notes: [], answers: [], late: false });
    this.touched.add(cell.id);
  }
}

const keyOf = (displayId) => (typeof displayId === "string" ? displayId : JSON.stringify(displayId));

const HANDLERS = {
  "run.submitted"(run, data, _, event) {
    run.submitted_at = event.at;
    for (const name of ["name", "title", "path", "requested_by", "via"]) run[name] = data[name] ?? "";
    run.parent_run = data.parent_run ?? null;
    Object.assign(run, { labels: data.labels ?? {}, parameters: data.parameters ?? {}, runtime: data.runtime ?? {} });
    for (const plan of data.cells) {
      run.cells.set(plan.id, newCell(plan));
      run.touched.add(plan.id);
    }
  },
  "run.claimed": (run, data) => (run.worker = data.worker),
  "run.adopted": (run, data) => (run.worker = data.worker),
  "run.released": (run) => (run.worker = null),
  "kernel.starting": (run) => (run.status = "starting"),
  "kernel.failed": (run, data) => (run.message = data.message),
  "kernel.died": (run, data) => (run.message = data.message),
  "run.started"(run, _, __, event) {
    run.status = "running";
    run.started_at ??= event.at;
  },
  "cell.started"(run, _, cell, event) {
    Object.assign(cell, { status: "running", attempt: event.attempt ?? 1, started_at: event.at, finished_at: null });
    run.forget(cell);
    run.current = cell.id;
  },
  "cell.finished"(run, data, cell, event) {
    if (run.status === "waiting") run.status = "running";
    Object.assign(cell, { ...NEVER_RUN, started_at: cell.started_at, finished_at: event.at });
    for (const name of ["status", "reason", "duration", "execution_count", "error"]) cell[name] = data[name] ?? null;
    if (run.current === cell.id) run.current = run.question = null;
    if (cell.status === "failed") run.culprit ??= cell.id;
  },
  "run.retrying"(run, data, _, event) {
    const { attempt, message, culprit } = run;
    run.past.push({ attempt, reason: data.reason, message, cell: culprit, ended_at: event.at });
    Object.assign(run, { status: "starting", attempt: data.attempt, retry_delay: data.delay, message: "" });
    run.current = run.question = run.culprit = null;
    for (const cell of run.cells.values()) {
      if (cell.status) Object.assign(cell, { status: "pending", ...(cell.status === "pending" ? {} : NEVER_RUN) });
      run.forget(cell);
    }
    for (const known of [run.displays, run.captured, run.captured_in]) known.clear();
  },
  "input.requested"(run, data, cell, event) {
    run.status = cell.status = "waiting";
    const ends = data.deadline_in === undefined ? null : Date.parse(event.at) + 1000 * data.deadline_in;
    const { input_id, prompt, password } = data;
    run.question = { input_id, prompt, password, cell_id: cell.id, ends, answered: false };
  },
  "input.answered"(run, data, cell) {
    if (run.question === null) return;
    run.status = cell.status = "running";
    run.question.answered = true;
    cell.answers.push({ input_id: data.input_id, prompt: run.question.prompt, by: data.by });
  },
  "input.taken"(run, data, cell) {
    if (cell.status === "waiting") run.status = cell.status = "running";
    if (run.question?.input_id === data.input_id) run.question = null;
  },
  "signal.handled"(run, data) {
    run.asked = { kind: data.kind, by: data.by, refused: data.refused ?? null };
    if (!data.refused && ["pause", "resume"].includes(data.kind)) run.paused = data.kind === "pause";
  },
  "run.finished"(run, data, _, event) {
    Object.assign(run, { status: data.status, reason: data.reason ?? null, message: data.message ?? "" });
    Object.assign(run, { finished_at: event.at, duration: data.duration ?? null });
    run.current = run.question = null;
    for (const cell of run.cells.values()) {
      if (cell.status === "pending") cell.status = "cancelled";
      run.touched.add(cell.id);
    }
  },

  "output.added"(run, data, cell, event) {
    const output = newOutput(data.output, event);
    if (data.display_id !== undefined) {
      // As in JupyterLab: a display of a known id also changes those that show it already.
      const key = keyOf(data.display_id);
      if (output.name === null) show(run, key, data.output, event);
      if (!run.displays.has(key)) run.displays.set(key, []);
      run.displays.get(key).push({ output, cell_id: cell.id });
    }
    const shown = run.shown(data, cell);
    shown.splice(data.index, shown.length, output);
    cell.late ||= data.late === true;
    noteWidget(run, output, cell);
  },
  "stream.appended"(run, data, cell) {
    run.shown(data, cell)[data.index].texts.push(data.text);
    cell.late ||= data.late === true;
  },
  "outputs.cleared"(run, data, cell) {
    if (!data.wait) run.shown(data, cell).length = 0;
  },
  "display.updated": (run, data, _, event) => show(run, keyOf(data.display_id), data, event),
  gap: (run, data, cell) => (cell ?? run).notes.push({ kind: "gap", ...data }),
  truncated: (run, data, cell) => (cell ?? run).notes.push({ kind: "truncated", ...data }),
};

function show(run, key, { data, metadata }, event) {
  for (const { output, cell_id } of run.displays.get(key) ?? []) {
    output.value = { ...output.value, data, metadata };
    output.seq = event.seq;
    run.touched.add(cell_id);
  }
}

// Where an Output widget is shown, so that what it captures is shown there too.
export const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

function noteWidget(run, output, cell) {
  const model = output.value?.data?.[WIDGET_VIEW]?.model_id;
  if (typeof model !== "string") return;
  if (!run.captured_in.has(model)) run.captured_in.set(model, new Set());
  run.captured_in.get(model).add(cell.id);
}
