import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { MemoryDatabase, MemorySession, type Step, stepOf } from './memory-database.ts';
import { type Message, messageTypes, readMessages, sendReply } from './packets.ts';
import {
  type Login,
  readBatch,
  readBulk,
  readLogin,
  readRpc,
  readTransactionOrder,
  type Statement,
} from './requests.ts';
import {
  attentionDone,
  beginTransaction,
  commitTransaction,
  done,
  errorReply,
  loginReply,
  preloginReply,
  resultSets,
  rollbackTransaction,
  type ServerError,
  transactionChange,
} from './tokens.ts';

/**
 * What goes wrong at a step: the connection is cut before the server has done it, or after and before it says so; the
 * server falls silent; it answers with bytes that are not its own; or it answers with an error, after which a deadlock's
 * transaction is gone.
 */
export type Fault = 'cut-before' | 'cut-after' | 'silence' | { readonly reply: Buffer } | ServerError;

export interface PlannedFault {
  readonly step: Step;
  readonly fault: Fault;
  /** Which time the step is taken, over all connections, from 1. */
  readonly time?: number | 'always';
}

export interface TdsServer extends AsyncDisposable {
  readonly port: number;
  readonly connectionString: string;
  readonly database: MemoryDatabase;
  /** Every step that was taken, in order. */
  readonly steps: readonly Step[];
  readonly logins: readonly Login[];
  /** Faults that have happened. */
  readonly happened: readonly PlannedFault[];
  plan(fault: PlannedFault): void;
}

export const tdsPassword = 'c0rrect;horse';

/** A server that speaks TDS 7.4 with the real driver, on a free port of 127.0.0.1. */
export async function startTdsServer(): Promise<TdsServer> {
  const script = new Script();
  const database = new MemoryDatabase();
  const logins: Login[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const session = new MemorySession(database);
    socket.on('close', () => {
      sockets.delete(socket);
      session.close();
    });
    serve(new Connection(socket, session, script, logins)).catch((error: unknown) => {
      if (!socket.destroyed) script.failures.push(error);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connectionString: `Server=127.0.0.1,${port};Database=BGInfo;User Id=ic;Password="${tdsPassword}";Encrypt=false`,
    database,
    logins,
    steps: script.steps,
    happened: script.happened,
    plan: (fault) => script.planned.push(fault),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      database[Symbol.dispose]();
      if (script.failures.length > 0) throw script.failures[0];
    },
  };
}

class Script {
  readonly planned: PlannedFault[] = [];
  readonly happened: PlannedFault[] = [];
  readonly steps: Step[] = [];
  readonly failures: unknown[] = [];

  /** Notes that a step is taken; what is to go wrong with it. */
  take(step: Step): Fault | null {
    this.steps.push(step);
    const time = this.steps.filter((taken) => taken === step).length;
    const found = this.planned.find(
      (plan) => plan.step === step && (plan.time === 'always' || (plan.time ?? 1) === time),
    );
    if (found === undefined) return null;
    this.happened.push(found);
    return found.fault;
  }
}

async function serve(connection: Connection): Promise<void> {
  for await (const message of readMessages(connection.socket)) connection.answer(message);
}

class Connection {
  readonly socket: Socket;
  readonly #session: MemorySession;
  readonly #script: Script;
  readonly #logins: Login[];
  readonly #descriptor = randomBytes(8);
  #isSilent = false;

  constructor(socket: Socket, session: MemorySession, script: Script, logins: Login[]) {
    this.socket = socket;
    this.#session = session;
    this.#script = script;
    this.#logins = logins;
  }

  answer({ type, payload }: Message): void {
    if (this.#isSilent) return;
    if (type === messageTypes.prelogin) sendReply(this.socket, preloginReply());
    else if (type === messageTypes.login) this.#login(readLogin(payload));
    else if (type === messageTypes.batch) this.#statement(readBatch(payload));
    else if (type === messageTypes.rpc) this.#statement(readRpc(payload));
    else if (type === messageTypes.bulk) this.#load(payload);
    else if (type === messageTypes.transaction) this.#transaction(payload);
    else if (type === messageTypes.attention) sendReply(this.socket, attentionDone());
    else throw new Error(`the endpoint knows no message of type ${type}`);
  }

  #login(login: Login): void {
    this.#logins.push(login);
    const isRight = login.user === 'ic' && login.password === tdsPassword;
    const refusal = { number: 18456, message: `Login failed for user '${login.user}'.` };
    const before = {
      number: 4060,
      message: `Cannot open database "${login.database}" requested by the login. The login failed.`,
    };
    const isThere = login.database === 'master' || !this.#session.isMissing;
    this.#step('login', () => {
      if (!isRight) return errorReply(refusal);
      return isThere ? loginReply(login.database) : errorReply({ ...refusal, before });
    });
  }

  #statement(statement: Statement): void {
    const step = stepOf(statement.sql);
    // A bulk load is one step, which its rows complete.
    if (step === 'bulk') sendReply(this.socket, resultSets(this.#session.execute(statement)));
    else this.#step(step, () => resultSets(this.#session.execute(statement)));
  }

  #load(payload: Buffer): void {
    this.#step('bulk', () => {
      const rows = readBulk(payload);
      this.#session.load(rows);
      return done({ rows: rows.length });
    });
  }

  #transaction(payload: Buffer): void {
    const order = readTransactionOrder(payload);
    const changes = { begin: beginTransaction, commit: commitTransaction, rollback: rollbackTransaction };
    this.#step(order, () => {
      this.#session[order]();
      return Buffer.concat([transactionChange(changes[order], this.#descriptor), done()]);
    });
  }

  #step(step: Step, act: () => Buffer): void {
    const fault = this.#script.take(step);
    if (fault === 'cut-before') {
      this.#session.rollback();
      this.socket.resetAndDestroy();
    } else if (fault === 'cut-after') {
      act();
      this.socket.resetAndDestroy();
    } else if (fault === 'silence') this.#isSilent = true;
    else if (fault !== null && 'reply' in fault) {
      this.#session.rollback();
      sendReply(this.socket, fault.reply);
    } else if (fault !== null) this.#fail(fault);
    else this.#act(act);
  }

  /** Another connection's lock, and a key that is there already, are errors of the server. */
  #act(act: () => Buffer): void {
    try {
      sendReply(this.socket, act());
    } catch (error) {
      const code = Number((error as { readonly errcode?: number }).errcode) & 0xff;
      const number = ({ 5: 1205, 19: 2627 } as const)[code];
      if (number === undefined) throw error;
      this.#fail({ number, message: (error as Error).message });
    }
  }

  #fail(error: ServerError): void {
    const isOver = error.number === 1205;
    if (isOver) this.#session.rollback();
    const change = isOver ? [transactionChange(rollbackTransaction, this.#descriptor)] : [];
    sendReply(this.socket, Buffer.concat([...change, errorReply(error)]));
  }
}
