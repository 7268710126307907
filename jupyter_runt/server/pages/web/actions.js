// What may be asked of a run: cancel, interrupt, rerun. What takes something away asks first.

import { api, config, post } from "./api.js";
import { byId, h, isBusy, setBusy } from "./dom.js";

const NOTHING_RUNS = ["queued", "starting"];

export class Actions {
  // `say(text)` shows what came of a request.
  constructor(say) {
    this.say = say;
    this.key = crypto.randomUUID?.() ?? String(Math.random());
    this.buttons = {
      interrupt: button("Interrupt", "", () => this.interrupt()),
      cancel: button("Cancel", "danger", () => this.cancel()),
      rerun: button("Run again", "", () => this.rerun()),
    };
    if (config.may_execute) byId("actions").append(...Object.values(this.buttons));
    this.draw({ ended: false, status: "queued" });
  }

  draw(run) {
    const { interrupt, cancel, rerun } = this.buttons;
    const lost = [interrupt, cancel].includes(document.activeElement) && run.ended;
    cancel.hidden = run.ended;
    interrupt.hidden = run.ended || NOTHING_RUNS.includes(run.status);
    rerun.hidden = !run.ended;
    if (lost) rerun.focus();
  }

  async cancel() {
    const text = "What runs is interrupted, and ended if it does not stop. Cells that have not run will not run.";
    if (await ask("Cancel this run?", text, "Cancel the run", "Keep it running")) await this.signal("cancel", "The run is asked to stop.");
  }

  async interrupt() {
    const text = "The running cell gets an interrupt, as by Ctrl-C. Unless its code handles that, it fails.";
    if (await ask("Interrupt the running cell?", text, "Interrupt", "Keep it running")) await this.signal("interrupt", "The cell is interrupted.");
  }

  async signal(kind, said) {
    await this.busy(kind, async () => {
      await post(api("runs", config.run_id, "signals"), { kind });
      this.say(said);
    });
  }

  async rerun() {
    await this.busy("rerun", async () => {
      // The same key for every press: a lost answer does not become a second run.
      const made = await post(api("runs", config.run_id, "rerun"), {}, { "Idempotency-Key": this.key });
      location.assign(made.urls.page);
    });
  }

  async busy(name, work) {
    const pressed = this.buttons[name];
    if (isBusy(pressed)) return;
    setBusy(pressed, true);
    try {
      await work();
    } catch (error) {
      this.say(error.message, true);
    } finally {
      setBusy(pressed, false);
    }
  }
}

const button = (label, className, onclick) => h("button", { type: "button", class: className || null, onclick }, label);

// A dialog with two answers; Escape is the harmless one.
function ask(title, text, yes, no) {
  const dialog = byId("dialog");
  byId("dialog-title").textContent = title;
  byId("dialog-text").textContent = text;
  byId("dialog-yes").textContent = yes;
  byId("dialog-no").textContent = no;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}
