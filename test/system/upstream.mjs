// The Internet, as far as the tests in namespaces need one: `node upstream.mjs ADDRESS` is a resolver at
// port 53 of that address; what `NAME=ADDRESS` arguments say follows. It prints each question on a line, as `www.example.org A udp`.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { decode, encode, streamEncode } from 'dns-packet';

const [, , address = '127.0.0.1', ...more] = process.argv;
const ADDRESSES = new Map([
  ['www.example.org', '192.0.2.80'],
  ['web.example.net', '192.0.2.81'],
  ...more.map((pair) => pair.split('=')),
]);
const SOA = {
  ...{ mname: 'ns.example.org', rname: 'hostmaster.example.org', serial: 1 },
  ...{ refresh: 7200, retry: 1800, expire: 86_400, minimum: 60 },
};

function answer(message, transport) {
  const { id, questions } = decode(message);
  const [{ name, type }] = questions;
  process.stdout.write(`${name.toLowerCase()} ${type} ${transport}\n`);
  const data = ADDRESSES.get(name.toLowerCase());
  const isMissing = data === undefined;
  const answers = !isMissing && type === 'A' ? [{ name, type, ttl: 300, data }] : [];
  const zone = name.split('.').slice(-2).join('.');
  const authorities = answers.length > 0 ? [] : [{ name: zone, type: 'SOA', ttl: 60, data: SOA }];
  const flags = 0x0180 | (isMissing ? 3 : 0);
  return { type: 'response', id, flags, questions, answers, authorities };
}

const udp = createSocket('udp4', (message, peer) => {
  udp.send(encode(answer(message, 'udp')), peer.port, peer.address);
});
udp.bind(53, address);

createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => socket.write(streamEncode(answer(bytes.subarray(2), 'tcp'))));
}).listen(53, address, () => process.stdout.write('ready\n'));
