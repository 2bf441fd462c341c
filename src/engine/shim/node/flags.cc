// Command-line flags for one environment. Node's C++ API for embedders has none: every environment
// gets those of the process. Node's own Worker has them. Its native half parses them when it is
// created, long before its thread starts, and passes the result to IsolateData::CreateIsolateData().
// Both are used here: the parsed flags are taken from a Worker that is never started.
//
// Nothing of this is declared in Node's headers. So each step is checked against the names of the
// symbols that Node exports, which contain the types of a function's parameters. Where a check
// fails, there are no flags, and lib/node/exec-argv.js applies what it can.

#include "flags.h"

#include <atomic>
#include <cstring>

#include "../isolate/values.h"
#include "interface.h"
#include "snapshot.h"

#ifndef _WIN32
#include <dlfcn.h>
#include <unistd.h>
#endif

namespace {

#ifdef _WIN32

bool FindOptions(v8::Local<v8::Object>, std::shared_ptr<node::PerIsolateOptions>*) {
  return false;
}

#else

#if NODE_MAJOR_VERSION >= 24
using Snapshot = node::SnapshotData;
#define SNAPSHOT_NAME "12SnapshotData"
#else
using Snapshot = node::EmbedderSnapshotData;
#define SNAPSHOT_NAME "20EmbedderSnapshotData"
#endif

#ifdef _LIBCPP_VERSION
#define SHARED_PTR_NAME "NSt3__110shared_ptrINS_17PerIsolateOptionsEEE"
#else
#define SHARED_PTR_NAME "St10shared_ptrINS_17PerIsolateOptionsEE"
#endif

using Create = node::IsolateData* (*)(v8::Isolate*, uv_loop_t*, node::MultiIsolatePlatform*,
                                      node::ArrayBufferAllocator*, const Snapshot*,
                                      std::shared_ptr<node::PerIsolateOptions>);

Create FindCreate() {
  static const auto create = reinterpret_cast<Create>(
      dlsym(RTLD_DEFAULT,
            "_ZN4node11IsolateData17CreateIsolateDataEPN2v87IsolateEP9uv_loop_s"
            "PNS_20MultiIsolatePlatformEPNS_20ArrayBufferAllocatorEPKNS_" SNAPSHOT_NAME
            "E" SHARED_PTR_NAME));
  return create;
}

// The table of virtual functions of an object is preceded by two words.
const void* TableOf(const char* name) {
  const void* symbol = dlsym(RTLD_DEFAULT, name);
  return symbol == nullptr ? nullptr : static_cast<const char*>(symbol) + 2 * sizeof(void*);
}

// Reads memory that may not be there: the system reads it and reports an invalid address.
class Probe {
 public:
  Probe() { is_open_ = pipe(ends_) == 0; }
  ~Probe() {
    if (!is_open_) return;
    close(ends_[0]);
    close(ends_[1]);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  const void* WordAt(const void* address) const {
    const void* word = nullptr;
    if (!is_open_ || write(ends_[1], address, sizeof(word)) != sizeof(word)) return nullptr;
    return read(ends_[0], &word, sizeof(word)) == sizeof(word) ? word : nullptr;
  }

 private:
  int ends_[2];
  bool is_open_;
};

bool IsAligned(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) % alignof(void*) == 0;
}

// Whether these are the two words of a std::shared_ptr<PerIsolateOptions>.
bool IsSharedOptions(const Probe& probe, const void* object, const void* owner) {
  const void* table = TableOf("_ZTVN4node17PerIsolateOptionsE");
  if (table == nullptr || object == nullptr || owner == nullptr) return false;
  if (!IsAligned(object) || !IsAligned(owner) || probe.WordAt(object) != table) return false;
  // The owner is an object of the C++ library, of a template of this type.
  Dl_info info;
  const void* table_of_owner = probe.WordAt(owner);
  return table_of_owner != nullptr && dladdr(table_of_owner, &info) != 0 &&
         info.dli_sname != nullptr && strncmp(info.dli_sname, "_ZTV", 4) == 0 &&
         strstr(info.dli_sname, "N4node17PerIsolateOptionsE") != nullptr;
}

// The options come right after the fields of Worker's parent class. A Worker is much larger than
// this number of words.
constexpr int kMostWords = 32;

// The number of words before the options in every Worker of this Node, once it is known. Looking
// for it reads memory and symbols in ways that take half a millisecond.
std::atomic<int> position{-1};

bool IsWorker(v8::Local<v8::Object> object) {
  v8::String::Utf8Value name(v8::Isolate::GetCurrent(), object->GetConstructorName());
  return *name != nullptr && strcmp(*name, "Worker") == 0 && object->InternalFieldCount() >= 2;
}

bool FindOptions(v8::Local<v8::Object> worker, std::shared_ptr<node::PerIsolateOptions>* options) {
  if (FindCreate() == nullptr || !IsWorker(worker)) return false;
  // Node keeps the native half in the second field of its JavaScript object.
  auto words = static_cast<const void* const*>(worker->GetAlignedPointerFromInternalField(
      1
#if V8_MAJOR_VERSION >= 14
      ,
      v8::kEmbedderDataTypeTagDefault
#endif
      ));
  if (words == nullptr) return false;
  int found = position.load(std::memory_order_relaxed);
  if (found < 0) {
    const Probe probe;
    for (int index = 0; index + 1 < kMostWords && found < 0; index++) {
      if (IsSharedOptions(probe, words[index], words[index + 1])) found = index;
    }
    if (found < 0) return false;
    position.store(found, std::memory_order_relaxed);
  }
  *options = *static_cast<const std::shared_ptr<node::PerIsolateOptions>*>(
      static_cast<const void*>(words + found));
  return *options != nullptr;
}

#endif

}  // namespace

namespace isothreads {

node::IsolateData* CreateIsolateData(v8::Isolate* isolate, uv_loop_t* loop,
                                     node::MultiIsolatePlatform* platform,
                                     node::ArrayBufferAllocator* allocator,
                                     const node::EmbedderSnapshotData* snapshot,
                                     const isothreads_flags& flags) {
#ifdef _WIN32
  return node::CreateIsolateData(isolate, loop, platform, allocator, snapshot);
#elif NODE_MAJOR_VERSION >= 24
  return FindCreate()(isolate, loop, platform, allocator,
                      snapshot == nullptr ? nullptr : SnapshotDataOf(snapshot), flags.options);
#else
  return FindCreate()(isolate, loop, platform, allocator, snapshot, flags.options);
#endif
}

}  // namespace isothreads

extern "C" {

isothreads_flags* isothreads_flags_of(void* worker) {
  v8::Local<v8::Value> value = isothreads::LocalOf(worker);
  std::shared_ptr<node::PerIsolateOptions> options;
  if (!value->IsObject() || !FindOptions(value.As<v8::Object>(), &options)) return nullptr;
  return new isothreads_flags{std::move(options)};
}

void isothreads_flags_delete(isothreads_flags* flags) { delete flags; }
}
