import type { Style } from '@jupyter-runt/pages/terminal.js';

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** An element for text of a style as terminal.js names it, in the colours that the theme has for terminals. */
export function styled(style: string, text: string): HTMLElement {
  const found = JSON.parse(style) as Style;
  const element = document.createElement('span');
  element.textContent = text;
  const [fg, bg] = found.inverse ? [found.bg, found.fg] : [found.fg, found.bg];
  paint(element, 'fg', fg, found.inverse);
  paint(element, 'bg', bg, found.inverse);
  for (const name of ['bold', 'italic', 'underline'] as const) {
    element.classList.toggle(`ansi-${name}`, found[name]);
  }
  element.classList.toggle('jp-runt-mod-dim', found.dim);
  element.classList.toggle('jp-runt-mod-strike', found.strike);
  return element;
}

function paint(element: HTMLElement, ground: 'fg' | 'bg', colour: Style['fg'], inverse: boolean): void {
  if (colour === null) {
    element.classList.toggle(`ansi-default-inverse-${ground}`, inverse);
  } else if (typeof colour === 'number' && colour < 16) {
    element.classList.add(`ansi-${NAMES[colour % 8]}${colour < 8 ? '' : '-intense'}-${ground}`);
  } else {
    const [r, g, b] = typeof colour === 'number' ? ofPalette(colour) : colour;
    element.style.setProperty(ground === 'fg' ? 'color' : 'background-color', `rgb(${r} ${g} ${b})`);
  }
}

/** The 216 colours of the cube and the 24 greys, as xterm has them. */
function ofPalette(index: number): number[] {
  if (index >= 232) {
    return Array<number>(3).fill(8 + 10 * (index - 232));
  }
  const place = index - 16;
  return [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map(each => (each ? 55 + 40 * each : 0));
}
