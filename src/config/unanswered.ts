import type { ServerBlock } from '../corefile/parse.ts';
import { listed, type ProblemList } from '../corefile/problems.ts';
import { zoneText } from '../corefile/zone-name.ts';

/** Plugins that answer questions; a block with none of them has nothing to say. */
const ANSWERING: ReadonlySet<string> = new Set([
  'kubernetes',
  'forward',
  'hosts',
  'template',
  'whoami',
  'chaos',
  'any',
  'local',
]);

/**
 * Warns of server blocks in which nothing answers. They are served all the same, as by CoreDNS:
 * everything is REFUSED.
 */
export function tellUnanswered(blocks: readonly ServerBlock[], problems: ProblemList): void {
  const unanswered = blocks.filter(
    ({ directives }) => !directives.some(({ name }) => ANSWERING.has(name)),
  );
  // After a syntax error the plugin that answers may be there, unread.
  if (problems.hasErrors && unanswered.length === blocks.length) return;
  for (const { keys, origin } of unanswered) {
    const zones = listed([...new Set(keys.map((key) => zoneText(key.zone)))]);
    const message = `Server block ${zones}: nothing in it answers, so all is REFUSED: expected a plugin such as kubernetes or forward`;
    problems.warning('COREFILE_NOTHING_ANSWERS', message, origin);
  }
}
