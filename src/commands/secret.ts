import type { Command } from './command.ts';

export const secretEncrypt: Command = {
  name: 'secret encrypt',
  summary: 'turn a secret into a value that can stand in the configuration',
  description:
    'Asks for the secret without showing it, or reads it from standard input, whose last line end is dropped, and prints ' +
    'a value that begins with enc:. Its key is ic.key beside the configuration, made on first use and readable by its ' +
    'owner only, or what IC_KEY holds. With SECTION and KEY, the value can be read in that place alone, and nobody can move ' +
    'it to another; with --in-place, the value that stands there is encrypted.',
  positionals: [
    {
      name: 'SECTION',
      describe: 'the section of the configuration where the value is to stand, such as site.hq',
      required: false,
      variadic: false,
    },
    {
      name: 'KEY',
      describe: 'its key, such as client_secret',
      required: false,
      variadic: false,
    },
  ],
  options: {
    dpapi: {
      type: 'string',
      placeholder: 'SCOPE',
      choices: ['user', 'machine'],
      describe:
        'let Windows encrypt, for this account or for every account of this machine; there is no key file',
    },
    'in-place': {
      type: 'boolean',
      describe: 'encrypt the value of SECTION and KEY in the configuration itself',
    },
  },
  examples: [
    [
      'ic secret encrypt site.hq client_secret',
      'type a secret, get what to put into the configuration there',
    ],
    ['pass show support/api | ic secret encrypt site.hq client_secret', 'from a password manager'],
    [
      'ic secret encrypt --in-place site.hq client_secret',
      'encrypt what stands in the configuration in plain text',
    ],
    ['ic secret encrypt --dpapi machine', 'on Windows: readable on this machine alone'],
  ],
  exitCodes: [74],
  load: async () => (await import('./secret-encrypt-body.ts')).secretEncryptBody,
};

export const secretRotate: Command = {
  name: 'secret rotate',
  summary: 'make a new key, and encrypt the secrets of the configuration anew with it',
  description:
    'Puts a new key in front of the others in ic.key, then replaces the enc: values of the configuration and leaves all ' +
    'the rest of it as it is, byte for byte. Older keys stay, for copies and other configurations, unless they are ' +
    'dropped. With IC_KEY: put the new key in front of the old one there, separated by a blank, then run this. Values ' +
    'of Windows (enc:dpapi:) have no key and stay as they are.',
  options: {
    'drop-old-keys': {
      type: 'boolean',
      describe: 'keep only the new key: values that are not in this configuration are lost',
    },
  },
  examples: [
    ['ic secret rotate', 'after somebody left who could read the key'],
    ['ic secret rotate --drop-old-keys', 'and make the old key useless here'],
  ],
  exitCodes: [74, 75],
  load: async () => (await import('./secret-rotate-body.ts')).secretRotateBody,
};
