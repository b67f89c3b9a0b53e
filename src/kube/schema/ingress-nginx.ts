import { canonicalIp } from '../ip.ts';
import { dns1123Label, dns1123Subdomain, withoutFinalDot } from '../names.ts';
import type { IngressNginx, LoadBalancerPoint } from '../objects.ts';
import { Field } from './field.ts';
import { quote } from './report.ts';

/** The first word of its command line, in its manifests and in its Helm chart. */
const PROGRAM = '/nginx-ingress-controller';

/** Most words of a command line, variables, and addresses of an argument; the API has no limit. */
const MAX_ITEMS = 1_000;
const MAX_ADDRESSES = 100;

/** Flags that stand without a value. */
const SWITCHES: ReadonlySet<string> = new Set([
  'report-node-internal-ip-address',
  'update-status',
  'watch-ingress-without-class',
]);

/** A word of a command line, with the values of variables in it. */
interface Word {
  readonly text: string;
  readonly field: Field;
}

/**
 * What the arguments of ingress-nginx say of the status that it gives Ingresses: its
 * `pkg/flags/flags.go`. Undefined when no container of the Pod runs it.
 */
export function readIngressNginx(podSpec: Field, namespace: string): IngressNginx | undefined {
  for (const container of elements(podSpec.get('containers'))) {
    const fields = ['command', 'args'].flatMap((key) => elements(container.get(key)));
    if (!fields.some(({ value }) => value === PROGRAM)) continue;
    const values = variables(container.get('env'), namespace);
    return readFlags(
      fields.flatMap((field) => {
        const { value } = field;
        return typeof value === 'string' ? { text: expanded(value, values), field } : [];
      }),
    );
  }
  return undefined;
}

function readFlags(words: readonly Word[]): IngressNginx {
  const flags = new Map<string, Word>();
  for (let at = 0; at < words.length; at++) {
    const { text, field } = words[at] as Word;
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (value !== undefined) flags.set(name, { text: value, field });
    else if (SWITCHES.has(name)) flags.set(name, { text: 'true', field });
    else if (name !== '') flags.set(name, { text: words[++at]?.text ?? '', field });
  }
  const service = flags.get('publish-service');
  const addresses = flags.get('publish-status-address');
  const isDoubled = (service?.text ?? '') !== '' && (addresses?.text ?? '') !== '';
  if (service !== undefined && isDoubled) {
    const message = '--publish-service and --publish-status-address are mutually exclusive';
    noteUnusable(service.field, message, 'ingress-nginx does not start with both');
  }
  const publishService = readReference(service);
  return {
    className: flags.get('ingress-class')?.text.slice(0, 253) || 'nginx',
    publishService: publishService ?? '',
    publishedPoints: readPoints(addresses),
    usesInternalIPs: readSwitch(flags.get('report-node-internal-ip-address'), false),
    writesStatus:
      !isDoubled && publishService !== undefined && readSwitch(flags.get('update-status'), true),
  };
}

/** '' when absent; undefined, after a report, when it is no reference. */
function readReference(word: Word | undefined): string | undefined {
  if (word === undefined || word.text === '') return '';
  const parts = word.text.split('/');
  if (parts.length === 2 && parts.every((part) => dns1123Label(part).length === 0)) {
    return word.text;
  }
  const advice = 'expected NAMESPACE/NAME: its Ingresses get no status';
  noteUnusable(word.field, `--publish-service: found ${quote(word.text)}`, advice);
  return undefined;
}

function readPoints(word: Word | undefined): LoadBalancerPoint[] {
  if (word === undefined || word.text === '') return [];
  return word.text.split(/,\s*/, MAX_ADDRESSES).flatMap((text) => {
    const ip = canonicalIp(text);
    if (ip !== undefined) return { ip, hostname: '' };
    const hostname = withoutFinalDot(text);
    if (dns1123Subdomain(hostname).length === 0) return { ip: '', hostname };
    const message = `--publish-status-address: found ${quote(text)}`;
    noteUnusable(word.field, message, 'expected addresses or host names, joined by commas');
    return [];
  });
}

/** As Go's `strconv.ParseBool`. */
function readSwitch(word: Word | undefined, otherwise: boolean): boolean {
  if (word === undefined) return otherwise;
  if (/^(1|t|T|TRUE|true|True)$/.test(word.text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(word.text)) return false;
  noteUnusable(word.field, `found ${quote(word.text)} as a switch`, 'expected true or false');
  return otherwise;
}

function noteUnusable(field: Field, message: string, advice: string): void {
  field.note('warning', 'INGRESS_NGINX_ARGUMENT', `${field.text()}: ${message}: ${advice}`);
}

/** The first elements of a list. No other part of containers is judged here either. */
function elements(list: Field): Field[] {
  if (!Array.isArray(list.value)) return [];
  const items: unknown[] = list.value.slice(0, MAX_ITEMS);
  return items.map((item, index) => new Field(list.report, item, list, index));
}

/** `$(NAME)` is the value of a variable, where there is one, and `$$` a dollar sign. */
function expanded(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^()]*)\))/g, (whole, name?: string) =>
    name === undefined ? '$' : (values.get(name) ?? whole),
  );
}

/** Those whose values are written, or follow from where the Pod is. */
function variables(list: Field, namespace: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const item of elements(list)) {
    const name = item.get('name').value;
    const { value } = item.get('value');
    const path = item.get('valueFrom').get('fieldRef').get('fieldPath').value;
    if (typeof name !== 'string') continue;
    if (typeof value === 'string') values.set(name, value);
    else if (path === 'metadata.namespace') values.set(name, namespace);
  }
  return values;
}
