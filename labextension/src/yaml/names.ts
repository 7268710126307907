/** The widget factory, as "Open With" lists it. Notebook opens what is called so on its pages of notebooks. */
export const FACTORY = 'YAML Notebook';
export const FILE_TYPE = 'runt-yaml-notebook';
export const MODEL = 'runt-yaml-notebook';
export const PROVIDER = 'jupyter-runt:yaml';
export const SUFFIX = '.nb.yml';

/** JupyterLab's own. */
export const STOCK_FACTORY = 'Notebook';
export const TEXT_FACTORY = 'Editor';

/** Any YAML file. */
export function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

/** A file that says by its name that it is a notebook. */
export function isYamlNotebook(path: string): boolean {
  return /\.nb\.ya?ml$/i.test(path);
}

/** The file's name without what says that it is a notebook. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/(\.nb)?\.ya?ml$|\.ipynb$/i, '');
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
