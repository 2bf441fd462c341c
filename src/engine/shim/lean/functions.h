#ifndef ISOTHREADS_LEAN_FUNCTIONS_H_
#define ISOTHREADS_LEAN_FUNCTIONS_H_

#include <v8.h>

struct isothreads_lean;

namespace isothreads {

// What lib/lean needs of V8 and could not have from Rust: see functions.cc.
v8::Local<v8::Object> HostFunctions(isothreads_lean* lean, v8::Local<v8::Context> context);

// The functions of the native half. Each is made when it is first read: a worker uses few of them.
v8::Local<v8::Object> NativeFunctions(isothreads_lean* lean, v8::Local<v8::Context> context);

}  // namespace isothreads

#endif  // ISOTHREADS_LEAN_FUNCTIONS_H_
