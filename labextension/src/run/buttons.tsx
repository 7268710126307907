import { Button, caretDownEmptyThinIcon } from '@jupyterlab/ui-components';
import { Menu } from '@lumino/widgets';
import React from 'react';

import { COMMANDS } from '../tokens';
import { FORMATS } from './actions';
import type { RunView } from './view';

/** What can be done with the run. */
export function Buttons({ view }: { view: RunView }): JSX.Element {
  const { run, trans } = view;
  const hasKernel = run.status === 'running' || run.status === 'waiting';
  return (
    <div className="jp-runt-run-buttons" role="group" aria-label={trans.__('Run')}>
      {!run.ended && <Ask view={view} command={COMMANDS.cancel} label={trans.__('Cancel')} />}
      {hasKernel && <Ask view={view} command={COMMANDS.interrupt} label={trans.__('Interrupt')} />}
      {run.ended && view.commands.hasCommand(COMMANDS.start) && (
        <Button small onClick={() => view.do(COMMANDS.start, { rerun: run.id })}>
          {trans.__('Run again…')}
        </Button>
      )}
      <Ask view={view} command={COMMANDS.openNotebook} label={trans.__('Open as notebook')} />
      <Ask view={view} command={COMMANDS.copyLink} label={trans.__('Copy link')} />
      <Button small aria-haspopup="menu" onClick={event => openDownloads(view, event.currentTarget)}>
        {trans.__('Download')}
        <caretDownEmptyThinIcon.react tag="span" className="jp-runt-button-caret" />
      </Button>
    </div>
  );
}

function Ask({ view, command, label }: { view: RunView; command: string; label: string }): JSX.Element {
  return (
    <Button small onClick={() => view.do(command, { run_id: view.run.id })}>
      {label}
    </Button>
  );
}

function openDownloads(view: RunView, button: HTMLElement): void {
  const menu = new Menu({ commands: view.commands });
  menu.title.label = view.trans.__('Download');
  for (const format of FORMATS) {
    menu.addItem({ command: COMMANDS.download, args: { run_id: view.run.id, format } });
  }
  menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()));
  const { left, bottom } = button.getBoundingClientRect();
  menu.open(left, bottom);
}
