import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DISK } from '../../corefile/files.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { NetworkSet, parseNetwork } from '../../dns/network.ts';
import { randomIndexFrom } from '../../support/random.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { DISK_READER } from '../file-reader.ts';
import type { OptionForms } from '../option-form.ts';
import type { PluginContext } from '../plugin.ts';
import { WatchedFile } from '../watched-file.ts';
import { Loadbalance, type WeightsInUse } from './index.ts';
import {
  MAX_WEIGHTS_BYTES,
  NO_WEIGHTS,
  parseWeights,
  type Weights,
  WeightsError,
} from './weights.ts';

const POLICIES = ['round_robin', 'weighted'];

const OPTIONS = {
  reload: 'DURATION',
  prefer: 'NETWORK...',
} as const satisfies OptionForms;

const RELOAD_MS = 30_000; // CoreDNS's

/** Reads `loadbalance [round_robin | weighted FILE] { reload DURATION; prefer NETWORK... }`. */
export const plugin = {
  directive: 'loadbalance',
  options: OPTIONS,
  clusterAnswers: ({ isPlain }) => (isPlain ? 'rotated' : 'changed'),
  setup(lines, context, problems) {
    const directive = new Directive('loadbalance', problems);
    const line = directive.single(lines);
    const file = readPolicy(line, directive);
    const prefer: NetworkSet[] = [];
    let reloadMs = RELOAD_MS;
    directive.options(line, OPTIONS, {
      reload: (option) => {
        reloadMs = directive.reload(option, 'invalid reload duration', '30s') ?? reloadMs;
        if (file === undefined) {
          directive.error(
            'reload is an option of the policy weighted: it has a file',
            option.origin,
          );
        }
      },
      prefer: (option) => void prefer.push(...readPrefer(option, directive)),
    });
    const weights = file === undefined ? undefined : weightsIn(file, reloadMs, context, directive);
    if (directive.failed) return undefined;
    return new Loadbalance({ weights, prefer }, randomIndexFrom(context.random));
  },
} satisfies PluginDeclaration<Loadbalance>;

/** The file of the policy `weighted`. */
function readPolicy(line: Line, directive: Directive): Word | undefined {
  const [policy, file, ...rest] = line.args;
  if (policy === undefined) return undefined;
  if (!POLICIES.includes(policy.text)) {
    const near = didYouMean(policy.text, POLICIES) || `: expected ${POLICIES.join(' or ')}`;
    directive.error(`unknown policy: ${quoted(policy.text)}${near}`, policy.origin);
    return undefined;
  }
  const extra = policy.text === 'weighted' ? rest[0] : file;
  if (extra !== undefined) {
    directive.error(`unexpected argument(s): ${quoted(extra.text)}`, extra.origin);
  }
  if (policy.text !== 'weighted') return undefined;
  if (file === undefined) directive.error('missing weight file argument', policy.origin);
  return file;
}

function readPrefer(option: Line, directive: Directive): NetworkSet[] {
  return option.args.flatMap(({ text, origin }) => {
    const network = parseNetwork(text);
    if (network !== undefined) return [new NetworkSet([network])];
    directive.error(`invalid CIDR ${quoted(text)}: expected one as in 10.0.0.0/8`, origin);
    return [];
  });
}

/** Reads the file for its mistakes, and has it read again when it changes. */
function weightsIn(
  file: Word,
  reloadMs: number,
  { folder, clock, log }: PluginContext,
  directive: Directive,
): WeightsInUse {
  const path = resolve(folder, file.text);
  let current = firstWeights(path, file, reloadMs, directive);
  const watched = new WatchedFile({
    path,
    intervalMs: reloadMs,
    maxBytes: MAX_WEIGHTS_BYTES,
    clock,
    files: DISK_READER,
    onContent: (content) => {
      current = parseWeights(content.toString('utf8'));
      log.info({ file: path, names: current.size }, 'plugin/loadbalance: read the weights');
    },
    onFault: (reason) => {
      const message = 'plugin/loadbalance: cannot use the weights, what was read before stays';
      log.warn({ file: path, reason }, message);
    },
  });
  return { current: () => current, file: watched };
}

function firstWeights(path: string, file: Word, reloadMs: number, directive: Directive): Weights {
  try {
    // A pipe would be waited for.
    if (!statSync(path).isFile()) throw Object.assign(new Error(), { code: 'not a regular file' });
    return parseWeights(DISK.read(path, MAX_WEIGHTS_BYTES));
  } catch (error) {
    if (error instanceof WeightsError) {
      const { line, message } = error;
      directive.error(message, { file: path, document: 0, line, column: 1 });
    } else {
      const { code } = error as NodeJS.ErrnoException;
      const text = `Failed to open weight file ${quoted(path)} (${code})`;
      // It is read again later, so it may come; without that it never will.
      if (reloadMs === 0) directive.error(text, file.origin);
      else directive.warning(`${text}: will try again every ${reloadMs / 1000} s`, file.origin);
    }
    return NO_WEIGHTS;
  }
}
