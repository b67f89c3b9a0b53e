import { addressAndPort } from '../../../dns/address.ts';
import { Rcode, rcodeName } from '../../../dns/codes.ts';
import type { WantedAddress } from '../../../server/listen/addresses.ts';
import { type Check, type Examination, type Finding, fail, info, ok, warn } from '../finding.ts';
import { isOwnServer, ownPlaces, zoneQuestion } from '../own-places.ts';

/** Whether the server answers, over UDP and TCP: large answers need TCP (RFC 7766 section 5). */
export const ownServer: Check = {
  id: 'server',
  async run(examination) {
    const places = ownPlaces(examination);
    return (await Promise.all(places.map((place) => askPlace(place, examination)))).flat();
  },
};

async function askPlace(place: WantedAddress, examination: Examination): Promise<Finding[]> {
  const { network, machine } = examination;
  const question = zoneQuestion(place, 'udp', examination);
  const { name } = question;
  const [udp, tcp] = await Promise.all([
    network.ask(question),
    network.ask({ ...question, transport: 'tcp' }),
  ]);
  const where = addressAndPort(place);
  if ('fault' in udp && 'fault' in tcp) {
    if (place.need === 'optional') return [];
    const holder = await machine.holder('udp', place.address, place.port);
    if (holder === undefined) return [info(`nothing answers at ${where} yet`, 'svcdns serve')];
    if (!isOwnServer(holder)) return []; // the check of the port has said so
    return [fail(`${where} is held, and does not answer: ${udp.fault}`, 'svcdns health')];
  }
  if ('fault' in tcp) {
    const fix = `allow TCP in the firewall; in compose: ports: ["${where}:53/udp", "${where}:53/tcp"]`;
    return [fail(`${where} answers over UDP, and not over TCP: ${tcp.fault}`, fix)];
  }
  if ('fault' in udp) return [fail(`${where} answers over TCP, and not over UDP: ${udp.fault}`)];
  if (udp.rcode === Rcode.SERVFAIL) {
    return [warn(`${where} answers SERVFAIL for ${name} SOA`, 'svcdns health')];
  }
  return [ok(`${where} answers over UDP and TCP: ${rcodeName(udp.rcode)} for ${name} SOA`)];
}
