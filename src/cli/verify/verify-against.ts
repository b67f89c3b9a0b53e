import { clusterDomain } from '../../config/name-sources.ts';
import { quoted } from '../../corefile/problems.ts';
import { type CommandIo, Exit, UsageError } from '../command.ts';
import type { LoadOnce } from '../names/load-names.ts';
import { loadSources } from '../names/load-sources.ts';
import { type DnsServer, serverText } from '../query/server-address.ts';
import { compareBoth } from './against.ts';
import { networkAsker, stillAsker } from './asker.ts';
import { differenceReport, isAsDocumented } from './difference-report.ts';
import { settingsOf, type VerifyGiven } from './given.ts';
import { paceOf } from './paced.ts';

/**
 * Compares the answers of a folder, a cluster or a server with those of another server. Gives the
 * exit code.
 */
export async function verifyAgainst(
  against: DnsServer,
  given: VerifyGiven,
  io: CommandIo,
  load: LoadOnce,
): Promise<number> {
  const { server, files, timeoutMs, perSecond, format } = given;
  if (files.length > 0) {
    throw new UsageError(
      `Cannot use ${quoted(files[0] as string)} with --against: questions are those about all names`,
    );
  }
  const settings = settingsOf(given, io);
  if (settings === Exit.TROUBLE) return Exit.TROUBLE;
  const loaded = await loadSources(settings, load, io);
  if (loaded === undefined) return Exit.TROUBLE;
  const network = async (one: DnsServer) => {
    const asker = await networkAsker(one, clusterDomain(settings), timeoutMs, io);
    return { asker, name: serverText(one) };
  };
  const still = server === undefined ? await stillAsker(settings, loaded, io) : undefined;
  if (server === undefined && still === undefined) return Exit.TROUBLE;
  const ours = still ? { asker: still, name: 'svcdns' } : await network(server as DnsServer);
  const theirs = await network(against);
  const comparison = await compareBoth({ ours, theirs }, loaded, paceOf(perSecond, io.clock), io);
  await Promise.all([ours.asker.close(), theirs.asker.close()]);
  io.stdout(differenceReport(format, comparison));
  return isAsDocumented(comparison) ? Exit.OK : Exit.FAILED;
}
