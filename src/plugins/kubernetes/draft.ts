import type { Word } from '../../corefile/parse.ts';
import { ZONE_DEFAULTS, type ZoneOptions } from '../../zone/options.ts';

/** Options that only a Kubernetes API source needs: read, kept, and of no use to a folder. */
export interface ApiOptions {
  readonly endpoints: readonly string[];
  readonly tls: { certificate: string; key: string; authority: string } | undefined;
  readonly kubeconfig: { file: string; context: string | undefined } | undefined;
  /** Requests a second, and in a burst; undefined for the client's own default. */
  readonly qps: number | undefined;
  readonly burst: number | undefined;
  /** Requests at once; 0 for no limit. */
  readonly maxInFlight: number;
  readonly startupTimeoutMs: number;
  /** Which of these the Corefile names, and where. */
  readonly written: readonly Word[];
}

/** What the options of one block have said so far. */
export interface KubernetesDraft {
  readonly zone: { -readonly [Option in keyof ZoneOptions]: ZoneOptions[Option] };
  readonly namespaces: Set<string>;
  fallthrough: readonly string[] | undefined;
  readonly manifests: Word[];
  readonly exclude: Set<string>;
  api: ApiOptions;
}

/** What CoreDNS does for a block that says nothing. */
export const newDraft = (zones: readonly string[]): KubernetesDraft => ({
  zone: { zones, ...ZONE_DEFAULTS }, // in this order: state files are named by it
  namespaces: new Set(),
  fallthrough: undefined,
  manifests: [],
  exclude: new Set(),
  api: {
    endpoints: [],
    tls: undefined,
    kubeconfig: undefined,
    qps: undefined,
    burst: undefined,
    maxInFlight: 0,
    startupTimeoutMs: 5000, // CoreDNS's; a start without the API is better than none
    written: [],
  },
});
