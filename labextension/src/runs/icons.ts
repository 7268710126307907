import { LabIcon } from '@jupyterlab/ui-components';

import cancelled from '../../style/icons/cancelled.svg';
import failed from '../../style/icons/failed.svg';
import pin from '../../style/icons/pin.svg';
import queued from '../../style/icons/queued.svg';
import running from '../../style/icons/running.svg';
import runs from '../../style/icons/runs.svg';
import starting from '../../style/icons/starting.svg';
import succeeded from '../../style/icons/succeeded.svg';
import waiting from '../../style/icons/waiting.svg';
import type { Status } from '../api/types';

const icon = (name: string, svgstr: string): LabIcon => new LabIcon({ name: `jupyter-runt:${name}`, svgstr });

export const runsIcon = icon('runs', runs);
export const pinIcon = icon('pin', pin);

/** Each status has a form of its own, so that nobody needs its colour; the colour is the text's. */
export const STATUS_ICONS: Record<Status, LabIcon> = {
  queued: icon('queued', queued),
  starting: icon('starting', starting),
  running: icon('running', running),
  waiting: icon('waiting', waiting),
  succeeded: icon('succeeded', succeeded),
  failed: icon('failed', failed),
  cancelled: icon('cancelled', cancelled)
};
