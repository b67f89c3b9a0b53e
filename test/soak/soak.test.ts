import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PATIENCE_MS, REPLY_MS } from '../helpers/patience.ts';
import { encodeQuery } from '../helpers/query.ts';
import { replyText } from '../helpers/reply-text.ts';
import { comparable } from '../model/compare.ts';
import { FILES, forms, questions, STATIC_MANIFEST } from './world.ts';

const QUERIES = 1_000_000;
const CHANGES = 1_000;
const SOCKETS = 8;
const WINDOW = 24; // queries a socket may have in flight

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const DNS_PORT = 20_053;
const ADMIN_PORT = 20_054;

const folder = mkdtempSync(join(tmpdir(), 'svcdns-soak-'));
const current = new Array<number>(FILES).fill(0);
/** For each file: the forms that were written, one after the other. */
const history: number[][] = [];
let server: ChildProcess;

beforeAll(async () => {
  writeFileSync(join(folder, 'static.yaml'), STATIC_MANIFEST);
  for (let file = 0; file < FILES; file++) {
    writeFileSync(pathOf(file), forms(file)[0] as string);
    history.push([0]);
  }
  const listen = [
    '--listen',
    `127.0.0.1:${DNS_PORT}`,
    '--admin',
    `127.0.0.1:${ADMIN_PORT}`,
    '--forward',
    'off',
  ];
  // Garbage is collected twice a second, so that what is measured is what is held.
  const collect = 'data:text/javascript,setInterval(globalThis.gc, 500).unref()';
  const node = ['--expose-gc', '--import', collect, MAIN];
  server = spawn(process.execPath, [...node, 'serve', '--manifests', folder, ...listen], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await vi.waitFor(
    async () => expect((await fetch(`${admin()}/ready`)).status).toBe(200),
    PATIENCE_MS,
  );
});

afterAll(() => {
  server.kill();
  rmSync(folder, { recursive: true });
});

test(`${QUERIES} mixed queries and ${CHANGES} file changes: nothing lost, nothing wrong, no growth`, async () => {
  const judge = new Judge();
  const memory: Memory[] = [];
  let changes = 0;
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => openSocket()));
  const clients = sockets.map((socket) => new Client(socket, judge));
  const start = performance.now();
  while (judge.answered < QUERIES) {
    for (const client of clients) client.fill();
    // Spread evenly over the run, whatever its speed.
    while (changes < CHANGES && changes / CHANGES < judge.answered / QUERIES) change(changes++);
    if (judge.answered / QUERIES > memory.length / 40) memory.push(await memoryNow());
    await new Promise((resolve) => setImmediate(resolve));
    for (const client of clients) client.checkLost();
  }
  const seconds = (performance.now() - start) / 1000;
  expect(changes).toBe(CHANGES);
  expect(judge.wrong).toEqual([]);
  expect(clients.reduce((lost, client) => lost + client.lost, 0)).toBe(0);

  // Everything settled: now only the last form of each file is right.
  await vi.waitFor(() => askAll(clients[0]!, judge), { timeout: PATIENCE_MS, interval: 500 });
  for (const socket of sockets) socket.close();

  const early = least(memory.slice(8, 20)); // after a fifth: warm
  const late = least(memory.slice(-12));
  const figures = `${Math.round(QUERIES / seconds)} queries/s; heap ${mib(early.heap)} → ${mib(late.heap)} MiB, RSS ${mib(early.rss)} → ${mib(late.rss)} MiB`;
  process.stdout.write(`soak: ${figures}\n`);
  expect(late.heap, figures).toBeLessThan(early.heap * 1.15 + 2 * 2 ** 20);
  expect(late.rss, figures).toBeLessThan(early.rss * 1.15 + 16 * 2 ** 20);
});

interface Memory {
  readonly heap: number;
  readonly rss: number;
}

async function memoryNow(): Promise<Memory> {
  const text = await (await fetch(`${admin()}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return { heap: read('nodejs_heap_size_used_bytes'), rss: read('process_resident_memory_bytes') };
}

/** The lowest of some samples: what is left after a collection. */
function least(samples: readonly Memory[]): Memory {
  return {
    heap: Math.min(...samples.map(({ heap }) => heap)),
    rss: Math.min(...samples.map(({ rss }) => rss)),
  };
}

/** Writes the next form of a file: in place, or renamed over. */
function change(number: number): void {
  const file = (number * 7) % FILES;
  const all = forms(file);
  const form = (current[file]! + 1 + (number % 3)) % all.length;
  current[file] = form;
  history[file]!.push(form);
  if (number % 2 === 0) {
    writeFileSync(pathOf(file), all[form] as string);
  } else {
    writeFileSync(join(folder, '.next'), all[form] as string);
    renameSync(join(folder, '.next'), pathOf(file));
  }
}

/**
 * Changes of its file that a reply may be behind when it is asked for. From one to the next 40,000
 * questions are answered, and 39 other files are changed.
 */
const MOST_BEHIND = 4;

/**
 * Decides whether a reply was right at some moment between the question and the reply. No clock
 * says how soon a change is seen: others must not go by before it is, and once it is, no question
 * asked later may be answered as before.
 */
class Judge {
  readonly questions = questions().map((question) => ({
    ...question,
    wire: encodeQuery(question.name, question.type, {}),
    /** The forms that each reply seen so far is right for, by the reply's bytes. */
    seen: new Map<string, ReadonlySet<number>>(),
    /** The place in the history of its file that the newest reply had reached at least. */
    reached: 0,
  }));
  answered = 0;
  readonly wrong: string[] = [];

  /** `since` is the first place in the history of its file that may answer it. */
  judge(number: number, reply: Buffer, since: number): void {
    this.answered++;
    const question = this.questions[number]!;
    const right = this.#formsOf(number, reply);
    const possible = history[question.file]!.slice(since);
    const place = possible.findIndex((form) => right.has(form));
    if (place >= 0) question.reached = Math.max(question.reached, since + place);
    else if (this.wrong.length < 20) {
      const got = JSON.stringify(comparable(replyText(reply)));
      this.wrong.push(`${question.name} ${question.type}, form ${possible.join(' or ')}: ${got}`);
    }
  }

  /** From now on only what the files say now is right. */
  wantsLast(): void {
    for (const question of this.questions) question.reached = history[question.file]!.length - 1;
  }

  #formsOf(number: number, reply: Buffer): ReadonlySet<number> {
    const question = this.questions[number]!;
    const bytes = withoutSerial(reply);
    const known = question.seen.get(bytes);
    if (known !== undefined) return known;
    const got = JSON.stringify(comparable(replyText(reply)));
    const right = new Set<number>();
    for (const [form, expected] of question.expected.entries()) {
      const choices = [expected, ...(expected.alternatives ?? [])];
      if (choices.some((choice) => JSON.stringify(comparable(choice)) === got)) right.add(form);
    }
    question.seen.set(bytes, right);
    return right;
  }
}

/** The reply without its ID and without the serial of an SOA record at its end. */
function withoutSerial(reply: Buffer): string {
  const hasSoa = reply.readUInt16BE(8) > 0;
  const end = hasSoa ? reply.length - 20 : reply.length;
  return reply.toString('latin1', 2, end) + (hasSoa ? reply.toString('latin1', end + 4) : '');
}

interface Asked {
  readonly question: number;
  /** The first place in the history that may answer it. */
  readonly since: number;
  /** When, ms. */
  readonly at: number;
}

class Client {
  readonly #socket: Socket;
  readonly #judge: Judge;
  readonly #waiting = new Map<number, Asked>();
  #id = 0;
  lost = 0;

  constructor(socket: Socket, judge: Judge) {
    this.#socket = socket;
    this.#judge = judge;
    socket.on('message', (reply) => {
      const id = reply.readUInt16BE(0);
      const asked = this.#waiting.get(id);
      if (asked === undefined) return;
      this.#waiting.delete(id);
      this.#judge.judge(asked.question, reply, asked.since);
    });
  }

  fill(): void {
    const { questions } = this.#judge;
    while (this.#waiting.size < WINDOW) this.ask(Math.floor(Math.random() * questions.length));
  }

  ask(question: number): void {
    this.#id = (this.#id + 1) & 0xffff;
    const { wire: template, file, reached } = this.#judge.questions[question]!;
    const since = Math.max(reached, history[file]!.length - 1 - MOST_BEHIND);
    const wire = Buffer.from(template);
    wire.writeUInt16BE(this.#id, 0);
    this.#waiting.set(this.#id, { question, since, at: performance.now() });
    this.#socket.send(wire);
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  checkLost(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined || performance.now() - oldest[1].at < REPLY_MS) return;
    this.#waiting.delete(oldest[0]);
    this.lost++;
  }
}

/** Asks every question once and demands the reply for what the files say now. */
async function askAll(client: Client, judge: Judge): Promise<void> {
  judge.wantsLast();
  const before = judge.wrong.length;
  for (const number of judge.questions.keys()) {
    client.ask(number);
    if (number % WINDOW === 0) await vi.waitFor(() => expect(client.isIdle).toBe(true), REPLY_MS);
  }
  await vi.waitFor(() => expect(client.isIdle).toBe(true), REPLY_MS);
  const wrong = judge.wrong.splice(before);
  expect(wrong).toEqual([]);
}

function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => socket.connect(DNS_PORT, '127.0.0.1', () => resolve(socket)));
}

function pathOf(file: number): string {
  return join(folder, `s${file}.yaml`);
}

function admin(): string {
  return `http://127.0.0.1:${ADMIN_PORT}`;
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
