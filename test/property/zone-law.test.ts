import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { worlds, zoneOptions } from '../helpers/generate.ts';
import { questionsNear, situations } from '../helpers/generate-questions.ts';
import { InProcessServer } from '../helpers/in-process.ts';
import { encodeQuery, type QueryEdns } from '../helpers/query.ts';
import { type Reply, readReply } from '../helpers/reply.ts';
import { runs } from '../helpers/runs.ts';
import { comparable, expectedFor } from '../model/compare.ts';
import { model, type Question, type World } from '../model/model.ts';

/** The server's path from objects to bytes, without its threads and sockets. */
class Server {
  readonly #server: InProcessServer;

  constructor(options: ZoneOptions) {
    this.#server = new InProcessServer(options);
  }

  load(world: World, gone: readonly string[] = []): this {
    this.#server.load(world.namespaces, world.serverAddresses, gone);
    return this;
  }

  ask({ name, type }: Question, transport: 'udp' | 'tcp', edns?: QueryEdns): Reply {
    const query = encodeQuery(name, type, edns === undefined ? {} : { edns });
    return readReply(query, this.#server.answer(query, transport), transport);
  }
}

// The time is for shrinking: a counterexample is worth waiting for.
describe('the compiled zone', { timeout: 600_000 }, () => {
  test('answers every question about every world as the model does', () => {
    fc.assert(
      fc.property(situations, ({ world, options, questions }) => {
        const server = new Server(options).load(world);
        const answer = model(world, options);
        for (const question of questions) {
          const reply = server.ask(question, 'tcp');
          expectSame(question, reply, answer(question));
        }
      }),
      { numRuns: runs(200) },
    );
  });

  test('after changes, answers as if it had been loaded afresh, in whatever order', () => {
    fc.assert(
      fc.property(histories, ({ options, before, after, questions }) => {
        const server = new Server(options).load(before);
        const kept = new Set(after.namespaces.map((view) => view.name));
        const gone = before.namespaces.map((view) => view.name).filter((name) => !kept.has(name));
        server.load({ ...after, namespaces: after.namespaces.toReversed() }, gone);
        const answer = model(after, options);
        for (const question of questions) {
          expectSame(question, server.ask(question, 'tcp'), answer(question));
        }
      }),
      { numRuns: runs(100) },
    );
  });

  test('over UDP, sends the whole answer or says that it is cut', () => {
    fc.assert(
      fc.property(situations, fc.option(edns, { nil: undefined }), (situation, opt) => {
        const { world, options, questions } = situation;
        const server = new Server(options).load(world);
        const answer = model(world, options);
        for (const question of questions) {
          const reply = server.ask(question, 'udp', opt);
          const came = comparable(reply);
          const whole = comparable(server.ask(question, 'tcp', opt));
          const right = answer(question);
          const rcodes = [right, ...(right.alternatives ?? [])].map((reply) => reply.rcode);
          expect(rcodes).toContain(came.rcode);
          expect(whole.answer).toEqual(expect.arrayContaining([...came.answer]));
          expect(whole.additional).toEqual(expect.arrayContaining([...came.additional]));
          if (reply.flags.includes('tc')) continue;
          expect(came.answer).toEqual(whole.answer);
          expect(came.authority).toEqual(whole.authority);
        }
      }),
      { numRuns: runs(60) },
    );
  });
});

const edns: fc.Arbitrary<QueryEdns> = fc.record({
  size: fc.constantFrom(0, 512, 600, 1232, 65_535),
  do: fc.boolean(),
});

/** A world, and the one it turns into; questions about both. */
const histories = fc.tuple(worlds, worlds, zoneOptions).chain(([before, after, options]) =>
  fc.record({
    options: fc.constant(options),
    before: fc.constant(before),
    after: fc.constant(after),
    questions: fc.array(fc.oneof(questionsNear(before, options), questionsNear(after, options)), {
      minLength: 30,
      maxLength: 60,
    }),
  }),
);

function expectSame(
  question: Question,
  reply: Reply,
  expected: ReturnType<ReturnType<typeof model>>,
): void {
  const asked = `${question.name} ${question.type}`;
  expect({ asked, ...comparable(reply) }).toEqual({ asked, ...expectedFor(reply, expected) });

  // RFC 1035 section 4.1.1: AA tells that we are an authority for the name in the question.
  const isOurs = expected.rcode === 'NOERROR' || expected.rcode === 'NXDOMAIN';
  if (isOurs) expect({ asked, flags: reply.flags }).toEqual({ asked, flags: 'qr aa rd' });
  else expect({ asked, flags: reply.flags }).toEqual({ asked, flags: 'qr rd' });
}
