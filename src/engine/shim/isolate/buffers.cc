// Large ArrayBuffers that move between threads.
//
// V8 starts a garbage collection when more than 64 MB of external memory arrive. That takes longer
// than any transfer, and is wasted when the receiver passes the buffer on. So V8 learns of the
// memory only if the receiver still has it when its listener has returned. The buffer is created
// with an empty deleter, which V8 does not count. The memory lives in the control block of the
// shared pointer, so the last holder of the buffer frees it, on any thread.

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "realm.h"

namespace isothreads {

using v8::ArrayBuffer;
using v8::BackingStore;
using v8::Isolate;
using v8::Local;

// Shared by all holders of a buffer; modified by the thread that has it.
struct Lent {
  std::shared_ptr<BackingStore> memory;
  // The realm whose V8 counts the memory; null: none.
  std::shared_ptr<Ledger> ledger;

  int64_t bytes() const { return static_cast<int64_t>(memory->ByteLength()); }
};

namespace {

// Smaller buffers are not worth the trouble.
constexpr size_t kLarge = size_t{1} << 20;

struct LentDeleter {
  std::shared_ptr<Lent> lent;

  void operator()(BackingStore* store) {
    delete store;
    // Any thread: the realm tells V8 the next time it handles a large buffer.
    if (lent->ledger) lent->ledger->released += lent->bytes();
  }
};

void Count(isothreads_realm* realm, int64_t bytes) {
  if (bytes != 0) realm->isolate->AdjustAmountOfExternalAllocatedMemory(bytes);
}

void Settle(isothreads_realm* realm) {
  Count(realm, -realm->ledger->released.exchange(0));
  auto gone = [](const LargeBuffer& large) { return large.lent.expired(); };
  realm->large.erase(std::remove_if(realm->large.begin(), realm->large.end(), gone),
                     realm->large.end());
}

std::vector<LargeBuffer>::iterator Find(isothreads_realm* realm, const BackingStore* store) {
  auto is = [store](const LargeBuffer& large) { return large.store == store; };
  return std::find_if(realm->large.begin(), realm->large.end(), is);
}

}  // namespace

Store TakeStore(isothreads_realm* realm, Local<ArrayBuffer> buffer) {
  Store taken{buffer->GetBackingStore(), nullptr};
  buffer->Detach(Local<v8::Value>()).Check();
  realm->host->MemoryMoved(taken.store->Data());
  if (taken.store->ByteLength() < kLarge) return taken;
  Settle(realm);
  auto large = Find(realm, taken.store.get());
  if (large == realm->large.end()) return taken;
  taken.lent = large->lent.lock();
  realm->large.erase(large);
  if (taken.lent && taken.lent->ledger) {
    taken.lent->ledger.reset();
    Count(realm, -taken.lent->bytes());
  }
  return taken;
}

Local<ArrayBuffer> NewArrayBuffer(isothreads_realm* realm, const Store& store,
                                  std::vector<Local<ArrayBuffer>>* uncounted) {
  Isolate* isolate = realm->isolate;
  if (store.store->ByteLength() < kLarge || store.store->IsResizableByUserJavaScript()) {
    return ArrayBuffer::New(isolate, store.store);
  }
  Settle(realm);
  std::shared_ptr<BackingStore> shared = store.store;
  std::shared_ptr<Lent> lent = store.lent;
  if (!lent) {
    lent = std::make_shared<Lent>();
    lent->memory = store.store;
    auto uncounted_store =
        ArrayBuffer::NewBackingStore(store.store->Data(), store.store->ByteLength(),
                                     BackingStore::EmptyDeleter, nullptr);
    shared = std::shared_ptr<BackingStore>(uncounted_store.release(), LentDeleter{lent});
  }
  Local<ArrayBuffer> buffer = ArrayBuffer::New(isolate, shared);
  realm->large.push_back({shared.get(), lent});
  uncounted->push_back(buffer);
  return buffer;
}

void CountBuffers(isothreads_realm* realm, const std::vector<Local<ArrayBuffer>>& buffers) {
  for (auto buffer : buffers) {
    if (buffer->WasDetached()) continue;
    auto large = Find(realm, buffer->GetBackingStore().get());
    if (large == realm->large.end()) continue;
    if (auto lent = large->lent.lock()) {
      lent->ledger = realm->ledger;
      Count(realm, lent->bytes());
    }
  }
}

}  // namespace isothreads

extern "C" void isothreads_store_memory(const void* store, uint8_t** data, size_t* length) {
  const auto& backing = static_cast<const isothreads::Store*>(store)->store;
  *data = static_cast<uint8_t*>(backing->Data());
  // Only the current length of a growable buffer is accessible; it never shrinks.
  *length = backing->ByteLength();
}

extern "C" void* isothreads_store_new(void* data, size_t length, isothreads_release release,
                                      void* context) {
  return new isothreads::Store{v8::ArrayBuffer::NewBackingStore(data, length, release, context),
                               nullptr};
}

extern "C" void* isothreads_shared_store_new(size_t length) {
  // Not V8's own allocator, which needs an isolate.
  void* data = calloc(length == 0 ? 1 : length, 1);
  if (data == nullptr) return nullptr;
  auto release = [](void* memory, size_t, void*) { free(memory); };
  return new isothreads::Store{
      v8::SharedArrayBuffer::NewBackingStore(data, length, release, nullptr), nullptr};
}

extern "C" void* isothreads_store_clone(const void* store) {
  return new isothreads::Store(*static_cast<const isothreads::Store*>(store));
}

extern "C" void* isothreads_store_watch(const void* store) {
  return new std::weak_ptr<v8::BackingStore>(static_cast<const isothreads::Store*>(store)->store);
}

extern "C" size_t isothreads_watch_owner_count(const void* watch) {
  return static_cast<size_t>(
      static_cast<const std::weak_ptr<v8::BackingStore>*>(watch)->use_count());
}

extern "C" void* isothreads_watch_hold(const void* watch) {
  auto store = static_cast<const std::weak_ptr<v8::BackingStore>*>(watch)->lock();
  return store == nullptr ? nullptr : new isothreads::Store{std::move(store), nullptr};
}

extern "C" void isothreads_watch_delete(void* watch) {
  delete static_cast<std::weak_ptr<v8::BackingStore>*>(watch);
}
