#ifndef ISOTHREADS_NODE_VARIABLES_H_
#define ISOTHREADS_NODE_VARIABLES_H_

#include <node.h>

#include <memory>

namespace node {

// Complete only inside of Node.
class KVStore;

}  // namespace node

// The variables of one environment or of several. Node's class has a lock.
struct isothreads_variables {
  std::shared_ptr<node::KVStore> store;
};

namespace isothreads {

// Learns from an environment with the variables of the process where environments keep theirs. Any
// environment will do, once.
void FindVariables(node::Environment* environment);

// Replaces the variables of this environment; nullptr or without a store: by those of the process.
// Returns false when this version of Node does not allow it. Environment's thread.
bool UseVariables(node::Environment* environment, const isothreads_variables* variables);

}  // namespace isothreads

#endif  // ISOTHREADS_NODE_VARIABLES_H_
