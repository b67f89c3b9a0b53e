// A client that does not wait for replies: `node flood.mjs SERVER NAME COUNT` sends COUNT queries
// for A with EDNS to port 53, twenty at a time, and prints what came back as JSON: whole replies,
// truncated ones, bytes out and in, milliseconds from the first query to the last reply.
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { encode } from 'dns-packet';

const [, , server = '127.0.0.1', name = '', count = '1'] = process.argv;
const AT_A_TIME = 20; // replies of 1,200 bytes fit into a small receive buffer
const MOST_MS = 20_000; // replies that are lost are not waited for any longer

const query = encode({
  id: 1,
  flags: 0x0100,
  questions: [{ name, type: 'A' }],
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232 }],
});
const seen = { whole: 0, truncated: 0, bytesOut: 0, bytesIn: 0, ms: 0 };
const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
const startedAt = performance.now();

function send() {
  for (let i = 0; i < AT_A_TIME && seen.bytesOut < Number(count) * query.length; i++) {
    seen.bytesOut += query.length;
    socket.send(query, 53, server);
  }
}

function finish() {
  clearTimeout(limit);
  socket.close();
  process.stdout.write(`${JSON.stringify({ ...seen, ms: performance.now() - startedAt })}\n`);
}

socket.on('message', (reply) => {
  if ((reply[2] & 0x02) !== 0) seen.truncated++;
  else seen.whole++;
  seen.bytesIn += reply.length;
  const replies = seen.whole + seen.truncated;
  if (replies === Number(count)) finish();
  else if (replies % AT_A_TIME === 0) send();
});
const limit = setTimeout(finish, MOST_MS);
send();
