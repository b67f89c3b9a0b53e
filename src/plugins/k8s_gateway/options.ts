import { HOST_RESOURCES, type HostResource } from '../../controllers/hosts/host-rules.ts';
import { directivesNamed, type Line, type ServerBlock, type Word } from '../../corefile/parse.ts';
import { didYouMean, listed, type ProblemList, quoted } from '../../corefile/problems.ts';
import { isInZone, isReverseZone, zoneText } from '../../corefile/zone-name.ts';
import { keyFromText, MAX_NAME_BYTES, NameError, type NameKey, textOf } from '../../dns/name.ts';
import { dns1123Label, dns1123Subdomain } from '../../kube/names.ts';
import { parseSelector } from '../../kube/selector.ts';
import type { GatewayOptions } from '../../zone/options.ts';
import type { KubernetesZones } from '../declaration.ts';
import { Directive, type ReadOption } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import { isReached, keyZones, reportUnreached } from '../unreached.ts';

/** The directive, read: what is compiled, and what is done with names that do not exist. */
export interface GatewayDirective {
  readonly options: GatewayOptions;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
}

type Draft = { -readonly [K in keyof GatewayOptions]: GatewayOptions[K] } & {
  fallthrough: readonly NameKey[] | undefined;
};

export const NAME = 'k8s_gateway';

/** The options: those of the k8s_gateway project, and our own `ingress_service`. */
export const GATEWAY_OPTIONS = {
  resources: 'RESOURCES...',
  ttl: 'SECONDS',
  apex: 'NAME',
  secondary: 'NAME',
  ingressClasses: 'CLASSES...',
  gatewayClasses: 'CLASSES...',
  serviceLabelSelectors: 'SELECTOR...',
  ingress_service: 'NAMESPACE/NAME',
  fallthrough: '[ZONES...]',
} as const satisfies OptionForms;

const READERS = {
  resources: readResources,
  ttl: (line, draft, directive) => {
    draft.ttl = readTtl(line, directive) ?? draft.ttl;
  },
  apex: (line, draft, directive) => {
    draft.apex = readServer(line, directive) ?? draft.apex;
  },
  secondary: (line, draft, directive) => {
    draft.secondary = readServer(line, directive) ?? draft.secondary;
  },
  ingressClasses: (line, draft) => {
    draft.ingressClasses = texts(line);
  },
  gatewayClasses: (line, draft) => {
    draft.gatewayClasses = texts(line);
  },
  serviceLabelSelectors: readServiceLabels,
  ingress_service: readIngressService,
  fallthrough: (line, draft, directive) => {
    draft.fallthrough = directive.fallthrough(line);
  },
  kubeconfig: (line, _draft, directive) => {
    const source = 'the manifests of the kubernetes block beside it';
    const message = `kubeconfig: not offered: objects come from ${source}: delete the line`;
    directive.error(message, line.origin);
  },
} satisfies Record<string, ReadOption<[Draft, Directive]>>;

/**
 * Reads `k8s_gateway [ZONES...] { … }`; undefined after an error. `blockZones` are those of the
 * server block, for a line that names none.
 */
export function readGateway(
  lines: readonly Line[],
  blockZones: readonly string[],
  problems: ProblemList,
): GatewayDirective | undefined {
  const directive = new Directive(NAME, problems);
  const line = directive.single(lines);
  const draft = { ...newDraft(), zones: readZones(line, blockZones, directive) };
  directive.options(line, GATEWAY_OPTIONS, READERS, draft, directive);
  checkLengths(draft, line, directive);
  const { fallthrough, ...options } = draft;
  return directive.failed ? undefined : { options, fallthrough };
}

/** What the k8s_gateway project does when nothing is said. */
const newDraft = (): Draft => ({
  zones: [],
  resources: HOST_RESOURCES,
  ingressClasses: [],
  gatewayClasses: [],
  serviceLabels: '',
  ingressService: '',
  ttl: 60,
  apex: 'dns1.kube-system',
  secondary: '',
  fallthrough: undefined,
});

function readZones(line: Line, blockZones: readonly string[], directive: Directive): string[] {
  const keys = directive.zones(line.args, blockZones.map(keyFromText));
  const zones = keys.map((key) => textOf(key).slice(0, -1)).filter((zone) => !isReverseZone(zone));
  if (zones.length === 0 && !directive.failed) {
    directive.error('non-reverse zone name must be used', line.origin);
  }
  return zones;
}

/**
 * The SOA record names `hostmaster` of the server in the zone, which a message must be able to
 * carry.
 */
function checkLengths({ zones, apex, secondary }: Draft, line: Line, directive: Directive): void {
  const longest = [apex, secondary].reduce((a, b) => (a.length < b.length ? b : a));
  for (const zone of zones) {
    const bytes = keyFromText(`hostmaster.${longest}`).length + keyFromText(zone).length + 1;
    if (bytes <= MAX_NAME_BYTES) continue;
    const message = `zone ${quoted(zone)} is too long for hostmaster.${longest} in it: ${bytes} bytes, and a name has at most ${MAX_NAME_BYTES}: expected a shorter zone or apex`;
    directive.error(message, line.origin);
  }
}

function readResources(line: Line, draft: Draft, directive: Directive): void {
  const wanted = new Set<HostResource>();
  for (const { text, origin } of line.args) {
    const known = HOST_RESOURCES.find((one) => one.toLowerCase() === text.toLowerCase());
    if (known !== undefined) wanted.add(known);
    else {
      const near = didYouMean(text, HOST_RESOURCES);
      const hint = near === '' ? `: expected ${listed(HOST_RESOURCES)}` : near;
      directive.error(`resource ${quoted(text)} is not offered${hint}`, origin);
    }
  }
  draft.resources = HOST_RESOURCES.filter((one) => wanted.has(one));
}

/** As long as a resolver may keep what it is told: RFC 2181 section 8. The project has no limit. */
const MAX_TTL_SECONDS = 2 ** 31 - 1;

function readTtl(line: Line, directive: Directive): number | undefined {
  const { text, origin } = line.args[0] as Word;
  const ttl = Number(text);
  if (/^\d{1,10}$/.test(text) && ttl <= MAX_TTL_SECONDS) return ttl;
  const message = `Cannot read ${quoted(text)} as ttl: expected whole seconds, 0 to ${MAX_TTL_SECONDS}`;
  directive.error(message, origin);
  return undefined;
}

/** A name relative to the zones: `dns1.kube-system`. */
function readServer(line: Line, directive: Directive): string | undefined {
  const { text, origin } = line.args[0] as Word;
  const name = text.toLowerCase();
  const fault = serverFault(name);
  if (fault === undefined) return name;
  const message = `Cannot use ${quoted(text)} as ${line.name}: expected a name relative to the zones, as in dns1.kube-system: ${fault}`;
  directive.error(message, origin);
  return undefined;
}

function serverFault(name: string): string | undefined {
  const [fault] = dns1123Subdomain(name);
  if (fault !== undefined) return fault;
  try {
    keyFromText(`hostmaster.${name}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    return error.message;
  }
}

function readServiceLabels(line: Line, draft: Draft, directive: Directive): void {
  const text = texts(line).join(' ');
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') draft.serviceLabels = parsed.selector.text;
  else
    directive.error(
      `unable to parse label selector ${quoted(text)}: ${parsed.message}`,
      line.origin,
    );
}

function readIngressService(line: Line, draft: Draft, directive: Directive): void {
  const { text, origin } = line.args[0] as Word;
  const [namespace = '', name = '', ...more] = text.split('/');
  const isRef =
    more.length === 0 && [namespace, name].every((part) => dns1123Label(part).length === 0);
  if (isRef) draft.ingressService = text;
  else {
    const message = `Cannot use ${quoted(text)} as ingress_service: expected NAMESPACE/NAME, as in ingress-nginx/ingress-nginx-controller`;
    directive.error(message, origin);
  }
}

function texts({ args }: Line): string[] {
  return [...new Set(args.map(({ text }) => text))];
}

/**
 * The `k8s_gateway` of a server block, read; undefined without one, or after an error. `kubernetes`
 * of the block answers first, so a zone within one of its own is never asked for here.
 */
export function gatewayIn(
  block: ServerBlock,
  kubernetes: KubernetesZones,
  problems: ProblemList,
): GatewayDirective | undefined {
  const lines = directivesNamed(block, NAME);
  const [line] = lines;
  if (line === undefined) return undefined;
  const blockZones = keyZones(block);
  const read = readGateway(lines, blockZones, problems);
  if (read === undefined || block.keys.length === 0) return read;
  const { zones } = read.options;
  const lost = zones.filter((zone) => !isReached(zone, blockZones));
  reportUnreached(NAME, lost, block, line.origin, problems);
  reportHidden(zones, kubernetes, line, problems);
  if (zones.includes('')) {
    const message = `${NAME}: answers for all names, so others do not exist: expected zones, as in ${NAME} example.org`;
    problems.warning('COREFILE_ZONE', message, line.origin);
  }
  return read;
}

function reportHidden(
  zones: readonly string[],
  { zones: above, fallthrough = [] }: KubernetesZones,
  { origin }: Line,
  problems: ProblemList,
): void {
  const isIn = (zone: string, all: readonly string[]) => all.some((one) => isInZone(zone, one));
  const hidden = zones.filter((zone) => isIn(zone, above) && !isIn(zone, fallthrough));
  if (hidden.length === 0) return;
  const message = `${NAME}: kubernetes answers for ${listed(hidden.map(zoneText))} first: expected zones of their own, as in kubernetes cluster.local and ${NAME} example.org, or fallthrough in kubernetes`;
  problems.warning('COREFILE_ZONE_UNREACHED', message, origin);
}
