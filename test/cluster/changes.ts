import type { Api, ApiReply, Manifest } from './api.ts';
import type { Dice } from './dice.ts';
import { SELECTED } from './dns-servers.ts';
import * as random from './random-objects.ts';

const CORE = '/api/v1/namespaces';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces';

const MOST = { services: 14, slices: 24, pods: 8 };

/** What the API server may answer to a change that came too late, or was not allowed. */
const REFUSALS: ReadonlySet<number> = new Set([403, 404, 409, 422]);

/** It has another client each time its API server is started. */
interface ClusterApi {
  readonly api: Api;
}

/** Makes random changes in namespaces of its own, one after the other. */
export class Changer {
  readonly #cluster: ClusterApi;
  readonly #dice: Dice;
  /** One that stays, and one that goes and comes back. */
  readonly #stays: string;
  readonly #goes: string;
  readonly #services = new Map<string, Manifest>();
  readonly #slices = new Map<string, Manifest>();
  readonly #pods = new Set<string>();
  #made = 0;
  /** Status and text of what the server refused. */
  readonly refused: string[] = [];

  constructor(cluster: ClusterApi, dice: Dice, lane: number) {
    this.#cluster = cluster;
    this.#dice = dice;
    this.#stays = `lane-${lane}`;
    this.#goes = `lane-${lane}-goes`;
  }

  /** The namespaces, and something in each. */
  async begin(): Promise<void> {
    for (const name of [this.#stays, this.#goes]) await this.#createNamespace(name);
    for (let count = 0; count < 12; count++) {
      await this.#createService();
      await this.#createSlice();
    }
  }

  /** One change: a request, or the two of a slice that is split or merged. */
  async change(): Promise<void> {
    const dice = this.#dice.below(1000);
    if (dice < 120) return this.#createService();
    if (dice < 270) return this.#patchService();
    if (dice < 340) return this.#deleteService();
    if (dice < 480) return this.#createSlice();
    if (dice < 720) return this.#changeEndpoints();
    if (dice < 770) return this.#split();
    if (dice < 810) return this.#merge();
    if (dice < 870) return this.#deleteSlice();
    if (dice < 930) return this.#changePod();
    if (dice < 990) return this.#changeLabels();
    return dice < 997 ? this.#loadBalancer() : this.#removeNamespace();
  }

  get #namespace(): string {
    return this.#dice.once(5) ? this.#goes : this.#stays;
  }

  async #createNamespace(name: string): Promise<void> {
    const metadata = { name, labels: this.#dice.once(3) ? {} : SELECTED };
    this.#judge(await this.#cluster.api.post(CORE, { metadata }));
  }

  async #createService(): Promise<void> {
    if (this.#services.size >= MOST.services) return this.#deleteService();
    const service = random.service(this.#dice, this.#namespace);
    const { namespace, name } = service.metadata;
    if (this.#services.has(`${namespace}/${name}`)) return this.#patchService();
    const reply = await this.#cluster.api.post(`${CORE}/${namespace}/services`, service);
    if (this.#judge(reply)) this.#services.set(`${namespace}/${name}`, service);
  }

  async #patchService(): Promise<void> {
    const key = this.#one(this.#services);
    if (key === undefined) return this.#createService();
    const [namespace, name] = key.split('/');
    const patch = random.servicePatch(this.#dice, this.#services.get(key)!);
    this.#judge(await this.#cluster.api.patch(`${CORE}/${namespace}/services/${name}`, patch));
  }

  async #deleteService(): Promise<void> {
    const key = this.#one(this.#services);
    if (key === undefined) return this.#createService();
    this.#services.delete(key);
    const [namespace, name] = key.split('/');
    this.#judge(await this.#cluster.api.delete(`${CORE}/${namespace}/services/${name}`));
  }

  async #loadBalancer(): Promise<void> {
    const key = this.#one(this.#services);
    if (key === undefined) return this.#createService();
    const [namespace, name] = key.split('/');
    const status = { loadBalancer: { ingress: [{ ip: random.address(this.#dice, 'IPv4') }] } };
    this.#judge(
      await this.#cluster.api.patch(`${CORE}/${namespace}/services/${name}/status`, { status }),
    );
  }

  async #createSlice(): Promise<void> {
    if (this.#slices.size >= MOST.slices) return this.#deleteSlice();
    const known = this.#one(this.#services);
    const [namespace = '', service = ''] =
      known === undefined || this.#dice.once(12) ? [this.#stays, 'missing'] : known.split('/');
    await this.#putSlice(random.slice(this.#dice, namespace, service, `slice-${this.#made++}`));
  }

  async #changeEndpoints(): Promise<void> {
    const slice = this.#oneSlice();
    if (slice === undefined) return this.#createSlice();
    await this.#putSlice(random.changedEndpoints(this.#dice, slice));
  }

  /** The half of a slice's endpoints moves to another slice; for a moment both have it. */
  async #split(): Promise<void> {
    const slice = this.#oneSlice();
    if (slice === undefined) return this.#createSlice();
    const endpoints = slice['endpoints'] as readonly unknown[];
    const half = endpoints.length >> 1;
    const metadata = { ...slice.metadata, name: `slice-${this.#made++}` };
    await this.#putSlice({ ...slice, metadata, endpoints: endpoints.slice(half) });
    await this.#putSlice({ ...slice, endpoints: endpoints.slice(0, half) });
  }

  /** All endpoints of two slices of one Service end up in one. */
  async #merge(): Promise<void> {
    const one = this.#oneSlice();
    const serviceOf = ({ metadata }: Manifest) =>
      JSON.stringify([metadata.namespace, metadata.labels]);
    const other = [...this.#slices.values()].find(
      (slice) =>
        one !== undefined &&
        slice !== one &&
        serviceOf(slice) === serviceOf(one) &&
        slice['addressType'] === one['addressType'],
    );
    if (one === undefined || other === undefined) return this.#split();
    const endpoints = [one, other].flatMap((slice) => slice['endpoints'] as readonly unknown[]);
    await this.#putSlice({ ...one, endpoints });
    await this.#dropSlice(other);
  }

  async #deleteSlice(): Promise<void> {
    const slice = this.#oneSlice();
    if (slice !== undefined) await this.#dropSlice(slice);
  }

  async #changePod(): Promise<void> {
    const name = this.#dice.of([...this.#pods, `pod-${this.#made++}`]);
    const path = `${CORE}/${this.#stays}/pods`;
    if (!this.#pods.has(name)) {
      if (this.#pods.size >= MOST.pods) return;
      if (!this.#judge(await this.#cluster.api.post(path, random.pod(this.#dice, name)))) return;
      this.#pods.add(name);
    } else if (this.#dice.once(4)) {
      this.#pods.delete(name);
      this.#judge(await this.#cluster.api.delete(`${path}/${name}`));
      return;
    }
    const patch = { status: random.podStatus(this.#dice) };
    this.#judge(await this.#cluster.api.patch(`${path}/${name}/status`, patch));
  }

  /** Something moves into the selector of `selected.test`, or out of it. */
  async #changeLabels(): Promise<void> {
    const metadata = { labels: { dns: this.#dice.once(2) ? 'yes' : null } };
    const kind = this.#dice.below(4);
    const slice = this.#oneSlice();
    const service = this.#one(this.#services);
    let path = `${CORE}/${this.#namespace}`;
    if (kind === 1 && service !== undefined) path = `${CORE}/${service.replace('/', '/services/')}`;
    if (kind === 2 && slice !== undefined) path = slicePath(slice);
    if (kind === 3 && this.#pods.size > 0) {
      path = `${CORE}/${this.#stays}/pods/${this.#dice.of([...this.#pods])}`;
    }
    this.#judge(await this.#cluster.api.patch(path, { metadata }));
  }

  /** Its contents go one by one, and some time later it is there again. */
  async #removeNamespace(): Promise<void> {
    const { status } = await this.#cluster.api.get(`${CORE}/${this.#goes}`);
    if (status === 404) return this.#createNamespace(this.#goes);
    this.#judge(await this.#cluster.api.delete(`${CORE}/${this.#goes}`));
    for (const objects of [this.#services, this.#slices]) {
      for (const key of objects.keys()) {
        if (key.startsWith(`${this.#goes}/`)) objects.delete(key);
      }
    }
  }

  async #putSlice(slice: Manifest): Promise<void> {
    const { namespace, name } = slice.metadata;
    const key = `${namespace}/${name}`;
    const reply = this.#slices.has(key)
      ? await this.#cluster.api.put(slicePath(slice), slice)
      : await this.#cluster.api.post(`${SLICES}/${namespace}/endpointslices`, slice);
    if (this.#judge(reply)) this.#slices.set(key, slice);
    if (reply.status === 404) this.#slices.delete(key);
  }

  async #dropSlice(slice: Manifest): Promise<void> {
    this.#slices.delete(`${slice.metadata.namespace}/${slice.metadata.name}`);
    this.#judge(await this.#cluster.api.delete(slicePath(slice)));
  }

  #one(objects: ReadonlyMap<string, Manifest>): string | undefined {
    return objects.size === 0 ? undefined : this.#dice.of([...objects.keys()]);
  }

  #oneSlice(): Manifest | undefined {
    const key = this.#one(this.#slices);
    return key === undefined ? undefined : this.#slices.get(key);
  }

  #judge({ status, body }: ApiReply): boolean {
    if (status < 300) return true;
    const text = `${status} ${String(body?.message).slice(0, 300)}`;
    if (!REFUSALS.has(status)) throw new Error(`The API server failed: ${text}`);
    this.refused.push(text);
    return false;
  }
}

function slicePath({ metadata }: Manifest): string {
  return `${SLICES}/${metadata.namespace}/endpointslices/${metadata.name}`;
}
