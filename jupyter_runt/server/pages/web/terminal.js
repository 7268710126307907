// Text as a terminal would show it: colours, carriage returns, backspaces, and the few moves that progress bars make.
// A line is a list of runs, [style, text]. Lines that can still change stay open; the others are handed out once.

const OPEN_LINES = 40; // a cursor can go up this far: more bars than anybody shows at once
const LONGEST_LINE = 16 * 1024; // characters; what is longer is settled in parts, since each change draws an open line anew
const SPECIAL = /[\x00-\x08\x0b-\x1f\x7f\x9b]/g;
const ESCAPE = /(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]*[0-OQ-WYZ\\`-~]/y;
const LONGEST_ESCAPE = 4096; // one that does not end within this is none

const PLAIN = Object.freeze({ fg: null, bg: null, bold: false, dim: false, italic: false, underline: false, strike: false, inverse: false });

export class Terminal {
  constructor() {
    Object.assign(this, { open: [newLine()], row: 0, column: 0, style: null, attributes: PLAIN, rest: "", settled: [] });
  }

  // Takes more text. `settled` grows by the lines that cannot change any more.
  feed(text) {
    text = this.rest + text;
    this.rest = "";
    let at = 0;
    while (at < text.length) {
      SPECIAL.lastIndex = at;
      const end = SPECIAL.exec(text)?.index ?? text.length;
      if (end > at) this.print(text.slice(at, end));
      at = end;
      if (at < text.length) at = this.special(text, at);
    }
  }

  // Lines that cannot change any more, once.
  take() {
    const { settled } = this;
    this.settled = [];
    return settled;
  }

  special(text, at) {
    const letter = text[at];
    if (letter === "\x1b" || letter === "\x9b") {
      ESCAPE.lastIndex = at;
      const found = ESCAPE.exec(text);
      if (found) {
        if (found[2]) this.control(found[2], found[1]);
        return at + found[0].length;
      }
      if (text.length - at < LONGEST_ESCAPE && !/[\n\r]/.test(text.slice(at))) {
        this.rest = text.slice(at); // the other half comes with the next piece
        return text.length;
      }
    } else if (letter === "\r") this.column = 0;
    else if (letter === "\b") this.column = Math.max(0, this.column - 1);
    else if (letter === "\f" || letter === "\v") this.newLine();
    return at + 1;
  }

  print(text) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      if (end > from) this.write(text.slice(from, end));
      this.newLine();
      from = end + 1;
    }
    if (from < text.length) this.write(text.slice(from));
  }

  newLine() {
    this.column = 0;
    this.row += 1;
    if (this.row < this.open.length) return;
    this.open.push(newLine());
    if (this.open.length > OPEN_LINES) {
      this.settled.push(this.open.shift());
      this.row -= 1;
    }
  }

  write(text) {
    const line = this.open[this.row];
    line.changed = true;
    if (this.column === line.length) append(line, this.style, text);
    else if (this.column > line.length) {
      append(line, null, " ".repeat(this.column - line.length));
      append(line, this.style, text);
    } else {
      const behind = cut(line.runs, this.column + text.length, Infinity);
      line.runs = cut(line.runs, 0, this.column);
      line.length = this.column;
      append(line, this.style, text);
      for (const [style, rest] of behind) append(line, style, rest);
    }
    this.column += text.length;
    if (line.length > LONGEST_LINE && this.row === this.open.length - 1 && this.column === line.length) {
      line.end = "";
      this.newLine();
    }
  }

  control(letter, given) {
    const numbers = given.split(";").map((each) => Number.parseInt(each, 10));
    const count = Math.min(numbers[0] || 1, 10_000);
    if (letter === "m") this.paint(given);
    else if (letter === "K") this.erase(numbers[0] || 0);
    else if (letter === "A") this.row = Math.max(0, this.row - count);
    else if (letter === "B") this.row = Math.min(this.open.length - 1, this.row + count);
    else if (letter === "C") this.column += count;
    else if (letter === "D") this.column = Math.max(0, this.column - count);
    else if (letter === "G") this.column = count - 1;
  }

  erase(part) {
    const line = this.open[this.row];
    const kept = part === 0 ? cut(line.runs, 0, this.column) : [];
    const behind = part === 1 ? cut(line.runs, this.column + 1, Infinity) : [];
    Object.assign(line, { runs: [], length: 0, changed: true });
    for (const [style, text] of kept) append(line, style, text);
    if (behind.length) append(line, null, " ".repeat(this.column + 1));
    for (const [style, text] of behind) append(line, style, text);
  }

  paint(given) {
    const codes = given.split(/[;:]/).map((each) => Number.parseInt(each, 10) || 0);
    const now = { ...this.attributes };
    while (codes.length) {
      const code = codes.shift();
      if (code === 38 || code === 48) now[code === 38 ? "fg" : "bg"] = colour(codes, now[code === 38 ? "fg" : "bg"]);
      else if (code >= 30 && code <= 37) now.fg = code - 30;
      else if (code >= 40 && code <= 47) now.bg = code - 40;
      else if (code >= 90 && code <= 97) now.fg = code - 82;
      else if (code >= 100 && code <= 107) now.bg = code - 92;
      else Object.assign(now, SIMPLE[code]);
    }
    this.attributes = now;
    const key = JSON.stringify(now);
    this.style = key === NOTHING ? null : key;
  }
}

const NOTHING = JSON.stringify(PLAIN);
const SIMPLE = {
  0: PLAIN, 1: { bold: true }, 2: { dim: true }, 3: { italic: true }, 4: { underline: true }, 7: { inverse: true }, 9: { strike: true },
  21: { bold: false }, 22: { bold: false, dim: false }, 23: { italic: false }, 24: { underline: false }, 27: { inverse: false },
  29: { strike: false }, 39: { fg: null }, 49: { bg: null },
};

// What follows 38 or 48: `5;N` or `2;R;G;B`. A number below 256, or [r, g, b].
function colour(codes, before) {
  const kind = codes.shift();
  if (kind === 5) return Math.min(255, codes.shift() ?? 0);
  if (kind !== 2) return before;
  const parts = codes.splice(0, 3).map((each) => Math.min(255, each));
  return parts.length === 3 ? parts : before;
}

const newLine = () => ({ runs: [], length: 0, end: "\n", changed: true, element: null });

function append(line, style, text) {
  const last = line.runs.at(-1);
  if (last && last[0] === style) last[1] += text;
  else line.runs.push([style, text]);
  line.length += text.length;
}

function cut(runs, from, to) {
  const found = [];
  let at = 0;
  for (const [style, text] of runs) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part) found.push([style, part]);
    at += text.length;
  }
  return found;
}
