// The input box of a cell that waits.

import { api, config, post } from "./api.js";
import { h, isBusy, setBusy } from "./dom.js";
import { durationWords } from "./words.js";

export class QuestionView {
  constructor(asked, number, page) {
    this.asked = asked;
    const prompt = String(asked.prompt).trim() || "The cell waits for input.";
    const left = asked.ends === null ? null : Math.max(0, (asked.ends - page.now()) / 1000);
    const until = left === null ? "" : ` It waits ${durationWords(left, true)} longer.`;
    if (!config.may_execute) {
      this.element = h("div", { class: "question" }, h("p", {}, prompt), h("p", { class: "quiet" }, `Waiting for somebody who may answer.${until}`));
      return;
    }
    const field = h("input", {
      type: asked.password ? "password" : "text", id: `answer-${number}`, "aria-describedby": `told-${number}`,
      autocomplete: "off", spellcheck: "false",
    });
    const send = h("button", { type: "submit", class: "primary" }, "Send");
    const told = h("p", { id: `told-${number}`, class: "quiet", role: "status" }, until.trim());
    const form = h("form", { class: "question" }, h("label", { for: `answer-${number}` }, prompt), h("div", { class: "answer" }, field, send), told);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(field, send, told);
    });
    Object.assign(this, { element: form, field });
  }

  async send(field, button, told) {
    if (isBusy(button)) return;
    setBusy(button, true);
    told.className = "quiet";
    told.textContent = "Sending …";
    try {
      await post(api("runs", config.run_id, "inputs", encodeURIComponent(this.asked.input_id)), { text: field.value });
      field.value = "";
      told.textContent = "Sent.";
    } catch (error) {
      told.className = "fault";
      told.textContent = error.message;
      setBusy(button, false);
      field.focus();
    }
  }
}
