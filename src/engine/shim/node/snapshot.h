#ifndef ISOTHREADS_NODE_SNAPSHOT_H_
#define ISOTHREADS_NODE_SNAPSHOT_H_

#include <node.h>

#include <cstring>

namespace node {

class SnapshotData;

}  // namespace node

namespace isothreads {

// The only data member before `owns_impl_`; checked against the size of the class.
inline const node::SnapshotData* SnapshotDataOf(const node::EmbedderSnapshotData* snapshot) {
  static_assert(sizeof(node::EmbedderSnapshotData) == 2 * sizeof(void*));
  const node::SnapshotData* data;
  memcpy(&data, static_cast<const void*>(snapshot), sizeof(data));
  return data;
}

}  // namespace isothreads

#endif  // ISOTHREADS_NODE_SNAPSHOT_H_
