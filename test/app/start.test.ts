import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../src/app.ts';
import { createLogger } from '../../src/observe/log.ts';
import { ListenError } from '../../src/server/listen/listen-error.ts';
import { freePort } from '../helpers/free-port.ts';
import { settle, until } from '../server/until.ts';
import { answering, asking, settingsOf, takenPort } from './app-world.ts';

const log = createLogger('silent');

const FAILURES = [
  { on: 'the admin port', second: undefined, admin: takenPort },
  { on: 'the second address', second: takenPort, admin: async () => undefined },
];

test.for(FAILURES)('startApp() that fails on $on has answered nobody', async (failure) => {
  const port = freePort();
  const second = await failure.second?.();
  const corefile = answering(port) + (second === undefined ? '' : answering(second));
  const settings = settingsOf(corefile, await failure.admin());
  const client = await asking(port);
  await expect(startApp(settings, { log })).rejects.toThrow(ListenError);
  await settle();
  expect(client.replies()).toBe(0);
});

test('startApp() answers who asked while its sockets were being opened', async () => {
  const port = freePort();
  const client = await asking(port);
  const app = await startApp(settingsOf(answering(port), freePort()), { log });
  onTestFinished(() => app.close());
  await until(() => client.replies() > 0);
});
