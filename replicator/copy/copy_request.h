#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace tailrace {

// Asks a running pipeline to copy tables of one of its sinks again; written by `tailrace snapshot`,
// taken by the sink's applier within about a second, or when the pipeline is started next. A file
// per request: state_dir/<pipeline>/requests/<unique>.json, whole or not there.
struct CopyRequest {
  std::string sink;
  std::vector<std::string> tables;  // at the source, "schema.table"; empty: all captured ones
  std::filesystem::path file = {};  // where it was found
};

// Leaves a request. Whether the sink and its tables exist is seen by who takes it: it is logged as
// an error then, and dropped. Any process that may write to the state folder.
Status request_copy(const std::filesystem::path& state_dir, const std::string& pipeline,
                    const std::string& sink, const std::vector<std::string>& tables);

// The requests in that folder (state_dir/<pipeline>/requests), oldest first. A missing folder holds
// none. A file that cannot be understood is answered with an empty sink.
std::vector<CopyRequest> find_copy_requests(const std::filesystem::path& folder);

// Answers whether it was there: of several that drop it, one is told so.
bool drop_copy_request(const CopyRequest& request);

}  // namespace tailrace
