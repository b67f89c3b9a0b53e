import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { until } from '../../server/until.ts';
import { fakeServer, replyTo, type Script } from '../fake-dns-server.ts';
import { folderWith } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

async function health(script: Script): Promise<Outcome & { port: number }> {
  const { port } = await fakeServer(script);
  return { ...(await new TestIo().outcome(`health @127.0.0.1:${port}`)), port };
}

describe('health', () => {
  test.for([
    [0, 'NOERROR'],
    [3, 'NXDOMAIN'],
    [5, 'REFUSED'],
  ] as const)('is good when UDP and TCP give rcode %i', async ([rcode, name]) => {
    const { code, stdout, stderr, port } = await health((asked) => [replyTo(asked, { rcode })]);
    expect(stderr).toBe('');
    expect(stdout).toBe(
      `ok udp 127.0.0.1:${port}: ${name} for cluster.local. SOA in 0 ms\n` +
        `ok tcp 127.0.0.1:${port}: ${name} for cluster.local. SOA in 0 ms\n`,
    );
    expect(code).toBe(0);
  });

  test.for(['udp', 'tcp'] as const)(
    'is bad when %s alone gives SERVFAIL, with its reason',
    async (bad) => {
      const { code, stdout, stderr, port } = await health((asked, transport) => [
        transport === bad
          ? replyTo(asked, { rcode: 2, edns: { error: [14, 'reading the manifests'] } })
          : replyTo(asked),
      ]);
      expect(code).toBe(1);
      expect(stderr).toBe(
        `svcdns health: Not healthy: ${bad} 127.0.0.1:${port}: SERVFAIL for cluster.local. SOA, ` +
          '14 (Not Ready): reading the manifests\n',
      );
      expect(stdout).toMatch(new RegExp(`^ok ${bad === 'udp' ? 'tcp' : 'udp'} .*\n$`));
    },
  );

  test('is bad when a reply cannot be read', async () => {
    const { code, stderr } = await health((asked) => {
      const reply = replyTo(asked);
      reply.writeUInt16BE(3, 6); // records that are not there
      return [reply];
    });
    expect(code).toBe(1);
    expect(stderr.match(/malformed reply/g)).toHaveLength(2);
  });

  test('is bad when nothing listens there', async () => {
    const { port } = await fakeServer(() => []);
    // The fake server is on 127.0.0.1 only, and 127.0.0.2 is this machine too.
    const outcome = await new TestIo().outcome(`health @127.0.0.2:${port}`);
    const refused = 'connection refused: nothing listens there';
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: `svcdns health: Not healthy: udp 127.0.0.2:${port}: ${refused}; tcp 127.0.0.2:${port}: ${refused}\n`,
    });
  });

  test('is bad when no reply comes for two seconds', async () => {
    const clock = new FakeClock();
    const server = await fakeServer(() => []);
    const outcome = new TestIo({ clock }).outcome(`health @127.0.0.1:${server.port}`);
    await until(() => server.queries.length === 2);
    clock.advance(1000);
    await until(() => server.queries.length === 3);
    clock.advance(1000);
    const { code, stderr } = await outcome;
    expect(code).toBe(1);
    expect(stderr).toContain('no reply to 2 tries of 1000 ms; tcp');
    expect(stderr).toContain('no reply within 2000 ms');
  });

  test('asks the server and the first zone of the Corefile', async () => {
    const server = await fakeServer((asked) => [replyTo(asked)]);
    const Corefile = `.:${server.port} {\n  kubernetes example.org {\n    manifests k8s\n  }\n}\n`;
    const io = new TestIo({ cwd: folderWith({ Corefile }), env: { SVCDNS_CONFIG: 'Corefile' } });
    expect((await io.outcome('health')).code).toBe(0);
    expect(io.out).toContain(' for example.org. SOA in ');
  });

  test('does without settings when the server is named', async () => {
    const server = await fakeServer((asked) => [replyTo(asked)]);
    const io = new TestIo({ env: { SVCDNS_CONFIG: '/nowhere/Corefile' } });
    expect((await io.outcome(`health @127.0.0.1:${server.port}`)).code).toBe(0);
  });

  test('is not told, with exit code 1, when the settings that name the server are wrong', async () => {
    const io = new TestIo({ env: { SVCDNS_CONFIG: '/nowhere/Corefile' } });
    expect((await io.outcome('health')).code).toBe(1);
    expect(io.err).toContain("SVCDNS_CONFIG: error: Cannot read '/nowhere/Corefile'");
  });
});
