// Environment variables for one environment. Node's C++ API for embedders has none: every
// environment gets those of the process. Node's own Worker replaces them before any JavaScript
// runs, so that Node's JavaScript and C++ find the worker's. Here it is done as there.
//
// Nothing of this is declared in Node's headers. The functions are weak symbols, and the place of
// the variables in an environment is looked for in one that has those of the process: it is where
// the two words of Node's exported pointer to them are. Without it, lib/node/environment-variables.js
// gives the worker a process.env, and parts of Node use the variables of the process.

#include "variables.h"

#include <atomic>
#include <cstring>
#include <utility>

#include "../isolate/values.h"
#include "interface.h"

#ifndef _MSC_VER

namespace node {

class KVStore {
 public:
  __attribute__((weak)) static std::shared_ptr<KVStore> CreateMapKVStore();
};

// Of what CreateMapKVStore() returns.
class MapKVStore {
 public:
  __attribute__((weak)) void Set(v8::Isolate* isolate, v8::Local<v8::String> key,
                                 v8::Local<v8::String> value);
};

namespace per_process {

extern __attribute__((weak)) std::shared_ptr<KVStore> system_environment;

}  // namespace per_process

}  // namespace node

namespace isothreads {

using v8::Array;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

using Store = std::shared_ptr<node::KVStore>;

static_assert(sizeof(Store) == 2 * sizeof(void*));

// They are among the first 230 words of an environment in Node 20 to 26. All of these are in it.
constexpr size_t kMostWords = 256;

// The number of words before the variables; 0 until it is known.
std::atomic<size_t> position{0};

bool IsSupported() {
  return node::KVStore::CreateMapKVStore != nullptr && &node::per_process::system_environment != nullptr;
}

const void* WordsOf(node::Environment* environment, size_t index) {
  return reinterpret_cast<const void* const*>(environment) + index;
}

bool AreOfProcess(const void* words) {
  return memcmp(words, &node::per_process::system_environment, sizeof(Store)) == 0;
}

// nullptr: their place is not known.
Store* PlaceOf(node::Environment* environment) {
  size_t words = position.load(std::memory_order_relaxed);
  if (words == 0) return nullptr;
  return static_cast<Store*>(const_cast<void*>(WordsOf(environment, words)));
}

Store NewStore(Local<Context> context, Local<Object> entries) {
  Isolate* isolate = v8::Isolate::GetCurrent();
  Store store = node::KVStore::CreateMapKVStore();
  auto map = reinterpret_cast<node::MapKVStore*>(store.get());
  Local<Array> names;
  if (!entries->GetOwnPropertyNames(context).ToLocal(&names)) return nullptr;
  for (uint32_t index = 0; index < names->Length(); index++) {
    Local<Value> name;
    Local<Value> value;
    if (!names->Get(context, index).ToLocal(&name) || !entries->Get(context, name).ToLocal(&value)) {
      return nullptr;
    }
    if (name->IsNumber() && !name->ToString(context).ToLocal(&name)) return nullptr;
    if (name->IsString() && value->IsString()) {
      map->Set(isolate, name.As<String>(), value.As<String>());
    }
  }
  return store;
}

}  // namespace

void FindVariables(node::Environment* environment) {
  if (!IsSupported() || position.load(std::memory_order_relaxed) != 0) return;
  for (size_t index = 1; index + 1 < kMostWords; index++) {
    if (!AreOfProcess(WordsOf(environment, index))) continue;
    position.store(index, std::memory_order_relaxed);
    return;
  }
}

bool UseVariables(node::Environment* environment, const isothreads_variables* variables) {
  Store* place = PlaceOf(environment);
  if (place == nullptr) return false;
  bool has_own = variables != nullptr && variables->store != nullptr;
  *place = has_own ? variables->store : node::per_process::system_environment;
  return true;
}

}  // namespace isothreads

extern "C" {

isothreads_variables* isothreads_variables_of(void* entries) {
  using namespace isothreads;
  if (!IsSupported()) return nullptr;
  Isolate* isolate = Isolate::GetCurrent();
  Local<Context> context = isolate->GetCurrentContext();
  Local<Value> value = LocalOf(entries);
  Store store;
  if (value->IsObject()) {
    store = NewStore(context, value.As<Object>());
  } else if (Store* place = PlaceOf(node::GetCurrentEnvironment(context));
             place != nullptr && !AreOfProcess(place)) {
    store = *place;
  }
  return store == nullptr ? nullptr : new isothreads_variables{std::move(store)};
}
}

#else

namespace isothreads {

void FindVariables(node::Environment*) {}

bool UseVariables(node::Environment*, const isothreads_variables*) { return false; }

}  // namespace isothreads

extern "C" {

isothreads_variables* isothreads_variables_of(void*) { return nullptr; }
}

#endif

extern "C" {

void isothreads_variables_delete(isothreads_variables* variables) { delete variables; }
}
