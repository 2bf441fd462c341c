// Generated from codec/protocol.json: change that, and run `npm run protocol`.

#ifndef ISOTHREADS_PROTOCOL_H_
#define ISOTHREADS_PROTOCOL_H_

#include <stdint.h>

// The outcome of a call into JavaScript.
enum isothreads_dispatch_status : int32_t {
  ISOTHREADS_DISPATCHED = 0,
  ISOTHREADS_THREW = 1,  // The listener threw, which was reported as an uncaught exception.
  ISOTHREADS_TERMINATING = 2  // The isolate is being terminated: call nothing more.
};

// The type of a record's value.
enum isothreads_leaf_kind : uint32_t {
  ISOTHREADS_UNDEFINED = 0,
  ISOTHREADS_NULL = 1,
  ISOTHREADS_TRUE = 2,
  ISOTHREADS_FALSE = 3,
  ISOTHREADS_NUMBER = 4,
  ISOTHREADS_LATIN1 = 5,
  ISOTHREADS_UTF16 = 6
};

// How an attempt to push or pop ended.
enum isothreads_queue_status : int32_t {
  ISOTHREADS_QUEUE_DONE = 0,
  ISOTHREADS_QUEUE_NOT_NOW = 1,  // The queue is full, or empty.
  ISOTHREADS_QUEUE_NEVER = 2,  // The queue is closed and, for a pop, empty.
  ISOTHREADS_QUEUE_TOO_LONG = 3  // No slot is that large.
};

// The type of the value in a queue's slot.
enum isothreads_slot_kind : uint8_t {
  ISOTHREADS_SLOT_UNDEFINED = 0,
  ISOTHREADS_SLOT_NULL = 1,
  ISOTHREADS_SLOT_TRUE = 2,
  ISOTHREADS_SLOT_FALSE = 3,
  ISOTHREADS_SLOT_NUMBER = 4,  // 8 bytes, in the machine's byte order.
  ISOTHREADS_SLOT_LATIN1 = 5,
  ISOTHREADS_SLOT_UTF16 = 6,  // Two bytes per unit, in the machine's byte order.
  ISOTHREADS_SLOT_BYTES = 7,  // A Uint8Array.
  ISOTHREADS_SLOT_BIGINT = 8,  // 8 bytes, signed.
  ISOTHREADS_SLOT_SERIALIZED = 9,  // In V8's serialisation format.
  ISOTHREADS_SLOT_BOXED = 10  // The number of a message that is kept outside the queue, because it is too large or has attachments.
};

#endif  // ISOTHREADS_PROTOCOL_H_
