import { LabIcon } from '@jupyterlab/ui-components';

import start from '../../style/icons/start.svg';
import templates from '../../style/icons/templates.svg';

export const startIcon = new LabIcon({ name: 'jupyter-runt:start', svgstr: start });
export const templatesIcon = new LabIcon({ name: 'jupyter-runt:templates', svgstr: templates });
