import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { App, AppOptions } from '../../../src/app.ts';
import type { CommandIo } from '../../../src/cli/command.ts';
import { serveCommand } from '../../../src/cli/commands/serve.ts';
import { DEFAULT_ZONE, type Settings } from '../../../src/config/settings.ts';
import type { LoadSummary } from '../../../src/control/summary.ts';
import { NetworkSet } from '../../../src/dns/network.ts';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { ListenError } from '../../../src/server/listen/listen-error.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { settle } from '../../server/until.ts';
import { folderWith, WEB } from '../folder.ts';
import { TestIo } from '../test-io.ts';

const SUMMARY: LoadSummary = {
  files: 1,
  namespaces: [
    {
      name: 'shop',
      clusterIP: 1,
      headless: 0,
      externalName: 0,
      endpoints: 0,
      pods: 0,
      external: 0,
      hosts: 0,
    },
  ],
  names: 9,
  passedOver: [],
  refusedDocuments: 0,
  problems: [],
  example: 'web.shop',
};

const SOURCE = { manifests: ['/k8s'], zone: DEFAULT_ZONE };

/** `serve` with an app that only remembers what is done to it. */
function serving(parts: { fails?: Error; summary?: LoadSummary | 'never' } = {}) {
  const log: string[] = [];
  const events: string[] = [];
  let settings: Settings | undefined;
  let options: AppOptions | undefined;
  const { fails, summary = SUMMARY } = parts;
  const app: App = {
    addresses: [
      { address: '::1', port: 1053 },
      { address: '127.0.0.1', port: 1053 },
    ],
    admin: { address: '127.0.0.1', port: 8053 },
    leadingBack: [],
    explain: () => Promise.reject(new Error('nobody asks')),
    transport: { name: 'native', threads: 1 },
    loaded: [],
    whenSynced: async () =>
      summary === 'never' ? new Promise(() => {}) : [{ source: SOURCE, summary }],
    reload: async () => [],
    close: async () => {
      await settle();
      events.push('closed');
    },
  };
  const command = serveCommand(async () => ({
    startApp: async (given, others) => {
      settings = given;
      options = others;
      if (fails !== undefined) throw fails;
      events.push('started');
      return app;
    },
    createLogger: (level) => {
      const lines = new Writable({
        write: (chunk, _encoding, done) => {
          log.push(String(chunk));
          done();
        },
      });
      return createLoggerTo(level, lines);
    },
    networks: () => new NetworkSet([]),
  }));
  return {
    run: (line: string, io: CommandIo) => command.run(line.split(' ').filter(Boolean), io),
    events,
    log,
    settings: () => settings,
    options: () => options,
  };
}

describe('serve', () => {
  test('prints what it serves, and closes at SIGTERM with exit code 0', async () => {
    const server = serving();
    const io = new TestIo({ cwd: folderWith({ 'k8s/web.yaml': WEB }) });
    const done = server.run('--manifests k8s', io);
    await settle();
    expect(io.out).toContain('Try: dig @::1 -p 1053 web.shop.svc.cluster.local\n');
    expect(server.events).toEqual(['started']);
    io.signal('SIGTERM');
    expect(await done).toBe(0);
    expect(server.events).toEqual(['started', 'closed']);
    expect(io.exits).toEqual([]);
    expect(io.err).toBe('');
  });

  test.for(['-q', '--quiet', '-quiet'])('%s prints no start-up text', async (option) => {
    const server = serving();
    const io = new TestIo();
    const done = server.run(option, io);
    await settle();
    io.signal('SIGINT');
    expect(await done).toBe(0);
    expect(io.out).toBe('');
  });

  test('closes at a signal that comes before the manifests have been read', async () => {
    const server = serving({ summary: 'never' });
    const io = new TestIo();
    const done = server.run('', io);
    await settle();
    io.signal('SIGINT');
    expect(await done).toBe(0);
    expect(io.out).toBe('');
    expect(server.events).toEqual(['started', 'closed']);
  });

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once at a second %s, with exit code %i', async ([signal, code]) => {
    const clock = new FakeClock();
    const io = new TestIo({ clock });
    const done = serving().run('', io);
    await settle();
    io.signal('SIGTERM');
    clock.advance(299);
    io.signal(signal); // npm passing on what the terminal has sent already
    expect(io.exits).toEqual([]);
    clock.advance(1);
    io.signal(signal);
    expect(io.exits).toEqual([code]);
    await done;
  });

  test('prints the text of a ListenError as it is, with exit code 1', async () => {
    const failure = {
      address: '127.0.0.1',
      port: 53,
      protocol: 'udp',
      cause: new Error(),
    } as const;
    const fails = new ListenError('Cannot listen on 127.0.0.1:53 (udp): held by dnsmasq', failure);
    const io = new TestIo();
    expect(await serving({ fails }).run('', io)).toBe(1);
    expect(io.err).toBe('svcdns serve: Cannot listen on 127.0.0.1:53 (udp): held by dnsmasq\n');
  });

  test('gives the settings that the command line asks for', async () => {
    const server = serving();
    const io = new TestIo({ cwd: folderWith({ 'a/web.yaml': WEB, 'b/web.yaml': WEB }) });
    const line =
      '--manifests a --manifests b --listen 127.0.0.1:5300 --listen [::1]:5301 --admin off --forward 10.0.0.2 --forward 10.0.0.3';
    const done = server.run(line, io);
    await settle();
    io.signal('SIGTERM');
    await done;
    expect(server.settings()).toMatchObject({
      blocks: [{ kubernetes: { manifests: [`${io.cwd}/a`, `${io.cwd}/b`] } }],
      listen: [
        { address: '127.0.0.1', port: 5300 },
        { address: '::1', port: 5301 },
      ],
      admin: [],
    });
    expect(io.out).toContain('\nForwarding all other names to 10.0.0.2, 10.0.0.3\n');
  });

  test("takes CoreDNS's -conf and -dns.port, and has nothing to say of its Corefile", async () => {
    const server = serving();
    const Corefile = `cluster.local {
      reload
      multisocket
      kubernetes {
        manifests k8s
      }
    }
    `;
    const io = new TestIo({ cwd: folderWith({ Corefile, 'k8s/web.yaml': WEB }) });
    const done = server.run('-conf Corefile -dns.port 5399', io);
    await settle();
    io.signal('SIGTERM');
    expect(await done).toBe(0);
    expect(server.settings()?.listen).toEqual([{ address: '', port: 5399 }]);
    expect(io.err).toBe('');
  });

  test('refuses a wrong Corefile with file, line and column, and exit code 1', async () => {
    const server = serving();
    const io = new TestIo({ cwd: folderWith({ Corefile: '. {\n  kubernets cluster.local\n}\n' }) });
    expect(await server.run('--config Corefile', io)).toBe(1);
    expect(io.err).toMatch(/^Corefile:2:3: error: .*'kubernets': did you mean 'kubernetes'\?/);
    expect(server.events).toEqual([]);
  });

  test('-plugins lists the directives and what becomes of them', async () => {
    const io = new TestIo();
    expect(await serving().run('-plugins', io)).toBe(0);
    expect(io.out).toMatch(/^kubernetes +carried out$/m);
    expect(io.out).toMatch(/^forward +carried out$/m);
    expect(io.out).toMatch(/^dnssec +refused$/m);
  });
});

describe('an uncaught error', () => {
  test('while the app starts ends the process, with the stack', async () => {
    const io = new TestIo();
    const command = serveCommand(async () => ({
      startApp: () => {
        io.throwUncaught(new Error('half started'));
        return Promise.reject(new Error('not reached in a real process'));
      },
      createLogger: (level) => createLoggerTo(level, new Writable()),
      networks: () => new NetworkSet([]),
    }));
    await expect(command.run([], io)).rejects.toThrow('not reached');
    expect(io.exits).toEqual([1]);
    expect(io.err).toMatch(/^svcdns serve: Error: half started\n {4}at /);
  });

  test('while serving is logged with its stack, at most once a second, and counted', async () => {
    const clock = new FakeClock();
    const io = new TestIo({ clock });
    const server = serving();
    const done = server.run('-q --state off', io);
    await settle();
    io.throwUncaught(new Error('first'));
    io.throwUncaught(new Error('second'));
    io.throwUncaught('third');
    clock.advance(1000);
    io.throwUncaught('fourth');
    expect(server.log.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', leftOut: 0, err: { message: 'first' } },
      { level: 'error', leftOut: 2, err: { message: 'fourth' } },
    ]);
    expect(server.log[0]).toContain('\\n    at ');
    expect(await server.options()?.metrics?.text()).toContain('coredns_panics_total 4');
    expect(io.exits).toEqual([]);
    expect(server.events).toEqual(['started']);
    io.signal('SIGTERM');
    expect(await done).toBe(0);
  });
});
