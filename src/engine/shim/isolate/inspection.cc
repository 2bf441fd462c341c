// Looking into the current isolate: its heap, and its profilers.

#include <v8-profiler.h>
#include <v8-statistics.h>
#include <v8.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "interface.h"

namespace {

using v8::AllocationProfile;
using v8::CpuProfiler;
using v8::HeapProfiler;
using v8::HeapSnapshot;
using v8::Isolate;

class Stream : public v8::OutputStream {
 public:
  Stream(isothreads_write write, void* data) : write_(write), data_(data) {}
  void EndOfStream() override {}
  int GetChunkSize() override { return 64 * 1024; }
  WriteResult WriteAsciiChunk(char* chunk, int size) override {
    return write_(data_, chunk, static_cast<size_t>(size)) ? kContinue : kAbort;
  }

 private:
  isothreads_write write_;
  void* data_;
};

}  // namespace

extern "C" {

void isothreads_heap_statistics(double* numbers) {
  v8::HeapStatistics statistics;
  Isolate::GetCurrent()->GetHeapStatistics(&statistics);
  const size_t sizes[] = {
      statistics.total_heap_size(),
      statistics.total_heap_size_executable(),
      statistics.total_physical_size(),
      statistics.total_available_size(),
      statistics.used_heap_size(),
      statistics.heap_size_limit(),
      statistics.malloced_memory(),
      statistics.peak_malloced_memory(),
      statistics.does_zap_garbage(),
      statistics.number_of_native_contexts(),
      statistics.number_of_detached_contexts(),
      statistics.total_global_handles_size(),
      statistics.used_global_handles_size(),
      statistics.external_memory(),
#if V8_MAJOR_VERSION >= 14
      static_cast<size_t>(statistics.total_allocated_bytes()),
#else
      0,
#endif
  };
  static_assert(sizeof(sizes) == ISOTHREADS_HEAP_STATISTICS * sizeof(*sizes));
  for (size_t size : sizes) *numbers++ = static_cast<double>(size);
}

bool isothreads_write_heap_snapshot(bool expose_internals, bool expose_numeric_values,
                                    isothreads_write write, void* data) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::HandleScope scope(isolate);
  HeapProfiler::HeapSnapshotOptions options;
  if (expose_internals) options.snapshot_mode = HeapProfiler::HeapSnapshotMode::kExposeInternals;
  if (expose_numeric_values) {
    options.numerics_mode = HeapProfiler::NumericsMode::kExposeNumericValues;
  }
  const HeapSnapshot* snapshot = isolate->GetHeapProfiler()->TakeHeapSnapshot(options);
  if (snapshot == nullptr) return false;
  Stream stream(write, data);
  snapshot->Serialize(&stream, HeapSnapshot::kJSON);
  const_cast<HeapSnapshot*>(snapshot)->Delete();
  return true;
}

void* isothreads_cpu_profiler_new(void) { return CpuProfiler::New(Isolate::GetCurrent()); }

void isothreads_cpu_profiler_delete(void* profiler) {
  static_cast<CpuProfiler*>(profiler)->Dispose();
}

bool isothreads_cpu_profile_start(void* profiler, uint32_t most_samples,
                                  int32_t interval_microseconds, uint32_t* id) {
  v8::HandleScope scope(Isolate::GetCurrent());
  v8::CpuProfilingResult result = static_cast<CpuProfiler*>(profiler)->Start(
      v8::CpuProfilingOptions(v8::CpuProfilingMode::kLeafNodeLineNumbers, most_samples,
                              interval_microseconds));
  *id = result.id;
  return result.status == v8::CpuProfilingStatus::kStarted;
}

bool isothreads_cpu_profile_stop(void* profiler, uint32_t id, isothreads_write write, void* data) {
  v8::HandleScope scope(Isolate::GetCurrent());
  v8::CpuProfile* profile = static_cast<CpuProfiler*>(profiler)->Stop(id);
  if (profile == nullptr) return false;
  if (write != nullptr) {
    Stream stream(write, data);
    profile->Serialize(&stream);
  }
  profile->Delete();
  return true;
}

bool isothreads_heap_profile_start(uint64_t sample_interval, int32_t stack_depth, int32_t flags) {
  return Isolate::GetCurrent()->GetHeapProfiler()->StartSamplingHeapProfiler(
      sample_interval, stack_depth, static_cast<HeapProfiler::SamplingFlags>(flags));
}

void isothreads_heap_profile_discard(void) {
  Isolate::GetCurrent()->GetHeapProfiler()->StopSamplingHeapProfiler();
}

bool isothreads_heap_profile_stop(isothreads_heap_profile_visitor* visitor) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::HandleScope scope(isolate);
  HeapProfiler* profiler = isolate->GetHeapProfiler();
  std::unique_ptr<AllocationProfile> profile(profiler->GetAllocationProfile());
  if (profile == nullptr) return false;
  for (const AllocationProfile::Sample& sample : profile->GetSamples()) {
    isothreads_heap_profile_sample data = {};
    data.node_id = sample.node_id;
    data.count = sample.count;
    data.object_size = sample.size;
    data.ordinal = sample.sample_id;
#if V8_MAJOR_VERSION >= 14
    data.is_live = sample.is_live;
    visitor->knows_liveness = true;
#endif
    visitor->sample(visitor->data, &data);
  }
  // Not recursive: this may run on a stack that is nearly full.
  std::vector<std::pair<const AllocationProfile::Node*, uint32_t>> nodes = {
      {profile->GetRootNode(), 0}};
  while (!nodes.empty()) {
    auto [node, depth] = nodes.back();
    nodes.pop_back();
    v8::String::Utf8Value name(isolate, node->name);
    v8::String::Utf8Value url(isolate, node->script_name);
    isothreads_heap_profile_node data = {};
    data.function_name = *name;
    data.function_name_length = *name == nullptr ? 0 : name.length();
    data.url = *url;
    data.url_length = *url == nullptr ? 0 : url.length();
    for (const AllocationProfile::Allocation& allocation : node->allocations) {
      data.self_size += allocation.size * allocation.count;
      data.self_count += allocation.count;
    }
    data.id = node->node_id;
    data.depth = depth;
    data.script_id = node->script_id;
    data.line_number = node->line_number;
    data.column_number = node->column_number;
    visitor->node(visitor->data, &data);
    for (size_t i = node->children.size(); i > 0; i--) {
      nodes.emplace_back(node->children[i - 1], depth + 1);
    }
  }
  profiler->StopSamplingHeapProfiler();
  return true;
}
}
