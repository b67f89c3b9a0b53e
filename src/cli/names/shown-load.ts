import type { CommandIo } from '../command.ts';
import { Progress } from '../progress.ts';
import type { LoadOnce } from './load-names.ts';

/** What is read sooner needs no line, ms. */
const SLOW_MS = 1000;

/** The same way to read, with a line on a terminal that says how far a large folder is. */
export function shownLoad(load: LoadOnce, io: CommandIo): LoadOnce {
  if (!io.showsProgress) return load;
  return async (wanted, addresses, given, observer) => {
    const progress = new Progress(io, SLOW_MS);
    let objects = 0;
    try {
      return await load(wanted, addresses, given, {
        text: (file, text) => observer?.text?.(file, text),
        object: (written) => {
          objects++;
          progress.show(() => `${objects} objects read`);
          observer?.object?.(written);
        },
      });
    } finally {
      progress.end();
    }
  };
}
