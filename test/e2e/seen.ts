import { expect } from 'vitest';
import type { Server } from '../../src/index.ts';
import { ask } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';

/** The manifest of a Service, with the line that ends a document. */
export const serviceText = (name: string, address: string, namespace = 'shop') => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { clusterIP: ${address}, ports: [{ name: http, port: 80 }] }
---`;

/** Asks until the answer is the one expected: changes take a moment to arrive. */
export async function seenAt(server: Server, name: string, addresses: string[]): Promise<void> {
  await eventually(async () => {
    const reply = await ask(server.address, `${name}.svc.cluster.local.`, 'A');
    expect(reply.answer.map((record) => record.split(' ').at(-1))).toEqual(addresses);
  });
}
