// The outputs of one cell. What has not changed keeps its elements.

import { resolve } from "./api.js";
import { h } from "./dom.js";
import { WIDGET_VIEW } from "./fold.js";
import { FrameView } from "./frames.js";
import { TextView } from "./text.js";
import { tree } from "./tree.js";

const FRAMED = ["text/html", "image/svg+xml"]; // with text/markdown the order of pages/outputs.py
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"];
const READABLE = ["text/latex", "text/plain"];
const LONGEST_JSON = 2_000_000;

// `again()` asks for another call of `draw`; `widget(id)` gives what an Output widget has captured.
export class OutputsView {
  constructor(label, again, widget) {
    this.element = h("div", { class: "outputs" });
    Object.assign(this, { label, again, widget, views: [] });
  }

  // True when there is more to draw than the time allowed.
  draw(outputs, isLate) {
    for (let index = 0; index < outputs.length; index += 1) {
      const output = outputs[index];
      let view = this.views[index];
      if (view?.output !== output) {
        for (const old of this.views.splice(index)) old.close();
        view = output.name === null ? new ValueView(output, this) : new StreamView(output, this);
        this.views.push(view);
        this.element.append(view.element);
      }
      if (view.draw(isLate) || (isLate() && index + 1 < outputs.length)) return true;
    }
    for (const old of this.views.splice(outputs.length)) old.close();
    return false;
  }

  close() {
    for (const view of this.views) view.close();
  }
}

class StreamView {
  constructor(output, parent) {
    this.output = output;
    this.text = new TextView(`text ${output.name}`, parent.again);
    this.element = h("div", { class: `output ${output.name}` }, this.text.element);
    if (output.name === "stderr") this.element.prepend(h("span", { class: "unseen" }, "Standard error: "));
  }

  draw(isLate) {
    return this.text.draw(this.output.texts, isLate);
  }

  close() {
    this.element.remove();
  }
}

// Anything but a stream: drawn once, and anew when an update changes its value.
class ValueView {
  constructor(output, parent) {
    this.element = h("div", { class: "output" });
    Object.assign(this, { output, parent, value: null, text: null, pieces: null, frame: null, inner: null });
  }

  draw(isLate) {
    if (this.value !== this.output.value) {
      this.value = this.output.value;
      this.render(this.value, this.output.seq);
    }
    if (this.text) return this.text.draw(this.pieces, isLate);
    return this.inner ? this.inner.draw(this.parent.widget(this.inner.model), isLate) : false;
  }

  async render(value, seq) {
    try {
      if (value.output_type === "error") await this.error(value);
      else await this.bundle(value, seq);
    } catch (error) {
      if (this.value === value) this.fill(h("p", { class: "note" }, `This output could not be shown: ${error.message}`));
    }
  }

  async error(value) {
    this.element.classList.add("error");
    const { ename, evalue, traceback } = await resolve(value);
    const text = traceback.length ? traceback.join("\n") : `${ename}: ${evalue}`;
    this.fillText("text traceback", text);
  }

  async bundle(value, seq) {
    const data = isLarge(value.data) ? await resolve(value.data) : value.data;
    if (this.value !== value) return;
    const has = (mime) => data[mime] !== undefined;
    const content = async (mime) => {
      const found = joined(await resolve(data[mime]));
      if (this.value !== value) throw new Error("updated meanwhile");
      return found;
    };
    const image = IMAGES.find(has);
    const model = data[WIDGET_VIEW]?.model_id;
    if (model !== undefined && this.parent.widget(model)) this.fillWidget(model);
    else if (FRAMED.some(has) && model === undefined) this.fillFrame(seq);
    else if (image) this.fillImage(value, image, await content(image), data);
    else if (has("text/markdown")) this.fillFrame(seq);
    else {
      const json = Object.keys(data).find((mime) => mime === "application/json" || (mime.endsWith("+json") && mime !== WIDGET_VIEW));
      const plain = READABLE.find(has);
      if (json && (json === "application/json" || !plain)) await this.fillJson(value, data[json]);
      else if (plain) this.fillText("text", await content(plain));
      else this.fill(h("p", { class: "note" }, nothing(Object.keys(data))));
    }
  }

  fill(element) {
    if (this.frame && element !== this.frame.element) {
      this.frame.close();
      this.frame = null;
    }
    this.text = this.inner = null;
    this.element.replaceChildren(element);
  }

  fillText(className, text) {
    const view = new TextView(className, this.parent.again);
    this.fill(view.element);
    Object.assign(this, { text: view, pieces: [text] });
    this.parent.again();
  }

  fillFrame(seq) {
    if (!this.frame) {
      const frame = new FrameView(`Output of ${this.parent.label}`);
      this.fill(frame.element);
      this.frame = frame;
    }
    this.frame.show(seq);
  }

  fillImage(value, mime, base64, data) {
    const wanted = value.metadata?.[mime] ?? {};
    const words = typeof data["text/plain"] === "string" ? data["text/plain"].slice(0, 200) : `Picture of ${this.parent.label}`;
    const image = h("img", { src: `data:${mime};base64,${base64.replaceAll(/\s/g, "")}`, alt: words, decoding: "async" });
    for (const side of ["width", "height"]) if (Number.isFinite(wanted[side])) image.setAttribute(side, wanted[side]);
    image.addEventListener("error", () => this.fill(h("p", { class: "note" }, `A picture (${mime}) that cannot be shown.`)));
    if (this.element.firstChild instanceof HTMLImageElement) {
      // An animation by updates: the next picture is decoded before it takes the place of the one before.
      image.decode().then(() => this.value === value && this.fill(image), () => {});
    } else this.fill(image);
  }

  async fillJson(value, content) {
    const found = await resolve(content);
    if (this.value !== value) return;
    if (JSON.stringify(found).length > LONGEST_JSON) this.fillText("text", JSON.stringify(found, null, 1));
    else this.fill(h("div", { class: "json" }, tree(found)));
  }

  fillWidget(model) {
    const inner = new OutputsView(this.parent.label, this.parent.again, this.parent.widget);
    inner.model = model;
    this.fill(inner.element);
    this.inner = inner;
    this.parent.again();
  }

  close() {
    this.frame?.close();
    this.inner?.close();
    this.element.remove();
  }
}

const isLarge = (data) => typeof data?.$blob === "string";
const joined = (value) => (Array.isArray(value) ? value.join("") : typeof value === "string" ? value : JSON.stringify(value, null, 1));

function nothing(mimes) {
  if (!mimes.length) return "An output without any content.";
  if (mimes.includes(WIDGET_VIEW)) return "A widget. Its state is in the notebook file.";
  return `An output that this page cannot show (${mimes.join(", ")}). It is in the notebook file.`;
}
