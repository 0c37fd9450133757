// Being stopped from outside: the reason that an aborted `context.signal` carries.

import { TimmyError } from './errors.ts'

/** Thrown by `signal.throwIfAborted()`; the program says so in one line and exits 130 (Ctrl-C) or 143. */
export class Interruption extends TimmyError {
  constructor(code: 'INTERRUPTED' | 'STOPPED') {
    super(code, code === 'INTERRUPTED' ? 'interrupted; stopped cleanly' : 'stopped from outside; stopped cleanly', {
      hint: 'run the same command again to go on',
    })
  }
}
