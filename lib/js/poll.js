// Waiting: `poll_oneoff`.

import { Errno, Failure, fail } from "./errno.js";
import { File, Folder } from "./files.js";
import { Right } from "./descriptors.js";

// Bytes of the records, and subscriptions at most.
const [SUBSCRIPTION, EVENT, MOST] = [48, 32, 4096];

const [CLOCK, READ, WRITE] = [0, 1, 2];

/** The one flag of clocks: the time is a moment, and not a duration. */
const ABSOLUTE = 1;

/** Waits for this many milliseconds. */
export function sleep(milliseconds) {
  const end = performance.now() + milliseconds;
  try {
    // Where a thread may: not on a page itself, and in its workers only if the page is isolated from other origins.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  } catch {
    while (performance.now() < end);
  }
}

/** How long it takes until the event of a subscription comes, in nanoseconds, and the number of bytes that it tells. */
function expected(subscription, table, clock) {
  const kind = subscription.getUint8(8);
  const number = subscription.getUint32(16, true);
  if (kind === CLOCK) {
    const time = clock(number);
    const flags = subscription.getUint16(40, true);
    if (flags > ABSOLUTE) fail(Errno.INVAL);
    // Nobody can wait for work that is not done meanwhile.
    if (number > 1) fail(Errno.NOTSUP);
    const isAbsolute = flags === ABSOLUTE;
    const left = subscription.getBigUint64(24, true) - (isAbsolute ? time : 0n);
    return { left: left > 0n ? left : 0n, bytes: 0 };
  }
  if (kind !== READ && kind !== WRITE) fail(Errno.INVAL);
  const open = table.get(number);
  open.need(Right.POLL_FD_READWRITE | (kind === READ ? Right.FD_READ : Right.FD_WRITE));
  if (open.item instanceof Folder) fail(Errno.BADF);
  if (kind === WRITE) return { left: 0n, bytes: 1 };
  return { left: 0n, bytes: open.item instanceof File ? Math.max(0, open.item.size - open.position) : open.item.left };
}

/** The state of a subscription; one that cannot be is an event, too. */
function state(subscription, table, clock) {
  const told = { userdata: subscription.getBigUint64(0, true), kind: subscription.getUint8(8), errno: 0, left: 0n, bytes: 0 };
  try {
    return { ...told, ...expected(subscription, table, clock) };
  } catch (error) {
    if (error instanceof Failure) return { ...told, errno: error.errno };
    throw error;
  }
}

/** The call that waits. `clock` reads a clock by its number. */
export function pollCalls(memory, table, clock, wait) {
  return {
    poll_oneoff(list, events, count, result) {
      if (count === 0 || count > MOST) fail(Errno.INVAL);
      const subscriptions = memory.bytes(list, SUBSCRIPTION * count).slice().buffer;
      memory.view(events, EVENT * count);
      memory.view(result, 4);
      const view = (n) => new DataView(subscriptions, SUBSCRIPTION * n, SUBSCRIPTION);
      const states = Array.from({ length: count }, (_, n) => state(view(n), table, clock));
      const first = states.reduce((least, { left }) => (left < least ? left : least), states[0].left);
      if (first > 0n) wait(Number(first) / 1e6);
      const come = states.filter(({ left }) => left <= first);
      for (const [n, { userdata, errno, kind, bytes }] of come.entries()) {
        memory.record(events + EVENT * n, EVENT, [0, 64, userdata], [8, 16, errno], [10, 8, kind], [16, 64, bytes]);
      }
      memory.set32(result, come.length);
    },
  };
}
