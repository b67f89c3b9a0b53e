import { onTestFinished, vi } from 'vitest';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import type { Exchange } from '../../../src/server/exchange.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../src/server/limits.ts';
import { GuardedExchange } from '../../../src/server/listen/guarded-exchange.ts';
import { TcpConnections } from '../../../src/server/tcp/connections.ts';
import { TcpListener } from '../../../src/server/tcp/listener.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ScriptedExchange } from '../scripted-exchange.ts';
import { settle, until } from '../until.ts';
import { TcpClient } from './tcp-client.ts';

export interface ServerOptions {
  readonly address?: string;
  readonly exchange?: ScriptedExchange;
  readonly limits?: Partial<Limits>;
}

/** A TCP listener whose exchange and clock are the test's; ends with the test. */
export async function serving(options: ServerOptions = {}) {
  const { address = '127.0.0.1', exchange = new ScriptedExchange(), limits } = options;
  const metrics = new Metrics();
  const clock = new FakeClock();
  const log = createLoggerTo('silent', { write: () => {} });
  const now = () => clock.now();
  const panics = metrics.counter('coredns_panics_total');
  const guarded: Exchange = new GuardedExchange(exchange, log, panics, now);
  const connections = new TcpConnections({ ...DEFAULT_LIMITS, ...limits }, clock, metrics, log);
  const admit = vi.spyOn(connections, 'admit');
  const listener = new TcpListener(address, { exchange: guarded, connections, log, now });
  const port = await listener.start(0);
  onTestFinished(() => {
    listener.close();
    connections.close(guarded);
  });
  const connect = async (from?: string) => {
    const accepted = admit.mock.calls.length;
    const client = await TcpClient.connect(port, address, from);
    onTestFinished(() => void client.socket.destroy());
    await until(() => admit.mock.calls.length > accepted);
    return client;
  };
  /** What is exposed of a metric, as `{reason="idle"} 1`. */
  const counted = async (name: string) => {
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith(name));
    return lines
      .map((line) => line.slice(name.length).trim())
      .filter((text) => !text.endsWith(' 0'));
  };
  return { exchange, guarded, metrics, clock, connections, connect, counted };
}

/** Resolves when the number has not changed for a while. */
export async function stopsGrowing(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); ) {
    last = count();
    for (let i = 0; i < 20; i++) await settle();
  }
}
