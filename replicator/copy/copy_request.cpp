#include "replicator/copy/copy_request.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tailrace {
namespace {

Error request_error(const std::filesystem::path& path, const std::error_code& code) {
  const bool full = code == std::errc::no_space_on_device;
  return Error(full ? ErrorKind::disk_full : ErrorKind::permission,
               "could not write \"" + path.string() + "\": " + code.message())
      .native("errno " + std::to_string(code.value()))
      .hint("run this as the user that runs tailrace, or name its folder with --state-dir");
}

// Ascending by time, and different for every process and call.
std::string unique_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  char name[64];
  std::snprintf(
      name, sizeof name, "%020lld-%d",
      static_cast<long long>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()),
      static_cast<int>(::getpid()));
  return name;
}

CopyRequest read_request(const std::filesystem::path& path) {
  CopyRequest request;
  request.file = path;
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  try {
    const auto root = nlohmann::json::parse(text.str());
    request.tables = root.at("tables").get<std::vector<std::string>>();
    request.sink = root.at("sink").get<std::string>();
  } catch (const nlohmann::json::exception&) {
    request.sink.clear();
  }
  return request;
}

}  // namespace

Status request_copy(const std::filesystem::path& state_dir, const std::string& pipeline,
                    const std::string& sink, const std::vector<std::string>& tables) {
  const std::filesystem::path folder = state_dir / pipeline / "requests";
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return request_error(folder, code);
  const std::filesystem::path path = folder / (unique_name() + ".json");
  const std::filesystem::path temporary = path.string() + ".new";
  const nlohmann::json root = {{"sink", sink}, {"tables", tables}};
  {
    std::ofstream file(temporary);
    file << root.dump() << "\n" << std::flush;
    if (!file) return request_error(temporary, {errno, std::generic_category()});
  }
  std::filesystem::rename(temporary, path, code);
  if (code) return request_error(path, code);
  return {};
}

std::vector<CopyRequest> find_copy_requests(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  std::vector<CopyRequest> requests;
  for (const auto& file : files) requests.push_back(read_request(file));
  return requests;
}

bool drop_copy_request(const CopyRequest& request) {
  std::error_code code;
  return std::filesystem::remove(request.file, code);
}

}  // namespace tailrace
