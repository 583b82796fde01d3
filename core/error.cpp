#include "core/error.h"

namespace tailrace {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unreachable:
      return "unreachable";
    case ErrorKind::shutting_down:
      return "shutting_down";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::busy:
      return "busy";
    case ErrorKind::commit_in_doubt:
      return "commit_in_doubt";
    case ErrorKind::auth:
      return "auth";
    case ErrorKind::permission:
      return "permission";
    case ErrorKind::schema_mismatch:
      return "schema_mismatch";
    case ErrorKind::row_rejected:
      return "row_rejected";
    case ErrorKind::unsupported_value:
      return "unsupported_value";
    case ErrorKind::source_settings:
      return "source_settings";
    case ErrorKind::disk_full:
      return "disk_full";
    case ErrorKind::unclassified:
      return "unclassified";
    case ErrorKind::position_lost:
      return "position_lost";
    case ErrorKind::stream_corrupt:
      return "stream_corrupt";
    case ErrorKind::unsupported_protocol:
      return "unsupported_protocol";
    case ErrorKind::checkpoint_corrupt:
      return "checkpoint_corrupt";
    case ErrorKind::source_changed:
      return "source_changed";
    case ErrorKind::fenced:
      return "fenced";
    case ErrorKind::invalid_config:
      return "invalid_config";
    case ErrorKind::internal:
      return "internal";
    case ErrorKind::cancelled:
      return "cancelled";
  }
  return "internal";
}

std::string Error::to_string() const {
  std::string text;
  for (auto frame = context_.rbegin(); frame != context_.rend(); ++frame) {
    text += *frame;
    text += ": ";
  }
  text += message_;
  if (!native_.empty()) text += " [" + native_ + "]";
  if (!hint_.empty()) text += "; hint: " + hint_;
  return text;
}

}  // namespace tailrace
