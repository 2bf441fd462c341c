// Memory of a bare isolate that is not in V8's heap.

#include "external_memory.h"

namespace isothreads {

LimitedAllocator::LimitedAllocator(size_t limit)
    : limit_(limit), allocator_(v8::ArrayBuffer::Allocator::NewDefaultAllocator()) {}

bool LimitedAllocator::Reserve(size_t length) {
  std::lock_guard<std::mutex> lock(mutex_);
  has_refused_ = length > limit_ || used_ > limit_ - length;
  if (has_refused_) return false;
  used_ += length;
  return true;
}

void* LimitedAllocator::Keep(void* data, size_t length) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (data == nullptr) {
    used_ -= length;
  } else {
    counted_[data] = length;
  }
  return data;
}

void* LimitedAllocator::Allocate(size_t length) {
  return Reserve(length) ? Keep(allocator_->Allocate(length), length) : nullptr;
}

void* LimitedAllocator::AllocateUninitialized(size_t length) {
  return Reserve(length) ? Keep(allocator_->AllocateUninitialized(length), length) : nullptr;
}

void LimitedAllocator::Free(void* data, size_t length) {
  Release(data);
  allocator_->Free(data, length);
}

void LimitedAllocator::Release(void* data) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto counted = counted_.find(data);
  if (counted == counted_.end()) return;
  used_ -= counted->second;
  counted_.erase(counted);
}

}  // namespace isothreads
