import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { connection } from './live/plugin';
import { rendererPlugin } from './renderer/plugin';
import { runHeadings, runTab } from './run/plugin';
import { runningPlugin } from './running/plugin';
import { runsPlugin } from './runs/plugin';
import { startPlugin } from './start/plugin';
import { yamlPlugin } from './yaml/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  connection,
  rendererPlugin,
  runTab,
  runHeadings,
  runsPlugin,
  runningPlugin,
  startPlugin,
  yamlPlugin
];

export default plugins;
