import type { NameSource } from '../../config/name-sources.ts';
import type { GivenAddresses } from '../../controllers/controllers.ts';
import { type CommandIo, UsageError } from '../command.ts';
import type { LoadOnce } from '../names/load-names.ts';
import { givenBefore, type LoadedSources, loadEach } from '../names/load-sources.ts';
import { Progress } from '../progress.ts';
import { serverText } from '../query/server-address.ts';
import { networkAsker } from '../verify/asker.ts';
import { paceOf } from '../verify/paced.ts';
import { recordsOfServer, recordsOfSources, type SideRecords } from './records.ts';
import type { Side } from './sides.ts';

/** What is needed to read the two sides. */
interface Reading {
  readonly asking: Asking;
  readonly io: CommandIo;
  readonly load: LoadOnce;
}

/** How a server is asked. */
export interface Asking {
  readonly timeoutMs: number;
  readonly perSecond: number;
  /** Whose SOA record shows that a server answers. */
  readonly zone: string;
}

/**
 * The records of both. Objects on the right keep the addresses that svcdns has given out on the
 * left, as they would in a server that saw the change. Undefined when objects cannot be had at all:
 * then why has been printed.
 *
 * @throws {NoReplyError} when a server does not answer.
 */
export async function recordsOfBoth(
  [left, right]: readonly [Side, Side],
  { asking, io, load }: Reading,
): Promise<[SideRecords, SideRecords] | undefined> {
  if (left.kind === 'server' && right.kind === 'server') {
    throw new UsageError('Cannot compare two servers: use svcdns verify --against');
  }
  const own = [right, left].flatMap((side) => (side.kind === 'files' ? [side] : []));
  // What is there now is what a server has given addresses to.
  const known = (index: number): GivenAddresses | undefined => {
    const [served] = own;
    const source = served?.own[index];
    return served && source && givenBefore(served.settings, source, io);
  };
  const before = await loaded(left, (_, index) => known(index), io, load);
  if (before === undefined) return undefined;
  const given = (_: NameSource, index: number) => {
    const source = before === 'server' ? undefined : before.sources[index];
    return before === 'server' || source === undefined ? known(index) : before.of(source).given;
  };
  const after = await loaded(right, given, io, load);
  if (after === undefined) return undefined;
  if (before !== 'server' && after !== 'server') {
    return [recordsOfSources(before), recordsOfSources(after)];
  }
  const files = recordsOfSources((before === 'server' ? after : before) as LoadedSources);
  const server = await asked(left.kind === 'server' ? left : right, files, asking, io);
  return before === 'server' ? [server, files] : [files, server];
}

async function loaded(
  side: Side,
  given: (source: NameSource, index: number) => GivenAddresses | undefined,
  io: CommandIo,
  load: LoadOnce,
): Promise<LoadedSources | 'server' | undefined> {
  if (side.kind === 'server') return 'server';
  const { settings, shown } = side;
  return loadEach(side.sources, { settings, load, io, given, shown });
}

async function asked(
  side: Side,
  others: SideRecords,
  { timeoutMs, perSecond, zone }: Asking,
  io: CommandIo,
): Promise<SideRecords> {
  if (side.kind !== 'server') throw new Error('Not a server');
  const asker = await networkAsker(side.server, zone, timeoutMs, io);
  const progress = new Progress(io);
  const pace = paceOf(perSecond, io.clock);
  try {
    return await recordsOfServer(asker, others, pace, (count, all) =>
      progress.show(() => `${count} of ${all} questions to ${serverText(side.server)}`),
    );
  } finally {
    progress.end();
    await asker.close();
  }
}
