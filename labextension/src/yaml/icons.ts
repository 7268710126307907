import { LabIcon } from '@jupyterlab/ui-components';

import notebook from '../../style/icons/yaml-notebook.svg';

export const yamlNotebookIcon = new LabIcon({ name: 'jupyter-runt:yaml-notebook', svgstr: notebook });
