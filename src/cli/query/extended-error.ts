/** Purposes of the info-codes of Extended DNS Errors (RFC 8914 section 5.2), by number. */
const PURPOSES: readonly string[] = [
  'Other',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
];

/** `14 (Not Ready): the manifests have not been read yet`, on one line whatever a server sends. */
export function extendedErrorText({ code, text }: { code: number; text: string }): string {
  const purpose = PURPOSES[code];
  const named = purpose === undefined ? String(code) : `${code} (${purpose})`;
  const visible = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
  return visible === '' ? named : `${named}: ${visible}`;
}
