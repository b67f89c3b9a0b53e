import { type Api, accepted } from './api.ts';

const SERVICE = 'mark';

/** A Service with one address, another one with each mark: DNS tells which mark has been taken. */
export class Marks {
  readonly service = SERVICE;
  readonly #api: Api;
  readonly #slices: string;
  /** The version of its slice with each address. */
  readonly #versions = new Map<string, string>();
  last = '';

  private constructor(api: Api, namespace: string) {
    this.#api = api;
    this.#slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  }

  static async begin(api: Api, namespace: string): Promise<Marks> {
    const marks = new Marks(api, namespace);
    await api.create(`/api/v1/namespaces/${namespace}/services`, {
      metadata: { name: SERVICE },
      spec: { clusterIP: 'None', ports: [{ port: 1 }] },
    });
    const { metadata } = await api.create(marks.#slices, {
      metadata: { name: SERVICE, labels: { 'kubernetes.io/service-name': SERVICE } },
      ...{ addressType: 'IPv4', endpoints: marks.#next(), ports: [] },
    });
    marks.#versions.set(marks.last, metadata.resourceVersion!);
    return marks;
  }

  /** Makes one more, and returns its version. */
  async make(): Promise<string> {
    const body = { endpoints: this.#next() };
    const { metadata } = accepted(await this.#api.patch(`${this.#slices}/${SERVICE}`, body));
    this.#versions.set(this.last, metadata.resourceVersion!);
    return metadata.resourceVersion!;
  }

  /** The version of the mark that has this address. */
  versionOf(address: string): string {
    const version = this.#versions.get(address);
    if (version === undefined) throw new Error(`There has been no mark ${address}`);
    return version;
  }

  #next() {
    const number = this.#versions.size + 1;
    this.last = `10.3.${number >> 8}.${number & 255}`;
    return [{ addresses: [this.last] }];
  }
}
