import { ipFamily } from '../../dns/address.ts';
import { NO_CLUSTER_IP } from '../headless.ts';
import { IP_FAMILIES } from '../ip.ts';
import type { IpFamily, Service, ServiceType } from '../objects.ts';
import { readIp } from './address.ts';
import type { Field } from './field.ts';

/** The fields of a Service that decide which addresses it has. */
export interface ServiceAddresses {
  readonly clusterIPs: readonly string[];
  readonly ipFamilies: readonly IpFamily[];
  readonly ipFamilyPolicy: Service['ipFamilyPolicy'];
  readonly headless: boolean;
}

const POLICIES: readonly Service['ipFamilyPolicy'][] = [
  'PreferDualStack',
  'RequireDualStack',
  'SingleStack',
];

/** One written cluster IP and where. */
interface Written {
  readonly field: Field;
  readonly text: string;
}

/** Reads clusterIP(s), ipFamilies and ipFamilyPolicy, as ValidateServiceClusterIPsRelatedFields. */
export function readServiceAddresses(spec: Field, type: ServiceType): ServiceAddresses {
  const written = readWritten(spec);
  const ipFamilies = readFamilies(spec.get('ipFamilies'));
  const policy = spec.get('ipFamilyPolicy').oneOf('v1.IPFamilyPolicy', POLICIES);
  if (type === 'ExternalName') {
    forbidForExternalName(spec, written);
    return { clusterIPs: [], ipFamilies: [], ipFamilyPolicy: 'SingleStack', headless: false };
  }
  const [first] = written;
  const headless = first?.text === NO_CLUSTER_IP;
  if (first && headless && (type === 'NodePort' || type === 'LoadBalancer')) {
    first.field.invalid(NO_CLUSTER_IP, `may not be set to 'None' for ${type} services`);
  }
  const clusterIPs = readClusterIPs(spec, written);
  checkFamilies(written, clusterIPs, ipFamilies);
  const ipFamilyPolicy = policy ?? impliedPolicy(spec, headless);
  const isJudged = policy !== undefined || !spec.get('ipFamilyPolicy').present;
  if (isJudged && ipFamilyPolicy === 'SingleStack') checkSingleStack(spec, clusterIPs, ipFamilies);
  return { clusterIPs, ipFamilies, ipFamilyPolicy, headless };
}

/** The API server copies `clusterIP` to an absent `clusterIPs`, but nothing the other way. */
function readWritten(spec: Field): Written[] {
  const single = spec.get('clusterIP');
  const list = spec.get('clusterIPs');
  const text = single.string();
  const items = list.list('string').map((field) => ({ field, text: field.string() }));
  if (items.length === 0) {
    return text === '' ? [] : [{ field: single.shownAs('spec.clusterIPs[0]'), text }];
  }
  if (single.unreadable || items.some(({ field }) => field.unreadable)) return items;
  const values = items.map((item) => item.text);
  if (text === '') {
    list.invalid(values, 'must be empty when `clusterIP` is not specified');
  } else if (values[0] !== text) {
    list.invalid(values, 'first value must match `clusterIP`');
  }
  return items;
}

function readClusterIPs(spec: Field, written: readonly Written[]): string[] {
  const list = spec.get('clusterIPs');
  const texts = written.map(({ text }) => text);
  if (texts[0] === NO_CLUSTER_IP) {
    if (texts.length > 1) list.invalid(texts, "'None' must be the first and only value");
    return [NO_CLUSTER_IP];
  }
  if (texts.length > 2) {
    list.invalid(texts, 'may only hold up to 2 values');
    return [];
  }
  const ips = written.map(({ field, text }) => readIp(field, text, clusterIpAdvice(text)));
  const valid = ips.filter((ip) => ip !== undefined);
  if (valid.length === 2 && ipFamily(valid[0]!) === ipFamily(valid[1]!)) {
    list.invalid(texts, 'may specify no more than one IP for each IP family');
  }
  return valid;
}

function clusterIpAdvice(text: string): string {
  return /^none$/i.test(text) ? 'for a headless Service write None, with a capital N' : '';
}

function readFamilies(list: Field): IpFamily[] {
  const families: IpFamily[] = [];
  for (const item of list.list('v1.IPFamily')) {
    const text = item.string('v1.IPFamily');
    if (item.unreadable) continue;
    const family = IP_FAMILIES.find((known) => known === text);
    if (family === undefined) item.unsupported(text, IP_FAMILIES);
    else if (families.includes(family)) item.duplicate(family);
    else families.push(family);
  }
  return families.slice(); // of the right size: a list that grew keeps room for 17
}

function checkFamilies(
  written: readonly Written[],
  clusterIPs: readonly string[],
  families: readonly IpFamily[],
): void {
  if (clusterIPs[0] === NO_CLUSTER_IP || clusterIPs.length !== written.length) return;
  clusterIPs.forEach((ip, index) => {
    const family = families[index];
    if (family === undefined || family === ipFamily(ip)) return;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    written[index]!.field.invalid(ip, detail);
  });
}

/** What the API server takes an absent policy for (`initIPFamilyFields`). */
function impliedPolicy(spec: Field, headless: boolean): Service['ipFamilyPolicy'] {
  const hasSelector = spec.get('selector').keys().length > 0;
  return headless && !hasSelector ? 'RequireDualStack' : 'SingleStack';
}

function checkSingleStack(
  spec: Field,
  clusterIPs: readonly string[],
  families: readonly IpFamily[],
): void {
  const field = spec.get('ipFamilyPolicy');
  // Without a written policy the place is that of the values.
  const refuse = (key: 'clusterIPs' | 'ipFamilies', several: string): void => {
    const place = field.present ? field : spec.get(key).shownAs(field.text());
    const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${several} are specified`;
    place.invalid('SingleStack', detail);
  };
  if (clusterIPs.length > 1) refuse('clusterIPs', 'cluster IPs');
  if (families.length > 1) refuse('ipFamilies', 'IP families');
}

function forbidForExternalName(spec: Field, addresses: readonly Written[]): void {
  const detail = 'may not be set for ExternalName services';
  if (addresses.length > 0) {
    const written = spec.get('clusterIPs').present ? 'clusterIPs' : 'clusterIP';
    spec.get(written).shownAs('spec.clusterIPs').forbidden(detail);
  }
  for (const key of ['ipFamilies', 'ipFamilyPolicy']) {
    const field = spec.get(key);
    const empty = Array.isArray(field.value) && field.value.length === 0;
    if (field.present && !empty) field.forbidden(detail);
  }
}
