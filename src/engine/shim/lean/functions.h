#ifndef ISOTHREADS_LEAN_FUNCTIONS_H_
#define ISOTHREADS_LEAN_FUNCTIONS_H_

#include <v8.h>

struct isothreads_lean;

namespace isothreads {

// What lib/lean needs of V8 and could not have from Rust: see functions.cc.
v8::Local<v8::Object> HostFunctions(isothreads_lean* lean, v8::Local<v8::Context> context);

// The functions of the native half. Each is made when it is first read: a worker uses few of them.
v8::Local<v8::Object> NativeFunctions(isothreads_lean* lean, v8::Local<v8::Context> context);

// The isolate of a function that AddFunction() has added.
isothreads_lean* LeanOf(const v8::FunctionCallbackInfo<v8::Value>& args);

void AddFunction(isothreads_lean* lean, v8::Local<v8::Context> context,
                 v8::Local<v8::Object> target, const char* name, v8::FunctionCallback callback);

// As in Node, the stack of a syntax error begins with the line that has it; `gap` stands behind it.
void DescribeSyntaxError(v8::Local<v8::Context> context, const v8::TryCatch& try_catch,
                         const char* gap = "\n");

// libraryFunctions() -> an object with what Node's library files need; see library.cc. Made when it is
// first asked for.
void LibraryFunctions(const v8::FunctionCallbackInfo<v8::Value>& args);

// The next task begins without the context of an AsyncLocalStorage.
void EndContinuation(isothreads_lean* lean);

}  // namespace isothreads

#endif  // ISOTHREADS_LEAN_FUNCTIONS_H_
