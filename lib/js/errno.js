// The errors of WASI.

/** WASI's numbers of the errors that programs get here. */
export const Errno = {
  BADF: 8,
  BUSY: 10,
  EXIST: 20,
  FAULT: 21,
  FBIG: 22,
  ILSEQ: 25,
  INVAL: 28,
  ISDIR: 31,
  LOOP: 32,
  NAMETOOLONG: 37,
  NOENT: 44,
  NOSPC: 51,
  NOTDIR: 54,
  NOTEMPTY: 55,
  NOTSOCK: 57,
  NOTSUP: 58,
  PERM: 63,
  SPIPE: 70,
  NOTCAPABLE: 76,
};

/** What is thrown where a call of WASI returns an error number; programs never see it as an exception. */
export class Failure {
  constructor(errno) {
    this.errno = errno;
  }
}

/** Ends a call with an error number. */
export function fail(errno) {
  throw new Failure(errno);
}
