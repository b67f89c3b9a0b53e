import { isIpv4 } from '../../dns/address.ts';
import { canonicalIp, ipFault, mappedIpv4, specialIpFault } from '../ip.ts';
import type { Field } from './field.ts';
import { quote } from './report.ts';

/**
 * The canonical form of an address that a manifest gives; undefined, after reporting it, when it is
 * not one. Another spelling of the same IPv6 address is taken, with a hint, and an IPv4-mapped one
 * as the IPv4 address that it holds: the API server warns so (GetWarningsForIP).
 */
export function readIp(field: Field, text: string, advice = ''): string | undefined {
  if (field.unreadable) return undefined;
  if (isIpv4(text)) return text;
  const mapped = mappedIpv4(text);
  if (mapped !== undefined) {
    const message = `${field.text()}: non-standard IP address ${quote(text)} will be considered invalid in a future Kubernetes release: use "${mapped}"`;
    field.note('warning', 'ADDRESS_NOT_STANDARD', message);
    return mapped;
  }
  const fault = ipFault(text);
  if (fault !== undefined) {
    field.invalid(text, advice === '' ? fault : `${fault}: ${advice}`);
    return undefined;
  }
  const canonical = canonicalIp(text)!;
  if (canonical !== text) {
    const message = `${field.text()}: IPv6 address ${quote(text)} should be in RFC 5952 canonical format ("${canonical}")`;
    field.note('hint', 'ADDRESS_NOT_CANONICAL', message);
  }
  return canonical;
}

/** An address that traffic can be sent to: not loopback, link-local or unspecified. */
export function readEndpointIp(field: Field, text: string): string | undefined {
  const ip = readIp(field, text);
  const fault = ip === undefined ? undefined : specialIpFault(ip);
  if (fault === undefined) return ip;
  field.invalid(text, fault);
  return undefined;
}
