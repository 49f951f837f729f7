import type { Credentials } from '../config/configuration.ts';
import { type MakeCall, toRequest } from './call.ts';
import type { Send } from './http.ts';
import type { TokenSource } from './token.ts';

/** Signs calls with the token of an API account. A token that is refused is renewed once; then the answer stands. */
export function signedByToken(send: Send, tokens: TokenSource): MakeCall {
  return async (call, signal) => {
    const token = await tokens.get(signal);
    const answer = await send(toRequest(call, bearer(token)), signal);
    if (answer.status !== 401 || !tokens.reject(token)) return answer;
    answer.body.discard();
    const fresh = await tokens.get(signal);
    const second = await send(toRequest(call, bearer(fresh)), signal);
    if (second.status === 401) tokens.keep(fresh);
    return second;
  };
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** The sign-in before 16.1: user name and password in the body of every request, where no proxy logs them. */
export function signedByUser(send: Send, user: Extract<Credentials, { type: 'user-account' }>): MakeCall {
  return (call, signal) => {
    const form = new URLSearchParams(call.form);
    form.set('username', user.username);
    form.set('password', user.password);
    return send(toRequest({ ...call, form }), signal);
  };
}

export function unsigned(send: Send): MakeCall {
  return (call, signal) => send(toRequest(call), signal);
}
