import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { refusal } from './graph/errors.ts';

/** What a typed source is; says what to do when it is nothing. */
export const sourceOf = async (text: string): Promise<{ kind: 'rtsp' | 'file' | 'images'; url: string }> => {
  const typed = text.trim();
  if (/^rtsps?:\/\//i.test(typed)) return { kind: 'rtsp', url: typed };
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(typed)?.[1];
  if (scheme !== undefined)
    throw refusal(
      'SOURCE_INVALID',
      `An address cannot begin with ${scheme}://. Give rtsp://… or the path of a file or folder.`,
    );
  if (!isAbsolute(typed))
    throw refusal(
      'SOURCE_INVALID',
      'Give rtsp://…, or the whole path of a video file or of a folder of pictures on the server.',
    );
  const found = await stat(typed).catch(() => undefined);
  if (!found) throw refusal('SOURCE_INVALID', `${typed} does not exist on the server: check the path.`);
  return { kind: found.isDirectory() ? 'images' : 'file', url: typed };
};
