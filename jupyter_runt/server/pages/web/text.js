// Text in the page, appended in blocks: what is far from the window costs no layout, however many lines there are.

import { resolve, isReference } from "./api.js";
import { classOf } from "./colours.js";
import { h, setText } from "./dom.js";
import { Terminal } from "./terminal.js";
import { sizeWords } from "./words.js";

const BLOCK_LINES = 250;
const PIECES_AHEAD = 3; // fetched at once, while earlier ones are drawn
const FEED = 32 * 1024; // characters between two looks at the clock
const PORTION = 20_000_000; // characters of one output that are drawn before somebody asks for more

// One stream output, or a traceback. `pieces` may grow; references among them are fetched in order.
export class TextView {
  constructor(className, onReady) {
    this.element = h("pre", { class: className });
    Object.assign(this, { terminal: new Terminal(), onReady, taken: 0, offset: 0, block: null, lines: 0, live: null });
    this.fetched = new Map();
    this.failed = this.more = null;
    this.drawn = 0;
    this.allowed = PORTION;
  }

  // Draws until `isLate()`; true when there is more to draw now. What must be fetched first reports by `onReady`.
  draw(pieces, isLate) {
    while (this.taken < pieces.length) {
      if (this.drawn >= this.allowed) {
        this.offerMore(pieces);
        break;
      }
      const text = this.text(pieces, this.taken);
      if (text === null) break;
      this.terminal.feed(text.slice(this.offset, this.offset + FEED));
      this.offset += FEED;
      if (this.offset >= text.length) {
        this.fetched.delete(this.taken);
        this.drawn += text.length;
        this.taken += 1;
        this.offset = 0;
      }
      this.settle();
      if (isLate()) {
        this.refresh();
        return true;
      }
    }
    this.refresh();
    return false;
  }

  // A tab that holds hundreds of megabytes of text is of no use: the rest is there, and comes when it is wanted.
  offerMore(pieces) {
    const left = pieces.slice(this.taken).reduce((sum, piece) => sum + (piece.size ?? piece.length), 0);
    const words = `${sizeWords(left)} more: show`;
    if (this.more) {
      setText(this.more, words);
      return;
    }
    this.more = h("button", { type: "button", class: "more", onclick: () => this.showMore() }, words);
    this.element.after(this.more);
  }

  showMore() {
    this.more.remove();
    this.more = null;
    this.allowed += PORTION;
    this.onReady();
  }

  text(pieces, index) {
    if (!isReference(pieces[index])) return pieces[index];
    let started = 0;
    for (let ahead = index; ahead < pieces.length && started < PIECES_AHEAD; ahead += 1) {
      if (!isReference(pieces[ahead])) continue;
      started += 1;
      if (!this.fetched.has(ahead)) this.fetch(pieces, ahead);
    }
    return this.fetched.get(index);
  }

  async fetch(pieces, index) {
    this.fetched.set(index, null);
    try {
      this.fetched.set(index, await resolve(pieces[index]));
      this.failed?.remove();
      this.failed = null;
    } catch (error) {
      this.failed ??= h("span", { class: "note" }, `Some of this text could not be loaded: ${error.message}`);
      this.element.after(this.failed);
      setTimeout(() => (this.fetched.delete(index), this.onReady()), 3000);
      return;
    }
    this.onReady();
  }

  // Lines that cannot change any more go into blocks.
  settle() {
    const lines = this.terminal.take();
    let fragment = null;
    for (const line of lines) {
      if (this.block === null || this.lines === BLOCK_LINES) {
        if (fragment) this.block.append(fragment);
        fragment = null;
        this.block?.style.setProperty("--lines", BLOCK_LINES);
        this.block = h("span", { class: "block" });
        this.lines = 0;
        this.element.insertBefore(this.block, this.live);
      }
      line.element?.remove();
      fragment ??= document.createDocumentFragment();
      addLine(fragment, line);
      this.lines += 1;
    }
    if (!fragment) return;
    this.block.append(fragment);
    this.block.style.setProperty("--lines", this.lines);
  }

  // The lines at the end, which a cursor may still reach.
  refresh() {
    if (this.live === null) this.element.append((this.live = h("span", { class: "live" })));
    const open = this.terminal.open;
    const last = open.length - 1;
    open.forEach((line, index) => {
      if (line.element && !line.changed && line.isLast === (index === last)) return;
      const fresh = h("span");
      addLine(fresh, line, index < last ? line.end : "");
      if (line.element) line.element.replaceWith(fresh);
      else this.live.append(fresh);
      Object.assign(line, { element: fresh, changed: false, isLast: index === last });
    });
  }
}

function addLine(parent, line, end = line.end) {
  let plain = "";
  for (const [style, text] of line.runs) {
    const name = classOf(style);
    if (name === null) plain += text;
    else {
      if (plain) parent.append(plain);
      plain = "";
      parent.append(h("span", { class: name }, text));
    }
  }
  const tail = plain + end;
  if (!tail) return;
  const last = parent.lastChild;
  if (last?.nodeType === Node.TEXT_NODE) last.appendData(tail); // a block of plain text is one node
  else parent.append(tail);
}
