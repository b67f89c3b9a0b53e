import { generateKeyPairSync } from 'node:crypto';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventuallyTrue } from '../helpers/eventually.ts';
import { freePort } from '../helpers/free-port.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { type Argv, Running } from '../system/command.ts';
import { goTool } from '../system/go-tools.ts';
import { requireTools } from '../system/tools.ts';
import { Api } from './api.ts';

/** Of the one who may do everything. */
const ADMIN = 'token-of-admin';

/** What CoreDNS's own ClusterRole lets it do, and so a program that takes its place. */
export const DNS_RULES = [
  {
    apiGroups: [''],
    resources: ['services', 'namespaces', 'pods'],
    verbs: ['list', 'watch'],
  },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
];

/** etcd, an API server and some controllers, on loopback, with data that end with the test. */
export class Cluster {
  readonly #folder = new TempFolder();
  readonly #ports = { etcd: freePort(), peer: freePort(), api: freePort(), manager: freePort() };
  #etcd: Running;
  #server: Running | undefined;
  #manager: Running | undefined;
  #startManager: (() => Running) | undefined;
  #api: Api | undefined;
  /** Other certificates lie in another folder. */
  #generation = 0;

  private constructor() {
    this.#etcd = this.#startEtcd();
  }

  /** With these controllers of the kube-controller-manager. */
  static async start(...controllers: readonly string[]): Promise<Cluster> {
    requireTools('etcd');
    const programs = await goTool('kube-apiserver');
    const manager = controllers.length > 0 ? await goTool('kube-controller-manager') : '';
    const cluster = new Cluster();
    try {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      });
      cluster.#folder.write('sa.key', privateKey);
      cluster.#folder.write('sa.pub', publicKey);
      // The users svcdns and coredns get their rights from `allow`.
      const users = ['svcdns', 'coredns'].map((name) => `token-of-${name},${name},${name}\n`);
      cluster.#folder.write('tokens.csv', `${ADMIN},admin,admin,system:masters\n${users.join('')}`);
      await cluster.startServer(programs);
      await cluster.allow('svcdns', DNS_RULES);
      await cluster.allow('coredns', DNS_RULES);
      if (controllers.length > 0) cluster.#runManager(manager, controllers);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** As one who may do everything. */
  get api(): Api {
    if (this.#api === undefined) throw new Error('The API server has not been started');
    return this.#api;
  }

  /** Where the API server is, for a proxy. */
  get port(): number {
    return this.#ports.api;
  }

  /** The certificate of the API server and its CA, PEM. */
  get ca(): string {
    return readFileSync(join(this.#certificates, 'apiserver.crt'), 'utf8');
  }

  /** Starts the API server, with new certificates after `renew`, and waits until it is ready. */
  async startServer(programs?: string): Promise<void> {
    const folder = programs ?? (await goTool('kube-apiserver'));
    const { etcd, api } = this.#ports;
    const at = (name: string) => this.#folder.at(name);
    const server = new Running([
      join(folder, 'kube-apiserver'),
      ...[`--etcd-servers=http://127.0.0.1:${etcd}`, '--bind-address=127.0.0.1'],
      ...[`--secure-port=${api}`, `--cert-dir=${this.#certificates}`],
      ...['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none'],
      ...['--service-account-issuer=https://cluster.test'],
      ...[`--service-account-key-file=${at('sa.pub')}`],
      ...[`--service-account-signing-key-file=${at('sa.key')}`],
      '--service-cluster-ip-range=10.96.0.0/12,fd00:10:96::/112',
      ...['--authorization-mode=RBAC', `--token-auth-file=${at('tokens.csv')}`],
      ...['--disable-admission-plugins=ServiceAccount', '--profiling=false'],
      '--enable-priority-and-fairness=false',
      ...['--max-requests-inflight=0', '--max-mutating-requests-inflight=0'],
    ]);
    this.#server = server;
    await server.until(() => server.printed.includes('Serving securely'));
    this.#api?.close();
    const client = new Api({ port: api, ca: this.ca, token: ADMIN });
    this.#api = client;
    await eventuallyTrue(async () => {
      const { status } = await client.get('/readyz').catch(() => ({ status: 0 }));
      return status === 200;
    });
    if (this.#manager?.isRunning === false) this.#manager = this.#startManager?.();
  }

  /** The API server is away, and etcd keeps everything. */
  async stopServer(): Promise<void> {
    if (this.#server?.isRunning !== true) return;
    process.kill(this.#server.pid, 'SIGKILL'); // asked to end, it waits a minute for watches
    await this.#server.ended;
  }

  /** Keeps what etcd has. Everything is away meanwhile. */
  async backUp(): Promise<void> {
    await this.#withoutEtcd(() => this.#copyData('etcd', 'backup'));
  }

  /** Puts back what etcd had; versions of objects go on from there. */
  async restore(): Promise<void> {
    await this.#withoutEtcd(() => this.#copyData('backup', 'etcd'));
  }

  async #withoutEtcd(work: () => void): Promise<void> {
    if (this.#manager?.isRunning === true) await this.#manager.stop();
    await this.stopServer();
    await this.#etcd.stop();
    work();
    this.#etcd = this.#startEtcd();
    await this.startServer();
  }

  #copyData(from: string, to: string): void {
    rmSync(this.#folder.at(to), { recursive: true, force: true });
    cpSync(this.#folder.at(from), this.#folder.at(to), { recursive: true });
  }

  /** The API server has other certificates when it is started again. */
  renewCertificates(): void {
    this.#generation++;
  }

  /** A kubeconfig; written again, it is for a server with other certificates. */
  kubeconfig(user: string, server = `https://127.0.0.1:${this.#ports.api}`, token = ''): string {
    this.#folder.write(`${user}.token`, token || `token-of-${user}`);
    this.#folder.write(`${user}.ca`, this.ca);
    const authority = this.#folder.at(`${user}.ca`);
    const file = `apiVersion: v1
kind: Config
current-context: test
contexts: [{ name: test, context: { cluster: test, user: test } }]
clusters: [{ name: test, cluster: { server: "${server}", certificate-authority: ${authority} } }]
users: [{ name: test, user: { tokenFile: ${this.#folder.at(`${user}.token`)} } }]
`;
    return this.#folder.write(`${user}.kubeconfig`, file);
  }

  /** Gives a user these rights and no others. */
  async allow(user: string, rules: readonly object[]): Promise<void> {
    const base = '/apis/rbac.authorization.k8s.io/v1';
    const group = 'rbac.authorization.k8s.io';
    const role = { metadata: { name: user }, rules };
    const { status } = await this.api.put(`${base}/clusterroles/${user}`, role);
    if (status >= 300) throw new Error(`ClusterRole ${user}: ${status}`);
    await this.api.post(`${base}/clusterrolebindings`, {
      metadata: { name: user },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: user },
      subjects: [{ apiGroup: group, kind: 'User', name: user }],
    });
  }

  /** Ends what was started, and removes the data. */
  async stop(): Promise<void> {
    this.#api?.close();
    if (this.#manager?.isRunning === true) await this.#manager.stop();
    await this.stopServer();
    if (this.#etcd.isRunning) await this.#etcd.stop();
    this.#folder.dispose();
  }

  get #certificates(): string {
    return this.#folder.at(`certificates-${this.#generation}`);
  }

  #startEtcd(): Running {
    const { etcd, peer } = this.#ports;
    const [client, other] = [`http://127.0.0.1:${etcd}`, `http://127.0.0.1:${peer}`];
    // What is lost with the machine is lost with the test.
    return new Running([
      ...[
        'etcd',
        '--unsafe-no-fsync',
        '--log-level',
        'warn',
        '--data-dir',
        this.#folder.at('etcd'),
      ],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', other, '--initial-advertise-peer-urls', other],
      ...['--initial-cluster', `default=${other}`],
    ] as unknown as Argv);
  }

  #runManager(programs: string, controllers: readonly string[]): void {
    const kubeconfig = this.kubeconfig('manager', undefined, ADMIN);
    const argv: Argv = [
      join(programs, 'kube-controller-manager'),
      `--kubeconfig=${kubeconfig}`,
      ...['--leader-elect=false', '--bind-address=127.0.0.1'],
      ...[`--secure-port=${this.#ports.manager}`, `--cert-dir=${this.#folder.at('manager')}`],
      ...['--use-service-account-credentials=false', `--controllers=${controllers.join(',')}`],
      ...['--kube-api-qps=1000', '--kube-api-burst=2000'],
    ];
    this.#startManager = () => new Running(argv);
    this.#manager = this.#startManager();
  }
}
