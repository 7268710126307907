// The colours of terminal text, readable on both backgrounds: each is moved towards black or white until it has the contrast
// that WCAG AA asks for. One class for each style that occurs, in a style sheet of their own.

const CONTRAST = 4.6;
const GROUNDS = { light: [246, 248, 250], dark: [22, 27, 34] }; // --code-ground in style.css
const BASIC = [
  [36, 41, 47], [193, 31, 44], [17, 110, 41], [135, 85, 0], [9, 90, 210], [130, 60, 200], [10, 110, 120], [95, 103, 112],
  [87, 96, 106], [207, 34, 46], [26, 127, 55], [154, 103, 0], [33, 110, 230], [150, 80, 220], [20, 130, 140], [110, 118, 128],
];

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
const classes = new Map();

// The class of a style as terminal.js names it; null for plain text.
export function classOf(style) {
  if (style === null) return null;
  if (!classes.has(style)) {
    classes.set(style, `t${classes.size}`);
    sheet.insertRule(`.${classes.get(style)} { ${rule(JSON.parse(style))} }`);
  }
  return classes.get(style);
}

function rule(style) {
  const [light, dark] = [painted(style, "light"), painted(style, "dark")];
  const found = [`color: light-dark(${css(light.fg)}, ${css(dark.fg)})`];
  if (light.bg) found.push(`background-color: light-dark(${css(light.bg)}, ${css(dark.bg)})`);
  if (style.bold) found.push("font-weight: 700");
  if (style.italic) found.push("font-style: italic");
  const lines = [style.underline && "underline", style.strike && "line-through"].filter(Boolean);
  if (lines.length) found.push(`text-decoration: ${lines.join(" ")}`);
  return found.join("; ");
}

function painted(style, scheme) {
  const paper = GROUNDS[scheme];
  const ink = scheme === "light" ? [36, 41, 47] : [222, 227, 232];
  let [fg, bg] = [rgb(style.fg), rgb(style.bg)];
  if (style.inverse) [fg, bg] = [bg ?? paper, fg ?? ink];
  const ground = bg ?? paper;
  fg ??= style.dim ? mix(ink, ground, 0.35) : ink;
  return { fg: readable(fg, ground), bg };
}

export function rgb(colour) {
  if (colour === null || Array.isArray(colour)) return colour;
  if (colour < 16) return BASIC[colour];
  if (colour >= 232) return Array(3).fill(8 + 10 * (colour - 232));
  const index = colour - 16;
  return [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map((each) => (each ? 55 + 40 * each : 0));
}

export function readable(colour, ground) {
  const target = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share <= 1; share += 0.05) {
    const mixed = mix(colour, target, share);
    if (contrast(mixed, ground) >= CONTRAST) return mixed;
  }
  return target;
}

const mix = (colour, other, share) => colour.map((each, index) => Math.round(each * (1 - share) + other[index] * share));
const css = (colour) => `rgb(${colour.join(" ")})`;

function luminance(colour) {
  const [r, g, b] = colour.map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
