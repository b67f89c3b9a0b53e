import type { Endpoint, EndpointSlice, IpFamily, Origin } from '../../../kube/objects.ts';
import { isMapping } from '../../../kube/schema/json-type.ts';
import {
  familyOf,
  MOST_ENDPOINTS,
  quickEndpoint,
  quickSliceAround,
} from '../../../kube/schema/quick-slice.ts';
import { NEWLINE } from '../../../support/ascii.ts';
import { scalarEnd, scalarOf } from './quick-scalar.ts';
import { type QuickYaml, UNREAD } from './quick-yaml.ts';
import type { StringPool } from './string-pool.ts';

/**
 * Reads EndpointSlices as `kubectl get -o yaml` lists them, straight from the text: most of a large
 * dump is endpoints, and of the ten lines that each has, two say something. So no value is made
 * of the others, nor of the endpoint.
 *
 * Exact or nothing: members come in the order that kubectl gives them, which is that of the
 * alphabet, each once at most, at its place in the line. At whatever else there is it gives up, and
 * `QuickYaml` decides.
 */
export class SliceText {
  readonly #text: string;
  readonly #quick: QuickYaml;
  readonly #strings: StringPool;
  #end = 0;
  /** Where the line under way begins. */
  #at = 0;

  /** `quick` is for the same text. */
  constructor(text: string, quick: QuickYaml, strings: StringPool) {
    this.#text = text;
    this.#quick = quick;
    this.#strings = strings;
  }

  /**
   * The slice that the lines from `start` to `end` are, the first with a dash at its head.
   * Undefined where it is written in another way, or where something might be said about it.
   */
  read(start: number, end: number, origin: Origin): EndpointSlice | undefined {
    this.#at = start;
    this.#end = end;
    const addressType = this.#value('- addressType: ');
    const family = familyOf(addressType);
    if (family === undefined || !this.#passes('  apiVersion: discovery.k8s.io/v1\n')) {
      return undefined;
    }
    if (!this.#passes('  endpoints:\n')) return undefined;
    const endpoints: Endpoint[] = [];
    while (this.#passes('  - addresses:\n')) {
      const endpoint = this.#endpoint(family);
      if (endpoint === undefined || endpoints.push(endpoint) > MOST_ENDPOINTS) return undefined;
    }
    if (endpoints.length === 0 || !this.#passes('  kind: EndpointSlice\n')) return undefined;
    const around = this.#around();
    if (around === undefined) return undefined;
    around['addressType'] = addressType;
    // A copy has no room to grow.
    return quickSliceAround(around, endpoints.slice(), origin);
  }

  /** The members behind `kind`. */
  #around(): Record<string, unknown> | undefined {
    if (!this.#text.startsWith('  metadata:\n', this.#at)) return undefined;
    const around = this.#quick.read(this.#at, this.#end);
    if (around === UNREAD || !isMapping(around)) return undefined;
    return Object.keys(around).every((key) => BEHIND_KIND.has(key)) ? around : undefined;
  }

  #endpoint(family: IpFamily): Endpoint | undefined {
    const first = this.#value('    - ');
    const addresses = [first];
    while (this.#starts('    - ')) {
      const next = this.#value('    - ');
      if (next === undefined) return undefined;
      addresses.push(next);
    }
    let ready: unknown;
    if (this.#passes('    conditions:\n')) {
      ready = this.#value('      ready: ');
      this.#skip('      serving: ');
      this.#skip('      terminating: ');
    }
    const hostname = this.#value('    hostname: ');
    this.#skip('    nodeName: ');
    let target: unknown;
    if (this.#passes('    targetRef:\n')) {
      this.#skip('      kind: ');
      target = this.#value('      name: ');
      this.#skip('      namespace: ');
      this.#skip('      resourceVersion: ');
      this.#skip('      uid: ');
    }
    this.#skip('    zone: ');
    return quickEndpoint(addresses, family, ready, hostname, target);
  }

  #starts(head: string): boolean {
    return this.#text.startsWith(head, this.#at);
  }

  /** Goes on behind a whole line, if that is the one under way. */
  #passes(line: string): boolean {
    if (!this.#starts(line)) return false;
    this.#at += line.length;
    return this.#at <= this.#end;
  }

  /**
   * The value behind the head of a line, which is passed. A line that is another, or has a value
   * that is not plain, stays the one under way, and nothing else is made of it.
   */
  #value(head: string): unknown {
    const start = this.#at + head.length;
    const end = this.#lineEnd(head);
    return end < 0 ? undefined : scalarOf(this.#text, start, end, this.#strings);
  }

  /** Goes on behind a line of such a head; as `#value`. */
  #skip(head: string): void {
    this.#lineEnd(head);
  }

  /** Where the value of a line ends that is passed; -1 for one that is not. */
  #lineEnd(head: string): number {
    if (!this.#starts(head)) return -1;
    const end = scalarEnd(this.#text, this.#at + head.length, this.#end);
    if (end < 0 || end >= this.#end || this.#text.charCodeAt(end) !== NEWLINE) return -1;
    this.#at = end + 1;
    return end;
  }
}

/** In the order of kubectl there is nothing else. */
const BEHIND_KIND: ReadonlySet<string> = new Set(['metadata', 'ports']);
