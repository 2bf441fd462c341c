#ifndef ISOTHREADS_NODE_FLAGS_H_
#define ISOTHREADS_NODE_FLAGS_H_

#include <node.h>
#include <uv.h>

#include <memory>

namespace node {

// Complete only inside of Node.
class PerIsolateOptions;

}  // namespace node

// The flags of one environment, as Node parsed them.
struct isothreads_flags {
  std::shared_ptr<node::PerIsolateOptions> options;
};

namespace isothreads {

// node::CreateIsolateData(), with flags other than those of the process. The flags belong to this
// environment alone: Node changes them while it reads them.
node::IsolateData* CreateIsolateData(v8::Isolate* isolate, uv_loop_t* loop,
                                     node::MultiIsolatePlatform* platform,
                                     node::ArrayBufferAllocator* allocator,
                                     const node::EmbedderSnapshotData* snapshot,
                                     const isothreads_flags& flags);

}  // namespace isothreads

#endif  // ISOTHREADS_NODE_FLAGS_H_
