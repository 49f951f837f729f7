import type { SecureContext } from 'node:tls';
import { isUnknownIssuer, type Trust } from '../platform/certificates.ts';
import type { Send } from './http.ts';
import { codeOf } from './unreachable.ts';

/** Sends with the usual authorities, and from the first certificate on that they do not know, with all of them. */
export function withTrust(trust: Trust, transport: (context: () => Promise<SecureContext>) => Send): Send {
  const full = transport(trust.full);
  const usual = transport(trust.usual);
  let send = usual;
  return async (request, signal) => {
    try {
      return await send(request, signal);
    } catch (error) {
      if (send === full || !isUnknownIssuer(codeOf(error))) throw error;
      send = full;
      return send(request, signal);
    }
  };
}
