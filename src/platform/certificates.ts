import type { SecureContext } from 'node:tls';
import { IcError } from './errors.ts';
import { ioError } from './io-error.ts';
import { readRegularFile } from './trusted-file.ts';

/**
 * Whom a TLS connection trusts: the authorities that come with the runtime, those of the system, and those of
 * `ca_file`. Reading the system's store takes several times as long as a whole run with nothing new, and most
 * certificates do not need it: so `usual` is tried first, and `full` when it does not know the issuer.
 */
export interface Trust {
  /** The authorities of `ca_file` if there is one, else the runtime's. */
  usual(): Promise<SecureContext>;
  /** All of them. */
  full(): Promise<SecureContext>;
}

/** Throws an `IcError` of code `configuration` when the file cannot be used. */
export function createTrust(caFile: string | null): Trust {
  let usual: Promise<SecureContext> | null = null;
  let full: Promise<SecureContext> | null = null;
  return {
    usual: () => {
      usual ??= usualContext(caFile);
      return usual;
    },
    full: () => {
      full ??= fullContext(caFile);
      return full;
    },
  };
}

async function usualContext(caFile: string | null): Promise<SecureContext> {
  const { createSecureContext } = await import('node:tls');
  return caFile === null ? createSecureContext() : contextOf(await readAuthorities(caFile));
}

async function fullContext(caFile: string | null): Promise<SecureContext> {
  const { getCACertificates } = await import('node:tls');
  const own = caFile === null ? [] : await readAuthorities(caFile);
  const all = new Set([...own, ...getCACertificates('default'), ...getCACertificates('system')]);
  return contextOf([...all]);
}

async function contextOf(authorities: readonly string[]): Promise<SecureContext> {
  const { createSecureContext } = await import('node:tls');
  return createSecureContext({ ca: [...authorities] });
}

/** The file's certificates as PEM. Windows writes single ones as DER unless told otherwise. */
async function readAuthorities(caFile: string): Promise<readonly string[]> {
  const content = await readRegularFile(caFile).catch((error: unknown) => {
    throw unusable(caFile, ioError(error, caFile, 'read'));
  });
  const { X509Certificate } = await import('node:crypto');
  const pem = content.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  try {
    return (pem ?? [content]).map((certificate) => new X509Certificate(certificate).toString());
  } catch (error) {
    throw unusable(caFile, error);
  }
}

function unusable(caFile: string, cause: unknown): IcError {
  const reason =
    cause instanceof IcError ? cause.message : `${caFile} holds no certificate that can be read.`;
  return new IcError('configuration', `ca_file: ${reason}`, {
    hint: "Give the certificate of the authority that issued the server's certificate, as PEM or DER.",
    cause,
  });
}

const unknownIssuer = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Whether a code of OpenSSL means that the chain ends at nobody who is trusted. */
export function isUnknownIssuer(code: string): boolean {
  return unknownIssuer.has(code);
}
