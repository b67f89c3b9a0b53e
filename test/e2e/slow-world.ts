import { onTestFinished } from 'vitest';
import { askBytes, type ServerAddress } from '../helpers/ask.ts';
import { eventuallyTrue } from '../helpers/eventually.ts';
import { encodeQuery } from '../helpers/query.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { type Asked, FakeUpstream, good } from './fake-upstream.ts';
import { MANIFESTS } from './server-process.ts';

/** A server of its own whose upstream keeps its replies until the test says so. */
export class SlowWorld {
  readonly address: ServerAddress;
  readonly server: ServeProcess;
  readonly folder: TempFolder;
  readonly #upstream: FakeUpstream;
  readonly #admin: number;
  readonly #port: number;
  /** What the upstream was asked and has not answered. */
  readonly unanswered: Asked[] = [];

  private constructor(port: number, upstream: FakeUpstream, upstreamPort: number) {
    this.address = { address: '127.0.0.1', port };
    this.#admin = port + 1;
    this.#port = upstreamPort;
    this.#upstream = upstream;
    this.folder = new TempFolder();
    this.folder.write('k8s/objects.yaml', MANIFESTS);
    const corefile = this.configure();
    this.server = new ServeProcess(['--config', corefile], [], { LOG_LEVEL: 'info' });
  }

  /** DNS at `port`, metrics at the next one; ends with the test. */
  static async start(port: number, more = ''): Promise<SlowWorld> {
    const upstream = new FakeUpstream((asked) => {
      if (/^slow/i.test(asked.name)) world.unanswered.push(asked);
      else good('192.0.2.1')(asked);
    });
    const world: SlowWorld = new SlowWorld(port, upstream, await upstream.start());
    world.configure(more);
    onTestFinished(() => world.stop());
    await world.server.until(() => world.server.printed.includes('Try: dig'), 'start-up text');
    return world;
  }

  /** Writes the Corefile, with more server blocks. */
  configure(more = ''): string {
    const text = `.:${this.address.port} {
  bind 127.0.0.1
  ready 127.0.0.1:${this.#admin}
  kubernetes cluster.local {
    manifests k8s
  }
  forward . 127.0.0.1:${this.#port}
}
${more}`;
    return this.folder.write('Corefile', text);
  }

  /** Asks so many questions over UDP and TCP in turn; resolves when the upstream has them all. */
  async askSlowly(count: number): Promise<Promise<Buffer>[]> {
    const before = this.unanswered.length;
    const replies = Array.from({ length: count }, (_, i) => {
      const query = encodeQuery(`slow${i}.example.org.`, 'A');
      const reply = askBytes(this.address, query, i % 2 === 0 ? 'udp' : 'tcp');
      reply.catch(() => {}); // told where it is awaited
      return reply;
    });
    const isAsked = () => this.#names().size >= before + count;
    await eventuallyTrue(isAsked);
    return replies;
  }

  answerAll(): void {
    this.unanswered.splice(0).forEach(good('192.0.2.9'));
  }

  /** The status of `/ready`; 0 when nobody answers. */
  async ready(): Promise<number> {
    const url = `http://127.0.0.1:${this.#admin}/ready`;
    return fetch(url, { headers: { connection: 'close' } }).then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** A metric's value; the sum when it has labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#admin}/metrics`)).text();
    const lines = text.split('\n').filter((line) => /^[ {]/.test(line.slice(name.length)));
    return lines
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async stop(): Promise<void> {
    await this.server.kill();
    await this.#upstream.stop();
    this.folder.dispose();
  }

  /** Some are asked twice. */
  #names(): Set<string> {
    return new Set(this.unanswered.map(({ name }) => name.toLowerCase()));
  }
}
