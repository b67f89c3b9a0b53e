import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { AccessError, type TlsIdentity } from './connection.ts';

/**
 * Refuses certificates that OpenSSL passes over without a word: the server would then be asked as
 * nobody, or be taken for another. `place` is where they are described.
 *
 * @throws AccessError without anything that is in them.
 */
export function checkIdentity({ ca, cert, key }: TlsIdentity, place: string): void {
  if (ca !== undefined) certificateOf(ca, 'certificate-authority', place);
  if (cert === undefined) return;
  const own = certificateOf(cert, 'client-certificate', place);
  if (key === undefined) throw new AccessError(`${place} has no client-key: expected one`);
  if (own.checkPrivateKey(keyOf(key, place))) return;
  throw new AccessError(
    `${place}: client-key is of another certificate: expected that of client-certificate`,
  );
}

function certificateOf(pem: string, name: string, place: string): X509Certificate {
  try {
    if (pem.includes('-----BEGIN ')) return new X509Certificate(pem);
  } catch {
    // What OpenSSL says of it is said in other words.
  }
  throw new AccessError(`${place}: ${name} holds no certificate: expected PEM`);
}

function keyOf(pem: string, place: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    const wrong = pem.includes('ENCRYPTED')
      ? 'is encrypted: expected a key without a passphrase'
      : 'holds no private key: expected PEM';
    throw new AccessError(`${place}: client-key ${wrong}`);
  }
}
