import { addressBytes } from '../../dns/address.ts';
import { Class } from '../../dns/codes.ts';
import { keyOf, MAX_NAME_BYTES, ROOT } from '../../dns/name.ts';
import { addressRecord, type ResourceRecord, serviceRecord } from '../../dns/record.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { Plugin, Request } from '../plugin.ts';
import { answerReply } from '../reply.ts';

const NAME = 'whoami';

const PREFIX = { udp: keyOf(['_udp']), tcp: keyOf(['_tcp']) };

/** Answers everything: the additional section tells the client's address, port and transport. */
const whoami: Plugin = {
  name: NAME,
  async serve(request) {
    return { ...answerReply(NAME, []), additional: whoAsked(request) };
  },
};

function whoAsked({ name, qclass, client, transport }: Request): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  const address = addressBytes(client.address);
  if (address !== undefined) records.push(addressRecord(name, address, 0));
  const owner = PREFIX[transport] + name;
  // The longest names have no room for one label more.
  if (owner.length < MAX_NAME_BYTES) records.push(serviceRecord(owner, 0, client.port, ROOT, 0));
  return qclass === Class.IN ? records : records.map((record) => ({ ...record, class: qclass }));
}

/** Reads `whoami`. */
export const plugin = {
  directive: 'whoami',
  answers: true,
  setup(lines, _context, problems) {
    const directive = new Directive('whoami', problems);
    directive.bare(lines);
    return directive.failed ? undefined : whoami;
  },
} satisfies PluginDeclaration;
