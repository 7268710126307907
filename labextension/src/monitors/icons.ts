import { LabIcon } from '@jupyterlab/ui-components';

import critical from '../../style/icons/health-critical.svg';
import noData from '../../style/icons/health-no-data.svg';
import partial from '../../style/icons/health-partial.svg';
import warning from '../../style/icons/health-warning.svg';
import succeeded from '../../style/icons/succeeded.svg';
import type { HealthStatus } from '../history/words';

const icon = (name: string, svgstr: string): LabIcon => new LabIcon({ name: `jupyter-runt:health-${name}`, svgstr });

/** Each status has a form of its own, so that nobody needs its colour. */
export const HEALTH_ICONS: Record<HealthStatus, LabIcon> = {
  CRITICAL: icon('critical', critical),
  WARNING: icon('warning', warning),
  'NO DATA': icon('no-data', noData),
  PARTIAL: icon('partial', partial),
  HEALTHY: icon('healthy', succeeded)
};
