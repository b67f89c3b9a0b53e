import { expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { freePort } from '../helpers/free-port.ts';
import { ServerHere } from './server-here.ts';
import { MANIFESTS } from './server-process.ts';

// What a running server prints and logs, word for word.

const COREFILE = '.:0 {\n  bind 127.0.0.1\n  kubernetes cluster.local\n}\n';

/** The lines of the JSON log so far, without the time. */
function logged(server: ServerHere): string[] {
  return server.printed
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => {
      const { level, msg } = JSON.parse(line) as { level: string; msg: string };
      return `${level} ${msg.replace(/\S*objects\.yaml/, 'FILE')}`;
    });
}

test('the server logs a hint at level info, and what is wrong at level warn', async () => {
  const server = await ServerHere.start(COREFILE);
  server.setManifests(MANIFESTS.replace('spec: {', 'spec: { selector: { app: web },'));
  await eventually(() => {
    const lines = logged(server).filter((line) => line.includes('SERVICE_WITHOUT_ENDPOINTS'));
    expect(lines).toEqual([expect.stringMatching(/^info FILE:\d+:\d+: hint: Service "web": /)]);
  });
  server.setManifests('apiVersion: v1\nkind: Service\nmetadata: { name: web\n');
  await eventually(() => {
    expect(logged(server)).toContain(
      'warn FILE:1:1: warning: Service shop/web stays as last read: 1 of 1 documents of this file cannot be used [OBJECTS_KEPT]',
    );
  });
});

test('the start-up text says when nothing is forwarded, as the only upstream is the server', async () => {
  const port = freePort();
  const server = await ServerHere.start(
    COREFILE.replace('.:0', `.:${port}`).replace('}', `  forward . 127.0.0.1:${port}\n}`),
  );
  expect(server.printed).toContain(
    `\nNot forwarding all other names, which get SERVFAIL: there is none but this server itself among 127.0.0.1:${port}\n`,
  );
  expect((await server.ask('www.example.org.', 'A')).rcode).toBe('SERVFAIL');
});
