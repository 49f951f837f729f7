/**
 * A Windows executable without its Authenticode signature. A signature covers the whole file: what is added to it, such as
 * a program, voids the signature, and a void one looks like tampering and stands in the way of a new one.
 * @param {Buffer} executable in the PE format
 * @returns {Buffer} a copy without the certificate table, the same bytes when there is none
 */
export function withoutSignature(executable) {
  const header = executable.readUInt32LE(0x3c);
  if (executable.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('This is no PE file.');
  const optional = header + 24;
  const isPlus = executable.readUInt16LE(optional) === 0x20b;
  // The fifth entry of the data directories: a file offset, unlike the others, and a size.
  const entry = optional + (isPlus ? 112 : 96) + 4 * 8;
  const offset = executable.readUInt32LE(entry);
  const size = executable.readUInt32LE(entry + 4);
  if (size === 0) return executable;
  if (offset + size !== executable.length) throw new Error('The signature is not at the end of the file.');
  const stripped = Buffer.from(executable.subarray(0, offset));
  stripped.fill(0, entry, entry + 8);
  // The checksum, which nothing checks of a program, would be another one.
  stripped.writeUInt32LE(0, optional + 64);
  return stripped;
}
