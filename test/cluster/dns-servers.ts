import { join } from 'node:path';
import type { ServerAddress } from '../helpers/ask.ts';
import { eventuallyTrue } from '../helpers/eventually.ts';
import { freePort } from '../helpers/free-port.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { Running } from '../system/command.ts';
import { goTool } from '../system/go-tools.ts';
import { svcdns } from '../system/server.ts';

/** The zones of `corefile`, for names; reverse names are in the first one's block. */
export const ZONES = ['cluster.local.', 'selected.test.', 'few.test.'] as const;

/** The label that objects and namespaces of `selected.test` have. */
export const SELECTED = { dns: 'yes' };

/** The namespaces of `few.test`. */
export const FEW = ['lane-0', 'lane-1'];

/** What both servers are given: the options that choose objects, each in a zone of its own. */
function corefile(port: number, kubeconfig: string): string {
  const block = (zones: string, options: string) => `${zones.replaceAll(' ', `:${port} `)}:${port} {
    bind 127.0.0.1
    kubernetes ${zones} {
        kubeconfig ${kubeconfig}
        ${options}
    }
}
`;
  return [
    block('cluster.local in-addr.arpa ip6.arpa', 'pods insecure\n        ttl 30'),
    block(
      'selected.test',
      `labels dns=yes
        namespace_labels dns=yes
        endpoint_pod_names
        pods verified
        ignore empty_service`,
    ),
    block('few.test', `namespaces ${FEW.join(' ')}\n        noendpoints`),
  ].join('');
}

/** A DNS server that a test has started. */
export class DnsServer {
  readonly #process: Running;
  readonly #folder: TempFolder;
  readonly address: ServerAddress;

  private constructor(process: Running, folder: TempFolder, port: number) {
    this.#process = process;
    this.#folder = folder;
    this.address = { address: '127.0.0.1', port };
  }

  /** CoreDNS, which waits until it has read everything. */
  static async coredns(kubeconfig: string, text = corefile): Promise<DnsServer> {
    const program = join(await goTool('coredns'), 'coredns');
    const folder = new TempFolder();
    const port = freePort();
    const conf = folder.write('Corefile', text(port, kubeconfig));
    const process = new Running([program, '-conf', conf]);
    const server = new DnsServer(process, folder, port);
    await server.#until(() => process.printed.includes('CoreDNS-1.'));
    return server;
  }

  /** The built program. */
  static async svcdns(kubeconfig: string, text = corefile): Promise<DnsServer> {
    const folder = new TempFolder();
    const port = freePort();
    const conf = folder.write('Corefile', text(port, kubeconfig));
    const process = new Running(svcdns('serve', '--config', conf, '--admin', 'off'));
    const server = new DnsServer(process, folder, port);
    await server.#until(() => /^Try: dig /m.test(process.printed));
    return server;
  }

  get printed(): string {
    return this.#process.printed;
  }

  async stop(): Promise<void> {
    if (this.#process.isRunning) await this.#process.stop();
    this.#folder.dispose();
  }

  async #until(condition: () => boolean): Promise<void> {
    try {
      await eventuallyTrue(() => {
        if (!this.#process.isRunning) throw new Error(`The server ended:\n${this.printed}`);
        return condition();
      });
    } catch (error) {
      const text = this.printed;
      await this.stop();
      throw new Error(`Cannot start a DNS server:\n${text}`, { cause: error });
    }
  }
}
