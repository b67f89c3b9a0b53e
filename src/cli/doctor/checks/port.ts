import { addressAndPort } from '../../../dns/address.ts';
import { otherPlace } from '../../../server/listen/listen-error.ts';
import { type Check, type Examination, type Finding, fail, info, ok } from '../finding.ts';
import { type Holding, holdings, servesZone } from '../own-places.ts';

/** Bit of CAP_NET_BIND_SERVICE in `/proc/PID/status` (`linux/capability.h`). */
const BIND_SERVICE = 1n << 10n;

/** Below, Linux asks for a privilege, unless the sysctl says otherwise. */
const USUAL_UNPRIVILEGED = 1024;

const UNPRIVILEGED = 'net.ipv4.ip_unprivileged_port_start';

/** Who holds the ports that `serve` would listen on, and whether it may have them. */
export const port: Check = {
  id: 'port',
  async run(examination) {
    if (examination.settings.listen.length === 0) return []; // nothing could be read
    const held = await holdings(examination);
    if (held.length === 0) return [info('the system chooses the port at each start')];
    const groups = byHolder(held);
    const findings = await Promise.all(groups.map((group) => heldFinding(group, examination)));
    const forbidden = held.some(({ holder }) => holder === undefined)
      ? privilegeFindings(examination, held)
      : [];
    if (findings.length + forbidden.length > 0) return [...findings, ...forbidden];
    return [ok(`${placesText(held)} can be listened on, over UDP and TCP`)];
  },
};

/** Of systemd-resolved, whose process only root may look into. */
const STUB_ADDRESSES: ReadonlySet<string> = new Set(['127.0.0.53', '127.0.0.54']);

/** A holder, and everything of ours that it holds; never empty. */
type Held = readonly [Holding, ...Holding[]];

function byHolder(all: readonly Holding[]): readonly Held[] {
  const groups = new Map<string, [Holding, ...Holding[]]>();
  for (const one of all) {
    if (one.holder === undefined) continue;
    const key = JSON.stringify(one.holder);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

async function heldFinding(held: Held, examination: Examination): Promise<Finding> {
  const [{ place, transport, holder }] = held;
  const all = held.map((one) => `${addressAndPort(one.place)} (${one.transport})`).join(', ');
  const what = `${all} ${held.length === 1 ? 'is' : 'are'} held by`;
  const isServer = await servesZone(place, holder, examination);
  if (holder?.kind !== 'process') {
    const text = `${what} another user's process`;
    if (isServer) return ok(`${text}, which answers for our zone: a server is running`);
    const flags = `-l${transport === 'udp' ? 'u' : 't'}np`;
    const show = `sudo ss ${flags} 'sport = :${place.port}'`;
    const who = STUB_ADDRESSES.has(place.address) ? ', by its address systemd-resolved' : '';
    return fail(`${text}${who}`, show);
  }
  const who = `${holder.name} (pid ${holder.pid})`;
  if (isServer) return ok(`${what} ${who}: a server is running`);
  const isStub = holder.name.startsWith('systemd-resolve');
  const also = isStub ? ', the stub resolver of systemd-resolved' : '';
  return fail(`${what} ${who}${also}`, moved(examination, place));
}

function privilegeFindings(
  { machine, settings: { movedBy } }: Examination,
  held: readonly Holding[],
): Finding[] {
  const status = machine.read('/proc/self/status');
  if (machine.platform !== 'linux' || status === undefined) return [];
  const start = machine.read(`/proc/sys/${UNPRIVILEGED.replaceAll('.', '/')}`);
  const least = start === undefined ? USUAL_UNPRIVILEGED : Number(start);
  const [, effective = '0'] = /^CapEff:\s*([\da-f]+)$/m.exec(status) ?? [];
  const low = held.find(({ place }) => place.port < least)?.place;
  if (low === undefined || (BigInt(`0x${effective}`) & BIND_SERVICE) !== 0n) return [];
  const text = `port ${low.port} needs a privilege that this user lacks (CAP_NET_BIND_SERVICE)`;
  return [
    fail(
      `${text}: use another port, ${otherPlace(movedBy.listen, low)}, or lift the limit`,
      `sudo sysctl ${UNPRIVILEGED}=${low.port}`,
    ),
  ];
}

function moved({ settings }: Examination, place: Holding['place']): string {
  const how = otherPlace(settings.movedBy.listen, place);
  return how.startsWith('-') ? `svcdns serve ${how}` : how;
}

function placesText(held: readonly Holding[]): string {
  return [...new Set(held.map(({ place }) => addressAndPort(place)))].join(', ');
}
