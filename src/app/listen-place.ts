import type { Settings } from '../config/settings.ts';
import { directivesNamed } from '../corefile/parse.ts';
import type { Origin } from '../kube/objects.ts';
import { originText } from '../kube/origin.ts';
import type { ListenError } from '../server/listen-error.ts';

/**
 * Where the Corefile asks for the port that could not be had, `Corefile:12:1: `; empty when it is
 * not the Corefile that asks for it.
 */
export function listenPlace({ corefile, blocks }: Settings, { port }: ListenError): string {
  if (corefile.isBuiltIn) return '';
  const served = blocks.find(({ listen }) => listen.some((one) => one.port === port));
  const origin = served?.block.keys[0]?.origin ?? adminOrigin(corefile, port);
  return origin === undefined ? '' : `${originText(origin)}: `;
}

/** Ports that are not written out are those of a directive without an argument. */
function adminOrigin({ blocks, admin }: Settings['corefile'], port: number): Origin | undefined {
  const asking = admin.filter(({ address }) => address.port === port).map(({ name }) => name);
  const names = [...new Set(admin.map(({ name }) => name))];
  const lines = blocks.flatMap((block) => names.flatMap((name) => directivesNamed(block, name)));
  const named = lines.find(({ args }) => args[0]?.text.endsWith(`:${port}`));
  const silent = lines.find(
    ({ name, args }) => args.length === 0 && asking.some((one) => one === name),
  );
  return (named ?? silent)?.origin;
}
