import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { IcError } from '../platform/errors.ts';

/** A key for secrets: 32 random bytes, and a short name for them that gives nothing of them away. */
export interface SecretKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The keys at hand, newest first: the first encrypts, and each one decrypts what it has encrypted. */
export interface KeyRing {
  /** Where the keys are from, for messages: a path, or `IC_KEY`. */
  readonly source: string;
  readonly keys: readonly SecretKey[];
}

const prefix = 'enc:';
const nonceBytes = 12;
const tagBytes = 16;

/** Whether a value, as written in the configuration, claims to be encrypted. */
export function isEncrypted(value: string): boolean {
  return value.startsWith(prefix);
}

/** Where an encrypted value stands: `site.hq`, `client_secret`. */
export interface PlaceOfSecret {
  readonly section: string;
  readonly key: string;
}

/**
 * A secret as it may stand in the configuration: `enc:v2:KEYID:…`, base64 of nonce, AES-256-GCM ciphertext and tag. It
 * can be read in its place alone: whoever may write the configuration cannot move it to a key that is shown or handed to
 * a program. Without a place it is `enc:v1:…`, which can stand anywhere.
 */
export function encryptSecret(text: string, ring: KeyRing, place: PlaceOfSecret | null): string {
  const key = ring.keys[0];
  if (!key) throw noKey(ring);
  const header = `${prefix}${place === null ? 'v1' : 'v2'}:${key.id}`;
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(authenticated(header, place));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${header}:${sealed.toString('base64')}`;
}

/** Whether an encrypted value can be read in its place alone. Those of DPAPI are bound to the account or the machine. */
export function isBound(value: string): boolean {
  return !value.startsWith(`${prefix}v1:`);
}

/** Names hold no NUL. */
function authenticated(header: string, place: PlaceOfSecret | null): Buffer {
  return Buffer.from(place === null ? header : `${header}\0${place.section}\0${place.key}`);
}

/**
 * What `encryptSecret` was given. Throws a `configuration` error when the key is another, the value is damaged, or it
 * belongs to another place.
 */
export function decryptSecret(value: string, ring: KeyRing, place: PlaceOfSecret): string {
  const [, header, version, id, base64] =
    /^(enc:(v[12]):([0-9a-f]+)):([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? [];
  const sealed = Buffer.from(base64 ?? '', 'base64');
  if (header === undefined || sealed.byteLength < nonceBytes + tagBytes) throw unknownForm();
  const key = ring.keys.find((candidate) => candidate.id === id);
  if (!key) {
    throw new IcError(
      'configuration',
      `was encrypted with the key ${id}, which ${ring.source} does not hold`,
      {
        hint: 'Put that key back beside the newer ones, or encrypt the secret anew with ic secret encrypt.',
      },
    );
  }
  return open(sealed, key, authenticated(header, version === 'v2' ? place : null), place);
}

function open(sealed: Buffer, key: SecretKey, aad: Buffer, { section, key: name }: PlaceOfSecret): string {
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(aad).setAuthTag(sealed.subarray(-tagBytes));
  try {
    const text = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new IcError('configuration', 'is damaged, or was encrypted for another section or key', {
      hint: `Copy the whole value again, or encrypt the secret anew with ic secret encrypt ${section} ${name}.`,
      cause,
    });
  }
}

export function unknownForm(): IcError {
  return new IcError('configuration', 'begins with enc: but is no encrypted value that ic knows', {
    hint: 'Copy the whole line that ic secret encrypt printed. A secret that begins so itself can come by ${env:NAME}.',
  });
}

export function noKey(ring: Pick<KeyRing, 'source'>): IcError {
  return new IcError('configuration', `${ring.source} holds no key for secrets`, {
    hint: 'Put back the key that encrypted the secrets, or encrypt them anew with ic secret encrypt.',
  });
}

/** 32 bytes as base64 or as hexadecimal digits; null for anything else. */
export function parseKey(text: string): SecretKey | null {
  const isHex = /^[0-9a-f]{64}$/i.test(text);
  if (!isHex && !/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  return keyOf(Buffer.from(text, isHex ? 'hex' : 'base64'));
}

export function newKey(): SecretKey {
  return keyOf(randomBytes(32));
}

function keyOf(bytes: Uint8Array): SecretKey {
  return { id: createHash('sha256').update('ic key id').update(bytes).digest('hex').slice(0, 8), bytes };
}
