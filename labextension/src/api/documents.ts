import type { Contents } from '@jupyterlab/services';
import type { PartialJSONObject } from '@lumino/coreutils';

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

/** The status of an answer of JupyterLab's own services; 0 where there was none. */
export function statusOf(error: unknown): number {
  const response = (error as { response?: { status?: number } } | null)?.response;
  return response?.status ?? 0;
}

/** Whether a person said no to what JupyterLab asked when it saved, or is still being asked. */
export function isCalledOff(error: unknown): boolean {
  return error instanceof Error && ['ModalCancelError', 'ModalDuplicateError'].includes(error.name);
}

/** A cell's metadata without its claim to be trusted: who wrote a notebook does not say whom its readers trust. */
export function untrusted(metadata: PartialJSONObject = {}): PartialJSONObject {
  const own = { ...metadata };
  delete own.trusted;
  return own;
}
