import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { Problem } from '../api/types';
import { placeOf, problemText } from './words';

export interface IProblemsOptions {
  trans: TranslationBundle;
  /** Opens the file as text; at that place, if it has one. */
  openAsText(at?: Problem): void;
  tryAgain(): void;
}

/** What is shown in place of a notebook that cannot be read: all that is wrong with the file, and where. */
export class Problems extends Widget {
  constructor(private readonly options: IProblemsOptions) {
    super();
    this.addClass('jp-runt-yaml-problems');
    this.node.setAttribute('role', 'region');
    this.node.tabIndex = -1;
  }

  present(name: string, problems: readonly Problem[]): void {
    const { trans, openAsText, tryAgain } = this.options;
    const title = trans.__('%1 cannot be shown as a notebook', name);
    this.node.setAttribute('aria-label', title);
    const buttons = make('div', 'jp-runt-yaml-problems-buttons');
    buttons.append(
      button(trans.__('Open as Text'), () => openAsText(problems[0]), 'jp-mod-accept'),
      button(trans.__('Try Again'), tryAgain, 'jp-mod-reject')
    );
    this.node.replaceChildren(
      make('h2', '', title),
      make('p', '', trans.__('Nothing is lost: the file stays as it is until you change it.')),
      listOf(problems, trans, openAsText),
      buttons
    );
  }

  protected override onActivateRequest(): void {
    this.node.querySelector('button')?.focus();
  }
}

/** Problems with their places; with `openAt` these are buttons. */
export function listOf(
  problems: readonly Problem[],
  trans: TranslationBundle,
  openAt?: (problem: Problem) => void
): HTMLElement {
  const list = make('ul', 'jp-runt-yaml-problems-list');
  for (const problem of problems) {
    const item = make('li', '');
    const place = placeOf(problem, trans);
    if (place) {
      const shown = openAt ? button(place, () => openAt(problem), 'jp-runt-yaml-place') : make('strong', '', place);
      item.append(shown, ' ');
    }
    item.append(make('span', '', problemText(problem)));
    list.append(item);
  }
  return list;
}

function make(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(text: string, onClick: () => void, className: string): HTMLElement {
  const made = make(
    'button',
    className.startsWith('jp-mod') ? `jp-Button jp-mod-styled ${className}` : className,
    text
  );
  made.setAttribute('type', 'button');
  made.addEventListener('click', onClick);
  return made;
}
