// The end of an isolate's JavaScript from outside: all that the shim has to do with it.
//
// A termination is asked for from any thread, and V8 consumes it when the last JavaScript frame is left, or
// a v8::TryCatch is destroyed that has seen it. Whoever asks for the end of a thread asks again until
// the thread has ended.
//
// node::Stop() asks for one, too.
//
// Nobody may cancel one but the owner of the isolate, on its thread, after the last JavaScript of the
// program and before cleanup code that must run: what is asked for later is asked for in vain. To
// cancel it earlier would lose a request that somebody has been promised.

#ifndef ISOTHREADS_TERMINATION_H_
#define ISOTHREADS_TERMINATION_H_

#include <v8.h>

namespace isothreads {

// Any thread, while the isolate lives.
void Terminate(v8::Isolate* isolate);
// Whether a call into JavaScript that returned nothing was ended by this. Isolate's thread.
bool IsTerminating(v8::Isolate* isolate);
// See above. Isolate's thread.
void CancelTerminationForCleanup(v8::Isolate* isolate);

}  // namespace isothreads

#endif  // ISOTHREADS_TERMINATION_H_
