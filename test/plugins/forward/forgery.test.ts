import { describe, expect, test } from 'vitest';
import {
  type Arrived,
  addressOf,
  answering,
  healthy,
  replyTo,
  type Script,
  World,
} from './world.ts';

const GOOD = 'NOERROR | www.example.org. 60 IN A 192.0.2.1';

/** A reply of the forger's, to the question that was asked. */
const forged = (bytes: Buffer, name: string) =>
  replyTo(bytes, { answers: [addressOf(name, '198.51.100.66')] });

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

/** A record owner that points at itself. */
function badPointer(bytes: Buffer): Buffer {
  const record = Buffer.from('c000000100010000003c0004c6336442', 'hex');
  const header = changed(bytes.subarray(0, bytes.length - 11), (copy) => {
    copy.writeUInt16BE(0x8180, 2);
    copy.writeUInt16BE(1, 6);
    copy.writeUInt16BE(0, 10);
  });
  record.writeUInt16BE(0xc000 | header.length, 0);
  return Buffer.concat([header, record]);
}

const GARBAGE: [kind: string, make: (bytes: Buffer, name: string) => Buffer][] = [
  ['nothing', () => Buffer.alloc(0)],
  ['a short message', (bytes) => bytes.subarray(0, 11)],
  ['a truncated reply', (bytes, name) => forged(bytes, name).subarray(0, -3)],
  [
    'a wrong ID',
    (bytes, name) =>
      changed(forged(bytes, name), (copy) => {
        copy[1] = copy[1]! ^ 1;
      }),
  ],
  [
    'another question',
    (bytes, name) =>
      replyTo(bytes, { name: 'www.example.net', answers: [addressOf(name, '6.6.6.6')] }),
  ],
  [
    'no question',
    (bytes) =>
      changed(bytes.subarray(0, 12), (copy) => {
        copy.writeUInt16BE(0x8185, 2);
        copy.fill(0, 4);
      }),
  ],
  [
    'a query',
    (bytes, name) =>
      changed(forged(bytes, name), (copy) => {
        copy[2] = copy[2]! & 0x7f;
      }),
  ],
  [
    'another opcode',
    (bytes, name) =>
      changed(forged(bytes, name), (copy) => {
        copy[2] = copy[2]! | 0x20;
      }),
  ],
  ['a pointer to itself', badPointer],
  ['64 KiB of zeros', () => Buffer.alloc(65_507)],
  [
    'counts of 65,535',
    (bytes, name) => changed(forged(bytes, name), (copy) => copy.fill(0xff, 6, 12)),
  ],
  [
    'rcode 15',
    (bytes, name) => changed(forged(bytes, name), (copy) => copy.writeUInt16BE(0x818f, 2)),
  ],
  ['trailing bytes', (bytes, name) => Buffer.concat([forged(bytes, name), Buffer.alloc(9)])],
  [
    'other letters',
    (bytes, name) => {
      const lower = name.toLowerCase();
      return replyTo(bytes, { name: lower.slice(0, -1), answers: [addressOf(lower, '6.6.6.6')] });
    },
  ],
];

/** Sends garbage at once and the true reply 100 ms later. */
const garbageFirst =
  (make: (bytes: Buffer, name: string) => Buffer): Script =>
  ({ bytes, name, reply }) => {
    reply(make(bytes, name), 1);
    reply(replyTo(bytes, { answers: [addressOf(name, '192.0.2.1')] }), 100);
  };

describe('a forger who guesses', () => {
  test.for(GARBAGE)('%s first: the true reply is waited for', async ([, make]) => {
    const world = new World();
    const server = { udp: garbageFirst(make), tcp: () => {} };
    world.network.upstreams.set('10.0.0.1:53', server);
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 30; i++) expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
  });

  // Not in other letters: who has seen the ID and can say so twice cannot be told from a server
  // that folds names.
  const guesses = GARBAGE.filter(([kind]) => kind !== 'other letters');
  test.for(guesses)('%s first, and no TCP: the true reply is waited for', async ([, make]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', { udp: garbageFirst(make) });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 30; i++) expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
  });

  test.for(GARBAGE)('%s only: never taken, TCP is asked, 3 tries at most', async ([kind, make]) => {
    const world = new World();
    const udp: Script = ({ bytes, name, reply }) => {
      for (let i = 0; i < 20; i++) reply(make(bytes, name), i);
    };
    world.network.upstreams.set('10.0.0.1:53', { udp, tcp: answering('192.0.2.1', 30) });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
    expect(world.asked.map((line) => line.slice(0, 3))).toEqual(['udp', 'tcp']);
    world.network.upstreams.set('10.0.0.1:53', { udp });
    world.network.arrived.length = 0;
    // In the letters of a server that folds names, and without TCP: the one thing that cannot be
    // told from the truth.
    const expected = kind === 'other letters' ? /^NOERROR/ : /^SERVFAIL EDE2[23]/;
    expect(await world.ask(plugin, 'other.example.org')).toMatch(expected);
    const queries = world.network.arrived.filter(({ name }) => /^other/i.test(name));
    expect(queries.length).toBeLessThanOrEqual(3);
  });

  test('65,536 IDs at the right port with the wrong question: none is taken', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {
      udp: ({ bytes, name, reply }) => {
        const wrong = replyTo(bytes, {
          name: 'xxx.example.org',
          answers: [addressOf(name, '6.6.6.6')],
        });
        for (let id = 0; id < 65_536; id += 7) {
          reply(
            changed(wrong, (copy) => copy.writeUInt16BE(id, 0)),
            id / 1000,
          );
        }
      },
      tcp: answering('192.0.2.1', 200),
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
    const [mismatches] = await world.metric(
      'svcdns_forward_mismatches_total{proxy_name="forward",to="10.0.0.1:53",reason="id"}',
    );
    // The port was given up after 100 of them, long before the IDs ran out.
    expect(Number(mismatches?.split(' ').at(-1))).toBeLessThanOrEqual(100);
  });
});

describe('what comes to our port and is no reply', () => {
  const rows: [reason: string, misleads: (query: Arrived) => void][] = [
    ['source', ({ stray }) => stray()],
    [
      'id',
      ({ bytes, name, reply }) =>
        reply(
          changed(forged(bytes, name), (copy) => {
            copy[0] = copy[0]! ^ 1;
          }),
        ),
    ],
    [
      'question',
      ({ bytes, name, reply }) =>
        reply(replyTo(bytes, { name: 'x.org', answers: [addressOf(name, '6.6.6.6')] })),
    ],
    ['short', ({ reply }) => reply(Buffer.alloc(3))],
    ['malformed', ({ bytes, name, reply }) => reply(forged(bytes, name).subarray(0, -3))],
  ];
  test.for(rows)('wrong %s: counted, and TCP is asked as well', async ([reason, misleads]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', { udp: misleads, tcp: answering('192.0.2.1') });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 3; i++) expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
    const to = 'proxy_name="forward",to="10.0.0.1:53"';
    expect(await world.metric('svcdns_forward_mismatches_total')).toEqual([
      `svcdns_forward_mismatches_total{${to},reason="${reason}"} 3`,
    ]);
    expect(await world.metric('svcdns_forward_tcp_after_mismatch_total')).toEqual([
      `svcdns_forward_tcp_after_mismatch_total{${to}} 3`,
    ]);
  });
});

describe('0x20', () => {
  test('draws the case of each letter anew, and nothing else', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 20; i++) await world.ask(plugin, 'a-rather-long-name-9.example.org');
    const names = world.network.arrived.map(({ name }) => name);
    expect(new Set(names).size).toBe(20);
    expect(new Set(names.map((name) => name.toLowerCase()))).toEqual(
      new Set(['a-rather-long-name-9.example.org.']),
    );
  });

  test('a server that folds names is found out over TCP, once, and remembered', async () => {
    const world = new World();
    const folding: Script = ({ bytes, name, reply }) => {
      const lower = name.toLowerCase();
      reply(replyTo(bytes, { name: lower.slice(0, -1), answers: [addressOf(lower, '192.0.2.1')] }));
    };
    world.network.upstreams.set('10.0.0.1:53', { udp: folding, tcp: folding });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 10; i++) {
      expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
    }
    expect(world.asked.filter((line) => line.startsWith('tcp'))).toHaveLength(1);
  });

  test('and without TCP by asking again in small letters', async () => {
    const world = new World();
    const folding: Script = ({ bytes, name, reply }) => {
      const lower = name.toLowerCase();
      reply(replyTo(bytes, { name: lower.slice(0, -1), answers: [addressOf(lower, '192.0.2.1')] }));
    };
    world.network.upstreams.set('10.0.0.1:53', { udp: folding });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 10; i++) {
      expect(await world.ask(plugin, 'wWw.example.org')).toBe(
        'NOERROR | wWw.example.org. 60 IN A 192.0.2.1',
      );
    }
    expect(world.network.arrived).toHaveLength(11);
  });

  test.for(['udp and tcp', 'udp'])(
    'a server over %s that folds no more is asked with 0x20 again after ten minutes',
    async (transports) => {
      const world = new World();
      const folding: Script = ({ bytes, name, reply }) => {
        const lower = name.toLowerCase();
        const answers = [addressOf(lower, '192.0.2.1')];
        reply(replyTo(bytes, { name: lower.slice(0, -1), answers }));
      };
      const good = answering('192.0.2.1');
      const server = { udp: folding, tcp: transports === 'udp' ? undefined : folding };
      world.network.upstreams.set('10.0.0.1:53', server);
      const plugin = await world.forward('forward . 10.0.0.1');
      await world.ask(plugin, 'www.example.org');
      server.udp = good;
      const hasCapitals = async () => {
        world.network.arrived.length = 0;
        for (let i = 0; i < 5; i++) await world.ask(plugin, 'www.example.org');
        return world.network.arrived.some(({ name }) => /[A-Z]/.test(name));
      };
      await world.advance(590_000, 1000);
      expect(await hasCapitals()).toBe(false);
      await world.advance(20_000, 1000);
      expect(await hasCapitals()).toBe(true);
      expect(world.network.arrived.every(({ transport }) => transport === 'udp')).toBe(true);
    },
  );

  test('a forger who folds never wins against a server that does not', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {
      udp: ({ bytes, name, reply }) => {
        const lower = name.toLowerCase().slice(0, -1);
        reply(replyTo(bytes, { name: lower, answers: [addressOf(lower, '6.6.6.6')] }), 1);
        reply(replyTo(bytes, { answers: [addressOf(name, '192.0.2.1')] }), 30);
      },
      tcp: answering('192.0.2.1', 20),
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 200; i++) expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
  });

  test('names that came back by pointer are spelled like the client did', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {
      udp: ({ bytes, reply }) => {
        // www.example.org MX 10 mail.example.org, both by pointer, and an alias of it with its own
        // letters.
        const question = bytes.subarray(0, bytes.length - 11);
        const header = changed(question, (copy) => {
          copy.writeUInt16BE(0x8180, 2);
          copy.writeUInt16BE(1, 6);
          copy.writeUInt16BE(0, 10);
        });
        const data = Buffer.concat([Buffer.of(0, 10, 4), Buffer.from('mAil'), Buffer.of(0xc0, 16)]);
        const record = Buffer.from('c00c000f00010000003c0000', 'hex');
        record.writeUInt16BE(data.length, 10);
        reply(Buffer.concat([header, record, data]));
      },
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'www.eXample.oRg MX')).toBe(
      'NOERROR | www.eXample.oRg. 60 IN MX 10 mAil.eXample.oRg.',
    );
  });
});

describe('an upstream that does not know EDNS', () => {
  test.for([1, 4])(
    'refuses it with code %i: asked without, and that is remembered',
    async (rcode) => {
      const world = new World();
      world.network.upstreams.set('10.0.0.1:53', {
        udp: ({ bytes, name, reply }) => {
          const hasEdns = bytes.readUInt16BE(10) > 0;
          const parts = hasEdns ? { rcode } : { answers: [addressOf(name, '192.0.2.1')] };
          reply(replyTo(bytes, parts));
        },
      });
      const plugin = await world.forward('forward . 10.0.0.1');
      expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
      expect(await world.ask(plugin, 'www.example.org')).toBe(GOOD);
      expect(world.network.arrived.map(({ bytes }) => bytes.readUInt16BE(10))).toEqual([1, 0, 0]);
    },
  );

  test('and does later: asked with it again after ten minutes', async () => {
    const world = new World();
    const old: Script = ({ bytes, name, reply }) =>
      reply(
        replyTo(
          bytes,
          bytes.readUInt16BE(10) > 0 ? { rcode: 1 } : { answers: [addressOf(name, '192.0.2.1')] },
        ),
      );
    const server = { udp: old };
    world.network.upstreams.set('10.0.0.1:53', server);
    const plugin = await world.forward('forward . 10.0.0.1');
    await world.ask(plugin, 'www.example.org');
    server.udp = answering('192.0.2.1');
    world.network.arrived.length = 0;
    await world.ask(plugin, 'www.example.org');
    await world.advance(600_000, 1000);
    await world.ask(plugin, 'www.example.org');
    expect(world.network.arrived.map(({ bytes }) => bytes.readUInt16BE(10))).toEqual([0, 1]);
  });

  test('that refuses a question for what it is is asked with EDNS again', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {
      udp: ({ bytes, reply }) => reply(replyTo(bytes, { rcode: 4 })),
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'a.org')).toBe('NOTIMP');
    expect(await world.ask(plugin, 'b.org')).toBe('NOTIMP');
    expect(world.network.arrived.map(({ bytes }) => bytes.readUInt16BE(10))).toEqual([1, 0, 1, 0]);
  });
});
