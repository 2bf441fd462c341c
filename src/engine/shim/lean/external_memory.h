#ifndef ISOTHREADS_LEAN_EXTERNAL_MEMORY_H_
#define ISOTHREADS_LEAN_EXTERNAL_MEMORY_H_

#include <v8.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace isothreads {

// Allocates what buffers have outside of V8's heap, and refuses what would exceed the limit. V8
// collects garbage and tries again, then it throws a RangeError.
class LimitedAllocator final : public v8::ArrayBuffer::Allocator {
 public:
  // In bytes.
  explicit LimitedAllocator(size_t limit);

  void* Allocate(size_t length) override;
  void* AllocateUninitialized(size_t length) override;
  // Any thread: memory that was posted outlives the isolate.
  void Free(void* data, size_t length) override;
#if V8_MAJOR_VERSION >= 13
  v8::PageAllocator* GetPageAllocator() override { return allocator_->GetPageAllocator(); }
#endif

  // The memory was transferred to another thread, and is counted there. Does nothing for memory that
  // is not from here.
  void Release(void* data);
  // Whether the last allocation was.
  bool has_refused() const { return has_refused_; }

 private:
  bool Reserve(size_t length);
  void* Keep(void* data, size_t length);

  const size_t limit_;
  std::unique_ptr<v8::ArrayBuffer::Allocator> allocator_;
  std::mutex mutex_;
  size_t used_ = 0;
  std::atomic<bool> has_refused_ = false;
  // Their lengths.
  std::unordered_map<void*, size_t> counted_;
};

}  // namespace isothreads

#endif  // ISOTHREADS_LEAN_EXTERNAL_MEMORY_H_
