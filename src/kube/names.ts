/**
 * The name rules of Kubernetes. Their sentences are the API server's own (apimachinery,
 * `util/validation/validation.go`), doubled spaces included, because people search for them.
 *
 * A rule returns the sentences that a text breaks; none when it is valid.
 */
export type NameRule = (text: string) => readonly string[];

/** The namespace of whoever names none. */
export const DEFAULT_NAMESPACE = 'default';

const NONE: readonly string[] = [];

const LABEL_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
/** Both parts, or one alone. Where the whole is short enough for a part, each part is. */
const QUALIFIED =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const DOMAIN_LABEL = /^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?$/;

const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;
const MAX_PORT_NAME = 15;

/** RFC 1123 label: namespaces, port names, host names. */
export const dns1123Label: NameRule = (text) =>
  text.length <= MAX_LABEL && LABEL_1123.test(text)
    ? NONE
    : faults(
        text,
        MAX_LABEL,
        (part) => LABEL_1123.test(part),
        isSubdomain(text) ? 'must not contain dots' : LABEL_1123_TEXT,
      );

/** RFC 1035 label, which must not begin with a digit: Services. */
export const dns1035Label: NameRule = (text) =>
  text.length <= MAX_LABEL && LABEL_1035.test(text)
    ? NONE
    : faults(text, MAX_LABEL, (part) => LABEL_1035.test(part), LABEL_1035_TEXT);

/** RFC 1123 subdomain: Pods, Endpoints, EndpointSlices, `externalName`. */
export const dns1123Subdomain: NameRule = (text) =>
  faults(text, MAX_SUBDOMAIN, isSubdomain, SUBDOMAIN_TEXT);

/** A label key: `app`, `app.kubernetes.io/name`. */
export const qualifiedName: NameRule = (text) => {
  if (text.length <= MAX_LABEL && QUALIFIED.test(text)) return NONE;
  const parts = text.split('/', 3);
  if (parts.length > 2) return [`a qualified name ${QUALIFIED_TEXT} ${QUALIFIED_PREFIX_TEXT}`];
  const broken: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') broken.push('prefix part must be non-empty');
    else broken.push(...dns1123Subdomain(prefix).map((fault) => `prefix part ${fault}`));
  }
  const name = parts.at(-1) ?? '';
  if (name === '') broken.push('name part must be non-empty');
  else {
    const rest = faults(name, MAX_LABEL, (part) => QUALIFIED_PART.test(part), QUALIFIED_TEXT);
    broken.push(...rest.map((fault) => `name part ${fault}`));
  }
  return broken;
};

/** A label value: empty, or like a name part. */
export const labelValue: NameRule = (text) =>
  text === ''
    ? NONE
    : faults(text, MAX_LABEL, (part) => QUALIFIED_PART.test(part), LABEL_VALUE_TEXT);

/** RFC 6335 service name, as container ports and a named `targetPort` must be. */
export const portName: NameRule = (text) => {
  const broken: string[] = [];
  if (text.length > MAX_PORT_NAME) broken.push(tooLong(MAX_PORT_NAME));
  if (!/^[-a-z0-9]+$/.test(text)) {
    broken.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(text)) broken.push('must contain at least one letter (a-z)');
  if (text.includes('--')) broken.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) {
    broken.push('must not begin or end with a hyphen');
  }
  return broken;
};

/** A name with at least two labels: the addresses of an FQDN slice. One final dot is allowed. */
export const fullyQualifiedName: NameRule = (text) => {
  const name = withoutFinalDot(text);
  if (name === '') return ['must not be empty'];
  const broken = dns1123Subdomain(name);
  if (broken.length > 0) return broken;
  if (!name.includes('.')) {
    return ['should be a domain with at least two segments separated by dots'];
  }
  return encodable(name);
};

/**
 * The API server bounds a subdomain's length, not its labels', nor what a wildcard adds to it; DNS
 * (RFC 1035 section 2.3.4) bounds both, and a name that cannot be written into a message cannot be
 * answered with.
 */
export const encodable: NameRule = (text) => {
  if (text.length > MAX_SUBDOMAIN) return ['a DNS name must be no more than 253 characters'];
  const isLong = text.split('.').some((label) => label.length > MAX_LABEL);
  return isLong ? ['each label of a DNS name must be no more than 63 characters'] : NONE;
};

/**
 * A name that DNS can carry, in lower case, with or without a final dot: host names, and those with
 * underscores that are no hosts (RFC 2181 section 11). A first label `*` is a wildcard.
 */
export const domainName: NameRule = (text) => {
  const name = withoutFinalDot(text);
  const isName =
    name.length <= MAX_SUBDOMAIN &&
    name.split('.').every((label, at) => DOMAIN_LABEL.test(label) || (at === 0 && label === '*'));
  return isName ? NONE : ['must be a domain name, such as www.example.com'];
};

/** `example.com.` and `example.com` are the same name. */
export function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

const LABEL_1123_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const QUALIFIED_PREFIX_TEXT =
  "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function faults(
  text: string,
  most: number,
  fits: (text: string) => boolean,
  sentence: string,
): readonly string[] {
  if (text.length <= most && fits(text)) return NONE;
  const broken: string[] = [];
  if (text.length > most) broken.push(tooLong(most));
  // The patterns take linear time, but a text this long is not worth it.
  if (text.length > 10 * MAX_SUBDOMAIN || !fits(text)) broken.push(sentence);
  return broken;
}

function isSubdomain(text: string): boolean {
  if (LABEL_1123.test(text)) return true;
  return text.split('.').every((label) => LABEL_1123.test(label));
}

function tooLong(most: number): string {
  return `must be no more than ${most} characters`;
}
