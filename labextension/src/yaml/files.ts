import type { Contents } from '@jupyterlab/services';

import { statusOf } from './provider';

/** Makes a file of that name in a folder; where it is taken, of the name with the first number that is free. */
export async function makeFile(
  contents: Contents.IManager,
  folder: string,
  stem: string,
  suffix: string,
  text: string
): Promise<Contents.IModel> {
  // Saving would replace a file of that name; renaming is refused.
  const made = await contents.newUntitled({ path: folder, type: 'file', ext: suffix });
  try {
    await contents.save(made.path, { type: 'file', format: 'text', content: text });
    return await renamed(contents, made.path, folder, number => `${stem}${number || ''}${suffix}`);
  } catch (error) {
    await contents.delete(made.path).catch(() => undefined);
    throw error;
  }
}

async function renamed(
  contents: Contents.IManager,
  path: string,
  folder: string,
  nameOf: (number: number) => string
): Promise<Contents.IModel> {
  const listed = (await contents.get(folder)).content as Contents.IModel[];
  const taken = new Set(listed.map(({ name }) => name));
  for (let number = 0; ; number++) {
    const name = nameOf(number);
    if (!taken.has(name)) {
      try {
        return await contents.rename(path, contents.resolvePath(folder, name));
      } catch (error) {
        // Somebody has made one meanwhile, or it is not listed.
        if (statusOf(error) !== 409) {
          throw error;
        }
      }
    }
  }
}
