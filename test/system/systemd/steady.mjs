// A client that asks at a steady rate and waits for every reply:
// `node steady.mjs SERVER QUERY ADDRESS COUNT RATE` sends QUERY, given in base64, COUNT times to port
// 53, RATE a second, and prints how far it is ten times a second, as a line of JSON each: queries,
// replies that end with ADDRESS, and other replies. It ends once all have come, or when none has come
// for half a minute. It imports no package, so it runs wherever Node.js does.
import { createSocket } from 'node:dgram';

const [, , server = '', question = '', address = '', count = '1', rate = '1'] = process.argv;
// One client: of several, some would lose what is beyond their share on a machine that is too busy.
const CLIENT = '127.0.1.1';
const SOCKETS = 32;
const PATIENCE_MS = 30_000;
// While so many wait no more are asked: the server's socket has room for 20,000.
const MOST_DUE = 2 * Number(rate);

const query = Buffer.from(question, 'base64');
const seen = { asked: 0, answered: 0, wrong: 0 };
const due = new Set();
let cameAt = performance.now();

const sockets = Array.from({ length: SOCKETS }, (_, at) => {
  const socket = createSocket('udp4');
  socket.bind(0, CLIENT);
  socket.on('message', (reply) => {
    cameAt = performance.now();
    const isRight = (reply[3] & 15) === 0 && reply.subarray(-4).join('.') === address;
    if (!due.delete(`${at} ${reply.readUInt16BE()}`) || !isRight) seen.wrong++;
    else seen.answered++;
  });
  return socket;
});

function ask() {
  const number = seen.asked++;
  const at = number % SOCKETS;
  const id = Math.floor(number / SOCKETS) & 0xffff;
  due.add(`${at} ${id}`);
  const bytes = Buffer.from(query);
  bytes.writeUInt16BE(id);
  sockets[at].send(bytes, 53, server);
}

let last = performance.now();
let owed = 0;
const asking = setInterval(() => {
  const now = performance.now();
  // A pause of ours is no burst of queries.
  owed += (Math.min(now - last, 100) * Number(rate)) / 1000;
  last = now;
  for (; owed >= 1; owed--) if (due.size < MOST_DUE && seen.asked < Number(count)) ask();
}, 10);

const telling = setInterval(() => {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  const isOver = seen.asked === Number(count) && due.size === 0;
  if (!isOver && performance.now() - cameAt < PATIENCE_MS) return;
  clearInterval(asking);
  clearInterval(telling);
  for (const socket of sockets) socket.close();
}, 100);
