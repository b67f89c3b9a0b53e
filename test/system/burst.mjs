// A client that asks much at once: `node burst.mjs SERVER NAME COUNT [SOURCE]` sends COUNT queries
// for A with EDNS to port 53, without waiting, and prints `sent`. Once each question has its reply
// it prints, as JSON, how many replies there are, and how many addresses each has.
import { createSocket } from 'node:dgram';
import { decode, encode } from 'dns-packet';

const [, , server = '127.0.0.1', name = '', count = '1', source] = process.argv;
const ids = new Set();
const addresses = new Set();

const socket = createSocket('udp4', (message) => {
  const { id, answers } = decode(message);
  ids.add(id);
  addresses.add(answers.filter(({ type }) => type === 'A').length);
  if (ids.size < Number(count)) return;
  process.stdout.write(`${JSON.stringify({ replies: ids.size, addresses: [...addresses] })}\n`);
  socket.close();
});

let sent = 0;
socket.bind({ port: 0, address: source }, () => socket.connect(53, server, send));

function send() {
  for (let id = 0; id < Number(count); id++) {
    const query = {
      ...{ id, flags: 0x0100, questions: [{ name, type: 'A' }] },
      additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232 }],
    };
    socket.send(encode(query), () => {
      sent++;
      if (sent === Number(count)) process.stdout.write('sent\n');
    });
  }
}
