#include "replicator/status.h"

namespace tailrace {

std::string_view to_string(RunState state) {
  switch (state) {
    case RunState::starting:
      return "starting";
    case RunState::connecting:
      return "connecting";
    case RunState::streaming:
      return "streaming";
    case RunState::retrying:
      return "retrying";
    case RunState::blocked:
      return "blocked";
    case RunState::failed:
      return "failed";
    case RunState::stopped:
      return "stopped";
  }
  return "stopped";
}

std::string_view to_string(CopyPhase phase) {
  switch (phase) {
    case CopyPhase::following:
      return "following";
    case CopyPhase::copying:
      return "copying";
    case CopyPhase::converging:
      return "converging";
    case CopyPhase::exact:
      return "exact";
  }
  return "following";
}

}  // namespace tailrace
