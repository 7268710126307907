import type { FoldedOutput } from '@jupyter-runt/pages/fold.js';
import type { IOutput } from '@jupyterlab/nbformat';
import { OutputArea, OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';

import { type Blobs, isReference } from '../live/blobs';

/** Characters of one text, of one value, and of all that a card shows, as in a picture that is saved (magics/outputs.py). */
const LARGEST_TEXT = 20_000;
const LARGEST_VALUE = 2_000_000;
const LARGEST = 4_000_000;

/** How much more of a run may be shown in its card. */
export class Budget {
  left = LARGEST;
}

/** The outputs of a cell as nbformat has them, within the budget; of what is too much, a word. Throws RequestError. */
export async function outputsOf(
  outputs: readonly FoldedOutput[],
  blobs: Blobs,
  budget: Budget,
  trans: TranslationBundle
): Promise<IOutput[]> {
  const found: IOutput[] = [];
  for (const { name, texts, value } of outputs) {
    const size = name === null ? sizeOf(value) : Math.min(LARGEST_TEXT, sizeOf(texts));
    if (size > Math.min(budget.left, LARGEST_VALUE)) {
      found.push(stream('stdout', trans.__('… more is shown in the run itself')));
      if (size > budget.left) {
        return found;
      }
      continue;
    }
    budget.left -= size;
    found.push(
      name === null ? pictured((await blobs.resolve(value)) as IOutput) : stream(name, await endOf(texts, blobs))
    );
  }
  return found;
}

/** Shows outputs as JupyterLab shows those of a notebook that nobody trusts. */
export function areaOf(values: IOutput[], rendermime: IRenderMimeRegistry): OutputArea {
  const model = new OutputAreaModel({ values, trusted: false });
  const area = new SimplifiedOutputArea({ model, rendermime, contentFactory: OutputArea.defaultContentFactory });
  area.disposed.connect(() => model.dispose());
  return area;
}

const stream = (name: string, text: string): IOutput => ({ output_type: 'stream', name, text });

/** The last pieces only: a text may have hundreds of megabytes. */
async function endOf(texts: readonly unknown[], blobs: Blobs): Promise<string> {
  let text = '';
  let at = texts.length - 1;
  for (; at >= 0 && text.length <= LARGEST_TEXT; at -= 1) {
    text = String(await blobs.resolve(texts[at])) + text;
  }
  return at >= 0 || text.length > LARGEST_TEXT ? `…\n${text.slice(-LARGEST_TEXT)}` : text;
}

const SVG = 'image/svg+xml';

/** An SVG could hold scripts, so JupyterLab shows none that is not trusted; as a picture it has none. */
function pictured(output: IOutput): IOutput {
  const data = output.data as Record<string, unknown> | undefined;
  if (data?.[SVG] === undefined || data['image/png'] !== undefined) {
    return output;
  }
  const { [SVG]: svg, ...others } = data;
  const source = Array.isArray(svg) ? svg.join('') : typeof svg === 'string' ? svg : '';
  const image = `<img src="data:${SVG};base64,${base64(source)}" alt="">`;
  return { ...output, data: { ...others, 'text/html': image } };
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join(''));
}

/** About how many characters a value has, with those that live in blobs. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') {
    return value.length;
  }
  if (isReference(value)) {
    return value.size;
  }
  if (value === null || typeof value !== 'object') {
    return 8;
  }
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + sizeOf(item), 0);
}
